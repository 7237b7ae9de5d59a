"""Whether the log of an XFS file system ends as an unmount leaves it."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from benchmarks.boot_menu_damage import make, xfs
from xentui.bootmenu import xfs_log
from xentui.domuloader.readers import PATH

SECTOR, MAGIC, UNMOUNT = 512, 0xFEEDBABE, 0x20
SMALLEST = 600


def record(
    cycle: int, *, flags: int = UNMOUNT, operations: int = 1, headers: int = 1, padding: int = 0
) -> bytes:
    """A record of one sector, and so many of padding behind it."""
    length = SECTOR * (1 + padding)
    head = struct.pack(">4I", MAGIC, cycle, 2, length).ljust(40, b"\0") + struct.pack(">I", operations)
    head = head.ljust(320, b"\0") + struct.pack(">I", headers * 32768)
    more = [struct.pack(">I", cycle)] * (headers - 1 + padding)
    operation = struct.pack(">IIBB", cycle, 8, 0xAA, flags)
    parts = [head, *more[: headers - 1], operation, *more[headers - 1 :]]
    return b"".join(part.ljust(SECTOR, b"\0") for part in parts)


def ring(count: int, end: int, cycle: int, last: bytes) -> bytes:
    """A log of so many sectors whose last record ends before ``end``; behind that is what the cycle before wrote."""
    marks = (cycle if number < end else cycle - 1 for number in range(count))
    log = bytearray(b"".join(struct.pack(">I", mark).ljust(SECTOR, b"\1") for mark in marks))
    for number, at in enumerate(range(end * SECTOR - len(last), end * SECTOR, SECTOR)):
        sector = bytearray(last[number * SECTOR : (number + 1) * SECTOR])
        if at < 0:  # it began before the ring's end
            struct.pack_into(">I", sector, 4 if sector[:4] == struct.pack(">I", MAGIC) else 0, cycle - 1)
        log[at % len(log) : at % len(log) + SECTOR] = sector
    return bytes(log)


def superblock(count: int) -> bytes:
    """One whose log is the whole of its second group, with blocks of a sector."""
    block = bytearray(SECTOR)
    struct.pack_into(">4sI", block, 0, b"XFSB", SECTOR)
    struct.pack_into(">Q", block, 48, 1 << 13)
    struct.pack_into(">I", block, 84, 100)
    struct.pack_into(">I", block, 96, count)
    block[124] = 13
    return bytes(block)


def unclean(log: bytes) -> bool:
    """What is said of a log."""
    looks = []

    def read(pieces: Sequence[tuple[int, int]]) -> list[bytes]:
        looks.append(len(pieces))
        return [(bytes(100 * SECTOR) + log)[at : at + size] for at, size in pieces]

    found = xfs_log.unclean(superblock(len(log) // SECTOR), read)
    assert len(looks) <= 7 and max(looks, default=0) <= 64
    return found


@given(
    count=st.integers(SMALLEST, 5000),
    share=st.floats(0, 1),
    cycle=st.integers(1, 1 << 31),
    flags=st.sampled_from([UNMOUNT, 0, 1, 0xDF]),
    operations=st.sampled_from([1, 1, 2, 100]),
    headers=st.integers(1, 8),
    padding=st.integers(0, 511),
)
def test_only_an_unmount_leaves_it_clean(
    *, count: int, share: float, cycle: int, flags: int, operations: int, headers: int, padding: int
) -> None:
    last = record(cycle, flags=flags, operations=operations, headers=headers, padding=min(padding, 500))
    shortest = 1 if cycle > 1 else len(last) // SECTOR  # nothing was written before the first cycle
    end = max(shortest, int(share * count))
    clean = operations == 1 and bool(flags & UNMOUNT)
    assert unclean(ring(count, end, cycle, last)) is not clean


@given(st.binary(min_size=SECTOR, max_size=SECTOR), st.binary(max_size=2000))
def test_what_makes_no_sense_is_answered(block: bytes, content: bytes) -> None:
    assert xfs_log.unclean(b"XFSB" + block[4:], lambda pieces: [content[:size] for _at, size in pieces])


def end_uncleanly(image: Path) -> None:
    """Let the record that ends the log be another than an unmount's."""
    with image.open("r+b") as file:
        head = file.read(SECTOR)
        block, where = struct.unpack_from(">I", head, 4)[0], struct.unpack_from(">Q", head, 48)[0]
        group, exponent = struct.unpack_from(">I", head, 84)[0], head[124]
        file.seek(((where >> exponent) * group + (where & ((1 << exponent) - 1))) * block)
        last = file.read(2 * SECTOR)
        assert last[:4] == struct.pack(">I", MAGIC) and last[SECTOR + 9] == UNMOUNT
        file.seek(9 - SECTOR, os.SEEK_CUR)
        file.write(b"\1")


@pytest.mark.parametrize("clean", [True, False])
def test_it_agrees_with_xfs_repair(tmp_path: Path, clean: bool) -> None:
    image, program = make(xfs, tmp_path), shutil.which("xfs_repair", path=PATH)
    if image is None or program is None:
        pytest.skip("needs xfsprogs")
    if not clean:
        end_uncleanly(image)
    said = subprocess.run([program, "-n", "-f", str(image)], capture_output=True, text=True, check=False)
    assert ("valuable metadata changes in a log" in said.stdout + said.stderr) is not clean
    with image.open("rb") as file:
        head = file.read(SECTOR)

        def read(pieces: Sequence[tuple[int, int]]) -> list[bytes]:
            found = []
            for at, size in pieces:
                file.seek(at)
                found.append(file.read(size))
            return found

        assert xfs_log.unclean(head, read) is not clean
