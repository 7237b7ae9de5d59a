"""Which lines of a terminal, or which columns of them, have only moved up or down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from xentui.frozen import dataclass
from xentui.tui.output.grid import RIGHT, Picture
from xentui.tui.output.pen import Area

_FEWEST: Final = 3
"""Lines that differ; below, moving is never shorter."""
_SOUGHT: Final = 4
"""Places a line is looked for in, when many are alike."""

Columns = tuple[int, int | None]
"""The first and the last; None is the last there is."""
WHOLE: Final[Columns] = (0, None)


@dataclass(frozen=True, slots=True)
class Scroll:
    """What an area shows moves up by ``rows``, or down where that is negative.

    So many ``lines`` are right then, which are ``gain`` cells.
    """

    area: Area
    rows: int
    lines: int
    gain: int

    @property
    def fresh(self) -> int:
        """One of the lines that come in blank."""
        return self.area.bottom if self.rows > 0 else self.area.top

    def moved(self, lines: list[str], fresh: str) -> list[str]:
        """Return the lines of a screen afterwards, those that come in as ``fresh``, or unknown where that is empty."""
        top, bottom, left, right = self.area
        inside = lines[top : bottom + 1]
        new = [fresh] * abs(self.rows)
        moved = inside[self.rows :] + new if self.rows > 0 else new + inside[: self.rows]
        if right is not None:
            end = right + 1
            moved = [
                old[:left] + line[left:end] + old[end:] if line and old else ""
                for old, line in zip(inside, moved, strict=True)
            ]
        return [*lines[:top], *moved, *lines[bottom + 1 :]]


def find(
    texts: list[str], looks: list[str], wanted: Picture, changed: list[int], columns: Iterable[Columns]
) -> Scroll | None:
    """Return what brings most of the ``changed`` lines to their places, if some have moved at all, in some of the
    columns.

    The first columns in which half of the lines have moved will do.
    """
    if len(changed) < _FEWEST:
        return None
    changed = sorted(changed)
    found = []
    for each in columns:
        if scroll := _find(texts, looks, wanted, changed, each):
            found.append(scroll)
            if scroll.lines * 2 >= len(changed):
                break
    return max(found, key=lambda scroll: scroll.gain, default=None)


def differing_columns(texts: list[str], looks: list[str], wanted: Picture, changed: list[int]) -> Columns:
    """Return the columns in which lines differ."""
    first, last = wanted.columns, 0
    for line in changed:
        if not texts[line]:
            return WHOLE
        for new, old in ((wanted.texts[line], texts[line]), (wanted.looks[line], looks[line])):
            if new != old:
                first = min(first, common(new, old))
                last = max(last, len(new) - 1 - common(new[::-1], old[::-1]))
    return (first, last) if (first, last) != (0, wanted.columns - 1) and first < last else WHOLE


def common(one: str, other: str) -> int:
    """Return how many characters two strings of one length, which differ, have in common at their beginning."""
    low, high = 0, len(one) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _find(
    texts: list[str], looks: list[str], wanted: Picture, changed: list[int], columns: Columns
) -> Scroll | None:
    top, bottom = changed[0], changed[-1]
    left, right = columns
    end = wanted.columns if right is None else right + 1
    if right is not None and _cuts(texts, wanted.texts, top, bottom, (left, end)):
        return None
    shown = {line: (texts[line][left:end], looks[line][left:end]) for line in range(top, bottom + 1)}
    new = {line: (wanted.texts[line][left:end], wanted.looks[line][left:end]) for line in shown}
    places: dict[tuple[str, str], list[int]] = {}
    for line, row in shown.items():
        if row[0].strip(" "):
            places.setdefault(row, []).append(line)
    votes: Counter[int] = Counter()
    for line in changed:
        for place in places.get(new[line], ())[:_SOUGHT]:
            votes[place - line] += 1
    votes.pop(0, None)
    if not votes:
        return None
    rows = votes.most_common(1)[0][0]
    moved = [shown.get(line + rows) == new[line] for line in shown]
    stood = [row == new[line] for line, row in shown.items()]
    first, last = _most([is_now - was for is_now, was in zip(moved, stood, strict=True)])
    if last < first:
        return None
    count = sum(moved[first : last + 1])
    first, last = first + top, last + top
    area = Area(first, last + rows, left, right) if rows > 0 else Area(first + rows, last, left, right)
    return Scroll(area, rows, count, count * (end - left))


def _cuts(texts: list[str], wanted: list[str], top: int, bottom: int, edges: tuple[int, int]) -> bool:
    """Return whether a character of two columns would be cut at an edge."""
    rows = (*texts[top : bottom + 1], *wanted[top : bottom + 1])
    return any(row[edge : edge + 1] == RIGHT for row in rows if RIGHT in row for edge in edges)


def _most(worths: list[int]) -> tuple[int, int]:
    """First and last place of the stretch that is worth most; (0, -1) where none is worth anything."""
    best, found, start, worth = 0, (0, -1), 0, 0
    for place, each in enumerate(worths):
        if worth <= 0:
            start, worth = place, 0
        worth += each
        if worth > best:
            best, found = worth, (start, place)
    return found
