"""What the programs of a host give for a file of a guest, and what they give for one when it is none."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.domuloader.conftest import KERNEL, MakeDisk
from xentui.domuloader import readers
from xentui.domuloader.children import ReadError, Wanted
from xentui.domuloader.partitions import Partition

MIB = 1 << 20
ASKED = [
    "/boot/vmlinuz-6-xen",
    "/boot/vmlinuz-xen",
    "/boot/absolute",
    "/boot/long",
    "/boot/chain",
    "/lib/kernel",
    "/start/vmlinuz-xen",
    "/start/../lib/../../boot/vmlinuz-xen",
]
REFUSED = [
    ("/boot", "directory"),
    ("/start", "directory"),
    ("/boot/circle", "links lead nowhere"),
    ("/boot/out", "/etc/passwd: File not found"),
    ("/boot/odd", "cannot read such a path"),
    ("/boot/none", "/boot/none: File not found"),
    ("/boot/nothing", "not there, or empty"),
]


def read(
    reader: Callable[[Wanted, int], None],
    path: Path,
    name: str,
    *,
    place: Partition | None = None,
    limit: int = 4 * MIB,
) -> bytes:
    out = os.memfd_create("out")
    try:
        reader(Wanted(str(path), place, name, limit, None), out)
        return os.pread(out, 8 * MIB, 0)
    finally:
        os.close(out)


@pytest.mark.parametrize("words", [("-t", "ext2"), ("-t", "ext4"), ("-t", "ext4", "-O", "inline_data")])
def test_debugfs_follows_links_within_the_guest(words: tuple[str, ...], extended: MakeDisk) -> None:
    path = extended(*words)
    for name in ASKED:
        assert read(readers.debugfs, path, name) == KERNEL, name


def test_debugfs_reads_a_partition(extended: MakeDisk) -> None:
    path = extended(start=MIB)
    assert read(readers.debugfs, path, "/boot/vmlinuz-xen", place=Partition(1, MIB, 6 * MIB)) == KERNEL


def test_debugfs_gives_regular_files_only(extended: MakeDisk) -> None:
    path = extended()
    for name, problem in REFUSED:
        with pytest.raises(ReadError, match=problem):
            read(readers.debugfs, path, name)
    with pytest.raises(ReadError, match="larger than 0 MiB"):
        read(readers.debugfs, path, "/boot/vmlinuz-xen", limit=len(KERNEL) - 1)


def test_debugfs_of_a_cut_image_is_a_failure_in_its_words(extended: MakeDisk) -> None:
    path = extended()
    here = path.read_bytes().index(KERNEL[:1024])
    os.truncate(path, here + len(KERNEL) // 2 // 1024 * 1024)
    with pytest.raises(ReadError, match="short read"):
        read(readers.debugfs, path, "/boot/vmlinuz-6-xen")


def test_debugfs_of_another_file_system_is_a_failure_in_its_words(tmp_path: Path, extended: MakeDisk) -> None:
    path = tmp_path / "none.img"
    path.write_bytes(bytes(MIB))
    with pytest.raises(ReadError, match="Bad magic number"):
        read(readers.debugfs, path, "/boot/vmlinuz-xen")


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has another program than debugfs say so of /boot/x, the inode 12 of 100 bytes."""

    def say(words: str) -> None:
        program = tmp_path / "debugfs"
        program.write_text(
            '#!/bin/sh\necho "debugfs 1.47.0 (5-Feb-2023)" >&2\ncase "$2" in\n'
            '"stat /boot/x") printf "Inode: 12   Type: regular    Mode:  0644\\nUser: 0  Size: 100\\n" ;;\n'
            f'"cat <12>") {words} ;;\n*) echo "no $2" >&2 ;;\nesac\n'
        )
        program.chmod(0o755)
        monkeypatch.setattr(readers, "program_path", lambda *_names: str(program))

    return say


