"""The cells of one line, written in the shortest of some ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from xentui.tui.output import layers
from xentui.tui.output.cell_style import Look
from xentui.tui.output.grid import Picture
from xentui.tui.output.layers import NEAR, Blanking, CellLine, Part, fits
from xentui.tui.output.pen import Pen
from xentui.tui.output.scrolling import common
from xentui.tui.output.tty import Erasing

_WORTH: Final = 4
"""Cells at the end of a line; fewer are not worth erasing."""
_GAPS: Final = 8
"""Blanks between words, fewer of which are sooner written."""


UNKNOWN: Final = CellLine(0, "", "")


def write(pen: Pen, wanted: Picture, new: CellLine, old: CellLine, erasing: Erasing) -> None:
    """Write what differs of a line, or blank a part of it first."""
    columns = differing(new, old)
    if not columns:
        return
    best = pen.copy()
    _cells(best, wanted, new, columns)
    for blanking in _blankings(wanted, new, columns, erasing):
        other = pen.copy()
        _erased(other, wanted, new, columns, blanking)
        if len(other) < len(best):
            best = other
    pen.take(best)


def differing(new: CellLine, old: CellLine) -> list[int]:
    """Return the columns to write, all of them where nothing is known."""
    if not old.text:
        return list(range(len(new.text)))
    first = min(
        common(one, other) for one, other in ((new.text, old.text), (new.looks, old.looks)) if one != other
    )
    cells = enumerate(
        zip(new.text[first:], old.text[first:], new.looks[first:], old.looks[first:], strict=True), first
    )
    return [column for column, (sign, was, look, looked) in cells if sign != was or look != looked]


# In turn


def _cells(pen: Pen, wanted: Picture, new: CellLine, columns: list[int]) -> None:
    """Write some columns of a line: from the left, or one look after the other."""
    best = pen.copy()
    _from_the_left(best, wanted, new, columns)
    pen.take(layers.shorter(best, pen, wanted, [Part(new, columns)]))


def _from_the_left(pen: Pen, wanted: Picture, new: CellLine, columns: list[int]) -> None:
    """Write columns, and those between that are sooner written than jumped over."""
    start = last = columns[0]
    if columns[-1] - start + 1 == len(columns):
        _span(pen, wanted, new, start, columns[-1])
        return
    for column in columns:
        if column > last + 1 and not _near(wanted, new, last, column):
            _span(pen, wanted, new, start, last)
            start = column
        last = max(last, column)
    _span(pen, wanted, new, start, last)


def _near(wanted: Picture, new: CellLine, last: int, column: int) -> bool:
    """Return whether cells between two that are written are sooner written than jumped over."""
    return column - last - 1 <= NEAR and all(
        fits(wanted, new, at, new.looks[last]) for at in range(last + 1, column)
    )


def _span(pen: Pen, wanted: Picture, new: CellLine, first: int, last: int) -> None:
    pen.write(new.number, first, new.text[first : last + 1], new.looks[first : last + 1], wanted)


# Over blanks


def _blankings(wanted: Picture, new: CellLine, columns: list[int], erasing: Erasing) -> Iterator[Blanking]:
    """Yield what of the line it may pay to blank first."""
    if rest := tail(wanted, new, columns, erasing):
        yield rest
    first, last = columns[0], columns[-1]
    if new.text.count(" ", first, last + 1) < _GAPS:
        return
    end = new.looks[-1]
    if new.text[-1] == " " and _leaves(wanted.table[end], erasing):
        yield Blanking(first, end)
    # A table only grows, and others may be reading this one: the blank has its index already, or is not known.
    look = wanted.table[new.looks[first]].blank
    if (blank := wanted.table.known(look)) and _leaves(look, erasing):
        if erasing.some:
            yield Blanking(first, blank, last + 1 - first)
        elif new.text[-1] != " ":
            yield Blanking(first, blank)


def tail(wanted: Picture, new: CellLine, columns: list[int], erasing: Erasing) -> Blanking | None:
    """Return the end of a line that is blank, if it is worth erasing."""
    end, first = new.looks[-1], columns[0]
    if new.text[-1] != " " or not _leaves(wanted.table[end], erasing):
        return None
    start = max(len(new.text.rstrip(" ")), len(new.looks.rstrip(end)), first)
    return Blanking(start, end) if columns[-1] - start >= _WORTH else None


def _leaves(look: Look, erasing: Erasing) -> bool:
    """Return whether a terminal leaves blanks of a look where it erases."""
    return look.erasable and (erasing.in_colour or not look.background)


def _erased(pen: Pen, wanted: Picture, new: CellLine, columns: list[int], blanking: Blanking) -> None:
    """Write a line of which a part is blanked first."""
    start, blank, count = blanking
    if before := [column for column in columns if column < start]:
        _cells(pen, wanted, new, before)
    rest = [
        column
        for column in range(start, start + count if count else len(new.text))
        if new.text[column] != " " or new.looks[column] != blank
    ]
    pen.erase(
        new.number, start, wanted.table[blank], count, wanted.table[new.looks[rest[0]]] if rest else None
    )
    if rest:
        _cells(pen, wanted, new, rest)
