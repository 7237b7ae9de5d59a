"""What is refused before it can do harm: missing and shared disks, unknown bridges, images that are none."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_lifecycle import managed, running
from xentui import config as language
from xentui.errors import ConfigError, StoreError
from xentui.hosts.base import Completed
from xentui.model.configuration import DomainConfig
from xentui.model.devices import Access, Disk, Vif
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.checks import Checks, refuse_errors
from xentui.service.hypervisor import Hypervisor
from xentui.service.session import Session
from xentui.simulator import checkpoint
from xentui.store import ManagedStore
from xentui.toolstack.choose import toolstack_for
from xentui.toolstack.xl import commands as xl


@pytest.fixture
def checks(host: Faulty) -> Checks:
    """The checks on the simulated host."""
    return Checks(Session(host, toolstack_for(host), ManagedStore(host)))


def place(host: Faulty, path: str) -> Path:
    """Where a file of the simulated host really lies."""
    return Path(host.host_path(path))


async def holder(host: Faulty, hypervisor: Hypervisor) -> str:
    """A running domain with a disk; returns the path of the disk."""
    image = host.image("a.img")
    await running(host, hypervisor, disk=f"['file:{image},xvda,w']")
    return image


@pytest.mark.parametrize("path", ["/srv/guests/a.img", "/srv/x/../guests/a.img", "/srv/guests/link.img"])
async def test_a_disk_is_known_by_whatever_path_leads_there(
    host: Faulty, hypervisor: Hypervisor, checks: Checks, path: str
) -> None:
    image = await holder(host, hypervisor)
    place(host, "/srv/guests/link.img").symlink_to(host.host_path(image))
    others = (await hypervisor.inventory.poll()).domains
    with pytest.raises(ConfigError, match="in use by web") as caught:
        await checks.disks([Disk(path, "xvdb")], others, source="test")
    assert ("as /srv/guests/a.img" in caught.value.message) == (path != image)


async def test_other_files_and_disks_elsewhere_are_no_clash(
    host: Faulty, hypervisor: Hypervisor, checks: Checks
) -> None:
    image = await holder(host, hypervisor)
    others = (await hypervisor.inventory.poll()).domains
    free = [
        Disk(host.image("b.img"), "xvda"),
        Disk(image, "xvdb", backend="storage"),
        Disk(image, "xvdc", script="block-nbd"),
        Disk("", "hdc", format="empty", cdrom=True),
    ]
    await checks.disks(free, others, source="test")
    elsewhere = [
        replace(domain, running=replace(domain.running, disks=(Disk(image, "xvda", backend="storage"),)))
        for domain in others
        if domain.running and domain.running.disks
    ]
    assert elsewhere
    await checks.disks([Disk(image, "xvda")], elsewhere, source="test")


async def test_a_suspended_domain_holds_its_disks(host: Faulty, hypervisor: Hypervisor) -> None:
    image = await holder(host, hypervisor)
    await hypervisor.lifecycle.suspend(await hypervisor.inventory.find("web"))
    other = await managed(host, hypervisor, "other", disk=f"['file:{image},xvda,w']")
    with pytest.raises(ConfigError, match="belongs to the suspended domain web") as caught:
        await hypervisor.lifecycle.start(other)
    assert "destroy web" in hint(caught.value)


def hide_devices(host: Faulty, answer: bytes) -> None:
    """Let `xl list -l` answer something else."""

    def answered(argv: Sequence[str]) -> Completed | None:
        return Completed(tuple(argv), 0, answer, b"") if tuple(argv) == xl.LIST_LONG else None

    host.answer = answered


@pytest.mark.parametrize("answer", [b"not json", b"[]"])
async def test_a_running_domain_holds_its_stored_disks_where_its_devices_are_not_told(
    host: Faulty, hypervisor: Hypervisor, answer: bytes
) -> None:
    image = await holder(host, hypervisor)
    other = await managed(host, hypervisor, "other", disk=f"['file:{image},xvda,w']")
    free = await managed(host, hypervisor, "free", disk=f"['file:{host.image('b.img')},xvda,w']")
    hide_devices(host, answer)
    with pytest.raises(ConfigError, match="in use by web"):
        await hypervisor.lifecycle.start(other)
    with pytest.raises(ConfigError, match="in use by web"):
        await hypervisor.devices.attach_disk(free, [f"file:{image}", "xvdb", "w"])
    assert (await hypervisor.lifecycle.start(free)).warnings == ()


@pytest.mark.parametrize("answer", [b"not json", b"[]"])
async def test_where_nothing_tells_what_disks_a_domain_has_that_is_said(
    host: Faulty, hypervisor: Hypervisor, answer: bytes
) -> None:
    """It must be possible to start a domain on a host in trouble, but not without a word."""
    for name in "abcde":
        await hypervisor.lifecycle.create(host.guest(name))
    await managed(host, hypervisor, disk=f"['file:{host.image('a.img')},xvda,w']")
    hide_devices(host, answer)
    plan = await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    assert plan.warnings[0].endswith(
        "web: whether a disk is in use by a, b, c and 2 more is not known: the devices there could not be read"
    )
    once = await hypervisor.lifecycle.create(host.guest("new", disk=f"['file:{host.image('b.img')},xvda,w']"))
    assert "/etc/xen/new.cfg: whether a disk is in use by a, b, c" in once.warnings[0]


async def test_an_attach_says_so_as_well(host: Faulty, hypervisor: Hypervisor) -> None:
    await hypervisor.lifecycle.create(host.guest("tmp"))
    domain = await managed(host, hypervisor)
    hide_devices(host, b"[]")
    said: list[str] = []
    async with Hypervisor(host, warn=said.append) as other:
        await other.devices.attach_disk(domain, [f"file:{host.image('b.img')}", "xvdb", "w"])
    assert said == [
        "file:/srv/guests/b.img xvdb w: whether a disk is in use by tmp is not known: the devices there could "
        "not be read"
    ]


async def test_only_what_may_hold_other_disks_is_doubted(checks: Checks, host: Faulty) -> None:
    stored = DomainConfig(disks=(Disk("/srv/guests/other.img", "xvda"),))
    known = Domain("known", "1", DomainState.RUNNING, domid=1, managed=True, stored=stored)
    transient = replace(known, name="transient", managed=False, stored=None)
    of_no_account = (
        known,
        replace(transient, state=DomainState.DYING),
        replace(transient, state=DomainState.OFF, domid=None),
        replace(transient, domid=0),
        replace(transient, running=DomainConfig()),
    )
    doubtful = (
        transient,
        replace(known, name="experiment", one_off=True),
        replace(transient, name="damaged", state=DomainState.SUSPENDED, domid=None),
    )
    disks = [Disk(host.image("a.img"), "xvda")]
    assert await checks.disks(disks, of_no_account, source="test") == ()
    (warning,) = await checks.disks(disks, (*of_no_account, *doubtful), source="test")
    assert "in use by transient, experiment, damaged is not known" in warning
    shared = [replace(disk, access=Access.SHARED) for disk in disks]
    assert await checks.disks(shared, doubtful, source="test") == ()
    assert await checks.disks([], doubtful, source="test") == ()


async def test_a_domain_is_resumed_only_onto_its_own_disks(
    host: Faulty, hypervisor: Hypervisor, checks: Checks
) -> None:
    image = await holder(host, hypervisor)
    await hypervisor.lifecycle.suspend(await hypervisor.inventory.find("web"))
    domain = await hypervisor.inventory.find("web")
    snapshot = await hypervisor.inventory.poll()
    kept = hypervisor.session.store.image_path(domain.uuid)
    await checks.resumable(domain, snapshot, kept)
    thief = replace(
        domain,
        name="thief",
        uuid="11111111-2222-4333-8444-555555555555",
        running=domain.stored,
        state=DomainState.RUNNING,
    )
    taken = replace(snapshot, domains=(*snapshot.domains, thief))
    with pytest.raises(ConfigError, match="in use by thief"):
        await checks.resumable(domain, taken, kept)
    os.unlink(host.host_path(image))
    with pytest.raises(ConfigError, match="does not exist"):
        await checks.resumable(domain, snapshot, kept)


async def test_an_interface_needs_a_bridge_of_the_host(checks: Checks) -> None:
    await checks.vif(Vif(bridge="xenbr0"), source="test")
    await checks.vif(language.parse_vif("bridge=xenbr1,mtu=1500,trusted"), source="test")
    for bridge in ("xenbr9", "../net/xenbr0", ".."):
        with pytest.raises(ConfigError, match="bridge") as caught:
            await checks.vif(Vif(bridge=bridge), source="test")
        assert "ip link" in hint(caught.value)


@pytest.mark.parametrize(
    "vif",
    [
        Vif(),
        Vif(bridge="ovsbr0.10", script="vif-openvswitch"),
        Vif(bridge="elsewhere", backend="network"),
    ],
)
async def test_a_bridge_is_looked_for_only_where_it_will_be_used(checks: Checks, vif: Vif) -> None:
    await checks.vif(vif, source="test")


async def test_open_vswitch_has_bridges_of_its_own_kind(host: Faulty, checks: Checks) -> None:
    place(host, "/sys/class/net/ovs-system").mkdir()
    await checks.vif(Vif(bridge="ovsbr0"), source="test")
    with pytest.raises(ConfigError, match="no bridge"):
        await checks.vif(Vif(bridge="ovsbr0", script="/etc/xen/scripts/vif-bridge"), source="test")


async def test_a_host_that_hides_its_devices_is_not_in_the_way(host: Faulty, checks: Checks) -> None:
    os.rename(host.host_path("/sys/class/net"), host.host_path("/sys/class/hidden"))
    await checks.vif(Vif(bridge="anything"), source="test")


@pytest.mark.parametrize("spec", ["foo=bar", "bridge=xenbr0,bridgee=x", "bridge", "foo="])
async def test_what_xl_does_not_know_of_an_interface_is_refused(checks: Checks, spec: str) -> None:
    with pytest.raises(ConfigError, match="no setting") as caught:
        await checks.vif(language.parse_vif(spec), source="network-attach web")
    assert "known are mac" in hint(caught.value)
    assert caught.value.subject == "network-attach web"


def test_a_warning_of_what_is_missing_names_no_line() -> None:
    document = language.parse('name = "a"\nkernel = "/boot/vmlinuz"\n', source="a.cfg")
    (missing,) = (said for said in refuse_errors(document) if "no memory" in said)
    assert missing.startswith("a.cfg: no memory is given")


OWN = "11111111-2222-4333-8444-555555555555"


async def test_a_domain_is_saved_to_a_new_file_or_over_its_earlier_image(
    host: Faulty, checks: Checks
) -> None:
    await checks.writable_image("/srv/guests/new.save", OWN)
    config = {"c_info": {"name": "web", "uuid": OWN}}
    place(host, "/srv/guests/old.save").write_bytes(checkpoint.pack(config, {}))
    await checks.writable_image("/srv/guests/old.save", OWN)


@pytest.mark.parametrize(
    ("config", "whose"),
    [
        ({"c_info": {"name": "db", "uuid": OWN.replace("1", "9")}}, "of db"),
        ({"c_info": {"name": "db\x1b[2J", "uuid": "9"}}, r"of db\\u001b"),
        ({}, "of another domain"),
    ],
)
async def test_the_saved_memory_of_another_domain_is_not_overwritten(
    host: Faulty, checks: Checks, config: dict[str, Any], whose: str
) -> None:
    place(host, "/srv/guests/other.save").write_bytes(checkpoint.pack(config, {}))
    with pytest.raises(StoreError, match=f"holds the saved memory {whose}") as caught:
        await checks.writable_image("/srv/guests/other.save", OWN)
    assert hint(caught.value).startswith("choose another name, or remove the file first")


async def test_nothing_else_is_overwritten_by_a_save(host: Faulty, checks: Checks) -> None:
    host.image("disk.img")
    place(host, "/srv/guests/empty").touch()
    place(host, "/srv/guests/link").symlink_to(host.host_path("/srv/guests/disk.img"))
    for name in ("disk.img", "link", "empty"):
        with pytest.raises(StoreError, match="is not a saved domain") as caught:
            await checks.writable_image(f"/srv/guests/{name}", OWN)
        assert "choose another name" in hint(caught.value)
    os.mkfifo(host.host_path("/srv/guests/pipe"))
    for path, what in (("/srv/guests", "a folder"), ("/srv/guests/pipe", "no regular file")):
        with pytest.raises(StoreError, match=what):
            await checks.writable_image(path, OWN)
