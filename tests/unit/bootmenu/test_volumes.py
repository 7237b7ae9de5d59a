"""Boot menus out of volumes within a guest's disk."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.boot_menu_damage import ext4, make, xfs
from tests.unit.bootmenu import lvm
from tests.unit.bootmenu.test_disk import dos, shown
from tests.unit.bootmenu.test_xfs_log import end_uncleanly, superblock
from xentui.bootmenu import disk, program
from xentui.bootmenu.disk import GuestDisk
from xentui.bootmenu.limits import WALL, BootMenuError
from xentui.domuloader.children import ReadError
from xentui.domuloader.disk_view import View
from xentui.domuloader.readers import PATH

TITLES = ["Linux 0", "Linux 1", "Linux 2", "Linux 3"]


def volume(kind: Callable[[Path, Path], list[str]], folder: Path) -> Path:
    """A file system that is to be a volume's."""
    image = make(kind, folder)
    if image is None or shutil.which("grub-fstest", path=PATH) is None:
        pytest.skip(f"needs mkfs for {kind.__name__}, and grub-fstest")
    return image


@pytest.mark.parametrize("kind", [ext4, xfs], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("start", [0, 1 << 20])
def test_a_menu_in_a_volume(tmp_path: Path, kind: Callable[[Path, Path], list[str]], start: int) -> None:
    content, image = volume(kind, tmp_path), tmp_path / "disk.img"
    # GRUB doubles the hyphens in names.
    size = lvm.write(image, "my-vg", {"swap": bytes(4096), "root-fs": content}, start)
    if start:
        dos(image, (1, 0x8E, start // 512, size // 512))
    answer = shown(image, "--stamps=-")
    assert [entry["title"] for entry in answer["menu"]["entries"]] == TITLES
    place = answer["places"][answer["place"]]
    assert (place["device"], place["kind"], place["unclean"]) == ("lvm/my--vg-root--fs", kind.__name__, False)
    assert len(place["uuid"]) == 36 and place["size"] == content.stat().st_size
    assert answer["changed"]
    assert answer["kernel_places"] == [answer["place"]] * 4
    assert "it does not read volume groups" in answer["pygrub"]["notes"][0]


def test_an_unclean_journal_in_a_volume_is_told(tmp_path: Path) -> None:
    content = bytearray(volume(ext4, tmp_path).read_bytes())
    content[1024 + 96] |= 4
    image = tmp_path / "disk.img"
    lvm.write(image, "vg0", {"root": bytes(content)})
    answer = shown(image)
    assert "menu" in answer and answer["places"][answer["place"]]["unclean"] is True


def test_an_unclean_log_in_a_volume_is_told(tmp_path: Path) -> None:
    made = volume(xfs, tmp_path)
    end_uncleanly(made)
    image = tmp_path / "disk.img"
    lvm.write(image, "vg0", {"root": made})
    answer = shown(image)
    assert "menu" in answer and answer["places"][answer["place"]]["unclean"] is True


def test_what_is_no_file_system_and_what_is_too_small_for_one(tmp_path: Path) -> None:
    if shutil.which("grub-fstest", path=PATH) is None:
        pytest.skip("needs grub-fstest")
    image = tmp_path / "disk.img"
    size = lvm.write(image, "vg0", {"nothing": bytes(4096), "cut": b"x" * 8192})
    os.truncate(image, size - lvm.EXTENT)
    assert [place["kind"] for place in shown(image)["places"]] == ["LVM2_member", "", ""]


def test_tables_of_volumes_that_deceive(tmp_path: Path) -> None:
    """A volume as large as the world, one that lies outside of the disk, and words no table has."""
    if shutil.which("grub-fstest", path=PATH) is None:
        pytest.skip("needs grub-fstest")
    image = tmp_path / "disk.img"
    lvm.write(image, "vg0", {"root": bytes(4096)})
    whole = image.read_bytes()
    for old, new in (
        (b"extent_count = 1", b"extent_count = 9" + b"9" * 15),
        (b'"pv0", 0', b'"pv0", 4294967295'),
        (b"extent_size = 8192", b"extent_size = 0"),
        (b"logical_volumes {", b"logical_volumes {" * 50),
        (b"segment_count = 1", b"segment_count = 4294967295"),
        (b'"striped"', b'"raid6"'),
        (b"root {", b"ro\x1b[31mot) {"),
        (b'id = "VVVVVV', b'id = "' + b"V" * 20_000),
    ):
        assert old in whole
        broken = whole.replace(old, new)
        image.write_bytes(broken[: len(whole)])
        answer = program.answer(str(image), text=False)
        assert "no file system that a boot loader reads" in answer["error"], old
        assert not any("\x1b" in place["device"] for place in answer["places"])


class VolumesOnly(GuestDisk):
    """A disk of three volumes, of which what is read is in memory; ``cut`` ends each, in bytes."""

    def __init__(self, image: Path, cut: int, seconds: float = 0.0) -> None:
        self._cut, self._each = cut, seconds
        super().__init__(View(str(image), str(image), None))

    def _given(self, argv: list[str], *_given: object, **_more: object) -> bytes:
        self._left()
        self._deadline -= self._each
        if argv[-1] == "ls":
            return b"(loop0) (lvm/vg-a) (lvm/vg-b) (lvm/vg-c)"
        content = superblock(2000).ljust(self._cut, b"\0")
        pieces = [
            [int(word) * 512 for word in each.split("+")] for each in argv[-1].partition(")")[2].split(",")
        ]
        if any(at + size > self._cut for at, size in pieces):
            raise ReadError("attempt to read or write outside of disk")
        return b"".join(content[at : at + size] for at, size in pieces)


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A disk that is LVM's."""
    monkeypatch.setattr(disk, "grub_program", lambda: "grub-fstest")
    lvm.write(tmp_path / "disk.img", "vg", {"a": bytes(4096)})
    return tmp_path / "disk.img"


def test_a_volume_that_ends_within_its_log_is_there_all_the_same(group: Path) -> None:
    found = VolumesOnly(group, cut=1 << 17).places[1:]
    assert [(each.device, each.system.kind, each.system.unclean) for each in found] == [
        ("lvm/vg-a", "xfs", True),
        ("lvm/vg-b", "xfs", True),
        ("lvm/vg-c", "xfs", True),
    ]


def test_a_disk_whose_volumes_there_is_no_time_for_is_one_to_ask_for_again(group: Path) -> None:
    late = VolumesOnly(group, cut=1 << 17, seconds=WALL / 2)
    assert [each.device for each in late.places] == ["hd0"], "what there was time for"
    assert late.hurried
    with pytest.raises(BootMenuError, match="on a busy host"):
        program.told(late, text=False)


def test_a_reader_that_is_ended_by_the_clock_ends_late(group: Path) -> None:
    """One that ended sooner would be taken for one that found nothing."""
    read = VolumesOnly(group, cut=1 << 17)
    read._deadline = time.monotonic() + 1.5
    assert read._wanted(None, "/", 1).wall == 2
