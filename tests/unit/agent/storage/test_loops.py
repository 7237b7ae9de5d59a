"""Loop devices, and who uses each."""

from __future__ import annotations

from pathlib import Path

import pytest

from xentui import agent
from xentui.agent.storage import loops


class Host:
    """A host's /sys and /proc."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("proc/self/mountinfo", "1 0 254:1 / / rw - ext4 /dev/vda1 rw\n")

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def loop(self, number: int, file: str) -> None:
        place = f"sys/block/loop{number}"
        self.write(f"{place}/dev", f"7:{number}\n")
        self.write(f"{place}/loop/backing_file", f"{file}\n")

    def users(self) -> dict[str, list[str]]:
        return {loop["device"]: loop["users"] for loop in loops.loops(str(self.root))}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    made = Host(tmp_path)
    made.loop(0, "/srv/a.img")
    return made


def test_a_loop_device_without_a_file_is_none_and_one_nobody_has_open_has_no_users(host: Host) -> None:
    host.write("sys/block/loop1/dev", "7:1\n")
    host.write("sys/block/sda/dev", "8:0\n")
    assert host.users() == {"/dev/loop0": []}


def test_everybody_who_uses_it_is_told(host: Host) -> None:
    host.write("sys/bus/xen-backend/devices/vbd-3-51712/physical_device", "7:0\n")
    host.write("sys/bus/xen-backend/devices/vif-3-0/physical_device", "7:0\n")
    host.write("sys/block/loop0/loop0p1/dev", "259:1\n")
    host.write("sys/block/loop0/loop0p1/holders/dm-3/dev", "253:3\n")
    host.write("proc/self/mountinfo", "2 1 259:1 / /mnt/a\\040b rw - ext4 /dev/loop0p1 rw\n")
    host.write("proc/swaps", "Filename Type Size\n/dev/loop0 partition 1 0 -2\n")
    host.write("proc/77/comm", "qemu-img\n")
    (host.root / "proc/77/fd").mkdir()
    (host.root / "proc/77/fd/5").symlink_to("/dev/loop0")
    assert host.users() == {
        "/dev/loop0": ["device dm-3", "domain 3", "mounted at /mnt/a b", "swap", "process 77 (qemu-img)"]
    }


def test_numbers_of_back_ends_are_hexadecimal_and_those_of_others_are_theirs(host: Host) -> None:
    host.loop(16, "/srv/b.img")
    host.write("sys/bus/xen-backend/devices/vbd-1-51712/physical_device", "7:10\n")
    host.write("sys/bus/xen-backend/devices/vbd-2-51712/physical_device", "nonsense\n")
    host.write("proc/9/fd/x", "")
    assert host.users() == {"/dev/loop0": [], "/dev/loop16": ["domain 1"]}


def test_a_file_that_was_removed_and_odd_names_are_told_as_they_are(host: Host) -> None:
    host.loop(1, "/srv/x\033[2J.img (deleted)")
    told = agent.dispatch("/x", "around_storage", {"root": str(host.root)})["loops"]
    assert [loop["file"] for loop in told] == ["/srv/a.img", "/srv/x\033[2J.img"]


def test_mounts_of_file_servers_and_clusters_are_told_and_not_thousands(host: Host) -> None:
    kinds = ["nfs4", "ext4", "ocfs2", "fuse.glusterfs", "tmpfs", "cifs"]
    lines = [f"{n} 1 0:{n} / /m/{kind} rw - {kind} x rw\n" for n, kind in enumerate(kinds)]
    host.write("proc/self/mountinfo", "".join(lines))
    answer = agent.dispatch("/x", "around_storage", {"root": str(host.root)})
    assert answer["mounts"] == ["/m/cifs", "/m/fuse.glusterfs", "/m/nfs4", "/m/ocfs2"]
    many = "".join(f"{n} 1 0:{n} / /m/{n} rw - nfs4 nas:/{n} rw\n" for n in range(2000))
    host.write("proc/self/mountinfo", many)
    answer = agent.dispatch("/x", "around_storage", {"root": str(host.root)})
    assert (len(answer["mounts"]), answer["truncated"]) == (500, True)
