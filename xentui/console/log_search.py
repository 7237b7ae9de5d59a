"""Search in console logs: text or an extended regular expression, by grep, which no pattern keeps busy for ever.

Python's own expressions can take for ever, and hold the whole program meanwhile.  grep's are matched in one pass and
at some hundred megabytes a second; what is left to be slow (back references) is ended after some seconds.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from typing import IO

from xentui.console.logs import cleaned
from xentui.errors import HostError, UsageError
from xentui.frozen import dataclass
from xentui.text import plain

MATCHES = 10_000
"""Places that are told of one log, the newest; all are counted."""
_LONGEST = 1000
_CHUNK = 256 << 10
_WORK = 5
"""Seconds of a processor grep may take: for hundreds of megabytes, if it has not to try and try again."""
_PATIENCE = 60.0
"""Seconds it may take on a machine that is busy otherwise."""
_MEMORY = 1 << 30
_NO_PATTERN = 2
"""grep's exit status where it does not understand the pattern."""


@dataclass(frozen=True, slots=True)
class LogPattern:
    """What is searched for; ``regex``: an extended regular expression (grep -E), else text.

    Small letters find capitals too, unless there is a capital among them.
    """

    pattern: str
    regex: bool = False

    @classmethod
    def typed(cls, text: str) -> LogPattern:
        """Return what is typed where both can be: an expression begins with a slash."""
        return cls(text[1:], regex=True) if text.startswith("/") else cls(text)

    @property
    def argv(self) -> list[str]:
        """The command that is given lines and tells the numbers of those that match."""
        kind = "-E" if self.regex else "-F"
        case = ["-i"] if self.pattern == self.pattern.lower() else []
        return ["grep", "-a", "-n", kind, *case, "-e", self.pattern]


@dataclass(frozen=True, slots=True)
class Matches:
    """The lines that match: where the last of them begin, in order, and how many there are in all."""

    places: tuple[int, ...]
    count: int


def search(data: bytes, wanted: LogPattern) -> Matches:
    """Find the lines of raw output in which ``wanted`` is seen: what steers the terminal is left out before.

    Blocks, for seconds at most.  Raises UsageError for what cannot be searched for, HostError where this machine
    has no grep, or the pattern takes too long.
    """
    _require_pattern(wanted)
    marks = _Marks()
    numbers, count = _matching(marks.feed(data), wanted)
    return Matches(tuple(marks.places(data, numbers)), count)


def matching_rows(rows: list[str], wanted: LogPattern) -> list[int]:
    """Return the numbers of the last rows, from 0, in which ``wanted`` is seen; as :func:`search` otherwise."""
    _require_pattern(wanted)
    lines = ("".join(row + "\n" for row in rows[at : at + 4096]) for at in range(0, len(rows), 4096))
    numbers, _count = _matching((text.encode("utf-8", "replace") for text in lines), wanted)
    return [number - 1 for number in numbers]


def _require_pattern(wanted: LogPattern) -> None:
    if not wanted.pattern or len(wanted.pattern) > _LONGEST or not wanted.pattern.isprintable():
        raise UsageError(
            "cannot be searched for",
            subject=plain(wanted.pattern, 60) or "nothing",
            hint=f"give a line of text, {_LONGEST} characters at most",
        )


class _Marks:
    """How many lines there were before each chunk, so that the numbers of lines become places."""

    def __init__(self) -> None:
        self._lines: list[int] = []
        self._starts: list[int] = []

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the output in chunks of whole lines, as it is searched."""
        start, lines = 0, 0
        while start < len(data):
            end = start + _CHUNK
            if end < len(data):
                end = data.rfind(b"\n", start, end) + 1 or data.find(b"\n", end) + 1 or len(data)
            chunk = data[start:end]
            self._lines.append(lines)
            self._starts.append(start)
            lines += chunk.count(b"\n")
            start = end
            yield cleaned(chunk)

    def places(self, data: bytes, numbers: list[int]) -> Iterator[int]:
        """Yield where the lines of these numbers, from 1 and rising, begin."""
        line, place = 0, 0
        for number in numbers:
            at = bisect_right(self._lines, number - 1) - 1
            if at >= 0 and self._lines[at] > line:
                line, place = self._lines[at], self._starts[at]
            while line < number - 1:
                line, place = line + 1, data.find(b"\n", place) + 1
            yield place


def _matching(chunks: Iterator[bytes], wanted: LogPattern) -> tuple[list[int], int]:
    """Return the numbers of the last lines that match, from 1, and how many match in all."""
    count = kept_lines = 0
    kept: deque[tuple[bytes, int]] = deque()
    with _Grep(wanted.argv, chunks, wanted) as told:
        # A log of which every line matches comes back whole: it is not taken apart but at its end.
        while block := told.read(_CHUNK):
            ends = block.count(b"\n")
            count += ends
            kept_lines += ends
            kept.append((block, ends))
            while kept_lines - kept[0][1] > MATCHES:
                kept_lines -= kept.popleft()[1]
    lines = b"".join(block for block, _ in kept).split(b"\n")[:-1]
    return [int(line.partition(b":")[0]) for line in lines[-MATCHES:]], count


class _Grep:
    """grep at work: a thread gives it the chunks, it is bounded in time and memory, and its complaints are errors."""

    def __init__(self, argv: list[str], chunks: Iterator[bytes], wanted: LogPattern) -> None:
        self._chunks = chunks
        self._wanted = wanted
        self._late = False
        try:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            )
        except FileNotFoundError as error:
            raise HostError("cannot search: this machine has no grep", hint="install grep") from error
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(self._process.pid, resource.RLIMIT_CPU, (_WORK, _WORK))
            resource.prlimit(self._process.pid, resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        self._feeder = threading.Thread(target=self._feed, daemon=True)
        self._timer = threading.Timer(_PATIENCE, self._end)

    def __enter__(self) -> IO[bytes]:
        self._timer.start()
        self._feeder.start()
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        return self._process.stdout

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        process = self._process
        if kind is not None:
            process.kill()
        self._feeder.join()
        said = process.stderr.read(_LONGEST) if process.stderr else b""
        code = process.wait()
        self._timer.cancel()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        if kind is not None:
            return
        if self._late or code in (-signal.SIGXCPU, -signal.SIGKILL):
            raise HostError(
                "the search has taken too long and was ended",
                subject=plain(self._wanted.pattern, 60),
                hint="a pattern without back references takes less",
            )
        if code >= _NO_PATTERN or code < 0:
            raise UsageError(
                "is not an extended regular expression",
                subject=plain(self._wanted.pattern, 60),
                details=tuple(plain(line, 200) for line in said.decode("utf-8", "replace").splitlines()),
            )

    def _feed(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - it was asked for
        # It ends early where what it was given is not a pattern.
        with contextlib.suppress(BrokenPipeError):
            for chunk in self._chunks:
                stdin.write(chunk)
        with contextlib.suppress(BrokenPipeError):
            stdin.close()

    def _end(self) -> None:
        self._late = True
        self._process.kill()
