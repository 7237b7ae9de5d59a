"""Tab stops: every eight columns at first."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

_EVERY = 8


class TabStops:
    """The columns, from 0, that tabs go to."""

    def __init__(self, columns: int) -> None:
        self._stops = list(range(_EVERY, columns, _EVERY))

    def after(self, column: int, count: int, edge: int) -> int:
        """Return the ``count``-th stop after ``column``; ``edge`` if that is behind it or there is none."""
        at = bisect_right(self._stops, column) + count - 1
        return min(self._stops[at], edge) if at < len(self._stops) else edge

    def before(self, column: int, count: int) -> int:
        """Return the ``count``-th stop before ``column``; the first column if there is none."""
        at = bisect_left(self._stops, column) - count
        return self._stops[at] if at >= 0 else 0

    def set(self, column: int) -> None:
        """HTS: have a stop there."""
        at = bisect_left(self._stops, column)
        if self._stops[at : at + 1] != [column]:
            self._stops.insert(at, column)

    def clear(self, column: int) -> None:
        """TBC 0: have none there."""
        if column in self._stops:
            self._stops.remove(column)

    def clear_all(self) -> None:
        """TBC 3."""
        self._stops.clear()

    def usual(self, columns: int) -> bool:
        """Return whether they are as at first, on a screen of so many columns."""
        return self._stops == list(range(_EVERY, columns, _EVERY))

    def widen(self, before: int, columns: int) -> None:
        """Have the usual stops in the columns from ``before`` on that a wider screen gained."""
        self._stops += range(max(1, -(-before // _EVERY)) * _EVERY, columns, _EVERY)
