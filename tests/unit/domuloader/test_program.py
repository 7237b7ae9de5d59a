"""The boot loader program as libxl runs it: arguments, partitions, the answer, and images that deceive."""

from __future__ import annotations

import contextlib
import os
import stat
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from xentui.domuloader import children, program, readers
from xentui.domuloader.children import MissingError, ReadError, Wanted
from xentui.domuloader.disk_view import View
from xentui.domuloader.entry import EntryError, KernelEntry, parse_entry
from xentui.domuloader.packing import packed
from xentui.domuloader.partitions import Partition, partitions

MIB = 1 << 20
KERNEL, RAMDISK = b"kernel" * 1000, b"ramdisk" * 500


def table(*rows: tuple[int, int, int], status: int = 0) -> bytes:
    """A sector with a DOS partition table: kind, first sector, sectors."""
    entries = b"".join(struct.pack("<B3xB3xII", status, *row) for row in rows)
    return (bytes(446) + entries).ljust(510, b"\0") + b"\x55\xaa"


def image(folder: Path, *pieces: tuple[int, bytes], size: int = 16 * MIB) -> Path:
    path = folder / "disk.img"
    with path.open("wb") as file:
        file.truncate(size)
        for offset, data in pieces:
            file.seek(offset)
            file.write(data)
    return path


def found(path: Path) -> list[Partition]:
    fd = os.open(path, os.O_RDONLY)
    try:
        return partitions(fd)
    finally:
        os.close(fd)


ENTRIES = [
    (
        "xvda1:/boot/vmlinuz-xen,/boot/initrd-xen",
        KernelEntry("xvda", 1, "/boot/vmlinuz-xen", "/boot/initrd-xen"),
    ),
    ("xvda1:/vmlinuz", KernelEntry("xvda", 1, "/vmlinuz", "")),
    ("/dev/sda2:/boot/vmlinuz,", KernelEntry("sda", 2, "/boot/vmlinuz", "")),
    ("hda:/boot/vmlinuz", KernelEntry("hda", 0, "/boot/vmlinuz", "")),
    ("xvda10:boot/vmlinuz", KernelEntry("xvda", 10, "/boot/vmlinuz", "")),
    ("/boot/vmlinuz,/boot/initrd", KernelEntry("", 0, "/boot/vmlinuz", "/boot/initrd")),
]


@pytest.mark.parametrize(("text", "entry"), ENTRIES)
def test_entries(text: str, entry: KernelEntry) -> None:
    assert parse_entry(text) == entry


@pytest.mark.parametrize(
    "text", ["", "xvda1:", "xvda1:,/initrd", "eth0:/x", "xvda1:/a\nb", "xvda1:/" + "a" * 2000]
)
def test_what_is_no_entry(text: str) -> None:
    with pytest.raises(EntryError):
        parse_entry(text)


