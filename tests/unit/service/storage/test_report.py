"""What lies below the images of a host, and what is said against it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.service.conftest import Faulty, host, hypervisor
from tests.unit.service.test_lifecycle import managed
from xentui.agent.storage import timed_child
from xentui.commands.suggestions import as_command_line
from xentui.errors import HostError, NotAllowedError, StoreError, Suggest, worded
from xentui.hosts.base import Completed
from xentui.service.disk_images import volumes
from xentui.service.hypervisor import Hypervisor
from xentui.service.storage import cautions, report, stray_loops
from xentui.service.storage.report import ImageStore
from xentui.simulator import control, shared_storage
from xentui.tui.suggestions import as_key

__all__ = ["host", "hypervisor"]
IMAGE = "/srv/guests/a.img"
MIB = 1 << 20


async def store(hypervisor: Hypervisor, name: str = "/srv") -> ImageStore:
    """The place of that name."""
    found = await report.report(hypervisor)
    return next(each for each in found.stores if each.name == name)


def told(store: ImageStore) -> list[str]:
    return [caution.kind.value for caution in store.cautions]


async def test_a_disk_of_the_host_is_told_with_its_room_and_whose_images_lie_there(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    host.image("a.img")
    await managed(host, hypervisor, "web", disk=f"['{IMAGE},raw,xvda,w']")
    found = await store(hypervisor)
    assert (found.kind, found.source, found.domains, found.running) == ("ext4", "/dev/vda2", ("web",), ())
    assert found.free is not None and found.room is not None and 0 < found.free <= found.room
    assert found.cautions == ()
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    assert (await store(hypervisor)).running == ("web",)


@pytest.mark.parametrize(
    ("paths", "name", "told"),
    [
        (("/dev/vg0/a", "/dev/vg0/b"), "vg0", ("lvm", "partition sda2, disk sda")),
        (("/dev/zvol/tank/a", "/dev/zvol/tank/vm/b"), "tank", ("zfs", "")),
        (("/dev/zd0", "/dev/zvol/tank/vm/b"), "tank", ("zfs", "")),
    ],
)
async def test_volumes_are_told_by_their_group_or_pool_with_what_is_free_there(
    host: Faulty, hypervisor: Hypervisor, paths: tuple[str, str], name: str, told: tuple[str, str]
) -> None:
    for path in paths:
        await hypervisor.images.create(path.replace("/dev/zd0", "/dev/zvol/tank/a"), 4 * MIB)
    await managed(host, hypervisor, "web", disk=f"['{paths[0]},raw,xvda,w', '{paths[1]},raw,xvdb,w']")
    found = await store(hypervisor, name)
    free = next(group.free for group in (await volumes.look(host)).groups if group.name == name)
    assert (found.kind, found.domains, found.free) == (told[0], ("web",), free) and free > MIB
    assert found.below.partition(" (")[0] == told[1]
    assert not [each for each in (await report.report(hypervisor)).stores if each.name.startswith("/dev/")]


async def test_volumes_of_a_host_that_does_not_tell_of_them_are_told_as_its_devices(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    await hypervisor.images.create("/dev/zvol/tank/a", 4 * MIB)
    await managed(host, hypervisor, "web", disk="['/dev/zvol/tank/a,raw,xvda,w']")
    host.answer = lambda argv: Completed(tuple(argv), 1, b"nonsense", b"") if "zfs" in argv else None
    found = await store(hypervisor, "/dev/zvol/tank/a")
    assert (found.kind, found.domains, found.free) == ("zvol", ("web",), None)


async def test_a_host_without_a_device_among_its_disks_is_not_asked_for_volumes(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    host.image("a.img")
    await managed(host, hypervisor, "web", disk=f"['{IMAGE},raw,xvda,w']")
    await report.report(hypervisor)
    assert not [argv for argv in host.ran if {"zfs", "lvs", "vgs"} & set(argv)]


async def test_a_mount_of_a_file_server_is_told_with_what_is_wrong_with_it(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    host.image("a.img")
    await managed(host, hypervisor, "web", disk=f"['file:{IMAGE},xvda,w']")
    for fault in ("soft-mount", "root-squash"):
        control.break_host(host.simulator, fault)
    found = await store(hypervisor)
    assert (found.kind, found.source) == ("nfs4", "nas:/export/srv")
    assert told(found) == ["cached", "soft", "root_squash", "async"]
    assert [caution.kind.value for caution in found.warnings] == ["cached", "soft", "root_squash"]
    assert "125 of 256" in found.cautions[0].why
    control.repair_host(host.simulator)
    assert told(await store(hypervisor)) == ["cached", "async"]


@pytest.mark.parametrize(
    "disk",
    [
        f"{IMAGE},raw,xvda,r",
        f"format=raw,vdev=xvda,access=rw,backendtype=qdisk,target={IMAGE}",
        f"{IMAGE},raw,hdc:cdrom,r",
    ],
)
async def test_only_what_is_written_to_through_a_loop_device_is_cached(
    host: Faulty, hypervisor: Hypervisor, disk: str
) -> None:
    host.image("a.img")
    await managed(host, hypervisor, "web", disk=f"['{disk}']")
    control.break_host(host.simulator, "soft-mount")
    assert told(await store(hypervisor)) == ["soft", "async"]


async def test_a_mount_that_hangs_is_told_and_the_others_are_too(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.image("a.img")
    await managed(host, hypervisor, "web", disk=f"['{IMAGE},raw,xvda,w']")
    control.break_host(host.simulator, "soft-mount")
    real = timed_child.looks

    def looks(paths: list[str], root: str, points: list[str]) -> list[dict[str, Any]]:
        gone = {"kind": "hanging", "hangs": "/srv"}
        return [gone if "/srv" in path else real([path], root, points)[0] for path in paths]

    monkeypatch.setattr(timed_child, "looks", looks)
    found = await store(hypervisor)
    assert told(found)[0] == "hanging" and found.domains == ("web",) and found.free is None


async def test_a_loop_device_nobody_uses_is_told_and_freed(host: Faulty, hypervisor: Hypervisor) -> None:
    host.image("a.img")
    shared_storage.leak_loop(host.simulator, IMAGE)
    found = await store(hypervisor)
    assert told(found) == ["stray-loop"]
    assert found.cautions[0].command == Suggest("storage.free", IMAGE, form="f (Free) detaches it")
    await stray_loops.free(hypervisor, IMAGE)
    assert host.ran[-1] == ("losetup", "--detach", "/dev/loop0")
    assert not [loop for each in (await report.report(hypervisor)).stores for loop in each.loops]
    with pytest.raises(StoreError, match="no loop device holds it"):
        await stray_loops.free(hypervisor, IMAGE)


async def test_a_loop_device_whose_file_a_domain_has_is_not_freed(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    place = host.host_path(host.image("a.img"))
    shared_storage.leak_loop(host.simulator, IMAGE)
    type(host.simulator.files.path(IMAGE))(place).with_name("link").symlink_to("a.img")
    await managed(host, hypervisor, "web", disk="['/srv/guests/link,raw,xvda,w']")
    assert [loop.device for loop in await stray_loops.stray_loops(hypervisor, "/srv/guests/link")] == [
        "/dev/loop0"
    ]
    await hypervisor.lifecycle.start(await hypervisor.inventory.find("web"))
    with pytest.raises(NotAllowedError, match="domain web"):
        await stray_loops.free(hypervisor, IMAGE)
    assert not [argv for argv in host.ran if argv[0] == "losetup" and "--detach" in argv]


async def test_a_loop_device_in_use_is_not_freed(host: Faulty, hypervisor: Hypervisor) -> None:
    shared_storage.leak_loop(host.simulator, IMAGE)
    host.simulator.files.write("/sys/bus/xen-backend/devices/vbd-3-51712/physical_device", b"7:0\n")
    with pytest.raises(NotAllowedError, match="domain 3"):
        await stray_loops.free(hypervisor, "/dev/loop0")


@pytest.mark.parametrize("answer", [None, [], {}, {"mounts": [], "truncated": 1, "loops": [{}]}])
async def test_a_host_that_answers_nonsense_is_a_sentence(
    host: Faulty, hypervisor: Hypervisor, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    real = host.call

    async def call(operation: Any, *_: Any, **arguments: Any) -> Any:
        return answer if operation == "around_storage" else await real(operation, **arguments)

    monkeypatch.setattr(host, "call", call)
    with pytest.raises(HostError, match="is not valid"):
        await report.report(hypervisor)


def test_what_a_loop_device_needs_is_a_command_that_each_front_end_words() -> None:
    command = cautions.cached(["web"]).command
    assert worded(command, as_command_line("xen1")).startswith(
        "`xentui --host xen1 migrate` switches the device "
    )
    assert worded(command, as_key(lambda _: "Ctrl-T")).startswith("Ctrl-T (Migrate) switches the device ")
