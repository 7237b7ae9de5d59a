"""The lines that scrolled off the main screen, in compact form and bounded in number."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator

from xentui.terminal.reflow import reflowed
from xentui.terminal.row import RIGHT_HALF, Entry, Row, entry_of, row_of

MOST_LINES = 100_000


class Scrollback:
    """Rows oldest first, the newest ``limit`` of them.

    After a change of width rows are broken anew only when they are next looked at: a resize costs the same
    however long the history is.
    """

    def __init__(self, limit: int, columns: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=max(0, min(limit, MOST_LINES)))
        self._columns = columns
        self._stale = False
        self._taken = 0
        """Rows that were taken over so far, and not taken back."""

    @property
    def gone(self) -> int:
        """Rows that were here and were forgotten, for want of room or because the guest has cleared it."""
        return self._taken - len(self._entries)

    def __len__(self) -> int:
        return len(self._current())

    def append(self, row: Row) -> None:
        """Take over a row that scrolled away; the caller keeps it no longer."""
        self._entries.append(entry_of(row))
        self._taken += 1

    def extend(self, entries: Collection[Entry]) -> None:
        """Take over many rows at once."""
        self._entries.extend(entries)
        self._taken += len(entries)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def change_width(self, columns: int) -> None:
        """The screen has another width from now on."""
        if columns != self._columns:
            self._columns = columns
            self._stale = bool(self._entries)

    def row(self, number: int) -> Row:
        """Return the row with that number, 0 being the oldest.  Raises IndexError past the newest."""
        return row_of(self._current()[number])

    def entries(self) -> Iterator[Entry]:
        """Return every row in its compact form, oldest first."""
        return iter(self._current())

    def texts(self) -> list[str]:
        """Return what every row shows, without the blanks at its end."""
        return [
            (entry.replace(RIGHT_HALF, "").rstrip(" ") if isinstance(entry, str) else entry.shown())
            for entry in self._current()
        ]

    def take_last(self, *, only_wrapped: bool = False) -> Row | None:
        """Remove and return the newest row, in the width it was kept with; None if there is none.

        With ``only_wrapped`` it is left alone unless its line goes on below it.
        """
        if not self._entries:
            return None
        last = self._entries[-1]
        if only_wrapped and (isinstance(last, str) or not last.wrapped):
            return None
        self._taken -= 1
        return row_of(self._entries.pop())

    def _current(self) -> deque[Entry]:
        if self._stale:
            self._stale = False
            gone = self.gone
            rows = reflowed(self._entries, self._columns)
            self._entries = deque(rows, maxlen=self._entries.maxlen)
            self._taken = gone + len(self._entries)
        return self._entries
