"""When the rows of a console's scrollback and screen came."""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from xentui.terminal import Emulator

_APART: Final = 0.05
"""Seconds between two marks: what comes within has one time."""
_MOST: Final = 120_000
"""Marks that are kept; an emulator keeps 100,000 rows."""


class RowTimes:
    """When the rows of an emulator's scrollback and screen were begun."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._times: list[float | None] = []

    def mark(self, row: int, moment: float | None) -> None:
        """The rows from ``row`` on, of which none was begun yet, come at a moment; an earlier one keeps its own."""
        if self._rows and row == self._rows[-1]:
            self._times[-1] = moment
        elif not self._rows or (row > self._rows[-1] and moment != self._times[-1]):
            self._rows.append(row)
            self._times.append(moment)

    def at(self, row: int) -> float | None:
        """Return when a row was begun, in seconds since 1970; None where that is not known."""
        found = bisect_right(self._rows, row) - 1
        return self._times[found] if found >= 0 else None

    def first_since(self, moment: float) -> int:
        """Return the oldest row that was begun at a moment or later; -1 where none was."""
        # A clock that was set back: they need not be in order.
        found = (row for row, each in zip(self._rows, self._times, strict=True) if each and each >= moment)
        return next(found, -1)


class LiveRowTimes(RowTimes):
    """Those of a guest that goes on: ``emulator`` lets go of its oldest rows, may be cleared, and is fed meanwhile."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        self._emulator = emulator
        self._marked = -_APART
        self._before = 0

    def come(self, now: float) -> None:
        """Something is fed next; ``now`` is a clock that only goes on, in seconds."""
        emulator = self._emulator
        if now - self._marked < _APART or emulator.alternate_screen:
            return
        self._marked = now
        line, column = emulator.cursor
        row = emulator.rows_gone + emulator.history_length + line + bool(column)
        if row < self._before and not any(emulator.text()[line + 1 :]):
            # It was cleared: what was below is gone, and is written anew.
            kept = bisect_left(self._rows, row)
            del self._rows[kept:], self._times[kept:]
        self._before = row
        self.mark(row, time.time())
        if len(self._rows) > _MOST:
            gone = bisect_right(self._rows, emulator.rows_gone) - 1
            if gone > 0:
                del self._rows[:gone], self._times[:gone]

    def forget(self) -> None:
        """Rows have other numbers from now on."""
        self._rows.clear()
        self._times.clear()
        self._before = 0

    def at(self, row: int) -> float | None:
        """Return when a row of the scrollback and screen that there are was begun."""
        return super().at(row + self._emulator.rows_gone)

    def first_since(self, moment: float) -> int:
        """Return the oldest row there is that was begun at a moment or later; -1 where none was."""
        found, gone = super().first_since(moment), self._emulator.rows_gone
        return max(0, found - gone) if found >= 0 else -1
