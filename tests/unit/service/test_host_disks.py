"""What Domain-0 itself does with a disk is looked at wherever a domain is about to get it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed
from xentui.agent.protocol.disk_answers import HostDisk
from xentui.agent.storage import host_disks as agents
from xentui.errors import ConfigError
from xentui.model.devices import Access
from xentui.service import host_disks
from xentui.service.disk_claims import Claim
from xentui.service.hypervisor import Hypervisor

END = 1 << 62
SAVED = "/srv/guests/web.save"


async def _start(hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))


async def _resume(hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.resume(await hypervisor.inventory.find("web"))


async def _restore(hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.restore(SAVED, force=True)


async def _create(hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.create("/etc/xen/web.cfg")


async def _attach(hypervisor: Hypervisor) -> None:
    await hypervisor.devices.attach_disk(
        await hypervisor.inventory.find("other"), ["file:/srv/guests/a.img", "xvdb", "w"]
    )


def swap_on(host: Faulty, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, image: str) -> None:
    """Let Domain-0 swap on an image."""
    monkeypatch.setattr(agents, "PROC", str(tmp_path))
    (tmp_path / "swaps").write_text(f"Filename Type Size\n{host.host_path(image)} file 4 0 -2\n")


@pytest.mark.parametrize("verb", [_start, _create, _resume, _restore, _attach])
async def test_no_verb_gives_a_guest_what_domain_0_uses(
    host: Faulty,
    hypervisor: Hypervisor,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    verb: Callable[[Hypervisor], Awaitable[None]],
) -> None:
    image = host.image("a.img")
    web = await managed(host, hypervisor, "web", disk=f"['file:{image},xvda,w']")
    await managed(host, hypervisor, "other")
    if verb in (_resume, _restore):
        await hypervisor.lifecycle.start(web)
        web = await hypervisor.inventory.find("web")
        await (
            hypervisor.lifecycle.suspend(web) if verb is _resume else hypervisor.lifecycle.save(web, SAVED)
        )
    swap_on(host, monkeypatch, tmp_path, image)
    with pytest.raises(ConfigError, match="is the swap space of Domain-0") as caught:
        await verb(hypervisor)
    assert "swapoff" in hint(caught.value)
    (tmp_path / "swaps").unlink()
    await verb(hypervisor)


@pytest.mark.parametrize("verb", [_start, _create, _attach])
async def test_what_is_attached_to_domain_0_is_in_use(
    host: Faulty, hypervisor: Hypervisor, verb: Callable[[Hypervisor], Awaitable[None]]
) -> None:
    image = host.image("a.img")
    await managed(host, hypervisor, "web", disk=f"['file:{image},xvda,w']")
    await managed(host, hypervisor, "other")
    await hypervisor.devices.attach_disk(
        await hypervisor.inventory.find("Domain-0"), [f"file:{image}", "xvdz", "w"]
    )
    with pytest.raises(ConfigError, match="in use by Domain-0"):
        await verb(hypervisor)


async def test_a_disk_in_use_is_told_of_the_domain_not_of_a_file_of_the_store(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    disk = f"['file:{host.image('a.img')},xvda,w']"
    await hypervisor.lifecycle.start(await managed(host, hypervisor, "web", disk=disk))
    other = await managed(host, hypervisor, "other", disk=disk)
    with pytest.raises(ConfigError) as caught:
        await hypervisor.lifecycle.start(other)
    assert caught.value.headline.startswith("other: the disk /srv/guests/a.img is in use by web")


WHOLE = Claim("block 8:1", 0, END, exact=True, base=False)
A_FILE_THERE = Claim("block 8:1", 0, END, exact=False, base=False)


def use(how: str, where: str, *, exact: bool, base: bool = False) -> HostDisk:
    """One of the agent's answers."""
    return {
        "how": how,
        "where": where,
        "device": "block 253:0",
        "claims": [["block 8:1", 0, END, exact, base]],
    }


def check(claim: Claim, found: HostDisk, access: Access = Access.WRITE) -> tuple[str, ...]:
    """Check one disk against one use."""
    return host_disks.check("/dev/sda1", access, [claim], [found], "web")


def test_a_mounted_device_is_refused_and_the_files_on_it_are_not() -> None:
    mounted = use("mounted", "/srv", exact=False)
    with pytest.raises(ConfigError, match="/dev/sda1 is mounted at /srv by Domain-0"):
        check(WHOLE, mounted)
    with pytest.raises(ConfigError, match="is mounted at /srv"):
        check(WHOLE, mounted, Access.READ)
    assert check(A_FILE_THERE, mounted) == ()
    assert check(WHOLE, use("mounted", "/srv", exact=False, base=True), Access.READ) == ()
    assert "w!" in check(WHOLE, mounted, Access.SHARED)[0]


def test_a_volume_that_lies_on_a_disk_is_said_but_not_of_the_volume_itself() -> None:
    volume = use("volume", "vg0-web", exact=True)
    assert "/dev/sda1 is what the device vg0-web of the host lies on" in check(WHOLE, volume)[0]
    assert check(WHOLE, volume, Access.READ) == ()
    itself = Claim("block 253:0", 0, END, exact=True, base=False)
    assert host_disks.check("/dev/vg0/web", Access.WRITE, [itself, WHOLE], [volume], "web") == ()
