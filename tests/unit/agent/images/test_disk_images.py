"""Images of disks on the host: looked at without trust, made only where nobody can exchange them."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import struct
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from xentui.agent.errors import AgentError
from xentui.agent.images import disk_images, image_headers

QEMU = shutil.which("qemu-img")
needs_qemu = pytest.mark.skipif(QEMU is None, reason="there is no qemu-img here")


def qemu(*words: str) -> None:
    subprocess.run([str(QEMU), *words], check=True, capture_output=True)


def looked(path: Path) -> image_headers.ImageHead:
    with path.open("rb") as file:
        return image_headers.look(file.fileno(), path.stat().st_size)


@needs_qemu
@pytest.mark.parametrize(
    ("driver", "options", "content"),
    [
        ("qcow2", [], "qcow2"),
        ("qcow2", ["-o", "compat=0.10"], "qcow2"),
        ("vpc", ["-o", "force_size=on"], "vhd"),
        ("vpc", ["-o", "force_size=on,subformat=fixed"], "vhd-fixed"),
        ("qed", [], "qed"),
        ("vmdk", [], "vmdk"),
        ("raw", [], ""),
    ],
)
def test_the_size_a_guest_would_see_is_that_of_qemu_img(
    tmp_path: Path, driver: str, options: list[str], content: str
) -> None:
    path = tmp_path / "image"
    qemu("create", "-f", driver, *options, str(path), "1000M")
    assert looked(path)[:2] == (content, 1000 << 20)


@needs_qemu
def test_the_chain_of_a_qcow2_image_names_each_format(tmp_path: Path) -> None:
    qemu("create", "-f", "raw", str(tmp_path / "base.img"), "1M")
    qemu("create", "-f", "qcow2", "-b", "base.img", "-F", "raw", str(tmp_path / "middle"))
    qemu("create", "-f", "qcow2", "-b", str(tmp_path / "middle"), "-F", "qcow2", str(tmp_path / "top"))
    found = disk_images.look_at_images(paths=[str(tmp_path / "top")])[str(tmp_path / "top")]
    assert found["backing"] == [[str(tmp_path / "middle"), "qcow2"], [str(tmp_path / "base.img"), "raw"]]


@needs_qemu
def test_what_is_said_to_be_raw_has_no_chain_whatever_a_guest_wrote_to_it(tmp_path: Path) -> None:
    qemu("create", "-f", "raw", str(tmp_path / "secret"), "1M")
    qemu("create", "-f", "qcow2", "-b", str(tmp_path / "secret"), "-F", "raw", str(tmp_path / "guest"))
    qemu("create", "-f", "qcow2", "-b", str(tmp_path / "guest"), "-F", "raw", str(tmp_path / "top"))
    found = disk_images.look_at_images(paths=[str(tmp_path / "top")])[str(tmp_path / "top")]
    assert found["backing"] == [[str(tmp_path / "guest"), "raw"]]


@given(st.binary(max_size=200), st.sampled_from([b"QFI\xfb", b"conectix", b"KDMV", b"QED\0", b""]))
def test_no_head_whatever_it_holds_is_more_than_a_head(
    tmp_path_factory: pytest.TempPathFactory, rest: bytes, mark: bytes
) -> None:
    path = tmp_path_factory.mktemp("heads") / "image"
    path.write_bytes(mark + rest)
    head = looked(path)
    assert head.size is None or 0 <= head.size <= 1 << 62


def test_a_chain_that_leads_back_to_itself_ends(tmp_path: Path) -> None:
    path = tmp_path / "loop"
    name = os.fsencode(path)
    header = struct.pack(">4sIQIIQ", b"QFI\xfb", 3, 512, len(name), 16, 1 << 20).ljust(100, b"\0")
    extension = struct.pack(">II", 0xE2792ACA, 5) + b"qcow2".ljust(8, b"\0")
    path.write_bytes((header + struct.pack(">I", 104) + extension).ljust(512, b"\0") + name)
    found = disk_images.look_at_images(paths=[str(path)])[str(path)]
    assert found["backing"] == [[str(path), "qcow2"]]


def test_a_sparse_image_takes_no_room_and_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    disk_images.make_image(path=str(path), size=10 << 30)
    status = path.stat()
    assert (status.st_size, status.st_blocks, stat.S_IMODE(status.st_mode)) == (10 << 30, 0, 0o600)


def refused(call: object, **arguments: object) -> str:
    with pytest.raises(AgentError) as caught:
        call(**arguments)  # type: ignore[operator]
    return caught.value.code


def test_what_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("data")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("there", "link"):
        assert refused(disk_images.make_image, path=str(tmp_path / name), size=512) == "exists"
    assert (tmp_path / "there").read_text() == "data" and not (tmp_path / "elsewhere").exists()


def test_a_folder_others_may_write_to_gets_no_image(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    assert refused(disk_images.make_image, path=str(folder / "disk.img"), size=512) == "untrusted"
    assert refused(disk_images.make_image, path=str(tmp_path / "no/disk.img"), size=512) == "missing"


@pytest.mark.usefixtures("files_as_on_ext4")
def test_a_new_file_is_tried_without_one(tmp_path: Path) -> None:
    def tried(name: str = "disk.img", size: int = 512, room: int = 0) -> str:
        return refused(disk_images.try_image, path=str(tmp_path / name), size=size, room=room)

    disk_images.try_image(path=str(tmp_path / "disk.img"), size=10 << 30, room=512)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "there").write_text("data")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    assert tried("there") == "exists"
    assert tried("no/disk.img") == "missing"
    assert tried("open/disk.img") == "untrusted"
    assert tried(room=1 << 62) == "full"
    with pytest.raises(OSError, match="too large") as caught:
        disk_images.try_image(path=str(tmp_path / "huge.img"), size=1 << 62, room=0)
    assert caught.value.errno == errno.EFBIG
    assert {path.name for path in tmp_path.iterdir()} == {"there", "open"}


@pytest.mark.usefixtures("files_as_on_ext4")
def test_a_size_no_file_system_has_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises((AgentError, OSError)):
        disk_images.make_image(path=str(tmp_path / "huge.img"), size=1 << 62)
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_size_has_changed_meanwhile_is_not_resized(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    path.write_bytes(b"x" * 1024)
    assert refused(disk_images.resize_image, path=str(path), size=2048, before=512) == "conflict"
    disk_images.resize_image(path=str(path), size=2048, before=1024)
    assert path.read_bytes() == b"x" * 1024 + b"\0" * 1024


def test_what_cannot_be_resized_is_named_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    with pytest.raises(FileNotFoundError) as missing:
        disk_images.resize_image(path=str(path), size=2048, before=512)
    assert str(path) in str(missing.value)
    os.mkfifo(path)
    assert refused(disk_images.resize_image, path=str(path), size=2048, before=0) == "invalid"


def test_a_folder_lists_what_ends_or_begins_as_an_image(tmp_path: Path) -> None:
    for name, content in {
        "a.img": b"",
        "notes.txt": b"words",
        "disk": b"\0" * (1 << 20),
        "small": b"\0" * 512,
        "odd.bin": b"QFI\xfb" + b"\0" * 100,
        ".xentui-0123456789abcdef": b"\0" * (1 << 20),
    }.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.img").mkdir()
    os.mkfifo(tmp_path / "pipe.img")
    answer = disk_images.list_images(folder=str(tmp_path))
    assert [Path(path).name for path in answer["images"]] == ["a.img", "disk", "odd.bin"]
    short = disk_images.list_images(folder=str(tmp_path), limit=2)
    assert (len(short["images"]), short["truncated"]) == (2, True)


@pytest.mark.parametrize(("kind", "held"), [("ext4", True), ("xfs", True), ("nfs", False), ("nfs4", False)])
def test_an_image_that_is_being_made_is_locked_but_not_on_nfs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, held: bool
) -> None:
    """There it is a lock of all bytes, on which qemu-img runs aground with its own."""
    monkeypatch.setattr(disk_images, "kind_of", lambda _device: kind)
    path = tmp_path / "made.img"
    path.touch()
    with path.open("rb+") as made, path.open("rb+") as other:
        disk_images.hold(made.fileno())
        with pytest.raises(BlockingIOError) if held else nullcontext():
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