def test_what_debugfs_gives_has_the_size_of_the_inode(tmp_path: Path, said: Callable[[str], None]) -> None:
    said("printf %0100d 0")
    assert read(readers.debugfs, tmp_path / "x.img", "/boot/x") == b"0" * 100
    for count in (99, 101):
        said(f"printf %0{count}d 0")
        with pytest.raises(ReadError, match="to its end, 100 bytes"):
            read(readers.debugfs, tmp_path / "x.img", "/boot/x")
    said("printf %0100d 0; echo one >&2; echo two >&2")
    with pytest.raises(ReadError, match=r"^one$"):
        read(readers.debugfs, tmp_path / "x.img", "/boot/x")


def test_all_runs_of_debugfs_have_together_what_one_reader_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is run once or twice for each of forty links."""
    given: list[int] = []

    def heard(_argv: list[str], wanted: Wanted, **_banner: object) -> str:
        given.append(wanted.seconds)
        return 'Inode: 12   Type: symlink    Mode:  0777\nSize: 1\nFast link dest: "x"\n'

    monkeypatch.setattr(readers, "program_path", lambda *_names: "/sbin/debugfs")
    monkeypatch.setattr(readers, "heard", heard)
    monkeypatch.setattr(readers, "spent", lambda: 100.0 + 2 * len(given))
    with pytest.raises(ReadError, match="took longer than 5 s"):
        readers.debugfs(Wanted(str(tmp_path / "x.img"), None, "/x", MIB, None, 5, MIB), -1)
    assert given == [5, 3, 1]


FSIMAGE = """
class System:
    def open_file(self, path):
        folder = path.removesuffix("/.") == "/boot"
        if path not in ("/boot", "/boot/.", "/boot/vmlinuz"):
            raise FileNotFoundError(2, "No such file or directory")
        return self
    def read(self, size, offset):
        return b"data"[offset:offset + size]
def open(image, offset, options):
    return System()
"""


def test_libfsimage_gives_no_directory_and_nothing_of_a_cut_partition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "usr/lib/xen-4.17/lib/python"
    library.mkdir(parents=True)
    (library / "xenfsimage.py").write_text(FSIMAGE)
    monkeypatch.setattr(readers, "_LIBRARIES", (str(library).lstrip("/"),))
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(MIB))
    assert read(readers.fsimage, path, "/boot/vmlinuz") == b"data"
    with pytest.raises(ReadError, match="directory"):
        read(readers.fsimage, path, "/boot")
    with pytest.raises(ReadError, match="No such file"):
        read(readers.fsimage, path, "/none")
    assert read(readers.fsimage, path, "/boot/vmlinuz", place=Partition(1, 512, MIB - 512)) == b"data"
    with pytest.raises(ReadError, match="image ends before"):
        read(readers.fsimage, path, "/boot/vmlinuz", place=Partition(1, 512, MIB))


def test_a_mount_gives_regular_files_to_their_end_only(
    guest_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mounted(path: Path, name: str) -> bytes:
        out = os.memfd_create("out")
        try:
            readers._copy_inside(str(path), name, out, 4 * MIB)
            return os.pread(out, 8 * MIB, 0)
        finally:
            os.close(out)

    assert mounted(guest_root, "/boot/vmlinuz-xen") == KERNEL
    for name, problem in (("/boot", "not a file"), ("/boot/nothing", "empty"), ("/none", "No such file")):
        with pytest.raises(ReadError, match=problem):
            mounted(guest_root, name)
    parts = iter([KERNEL[:1000], b""])
    monkeypatch.setattr(os, "read", lambda _fd, _size: next(parts))
    with pytest.raises(ReadError, match="to its end"):
        mounted(guest_root, "/boot/vmlinuz-xen")


def test_what_debugfs_says_of_itself_is_no_failure(extended: MakeDisk) -> None:
    argv = [readers.program_path("debugfs"), "-R", "stat /none", str(extended())]
    done = subprocess.run(argv, capture_output=True, check=False)
    banner, failure = done.stderr.decode().splitlines()
    assert readers.BANNER.match(banner)
    assert not readers.BANNER.match(failure)
