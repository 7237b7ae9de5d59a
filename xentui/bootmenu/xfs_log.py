"""Whether an XFS file system was left cleanly: what its log ends with.

Source: ``xlog_find_tail`` of Linux, fs/xfs/xfs_log_recover.c, and xfs_log_format.h.  The log is a ring of sectors, each
marked with the cycle it was written in: the last one stands where the mark goes down.  A record of an unmount is the
last of a log that has nothing to play back.
"""

from __future__ import annotations

import struct

from xentui.domuloader.tuples import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Pieces = Callable[[Sequence[tuple[int, int]]], list[bytes]]
    """Reads pieces of a file system, each by its place and its length in bytes, whole sectors."""
_SECTOR = 512
_LARGEST = (2 << 30) // _SECTOR
_AT_ONCE = 64
"""Sectors looked at by one call: where a program has to be run for it, three calls find the end of any log."""
_MAGIC = b"\xfe\xed\xba\xbe"
_RECORD = 600
"""Sectors of the largest record: 256 KiB and what stands before it."""
_HEADER = 32 << 10
"""Bytes of a record one header sector tells of."""
_UNMOUNT = 0x20


def unclean(superblock: bytes, read: Pieces) -> bool:
    """Return whether the log may have something to play back: also where it makes no sense, or is on another disk."""
    block = struct.unpack_from(">I", superblock, 4)[0]
    where = struct.unpack_from(">Q", superblock, 48)[0]
    group, blocks = struct.unpack_from(">I", superblock, 84)[0], struct.unpack_from(">I", superblock, 96)[0]
    exponent = superblock[124]
    count = blocks * block // _SECTOR
    if not where or exponent > 31 or not _RECORD <= count <= _LARGEST:
        return True
    start = ((where >> exponent) * group + (where & ((1 << exponent) - 1))) * block
    if start % _SECTOR or start >> 62:
        return True

    def sectors(first: int, number: int) -> list[bytes]:
        return read([(start + first * _SECTOR, number * _SECTOR)])

    end = _end(count, lambda numbers: read([(start + each * _SECTOR, _SECTOR) for each in numbers]))
    before = min(end, _RECORD)
    tail = [] if before == _RECORD else sectors(count - _RECORD + before, _RECORD - before)
    return not _unmounted(b"".join(tail + (sectors(end - before, before) if before else [])))


def _end(count: int, read: Callable[[Sequence[int]], list[bytes]]) -> int:
    """Return the sector behind the last one written, of a log with so many."""
    first, last = (_cycle(each) for each in read([0, count - 1]))
    if first == last:
        return 0
    older, newer = count - 1, 0
    while older - newer > 1:
        numbers = range(newer, older, -(-(older - newer) // _AT_ONCE))[1:]
        for number, sector in zip(numbers, read(numbers)):  # noqa: B905 - no such word before Python 3.10
            if _cycle(sector) == last:
                older = number
                break
            newer = number
    return older


def _cycle(sector: bytes) -> bytes:
    """Return the mark of a sector; a header has it behind its magic number."""
    return sector[4:8] if sector[:4] == _MAGIC else sector[:4]


def _unmounted(written: bytes) -> bool:
    """Return whether the last record of what was written is that of an unmount."""
    for at in range(len(written) - 2 * _SECTOR, -1, -_SECTOR):
        if written[at : at + 4] == _MAGIC:
            break
    else:
        return False
    version, length = struct.unpack_from(">II", written, at + 8)
    operations, size = (
        struct.unpack_from(">I", written, at + 40)[0],
        struct.unpack_from(">I", written, at + 320)[0],
    )
    headers = max(1, -(-size // _HEADER)) if version & 2 else 1
    content = at + headers * _SECTOR
    whole = content < len(written) and content + -(-length // _SECTOR) * _SECTOR == len(written)
    return whole and operations == 1 and bool(written[content + 9] & _UNMOUNT)
