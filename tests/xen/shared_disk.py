"""A folder on NFS that both hosts of the lab have, and guests that count in their memory and on a disk in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.xen.test_scenarios import LabWorld

if TYPE_CHECKING:
    from tests.xen.conftest import LabHost

EXPORT, NFS = "/srv/export", "/srv/nfs"
_COUNT = (
    "(n=0; while :; do n=$((n+1)); echo $n > /n; echo $n > /t; dd if=/t of=/dev/xvda conv=notrunc,fsync 2>/dev/null;"
    " sleep 5; done) & echo be$((1+1))gun"
)
"""Slowly: each interrupt of a PVH guest may be its last under QEMU's emulation (see test_whole_machine)."""
_TELL = "echo 3 > /proc/sys/vm/drop_caches; echo at $(cat /n) disk $(head -n 1 /dev/xvda) of"


@contextmanager
def nfs(server: LabHost, address: str, *clients: LabHost) -> Iterator[None]:
    """Have hosts mount a folder of one of them."""
    server.run(
        f"mkdir -p {EXPORT}; echo '{EXPORT} 192.168.77.0/24(rw,sync,no_subtree_check,no_root_squash)' >/etc/exports;"
        " systemctl start nfs-server"
    )
    for lab in clients:
        lab.run(f"mkdir -p {NFS}; mount -t nfs -o vers=4.2,hard {address}:{EXPORT} {NFS}")
    try:
        yield
    finally:
        for lab in clients:
            lab.clean()
            lab.run(f"umount {NFS}; rmdir {NFS}; true")
        server.run(f"systemctl stop nfs-server; rm -rf {EXPORT} /etc/exports")


def started(world: LabWorld, name: str) -> None:
    """Start a guest that counts."""
    world.lab.run(f"cp /srv/guests/data.img {NFS}/{name}.img")
    disk = f"['{NFS}/{name}.img,raw,xvda,w']"
    world.run("new", world.guest(name, type="pvh", disk=disk))
    child = world.spawn("start", name, "-c")
    world.boot_to_prompt(child)
    world.type_command(child, _COUNT, "be2gun")
    world.leave(child)


def counted(world: LabWorld, name: str) -> int:
    """How far a guest has counted; AssertionError where its disk, read anew, has not what was flushed there."""
    child = world.spawn("console", name)
    world.wake(child)
    child.send(f"{_TELL}\r")
    child.expect(r"at (\d+) disk (\d+) of\r\n")
    assert child.match is not None
    memory, disk = (int(child.match.group(number)) for number in (1, 2))  # type: ignore[union-attr]
    child.expect(world.prompt)
    world.leave(child)
    assert disk >= memory - 1, f"{name}: its disk is stale"
    return memory


def on_disk(server: LabHost, name: str) -> int:
    """How far a guest has counted on its disk, as the server has it."""
    word = server.run(f"head -c 20 {EXPORT}/{name}.img | head -n 1").stdout.strip("\0\n ")
    return int(word) if word.isdigit() else 0
