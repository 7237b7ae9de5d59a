"""A past session of a console, read from its log: shown as the live one is, with its times, and replayed in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from xentui.console.logs import ConsoleLog, LogSession
from xentui.console.row_times import RowTimes
from xentui.console.session import Phase
from xentui.errors import NotAllowedError
from xentui.model.consoles import WhichConsole
from xentui.terminal import Emulator

_MOST_LINES = 90_000
"""Lines of a session that are shown, of a longer one the last: fewer than an emulator keeps."""
_MOST_BYTES = 16 << 20
_BUDGET = 0.008
"""Seconds of feeding at a time: the event loop has others to serve."""
_TOGETHER = 0.2
_BATCH = 4096
"""What came within so many seconds is fed together, up to so many bytes."""
_SILENCE = 2.0
"""Seconds of silence a replay keeps of longer ones."""
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


class RecordedSession:
    """What there is of a session in place of a guest: nothing is typed into the past."""

    read_only = True
    dropped_input = 0
    phase = Phase.ENDED

    def __init__(self) -> None:
        self.emulator = Emulator(80, 24, 100_000)

    def write(self, data: bytes) -> None:
        """Do nothing."""

    def resize(self, columns: int, lines: int) -> None:
        """Do nothing: rows keep their numbers."""

    def send_leave(self) -> None:
        """Raise NotAllowedError."""
        raise NotAllowedError("nothing can be typed into a log")


class RecordedConsole:
    """One session of a log, whole in an emulator once it is loaded; ``name`` and ``uuid`` are its domain's."""

    domid = -1
    which: WhichConsole | None = None
    lacking = ""
    shared = watching = False
    ended = True

    def __init__(self, log: ConsoleLog, session: LogSession, *, name: str, uuid: str) -> None:
        self.log = log
        self.recorded = session
        self.name = name
        self.uuid = uuid
        self.session = RecordedSession()
        self.times = RowTimes()
        self.replay: Replay | None = None
        """The replay that goes on or is held; None while all of the session is shown."""
        self._begun = 0
        """The first row of which nothing is written yet."""
        self._start = max(
            log.last_lines(_MOST_LINES, session.start, session.end), session.end - _MOST_BYTES, session.start
        )
        self._listeners: dict[object, Any] = {}
        self._watchers: dict[object, Callable[[Any], None]] = {}

    @property
    def status(self) -> str:
        """Which session it is."""
        return f"log: {self.recorded.words or 'its beginning is gone'}"

    def seen(self) -> None:
        """Nothing new comes."""

    def listen(self, listener: Any) -> Callable[[], None]:
        """As a live console's."""
        return _kept(self._listeners, listener)

    def on_change(self, callback: Callable[[Any], None]) -> Callable[[], None]:
        """As a live console's."""
        return _kept(self._watchers, callback)

    async def load(self, place: int = -1) -> int:
        """Feed all of the session; returns the row where the byte at ``place`` of the log went, -1 for none."""
        self.replay = None
        self._empty()
        found, start = -1, self._start
        if place >= start:
            await self._feed(_batches(self.log.pieces(start, place)))
            found, start = self._row(), place
        await self._feed(_batches(self.log.pieces(start, self.recorded.end)))
        self._told()
        return found

    def begin_replay(self) -> Replay:
        """Show it again from its beginning, in time.

        Raises NotAllowedError where it is not known when anything came.
        """
        pieces = list(self.log.pieces(self._start, self.recorded.end))
        first = next((moment for moment, _ in pieces if moment is not None), None)
        if first is None:
            raise NotAllowedError(
                "cannot be replayed: it is not known when anything of it came",
                subject=self.name,
                hint="times are kept for what is logged from now on; a copied log has none",
            )
        self.replay = Replay(self, _moments(pieces, first), first)
        self.restart()
        return self.replay

    def restart(self) -> None:
        """Show nothing yet."""
        self._empty()
        self._told()

    def show(self, moment: float | None, data: bytes) -> None:
        """Feed a piece of a replay."""
        self.times.mark(self._begun, moment)
        emulator = self.session.emulator
        emulator.feed(data)
        emulator.replies()
        self._begun = max(self._begun, self._row() + bool(emulator.cursor[1]))

    def announce(self) -> None:
        """Tell the listeners that something was fed."""
        for listener in list(self._listeners.values()):
            listener.on_output(self.session)

    def _empty(self) -> None:
        self.session.emulator = Emulator(80, 24, 100_000)
        self.times = RowTimes()
        self._begun = 0

    def _told(self) -> None:
        for callback in list(self._watchers.values()):
            callback(self)

    def _row(self) -> int:
        emulator = self.session.emulator
        return emulator.history_length + emulator.cursor[0]

    async def _feed(self, batches: Iterable[tuple[float | None, bytes]]) -> None:
        turn = time.monotonic()
        for moment, data in batches:
            self.show(moment, data)
            if time.monotonic() - turn > _BUDGET:
                await _others()
                turn = time.monotonic()


