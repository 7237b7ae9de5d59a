"""The partitions of a disk image: a DOS table with logical drives, or a GPT.  The image may be made to deceive."""

from __future__ import annotations

import os
import struct

from xentui.domuloader.tuples import NamedTuple

SECTOR = 512
MAX_PARTITIONS = 128
_EXTENDED = (0x05, 0x0F, 0x85)
_GPT = 0xEE
_ENTRY = struct.Struct("<B3xB3xII")
_GPT_HEADER = struct.Struct("<8s64xQII")
_GPT_ENTRY = struct.Struct("<16s16sQQ")


class Partition(NamedTuple):
    """Number as the kernel counts, and where it lies, in bytes."""

    number: int
    start: int
    size: int


def partitions(image: int) -> list[Partition]:
    """Return the partitions of the image open as ``image``; none where it has no table that makes sense.

    Raises OSError where it cannot be read.
    """
    end = os.lseek(image, 0, os.SEEK_END)
    table = _table(_sector(image, 0))
    if not table or not all(_fits(start, size, end) for _status, _kind, start, size in table if size):
        return []
    found: list[Partition] = []
    for number, (_status, kind, start, size) in enumerate(table, 1):
        if kind == _GPT:
            return _gpt(image, end)
        if not kind or not size:
            continue
        found.append(Partition(number, start * SECTOR, size * SECTOR))
        if kind in _EXTENDED:
            found += _logical(image, start, end)
    return found


def active(image: int) -> int:
    """Return the number of the partition a DOS table marks as the one to boot, 0 for none."""
    table = _table(_sector(image, 0))
    return next(
        (number for number, (status, kind, _start, size) in enumerate(table, 1) if status and kind and size),
        0,
    )


def has_gpt(image: int) -> bool:
    """Return whether the image's DOS table only protects a GPT."""
    return any(kind == _GPT for _status, kind, _start, _size in _table(_sector(image, 0)))


def _sector(image: int, number: int) -> bytes:
    return os.pread(image, SECTOR, number * SECTOR)


def _table(sector: bytes) -> list[tuple[int, int, int, int]]:
    """Return the four entries of a sector with a table, none where there is no table in it."""
    if len(sector) < SECTOR or sector[510:] != b"\x55\xaa":
        return []
    entries: list[tuple[int, int, int, int]] = [
        _ENTRY.unpack_from(sector, 446 + 16 * index) for index in range(4)
    ]
    if any(status not in (0, 0x80) for status, _kind, _start, _size in entries):
        return []
    if not any(kind and size for _status, kind, _start, size in entries):
        return []
    return entries


def _fits(start: int, size: int, end: int) -> bool:
    # A protective entry may claim more than there is.
    return start > 0 and start * SECTOR < end and size > 0


def _logical(image: int, first: int, end: int) -> list[Partition]:
    """Return the logical drives, from 5: each table has one, and says where the next table is."""
    found: list[Partition] = []
    seen: set[int] = set()
    here = first
    while here not in seen and len(found) < MAX_PARTITIONS and here * SECTOR < end:
        seen.add(here)
        following = 0
        for _status, kind, start, size in _table(_sector(image, here)):
            if kind in _EXTENDED:
                following = first + start
            elif kind and size and _fits(here + start, size, end):
                found.append(Partition(5 + len(found), (here + start) * SECTOR, size * SECTOR))
        if not following:
            break
        here = following
    return found


def _gpt(image: int, end: int) -> list[Partition]:
    header = _sector(image, 1)
    if len(header) < SECTOR:
        return []
    magic, where, count, size = _GPT_HEADER.unpack_from(header)
    if magic != b"EFI PART" or not _GPT_ENTRY.size <= size <= 4096:
        return []
    found = []
    for index in range(min(count, MAX_PARTITIONS)):
        entry = os.pread(image, _GPT_ENTRY.size, min(where * SECTOR + index * size, end))
        if len(entry) < _GPT_ENTRY.size:
            break
        kind, _uuid, first, last = _GPT_ENTRY.unpack(entry)
        if any(kind) and first <= last and _fits(first, last - first + 1, end):
            found.append(Partition(index + 1, first * SECTOR, (last - first + 1) * SECTOR))
    return found
