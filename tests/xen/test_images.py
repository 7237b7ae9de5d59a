"""Images on a real host: made, grown under a running guest, cloned with their domain and deleted with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.xen.conftest import LabHost
from tests.xen.test_scenarios import LabWorld

GUESTS = "/srv/guests"
GROUP = "labvg"
MIB = 1 << 20


@pytest.fixture
def world(clean_host: LabHost) -> Iterator[LabWorld]:
    """A host without guests, with a group of volumes on a loop device."""
    clean_host.run(
        f"truncate -s 64M {GUESTS}/pv.img && d=$(losetup -f --show {GUESTS}/pv.img)"
        f" && pvcreate -q $d && vgcreate -q {GROUP} $d"
    )
    made = LabWorld(clean_host)
    try:
        yield made
    finally:
        made.close()
        clean_host.run(
            "for d in $(xl list | awk 'NR > 2 { print $(NF - 4) }'); do xl destroy $d; done;"
            f" vgremove -qf {GROUP}; losetup -d $(losetup -nO NAME -j {GUESTS}/pv.img);"
            f" rm -f {GUESTS}/pv.img {GUESTS}/grows*.img {GUESTS}/other*.qcow2 {GUESTS}/more.img"
        )


def info(world: LabWorld, path: str) -> dict[str, Any]:
    """What xentui says of an image."""
    found: dict[str, Any] = world.asked("image", "info", path)
    return found


def test_disks_grow_under_their_guest_and_go_with_it(world: LabWorld) -> None:
    """A preallocated file, a qcow2 image and a volume; the guest sees the new size at its next input or output."""
    world.run("image", "create", f"{GUESTS}/grows.img", "16M", "--preallocated")
    world.run("image", "create", f"{GUESTS}/other.qcow2", "32M", "--format", "qcow2")
    world.run("image", "create", f"/dev/{GROUP}/vol", "16M")
    made = info(world, f"{GUESTS}/grows.img")
    assert (made["size"], made["used"] >= 16 * MIB) == (16 * MIB, True)
    assert int(world.lab.run(f"stat -c %b {GUESTS}/grows.img").stdout) * 512 >= 16 * MIB
    assert (info(world, f"{GUESTS}/other.qcow2")["format"], info(world, f"/dev/{GROUP}/vol")["kind"]) == (
        "qcow2",
        "volume",
    )
    said = world.run("image", "create", f"{GUESTS}/grows.img", "32M", status=1)
    assert "something with that name exists already" in said

    disks = [
        f"file:{GUESTS}/grows.img,xvda,w",
        f"format=qcow2,vdev=xvdb,access=rw,target={GUESTS}/other.qcow2",
        f"phy:/dev/{GROUP}/vol,xvdc,w",
    ]
    world.run("new", world.guest("pi", disk=str(disks)))
    child = world.spawn("start", "-c", "pi")
    world.boot_to_prompt(child)
    world.type_command(child, "cat /sys/block/xvd?/size | xargs", "32768 65536 32768")
    for disk in "ac":
        world.type_command(child, f"echo kept-$((20+22)) | dd of=/dev/xvd{disk} conv=fsync; echo ok", "ok\r")

    world.run("image", "resize", f"{GUESTS}/grows.img", "24M")
    world.run("image", "resize", f"/dev/{GROUP}/vol", "24M")
    for disk in "ac":
        world.type_command(
            child,
            f"until [ $(cat /sys/block/xvd{disk}/size) = 49152 ];"
            f" do echo 3 >/proc/sys/vm/drop_caches; head -c 9 /dev/xvd{disk} >/dev/null; sleep 1; done; echo grown",
            "grown\r",
        )
    assert "stop that domain first" in world.run(
        "image", "resize", f"{GUESTS}/other.qcow2", "16M", "--yes", status=1
    )
    world.leave(child)
    world.run("block-attach", "pi", f"{GUESTS}/more.img", "--new", "8M")
    assert "51760" in world.xl("block-list", "pi")

    world.run("shutdown", "-w", "pi")
    world.run("clone", "pi", "sigma")
    copies = [disk["target"] for disk in world.shown("sigma")["disks"]]
    assert len(copies) == 4
    assert not set(copies) & {disk["target"] for disk in world.shown("pi")["disks"]}
    for original, copy in zip(
        [f"{GUESTS}/grows.img", f"/dev/{GROUP}/vol"], (copies[0], copies[2]), strict=True
    ):
        assert world.lab.run(f"head -c 7 {copy}").stdout == "kept-42"
        world.lab.run(["cmp", original, copy])
    world.run("delete", "sigma", "--with-disks", "--yes")
    assert all(not world.lab.run(f"ls {path} 2>/dev/null || true").stdout for path in copies)
    world.lab.run(f"ls {GUESTS}/grows.img {GUESTS}/other.qcow2 /dev/{GROUP}/vol {GUESTS}/more.img")
    world.run("delete", "pi")
