"""The small disk of a first boot: what is put on it is read back by whoever reads such disks."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from xentui.bootmenu.superblock import identify
from xentui.errors import UsageError
from xentui.service.making.iso9660 import MOST, SECTOR, volume

FILES = {"user-data": b"#cloud-config\n", "meta-data": b"m" * (SECTOR + 1), "network-config": b""}


def read(image: bytes, *, joliet: bool) -> dict[str, bytes]:
    """The files in the root of a volume (ECMA-119, 8.4 and 9.1), by the names of one of its two trees."""
    at = (17 if joliet else 16) * SECTOR
    descriptor = image[at : at + SECTOR]
    assert descriptor[:7] == (b"\2CD001\1" if joliet else b"\1CD001\1")
    assert struct.unpack_from("<I", descriptor, 80)[0] * SECTOR == len(image)
    start, size = struct.unpack_from("<I4xI", descriptor, 156 + 2)
    folder = image[start * SECTOR : start * SECTOR + size]
    found, at = {}, 0
    while at < len(folder) and folder[at]:
        place, length = struct.unpack_from("<I4xI", folder, at + 2)
        assert struct.unpack_from(">I", folder, at + 6)[0] == place
        name = folder[at + 33 : at + 33 + folder[at + 32]]
        if name not in (b"\0", b"\1"):
            shown = name.decode("utf-16-be" if joliet else "ascii")
            found[shown] = image[place * SECTOR : place * SECTOR + length]
        at += folder[at]
    return found


def test_both_trees_have_the_files_under_their_names() -> None:
    image = volume("cidata", FILES)
    assert read(image, joliet=True) == FILES
    assert read(image, joliet=False) == {
        "USER-DATA.;1": FILES["user-data"],
        "META-DATA.;1": FILES["meta-data"],
        "NETWORK-CONFIG.;1": b"",
    }


@given(
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9_-]{0,20}(\.[a-z]{1,5})?", fullmatch=True), st.binary(max_size=5000),
                    min_size=1, max_size=8)
)  # fmt: skip
def test_whatever_files_are_put_there_are_read_back(files: dict[str, bytes]) -> None:
    image = volume("OEMDRV", files)
    assert read(image, joliet=True) == files and len(image) % SECTOR == 0


def test_it_is_the_same_whenever_it_is_made() -> None:
    assert volume("cidata", FILES) == volume("cidata", dict(reversed(FILES.items())))


def test_our_own_readers_know_it_by_its_label(tmp_path: Path) -> None:
    path = tmp_path / "seed.iso"
    path.write_bytes(volume("cidata", FILES))
    with path.open("rb") as file:
        told = identify(file.fileno())
    assert (told.kind, told.label) == ("iso9660", "cidata")


@pytest.mark.skipif(not shutil.which("blkid"), reason="needs blkid")
def test_a_host_knows_it_by_its_label(tmp_path: Path) -> None:
    path = tmp_path / "seed.iso"
    path.write_bytes(volume("cidata", FILES))
    argv = ["blkid", "-p", str(path)]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert 'LABEL="cidata"' in said and 'TYPE="iso9660"' in said


@pytest.mark.skipif(not shutil.which("grub-fstest"), reason="needs grub-fstest (grub-common)")
@pytest.mark.parametrize("name", FILES)
def test_grub_reads_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "seed.iso"
    path.write_bytes(volume("cidata", FILES))
    argv = ["grub-fstest", str(path), "cat", f"(loop0)/{name}"]
    assert subprocess.run(argv, capture_output=True, check=True).stdout == FILES[name]


@pytest.mark.parametrize(
    "files",
    [{}, {"../etc": b""}, {"a/b": b""}, {"": b""}, {"ü": b""}, {"x" * 99: b""}, {f"f{n}": b"" for n in range(9)},
     {"big": bytes(MOST + 1)}],
)  # fmt: skip
def test_what_it_cannot_hold_is_refused(files: dict[str, bytes]) -> None:
    with pytest.raises(UsageError):
        volume("cidata", files)
