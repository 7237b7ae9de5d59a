"""What is kept of a domain's consoles, read: its logs as wholes, their lines, their sessions, and when all came."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from xentui.console.log_names import with_older
from xentui.console.log_times import SUFFIX, LogTimes, TimedPiece, believed, end_of_records, index_limit
from xentui.frozen import dataclass
from xentui.text import printable

_LARGEST = 64 << 20
"""Bytes of one file that are read, of larger ones the last."""
_NOTE = re.compile(
    rb"^--- ((?:attached to|attached again to|followed to|booting) [^\n]{1,900}) ---\r?$", re.M
)
"""How a line of ours begins a session, where no index tells ours from a guest's."""
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~]?)")
_SAMPLE = 4096
_KNOWN = 8
"""Sequences that are taken out as they are, before the others are looked for one by one: the colours of a boot."""
_BLANK_RETURN = bytes.maketrans(b"\r", b" ")
_CONTROLS = bytes(code for code in (*range(32), 127) if chr(code) not in "\t\n\r")
_AT = re.compile(r" at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")


def cleaned(data: bytes) -> bytes:
    """Output without what steers a terminal: as many lines as before; what was written over stays, behind a blank."""
    if b"\x1b" in data:
        for known in list(dict.fromkeys(_SEQUENCE.findall(data, 0, _SAMPLE)))[:_KNOWN]:
            if known.endswith(b"m"):
                data = data.replace(known, b"")
        data = _SEQUENCE.sub(b"", data)
    if data.count(b"\r") == data.count(b"\r\n"):
        return data.translate(None, _CONTROLS + b"\r")
    return data.replace(b"\r\n", b"\n").translate(_BLANK_RETURN, _CONTROLS)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a log: its bytes are from ``start`` to ``end``; ``time`` is of the first of them that has one."""

    start: int
    end: int
    time: float | None
    text: str


@dataclass(frozen=True, slots=True)
class LogSession:
    """What one attachment, or one boot, has added to a log.

    ``words`` say how it began, ``time`` when: None where that is not known; ``ended`` when its last byte came.
    """

    start: int
    end: int
    words: str
    time: float | None
    ended: float | None


@dataclass(frozen=True, slots=True)
class LogEnd:
    """How far a log was read: which file was its newest, and the bytes of that and of its index."""

    inode: int = 0
    place: int = 0
    index: int = 0


class ConsoleLog:
    """One log with its older files, as it was when it was read: places count from the oldest byte that is there.

    ``end`` is where reading ended, for who goes on from there.
    """

    def __init__(
        self, path: Path, data: bytes, times: LogTimes, changed: float, end: LogEnd | None = None
    ) -> None:
        self.path = path
        self.data = data
        self.times = times
        self.changed = changed
        """When something was written to it last, in seconds since 1970."""
        self.end = end or LogEnd()

    @property
    def size(self) -> int:
        """Bytes there are."""
        return len(self.data)

    def line_at(self, place: int) -> LogLine:
        """Return the line that has the byte at a place."""
        start = self.data.rfind(b"\n", 0, place) + 1
        found = self.data.find(b"\n", start)
        return self._line(start, found + 1 if found >= 0 else len(self.data))

    def lines(self, start: int = 0, end: int | None = None) -> Iterator[LogLine]:
        """Yield the lines that begin from ``start`` on, which is the beginning of one, and before ``end``."""
        end = len(self.data) if end is None else min(end, len(self.data))
        while start < end:
            line = self._line(start, (self.data.find(b"\n", start) + 1) or len(self.data))
            yield line
            start = line.end

    def last_lines(self, count: int, start: int, end: int) -> int:
        """Return where the last ``count`` lines between two places begin."""
        place = end - 1 if self.data[max(start, end - 1) : end] == b"\n" else end
        for _ in range(count):
            place = self.data.rfind(b"\n", start, max(start, place))
            if place < 0:
                return start
        return place + 1

    def lines_on(self, place: int, count: int, end: int) -> int:
        """Return where ``count`` lines from the one that begins at a place on have ended, before ``end``."""
        for _ in range(count):
            place = (self.data.find(b"\n", place, end) + 1) or end
        return place

    def since(self, moment: float) -> int:
        """Return where the first line begins in which something came at a moment or later; the end where there is
        none.
        """
        for piece in self.times.pieces:
            if piece.time >= moment:
                return self.line_at(piece.start).start
        return len(self.data)

    def before(self, moment: float) -> int:
        """Behind the last line that begins with something that came before a moment."""
        for piece in reversed(self.times.pieces):
            if piece.time < moment:
                return self.line_at(piece.end - 1).end
        return 0

    def sessions(self) -> list[LogSession]:
        """Return its sessions, oldest first; what lies before the first one's beginning is one too."""
        marks = dict(self._own_notes() if self._knows_notes() else self._likely_notes())
        if self.data and 0 not in marks:
            marks[0] = ""
        starts = sorted(marks)
        return [
            LogSession(
                start,
                end,
                printable(_AT.sub("", marks[start])),
                self.times.at(start, end),
                max((piece.time for piece in self.times.within(start, end)), default=None),
            )
            for start, end in zip(starts, [*starts[1:], len(self.data)], strict=True)
        ]

    def pieces(self, start: int, end: int) -> Iterator[tuple[float | None, bytes]]:
        """Yield what came between two places, in pieces with their times; None for one that has none.

        Lines of our own end as a terminal wants it, which shows where the guest's own had got to.
        """
        place = start
        for piece in self.times.within(start, end):
            if piece.start > place:
                yield None, self.data[place : piece.start]
            place = min(piece.end, end)
            data = self.data[max(start, piece.start) : place]
            yield piece.time, data.replace(b"\n", b"\r\n") if piece.note else data
        if place < end:
            yield None, self.data[place:end]

    def _line(self, start: int, end: int) -> LogLine:
        text = cleaned(self.data[start:end]).decode("utf-8", "replace").rstrip("\n ")
        return LogLine(start, end, self.times.at(start, end), printable(text))

    def _knows_notes(self) -> bool:
        """Return whether the index tells our own lines for the whole of it, so that none needs to be guessed."""
        first = next(iter(self.times.pieces), None)
        return first is not None and first.start == 0

    def _own_notes(self) -> Iterator[tuple[int, str]]:
        for piece in self.times.pieces:
            if piece.note and (found := _NOTE.match(self.data[piece.start : piece.end].rstrip(b"\n"))):
                yield piece.start, found[1].decode("utf-8", "replace")

    def _likely_notes(self) -> Iterator[tuple[int, str]]:
        for found in _NOTE.finditer(self.data):
            yield found.start(), found[1].decode("utf-8", "replace")


