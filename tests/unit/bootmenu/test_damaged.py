"""Damaged images, of each file system the machine can make: an answer each time, in time, and nothing written."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import pytest

from benchmarks import boot_menu_damage
from benchmarks.boot_menu_damage import KINDS, SECTOR, data_of, make, run
from tests.unit.bootmenu.test_disk import shown
from xentui.bootmenu.limits import SECONDS, WALL

COUNT = 12


def held(image: Path) -> str:
    """The digest of what an image holds: zeros and holes are one."""
    digest, nothing = hashlib.sha256(), bytes(SECTOR)
    for start, data in data_of(image):
        for at in range(0, len(data), SECTOR):
            if (sector := data[at : at + SECTOR]) != nothing:
                digest.update(b"%d " % (start + at) + sector)
    return digest.hexdigest()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_dozen_of_each(tmp_path: Path, kind: object) -> None:
    image = make(kind, tmp_path)  # type: ignore[arg-type]
    if image is None:
        pytest.skip("the machine makes no such file system")
    before = held(image)
    answers = run(image, COUNT)
    assert not answers.crashes
    assert sum(answers.seen.values()) == COUNT
    assert answers.cpu <= SECONDS
    assert answers.wall < SECONDS + WALL
    assert held(image) == before


def test_a_terabyte_of_nothing(tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(1 << 40)
    assert "no file system that a boot loader reads" in shown(image)["error"]


def test_a_table_that_points_into_itself(tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    table = struct.pack("<B3xB3xII", 0, 0x05, 63, 4096).ljust(64, b"\0")
    inner = struct.pack("<B3xB3xII", 0, 0x05, 0, 4096).ljust(64, b"\0")
    with image.open("wb") as file:
        file.truncate(4 << 20)
        file.seek(446)
        file.write(table + b"\x55\xaa")
        file.seek(63 * 512 + 446)
        file.write(inner + b"\x55\xaa")
    assert "no file system that a boot loader reads" in shown(image)["error"]


def test_a_file_system_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else a word misspelt would be a run that found nothing wrong."""
    monkeypatch.setattr("sys.argv", ["boot_menu_damage", "1", "ext5"])
    assert boot_menu_damage.main() == 2
    assert "no such file system: ext5" in capsys.readouterr().err