class Replay:
    """A replay: ``at`` is in seconds of its own time, silences cut short; ``moment`` when that was."""

    def __init__(
        self, console: RecordedConsole, pieces: list[tuple[float, float, bytes]], began: float
    ) -> None:
        self.paused = False
        self.at = 0.0
        self.moment = began
        self._console = console
        self._pieces = pieces
        self._next = 0
        self._speed = SPEEDS.index(1.0)

    @property
    def speed(self) -> float:
        """How many times as fast as it was."""
        return SPEEDS[self._speed]

    @property
    def length(self) -> float:
        """Seconds of its own time it takes."""
        return self._pieces[-1][0] if self._pieces else 0.0

    @property
    def over(self) -> bool:
        """Whether all has been shown."""
        return self._next >= len(self._pieces)

    def faster(self, steps: int) -> None:
        """Go on faster, or slower."""
        self._speed = max(0, min(self._speed + steps, len(SPEEDS) - 1))

    def advance(self, seconds: float) -> None:
        """Let time pass; what is due is shown, as much as there is time for."""
        if self.paused or self.over:
            return
        self.at = min(self.at + seconds * self.speed, self.length)
        if not self._show_due(time.monotonic() + 2 * _BUDGET):
            self.at = self._pieces[self._next][0]  # there was no time for more: its own time waits
        self._console.announce()

    async def jump(self, seconds: float) -> None:
        """Go on by some seconds of its own time, or back."""
        goal = max(0.0, min(self.at + seconds, self.length))
        if goal < self.at:
            self._next = 0
            self._console.restart()
        self.at = goal
        while not self._show_due(time.monotonic() + _BUDGET):
            await _others()
        self._console.announce()

    def _show_due(self, deadline: float) -> bool:
        """Show what is due; False where time has run out before."""
        while not self.over and self._pieces[self._next][0] <= self.at:
            _, self.moment, data = self._pieces[self._next]
            self._console.show(self.moment, data)
            self._next += 1
            if time.monotonic() > deadline:
                return self.over
        return True


def _moments(pieces: Iterable[tuple[float | None, bytes]], first: float) -> list[tuple[float, float, bytes]]:
    """Pieces with their place in a replay and their time; one without comes with that before it.

    A clock that was set back makes nothing run backwards.
    """
    moments: list[tuple[float, float, bytes]] = []
    at, before = 0.0, first
    for moment, data in pieces:
        now = before if moment is None else moment
        at += max(0.0, min(now - before, _SILENCE))
        before = now
        moments += ((at, now, data[start : start + _BATCH]) for start in range(0, len(data), _BATCH))
    return moments


def _batches(pieces: Iterable[tuple[float | None, bytes]]) -> Iterator[tuple[float | None, bytes]]:
    """Pieces that came at once, together."""
    held, began = b"", None
    for moment, data in pieces:
        together = moment is not None and began is not None and 0 <= moment - began < _TOGETHER
        if held and not (together and len(held) + len(data) <= _BATCH):
            yield began, held
            held = b""
        if not held:
            began = moment
        held += data
        while len(held) > _BATCH:
            yield began, held[:_BATCH]
            held = held[_BATCH:]
    if held:
        yield began, held


async def _others() -> None:
    """Let the event loop serve others."""
    await asyncio.sleep(0)


def _kept(listeners: dict[object, Any], listener: Any) -> Callable[[], None]:
    key = object()
    listeners[key] = listener

    def forget() -> None:
        listeners.pop(key, None)

    return forget


__all__ = ["SPEEDS", "RecordedConsole", "RecordedSession", "Replay"]