def read_log(path: Path) -> ConsoleLog:
    """Read a log with its older files; those that cannot be read are left out.

    Raises OSError where the newest cannot be.
    """
    # The newest first: one that is moved on meanwhile is met again under its next name, and none is missed.
    parts = [_part(path)]
    for older in with_older(path)[1:]:
        try:
            part = _part(older)
        except OSError:
            break
        if all(part.status.st_ino != newer.status.st_ino for newer in parts):
            parts.append(part)
    pieces: list[TimedPiece] = []
    at = 0
    for part in reversed(parts):
        pieces += believed(part.index, part.data, part.status, base=part.base, at=at).pieces
        at += len(part.data)
    data = b"".join(part.data for part in reversed(parts))
    newest = parts[0]
    place = newest.base + len(newest.data)
    end = LogEnd(newest.status.st_ino, place, end_of_records(newest.index, place))
    return ConsoleLog(path, data, LogTimes(pieces), newest.status.st_mtime, end)


@dataclass(frozen=True, slots=True)
class _Part:
    """One file of a log: its bytes from ``base`` on, and its index."""

    data: bytes
    base: int
    index: bytes
    status: os.stat_result


def _part(path: Path) -> _Part:
    with open_regular(path) as file:
        status = os.fstat(file.fileno())
        base = max(0, status.st_size - _LARGEST)
        file.seek(base)
        data = file.read(_LARGEST)
    return _Part(data, base, read_index(path), status)


def index_path(path: Path) -> Path:
    """Return where the index of a log is."""
    return path.with_name(path.name + SUFFIX)


def read_index(path: Path, start: int = 0) -> bytes:
    """Return the index of a log from a byte on; nothing where there is none that can be read."""
    try:
        with open_regular(index_path(path)) as file:
            file.seek(start)
            return file.read(index_limit(_LARGEST) + 1)
    except OSError:
        return b""


def open_regular(path: Path) -> io.FileIO:
    """Open a file for reading, no link and nothing that would block; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is not a file", str(path))
    return io.FileIO(descriptor, "rb")
