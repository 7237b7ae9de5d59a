"""Which lines of a terminal have only moved up or down."""

from __future__ import annotations

from collections import Counter
from typing import Final

from xentui.frozen import dataclass
from xentui.tui.output.grid import Picture

_FEWEST: Final = 3
"""Lines that differ; below, moving is never shorter."""
_SOUGHT: Final = 4
"""Places a line is looked for in, when many are alike."""


@dataclass(frozen=True, slots=True)
class Scroll:
    """The lines from ``top`` to ``bottom`` move up by ``rows``, or down where that is negative."""

    top: int
    bottom: int
    rows: int

    @property
    def fresh(self) -> int:
        """One of the lines that come in blank."""
        return self.bottom if self.rows > 0 else self.top

    def moved(self, lines: list[str], fresh: str) -> list[str]:
        """The lines of a screen afterwards."""
        inside = lines[self.top : self.bottom + 1]
        new = [fresh] * abs(self.rows)
        inside = inside[self.rows :] + new if self.rows > 0 else new + inside[: self.rows]
        return [*lines[: self.top], *inside, *lines[self.bottom + 1 :]]


def find(texts: list[str], looks: list[str], wanted: Picture, changed: list[int]) -> Scroll | None:
    """What brings most of the ``changed`` lines to their places, if some lines have moved at all."""
    if len(changed) < _FEWEST:
        return None
    top, bottom = changed[0], changed[-1]
    shown = list(zip(texts, looks, strict=True))
    new = list(zip(wanted.texts, wanted.looks, strict=True))
    places: dict[tuple[str, str], list[int]] = {}
    for line in range(top, bottom + 1):
        if shown[line][0].strip(" "):
            places.setdefault(shown[line], []).append(line)
    votes: Counter[int] = Counter()
    for line in changed:
        for place in places.get(new[line], ())[:_SOUGHT]:
            votes[place - line] += 1
    votes.pop(0, None)
    if not votes:
        return None
    rows = votes.most_common(1)[0][0]
    first, last = _longest(
        [
            0 <= line + rows < len(shown) and top <= line + rows <= bottom and new[line] == shown[line + rows]
            for line in range(top, bottom + 1)
        ]
    )
    if last < first:
        return None
    first, last = first + top, last + top
    return Scroll(first, last + rows, rows) if rows > 0 else Scroll(first + rows, last, rows)


def _longest(right: list[bool]) -> tuple[int, int]:
    """First and last place of the longest stretch of those that are right; (0, -1) where none is."""
    best, start = (0, -1), 0
    for place, good in enumerate([*right, False]):
        if good:
            continue
        if place - start > best[1] - best[0] + 1:
            best = (start, place - 1)
        start = place + 1
    return best
