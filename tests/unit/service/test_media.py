"""CD drives: media put in and taken out, live where an HVM domain runs, and stored where it is managed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed, running
from xentui.errors import CommandError, ConfigError, NotAllowedError
from xentui.hosts.base import Completed
from xentui.model.domain import Domain
from xentui.service import media
from xentui.service.hypervisor import Hypervisor

DRIVE = "['/srv/guests/root.img,raw,hda,w', 'file:/srv/guests/a.iso,hdc:cdrom,r']  # the installer"
HVM = {"type": '"hvm"', "kernel": '""', "disk": DRIVE}


@pytest.fixture
def images(host: Faulty) -> None:
    for name in ("root.img", "a.iso", "b.iso"):
        host.image(name)


def asked(host: Faulty) -> list[tuple[str, ...]]:
    return [argv for argv in host.ran if argv[1] in ("cd-insert", "cd-eject")]


def in_drive(domain: Domain) -> tuple[str, str]:
    """What is in the drive of the running and of the stored domain."""
    assert domain.running and domain.stored
    return domain.running.disks[1].target, domain.stored.disks[1].target


async def stored_text(hypervisor: Hypervisor, domain: Domain) -> str:
    return await hypervisor.history.text(domain)


@pytest.mark.usefixtures("images")
async def test_a_medium_is_put_in_live_and_stored(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor, **HVM)
    drive = await hypervisor.devices.change_medium(domain, "hdc", "/srv/guests/b.iso")
    assert (drive.vdev, drive.target) == ("hdc", "/srv/guests/b.iso")
    assert asked(host) == [("xl", "cd-insert", str(domain.domid), "hdc", "/srv/guests/b.iso")]
    domain = await hypervisor.inventory.find("web")
    assert in_drive(domain) == ("/srv/guests/b.iso", "/srv/guests/b.iso")
    assert (domain.version, domain.drift) == (2, ("file",))
    text = await stored_text(hypervisor, domain)
    assert "['/srv/guests/root.img,raw,hda,w', '/srv/guests/b.iso,raw,hdc:cdrom,r']  # the installer" in text


@pytest.mark.usefixtures("images")
@pytest.mark.parametrize("device", ["", "hdc", "/dev/hdc", "5632"])
async def test_a_drive_is_emptied_by_any_of_its_names(
    host: Faulty, hypervisor: Hypervisor, device: str
) -> None:
    domain = await running(host, hypervisor, **HVM)
    await hypervisor.devices.change_medium(domain, device, "")
    assert asked(host) == [("xl", "cd-eject", str(domain.domid), "hdc")]
    domain = await hypervisor.inventory.find("web")
    assert in_drive(domain) == ("", "")
    assert "',hdc:cdrom,r'" in await stored_text(hypervisor, domain)


@pytest.mark.usefixtures("images")
async def test_of_a_domain_that_is_off_it_is_stored_only(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await managed(host, hypervisor, **{**HVM, "type": '"pv"', "kernel": '"/srv/guests/vmlinuz"'})
    await hypervisor.devices.change_medium(domain, "hdc", "file:/srv/guests/b.iso")
    assert asked(host) == []
    domain = await hypervisor.inventory.find("web")
    assert [disk.target for disk in domain.config.disks] == ["/srv/guests/root.img", "/srv/guests/b.iso"]


@pytest.mark.usefixtures("images")
async def test_what_is_stored_already_makes_no_version(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await managed(host, hypervisor, **HVM)
    await hypervisor.devices.change_medium(domain, "hdc", "/srv/guests/a.iso")
    assert (await hypervisor.inventory.find("web")).version == 1


@pytest.mark.usefixtures("images")
@pytest.mark.parametrize(
    ("device", "path", "said"),
    [
        ("hdd", "/srv/guests/b.iso", "has no CD drive hdd"),
        ("hda", "/srv/guests/b.iso", "has no CD drive hda"),
        ("hdc", "/srv/guests/none.iso", "the medium /srv/guests/none.iso does not exist"),
        ("hdc", "/srv/guests", "the medium /srv/guests is a folder"),
        ("hdc", "b.iso", "a medium needs an absolute path"),
    ],
)
async def test_what_cannot_be_put_in_is_refused_before_the_drive_is_touched(
    host: Faulty, hypervisor: Hypervisor, device: str, path: str, said: str
) -> None:
    domain = await running(host, hypervisor, **HVM)
    with pytest.raises(ConfigError) as caught:
        await hypervisor.devices.change_medium(domain, device, path)
    assert said in caught.value.message
    assert asked(host) == []


async def test_a_block_device_is_refused_while_it_runs(
    host: Faulty, hypervisor: Hypervisor, images: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = await running(host, hypervisor, **HVM)
    stat = host.call

    async def block(operation: Any, **arguments: Any) -> object:
        found = await stat(operation, **arguments)
        if operation == "stat":
            return {path: {**facts, "kind": "block"} for path, facts in found.items()}
        return found

    monkeypatch.setattr(host, "call", block)
    with pytest.raises(ConfigError) as caught:
        await hypervisor.devices.change_medium(domain, "hdc", "/srv/guests/b.iso")
    assert "is a block device" in caught.value.message
    assert asked(host) == []


@pytest.mark.usefixtures("images")
async def test_a_drive_that_started_empty_takes_no_medium_while_it_runs(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    """QEMU would end, and the guest with it."""
    empty = DRIVE.replace("file:/srv/guests/a.iso", "")
    domain = await running(host, hypervisor, **{**HVM, "disk": empty})
    with pytest.raises(ConfigError, match="was empty when the domain started"):
        await hypervisor.devices.change_medium(domain, "hdc", "/srv/guests/b.iso")
    assert asked(host) == []
    await hypervisor.devices.change_medium(domain, "hdc", "")


@pytest.mark.usefixtures("images")
async def test_a_drive_that_was_emptied_takes_a_medium_again(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor, **HVM)
    await hypervisor.devices.change_medium(domain, "hdc", "")
    domain = await hypervisor.inventory.find("web")
    await hypervisor.devices.change_medium(domain, "hdc", "/srv/guests/b.iso")
    assert in_drive(await hypervisor.inventory.find("web"))[0] == "/srv/guests/b.iso"


@pytest.mark.usefixtures("images")
async def test_what_fails_live_is_not_stored(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await running(host, hypervisor, **HVM)
    host.answer = lambda argv: (
        Completed(tuple(argv), 1, b"", b"libxl: error: no\n") if argv[1] == "cd-insert" else None
    )
    with pytest.raises(CommandError):
        await hypervisor.devices.change_medium(domain, "hdc", "/srv/guests/b.iso")
    host.answer = lambda argv: None
    assert (await hypervisor.inventory.find("web")).version == 1


async def test_who_has_no_drive_or_is_no_hvm_domain_is_told_so(host: Faulty, hypervisor: Hypervisor) -> None:
    host.image("a.iso")
    bare = await managed(host, hypervisor)
    with pytest.raises(NotAllowedError, match="it has no CD drive"):
        await hypervisor.devices.change_medium(bare, "", "")
    pv = await hypervisor.lifecycle.create(host.guest("pv", disk="['/srv/guests/a.iso,raw,xvdc:cdrom,r']"))
    with pytest.raises(NotAllowedError, match="only an HVM domain"):
        await hypervisor.devices.change_medium(await hypervisor.inventory.find(pv.name), "xvdc", "")


@pytest.mark.usefixtures("images")
async def test_of_several_drives_one_has_to_be_named(host: Faulty, hypervisor: Hypervisor) -> None:
    domain = await managed(host, hypervisor, disk="[',,xvdc:cdrom,r', ',,xvdd:cdrom,r']")
    with pytest.raises(ConfigError, match="which CD drive"):
        media.drive(domain)
    assert media.drive(domain, "xvdd").vdev == "xvdd"


@pytest.mark.usefixtures("images")
async def test_an_image_that_another_domain_writes_to_is_no_medium(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await running(host, hypervisor, "db", disk="['/srv/guests/b.iso,raw,xvdb,w']")
    domain = await running(host, hypervisor, **HVM)
    with pytest.raises(ConfigError, match="in use by db"):
        await hypervisor.devices.change_medium(domain, "hdc", "/srv/guests/b.iso")
    assert asked(host) == []