def test_primary_partitions(tmp_path: Path) -> None:
    path = image(tmp_path, (0, table((0x83, 2048, 2048), (0, 0, 0), (0x82, 8192, 1024))))
    assert found(path) == [Partition(1, MIB, MIB), Partition(3, 4 * MIB, MIB // 2)]


def test_logical_drives(tmp_path: Path) -> None:
    path = image(
        tmp_path,
        (0, table((0x83, 2048, 2048), (0x0F, 4096, 16384))),
        (4096 * 512, table((0x83, 64, 1000), (0x05, 8192, 2048))),
        ((4096 + 8192) * 512, table((0x83, 64, 500))),
    )
    numbers = [(place.number, place.start // 512) for place in found(path)]
    assert numbers == [(1, 2048), (2, 4096), (5, 4160), (6, 4096 + 8192 + 64)]


def test_logical_drives_that_lead_in_a_circle_end(tmp_path: Path) -> None:
    path = image(
        tmp_path, (0, table((0x05, 2048, 8192))), (2048 * 512, table((0x83, 64, 1000), (0x05, 0, 2048)))
    )
    assert [place.number for place in found(path)] == [1, 5]


def test_gpt(tmp_path: Path) -> None:
    header = struct.pack("<8s64xQII", b"EFI PART", 2, 128, 128)
    entry = struct.pack("<16s16sQQ", b"k" * 16, b"u" * 16, 2048, 4095)
    path = image(
        tmp_path, (0, table((0xEE, 1, 0xFFFFFFFF))), (512, header), (1024 + 128, entry), (1024 + 384, entry)
    )
    assert found(path) == [Partition(2, MIB, MIB), Partition(4, MIB, MIB)]


@pytest.mark.parametrize(
    "sector",
    [
        b"",
        bytes(512),
        table(),
        table((0x83, 1, 1), status=7),
        table((0x83, 0, 100)),
        table((0x83, 1 << 31, 100)),
    ],
)
def test_what_is_no_table(sector: bytes, tmp_path: Path) -> None:
    assert found(image(tmp_path, (0, sector))) == []


@given(st.binary(min_size=64, max_size=64), st.binary(max_size=600))
@settings(deadline=None, max_examples=100)
def test_any_table_is_read_to_an_end(rows: bytes, more: bytes) -> None:
    fd = os.memfd_create("disk")
    os.write(fd, bytes(446) + rows + b"\x55\xaa" + more)
    for place in partitions(fd):
        assert place.number >= 1
        assert place.start > 0
    os.close(fd)


ANSWERS = [
    ("simple0", "console=hvc0 ro", b"kernel /k\0ramdisk /r\0args console=hvc0 ro\0\0"),
    ("simple", "a", b"kernel /k\nramdisk /r\nargs a\n\n"),
    ("sxp", "it's", b"linux (kernel '/k')(ramdisk '/r')(args 'it\\'s')"),
]


@pytest.mark.parametrize(("kind", "arguments", "answer"), ANSWERS)
def test_answers(kind: str, arguments: str, answer: bytes) -> None:
    assert program.answered("/k", "/r", arguments, kind) == answer


def test_nothing_is_said_of_what_there_is_not() -> None:
    assert program.answered("/k", "", "", "simple0") == b"kernel /k\0\0"


def reading(files: dict[tuple[int, str], bytes]) -> object:
    """A reader that knows files by the start of their partition and path."""

    def reader(wanted: Wanted, out: int) -> None:
        data = files.get((wanted.place.start if wanted.place else 0, wanted.path))
        if data is None:
            raise ReadError("it is not there")
        os.write(out, data)

    return reader


@contextlib.contextmanager
def as_it_is(path: str) -> Iterator[View]:
    yield View(path, path, None)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A disk of two partitions, with a kernel in the second."""
    files = {
        (2 * MIB, "/boot/vmlinuz"): KERNEL,
        (2 * MIB, "/boot/initrd"): RAMDISK,
        (0, "/boot/whole"): KERNEL,
    }
    monkeypatch.setattr(program, "READERS", (reading(files), readers.mount))
    monkeypatch.setattr(program, "viewed", as_it_is)
    return image(tmp_path, (0, table((0x83, 2048, 2048), (0x83, 4096, 2048))))


def boot(disk: Path, *words: str) -> dict[str, str]:
    """Run the program as libxl does; returns what it answered."""
    folder = disk.parent / "out"
    answer = disk.parent / "answer"
    given = [f"--output={answer}", "--output-format=simple0", f"--output-directory={folder}"]
    program.run(["--args=console=hvc0", *given, *words, str(disk)])
    words_said = answer.read_bytes().decode().removesuffix("\0\0").split("\0")
    return dict(word.split(" ", 1) for word in words_said)


def test_kernel_and_ramdisk_of_the_partition_that_is_named(disk: Path) -> None:
    said = boot(disk, "--entry=xvda2:/boot/vmlinuz,/boot/initrd")
    assert said["args"] == "console=hvc0"
    assert Path(said["kernel"]).read_bytes() == KERNEL
    assert Path(said["ramdisk"]).read_bytes() == RAMDISK
    assert stat.S_IMODE(os.stat(said["kernel"]).st_mode) == 0o600
    assert Path(said["kernel"]).name.startswith("boot_kernel.")


def test_without_a_device_every_partition_is_looked_at(disk: Path) -> None:
    assert Path(boot(disk, "-q", "--entry=/boot/vmlinuz")["kernel"]).read_bytes() == KERNEL


def test_a_disk_that_is_the_partition_itself(disk: Path) -> None:
    assert boot(disk, "--whole", "--entry=xvda1:/boot/whole")
    disk.write_bytes(bytes(MIB))  # without a table
    assert boot(disk, "--entry=xvda1:/boot/whole")


def test_another_disk_of_the_guest(disk: Path, tmp_path: Path) -> None:
    assert boot(tmp_path / "other", f"--image={disk}", "--entry=xvdb2:/boot/vmlinuz")


FAULTS = [
    (["--entry=xvda3:/boot/vmlinuz"], "no partition 3; it has 1, 2"),
    (["--entry=xvda1:/boot/vmlinuz"], "cannot be read from partition 1"),
    (["--entry=xvda2:/boot/vmlinuz,/boot/none"], "/boot/none cannot be read"),
    ([], "no --entry"),
]


@pytest.mark.parametrize(("words", "problem"), FAULTS)
def test_what_cannot_boot_is_a_sentence_and_leaves_no_file(
    words: list[str], problem: str, disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = disk.parent / "out"
    with pytest.raises(SystemExit) as left:
        program.main([f"--output-directory={folder}", *words, str(disk)])
    assert left.value.code == 1
    assert problem in capsys.readouterr().err
    assert not folder.exists() or list(folder.iterdir()) == []


def test_an_image_is_found_from_anywhere(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs that read it run in another folder."""
    asked: list[str] = []

    def reader(wanted: Wanted, out: int) -> None:
        asked.append(wanted.image)
        os.write(out, KERNEL)

    monkeypatch.setattr(program, "READERS", (reader,))
    monkeypatch.chdir(disk.parent)
    boot(disk.parent / "answers" / "..", "--entry=xvda2:/boot/vmlinuz", "--image=disk.img")
    program.run(
        [f"--output={os.devnull}", f"--output-directory={disk.parent}", "--entry=xvda2:/x", "disk.img"]
    )
    assert asked == [str(disk)] * 2


def test_a_folder_of_its_own_goes_with_a_failure(
    disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    for words in (["--entry=xvda2:/boot/vmlinuz,/none"], ["--entry=xvda3:/boot/vmlinuz"]):
        with pytest.raises(program.LoaderError):
            program.run([*words, str(disk)])
        assert list(place.iterdir()) == []
    program.run([f"--output={tmp_path / 'answer'}", "--entry=xvda2:/boot/vmlinuz", str(disk)])
    assert [len(list(folder.iterdir())) for folder in place.iterdir()] == [1]


def test_a_file_is_copied_up_to_the_limit_only(tmp_path: Path) -> None:
    wanted = Wanted("", None, "", 1000, None)
    out = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
    children.copy([sys.executable, "-c", "print('x' * 999)"], out, wanted)
    with pytest.raises(ReadError, match="larger"):
        children.copy([sys.executable, "-c", "while True: print('x' * 999)"], out, wanted)
    with pytest.raises(ReadError, match="oh no"):
        children.copy([sys.executable, "-c", "import sys; print(1); sys.exit('first\\noh no')"], out, wanted)
    with pytest.raises(ReadError, match="not there"):
        children.copy([sys.executable, "-c", ""], out, wanted)
    os.close(out)


def test_a_mount_is_tried_only_where_there_is_nothing_else(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def mount(_wanted: Wanted, out: int) -> None:
        tried.append("mount")
        os.write(out, KERNEL)

    def missing(_wanted: Wanted, _out: int) -> None:
        raise MissingError("the host has none")

    def broken(_wanted: Wanted, _out: int) -> None:
        raise ReadError("corrupt")

    monkeypatch.setattr(program, "mount", mount)
    monkeypatch.setattr(program, "READERS", (missing, broken, mount))
    with pytest.raises(program.LoaderError, match="corrupt"):
        boot(disk, "--entry=xvda2:/boot/vmlinuz")
    assert tried == []
    monkeypatch.setattr(program, "READERS", (missing, missing, mount))
    assert boot(disk, "--entry=xvda2:/boot/vmlinuz")


LINKS = [
    ("/boot/vmlinuz", "boot/vmlinuz-6"),
    ("/boot/absolute", "boot/vmlinuz-6"),
    ("/boot/up", "boot/vmlinuz-6"),
    ("/../../boot/./vmlinuz-6", "boot/vmlinuz-6"),
    ("/escape", "etc/passwd"),
]


@pytest.mark.parametrize(("path", "place"), LINKS)
def test_links_of_a_guest_lead_to_places_of_the_guest(path: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/vmlinuz").symlink_to("vmlinuz-6")
    (tmp_path / "boot/absolute").symlink_to("/boot/vmlinuz-6")
    (tmp_path / "boot/up").symlink_to("../../../../boot/vmlinuz-6")
    (tmp_path / "escape").symlink_to("/etc/passwd")
    assert readers.inside(str(tmp_path), path) == str(tmp_path / place)


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(ReadError):
        readers.inside(str(tmp_path), "/a")


def test_one_file_is_all_a_host_needs(tmp_path: Path) -> None:
    path = tmp_path / "xentui-domuloader"
    path.write_bytes(packed())
    assert packed() == packed()
    assert zipfile.is_zipfile(path)
    done = subprocess.run(
        [sys.executable, "-I", str(path), "--entry=xvda1:/x", str(tmp_path / "none")],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"xentui-domuloader: ")
    assert b"No such file" in done.stderr
