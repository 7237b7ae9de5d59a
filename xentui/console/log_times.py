"""When what a console printed came: an index beside its log, written as the log is, believed only where it fits.

A record says that some bytes of the log came at a moment.  It is checked by itself, belongs to one file by its inode,
and has a sum of the bytes it speaks of: what is cut off, damaged, copied or another file's says nothing, and bytes of
which no record speaks have no time.
"""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from xentui.agent import AgentError

if TYPE_CHECKING:
    from xentui.agent.files.safe_folder import Folder

SUFFIX = ".times"
_FACTS = struct.Struct("<QIII")
"""Microseconds since 1970; first byte, number of bytes with _NOTE, and CRC-32 of these bytes."""
_CHECK = struct.Struct("<I")
RECORD = _FACTS.size + _CHECK.size
"""Bytes of a record."""
_NOTE = 1 << 31
"""Set in the number of bytes of a line of our own."""
_GRANTED = 16_384
"""Records any log may have; beyond these, one for each _EARNS bytes: then single characters have no times."""
_EARNS = 64
_LARGEST = 1 << 30
"""Bytes of a log beyond which there are no records."""


def index_limit(log_size: int) -> int:
    """Return bytes the index of a log of ``log_size`` bytes has at most."""
    return RECORD * (_GRANTED + log_size // _EARNS + 1)


class TimesWriter:
    """Appends to the index of one log; nothing raises: where it cannot be written there are no times."""

    def __init__(self) -> None:
        self._file = -1
        self._salt = 0
        self._count = 0

    def open(self, folder: Folder, log_name: str, log: os.stat_result) -> None:
        """Go on with the index of the log with that status in ``folder``; that of an empty log begins anew."""
        self.close()
        with contextlib.suppress(OSError, AgentError):
            self._file = folder.open_own(log_name + SUFFIX, os.O_RDWR | os.O_APPEND)
            if not log.st_size:
                os.ftruncate(self._file, 0)
            size = os.fstat(self._file).st_size
            if size % RECORD:
                # The last record was cut off by a crash: it stays bad, and the next begins where one does.
                os.write(self._file, bytes(RECORD - size % RECORD))
            self._count = size // RECORD + 1
            self._salt = _salt(log)

    def add(self, start: int, data: bytes, microseconds: int, *, note: bool = False) -> None:
        """Note that ``data``, which is at ``start`` of the log by now, came at a moment since 1970."""
        if self._file < 0 or self._count >= _GRANTED + start // _EARNS or start + len(data) > _LARGEST:
            return
        size = len(data) | _NOTE if note else len(data)
        facts = _FACTS.pack(microseconds, start, size, zlib.crc32(data))
        try:
            written = os.write(self._file, facts + _CHECK.pack(zlib.crc32(facts, self._salt)))
        except OSError:
            written = 0
        if written == RECORD:
            self._count += 1
        else:
            self.close()  # a full disk: opened again with the log's next file or session

    def restart(self) -> None:
        """Forget all records: the log was emptied by somebody."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)
            self._count = 0

    def close(self) -> None:
        """Close the index."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = -1


class TimedPiece(NamedTuple):
    """Bytes ``start`` to ``end`` of a log that came at ``time``, in seconds since 1970; ``note``: a line of our own."""

    start: int
    end: int
    time: float
    note: bool


class LogTimes:
    """The pieces of one log that have a time, in order; they do not overlap."""

    def __init__(self, pieces: list[TimedPiece]) -> None:
        self.pieces = pieces
        self._starts = [piece.start for piece in pieces]

    def within(self, start: int, end: int) -> Iterator[TimedPiece]:
        """Yield the pieces that have a byte between ``start`` and ``end``, the last not included."""
        first = max(0, bisect_right(self._starts, start) - 1)
        for piece in self.pieces[first : bisect_left(self._starts, end)]:
            if piece.end > start:
                yield piece

    def at(self, start: int, end: int) -> float | None:
        """Return when the first byte between these came that has a time; None where none has."""
        return next((piece.time for piece in self.within(start, end)), None)


def end_of_records(index: bytes, place: int) -> int:
    """Return the length in bytes of the part of ``index`` whose records are about log bytes before ``place``.

    Records are in the order of the log.
    """
    end = len(index) // RECORD * RECORD
    while end and _FACTS.unpack_from(index, end - RECORD)[1] >= place:
        end -= RECORD
    return end


def believed(index: bytes, log: bytes, status: os.stat_result, *, base: int = 0, at: int = 0) -> LogTimes:
    """Return what an index says of the log with that status: the records that are whole, its own, and true of its
    bytes.

    ``log`` are its bytes from ``base`` on; what is told of earlier ones is left out.  The places in what is returned
    count from ``at``, which stands for ``base``.
    """
    if len(index) > index_limit(max(base + len(log), 1)):
        return LogTimes([])
    salt, check = _salt(status), zlib.crc32
    pieces = []
    view = memoryview(log)
    try:
        for place in range(0, len(index) - RECORD + 1, RECORD):
            facts = index[place : place + _FACTS.size]
            if check(facts, salt) != _CHECK.unpack_from(index, place + _FACTS.size)[0]:
                continue
            moment, start, size, total = _FACTS.unpack(facts)
            start -= base
            end = start + (size & ~_NOTE)
            if 0 <= start < end <= len(log) and check(view[start:end]) == total:
                pieces.append(TimedPiece(start + at, end + at, moment / 1e6, bool(size & _NOTE)))
    finally:
        view.release()
    pieces.sort()
    return LogTimes(
        [*pieces[:1], *(piece for before, piece in pairwise(pieces) if before.end <= piece.start)]
    )


def _salt(log: os.stat_result) -> int:
    """Return what ties records to their file: its inode, which a rename keeps and a copy has not.

    Not its device: that may have another number after the next start of the machine.
    """
    return zlib.crc32(struct.pack("<Q", log.st_ino))


__all__ = [
    "RECORD",
    "SUFFIX",
    "LogTimes",
    "TimedPiece",
    "TimesWriter",
    "believed",
    "end_of_records",
    "index_limit",
]
