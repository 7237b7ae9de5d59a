"""Boot menus of disks within qcow2 and VHD images, and of each file system the machine can make."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.boot_menu_damage import btrfs, ext4, iso9660, make, vfat, xfs
from tests.unit.bootmenu.test_disk import shown
from xentui.bootmenu import program
from xentui.domuloader.readers import PATH

TITLES = ["Linux 0", "Linux 1", "Linux 2", "Linux 3"]


@pytest.mark.parametrize("kind", [xfs, btrfs, vfat, iso9660], ids=lambda kind: kind.__name__)
def test_a_menu_on_each_file_system(kind: Callable[[Path, Path], list[str]], tmp_path: Path) -> None:
    image = make(kind, tmp_path)
    if image is None or shutil.which("grub-fstest", path=PATH) is None:
        pytest.skip(f"needs what makes {kind.__name__} (mkfs, mtools or xorriso), and grub-fstest")
    answer = shown(image, "--text")
    assert [entry["title"] for entry in answer["menu"]["entries"]] == TITLES
    assert (answer["places"][0]["kind"], answer["places"][0]["unclean"]) == (kind.__name__, False)
    assert answer["kernel_places"] == [0] * 4
    written = (tmp_path / "root/boot/grub/grub.cfg").stat().st_mtime
    # What a prototype fills has the time of its making, and vfat even seconds.
    assert abs(shown(image, "--stamps=-")["changed"] - written) < 60
    assert "menuentry 'Linux 3'" in answer["files"]["/boot/grub/grub.cfg"]
    seen = answer["pygrub"]["notes"]
    assert seen == (
        []
        if kind in (vfat, iso9660)
        else [f"pygrub does not see /boot/grub/grub.cfg: it does not read {kind.__name__}"]
    )


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """An ext4 image, where the machine can show what another image holds."""
    if shutil.which("qemu-nbd") is None or shutil.which("qemu-img") is None:
        pytest.skip("needs qemu-nbd and qemu-img (Debian: qemu-utils)")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("needs /dev/fuse")
    image = make(ext4, tmp_path)
    if image is None:
        pytest.skip("needs e2fsprogs")
    return image


def packed(raw: Path, form: str, *options: str) -> Path:
    """A raw image in another format."""
    image = raw.with_suffix(f".{form}")
    argv = ["qemu-img", "convert", "-O", form, *options, str(raw), str(image)]
    subprocess.run(argv, check=True)
    return image


@pytest.mark.parametrize(
    ("form", "options", "said"),
    [
        ("qcow2", (), "qcow2"),
        ("qcow2", ("-c",), ""),
        ("vpc", (), ""),
        ("vpc", ("-o", "subformat=fixed"), "vhd"),
    ],
)
@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_the_disk_inside_is_read(
    raw: Path, form: str, options: tuple[str, ...], said: str, mode: int
) -> None:
    image = packed(raw, form, *options)
    image.chmod(mode)
    before = image.read_bytes()
    answer = shown(image, f"--formats={said}")
    assert [entry["title"] for entry in answer.get("menu", answer)["entries"]] == TITLES
    assert answer["places"][0]["kind"] == "ext4"
    assert image.read_bytes() == before
    assert "xentui" not in Path("/proc/mounts").read_text(encoding="utf-8")


def test_what_is_said_to_be_raw_is_not_unpacked(raw: Path) -> None:
    # A guest with a raw disk may write what it likes there.
    image = packed(raw, "qcow2")
    assert "its format is raw, and it begins as a qcow2 image does" in shown(image, "--formats=raw")["error"]


@pytest.mark.parametrize("kind", ["qcow2", "vhd"])
def test_what_is_no_such_image_is_said(raw: Path, kind: str) -> None:
    assert (
        shown(raw, f"--formats={kind}")["error"]
        == f"its configuration says {kind}, but it is not a {kind} image"
    )


@pytest.mark.parametrize("kind", ["qed", "vmdk", "vhdx"])
def test_other_formats_are_named(tmp_path: Path, kind: str) -> None:
    image = tmp_path / "disk"
    image.write_bytes({"qed": b"QED\0", "vmdk": b"KDMV", "vhdx": b"vhdxfile"}[kind].ljust(70000, b"\0"))
    assert f"it is a {kind} image, whose menu is not read; `qemu-img convert" in shown(image)["error"]


def test_nothing_behind_an_image_is_opened(raw: Path) -> None:
    base = packed(raw, "qcow2")
    above = raw.with_suffix(".above")
    argv = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", str(base), str(above)]
    subprocess.run(argv, check=True)
    assert f"it is a qcow2 image over “{base}”, which is not followed" in shown(above)["error"]
    with base.open("r+b") as file:
        file.seek(72)
        file.write(struct.pack(">Q", 4))
    assert "over a file of its own for the data, which is not followed" in shown(base)["error"]
    differing = packed(raw, "vpc")
    with differing.open("r+b") as file:
        file.seek(60)
        file.write(struct.pack(">I", 4))
    assert "it is a vhd image over another, which is not followed" in shown(differing)["error"]


def test_what_qemu_refuses_is_told_in_its_words(raw: Path) -> None:
    image = packed(raw, "qcow2")
    with image.open("r+b") as file:
        file.seek(36)
        file.write(b"\xff\xff\xff\x7f")
    assert shown(image)["error"] == "the qcow2 image cannot be read: Active L1 table too large"


@pytest.mark.parametrize(
    ("size", "magic"),
    [(0x10000 + 82, b"_BHRfS_M"), (0x8000 + 40, b"\1CD001"), (20, b"NTFS    ")],
    ids=["btrfs", "iso9660", "ntfs"],
)
def test_an_image_cut_within_its_superblock(tmp_path: Path, size: int, magic: bytes) -> None:
    """It is answered for, and so are the other images that are asked about with it."""
    image = tmp_path / "cut.img"
    places = {b"_BHRfS_M": 0x10000 + 64, b"\1CD001": 0x8000, b"NTFS    ": 3}
    image.write_bytes((bytes(places[magic]) + magic).ljust(size, b"\0"))
    assert "menu" not in program.answer(str(image), text=False)


HOLDS = """
import os, sys, time
from xentui.bootmenu import containers
from xentui.domuloader.disk_view import View
with containers.unpacked(View(sys.argv[1], sys.argv[1], None), "qcow2") as view:
    print(os.path.dirname(view.path), flush=True)
    time.sleep(600)
"""


def test_one_that_is_killed_leaves_nothing(raw: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(packed(raw, "qcow2"))], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        folder = Path(holder.stdout.readline().strip())
        assert folder.name.startswith("xentui-bootmenu-") and folder.is_dir()
        holder.kill()
        holder.wait()
    until = time.monotonic() + 60
    while folder.exists():
        assert time.monotonic() < until, list(folder.iterdir())
        time.sleep(0.05)


def test_what_a_killed_one_left_is_removed(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a folder for passing files that only its owner enters is none to show a disk in."""
    monkeypatch.setenv("TMPDIR", str(raw.parent))
    left, young = (
        Path(tempfile.mkdtemp(prefix=f"xentui-bootmenu-{name}-", dir="/tmp")) for name in ("left", "young")
    )
    try:
        for folder in (left, young):
            (folder / "disk").touch()
        os.utime(left, (0, 0))
        assert "menu" in shown(packed(raw, "qcow2"))
        assert (left.exists(), young.exists()) == (False, True)
    finally:
        for folder in (left, young):
            shutil.rmtree(folder, ignore_errors=True)
