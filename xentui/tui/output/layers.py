"""Cells of lines written one look after the other: where looks alternate, each is set once and not at every turn.

A line of keys and what they do is half as long so, and so are lines of labels and texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from xentui.tui.output.cell_style import change, on_blanks
from xentui.tui.output.grid import Picture
from xentui.tui.output.pen import RUN, Pen

NEAR: Final = 4
"""Cells between two that differ: so many are written again sooner than jumped over."""
_LOOKS: Final = 6
"""Looks at most that are tried one after the other."""


class CellLine(NamedTuple):
    """A line by its number, its characters and its looks; both are empty where it is not known."""

    number: int
    text: str
    looks: str


class Blanking(NamedTuple):
    """From a column on so many cells are erased, 0 for the rest of the line, which leaves blanks of a look."""

    start: int
    blank: str
    cells: int = 0


class Part(NamedTuple):
    """The columns of a line that are to be written, and what is erased of it."""

    line: CellLine
    columns: list[int]
    blanking: Blanking | None = None


_Layer = dict[int, list[int]]
"""What is written in one look: columns by the place of their part."""


def shorter(best: Pen, pen: Pen, wanted: Picture, parts: Sequence[Part]) -> Pen:
    """Return the way from where ``pen`` is that writes parts one look after the other, if it is shorter than
    ``best``.
    """
    found = _layers(wanted, parts) if _alternate(parts) else {}
    if len(found) < 2:
        return best
    by_size = sorted(found, key=lambda look: -sum(map(len, found[look].values())))
    for looks in dict.fromkeys((tuple(_nearest(pen, wanted, by_size)), tuple(by_size))):
        other = pen.copy()
        left = [set(part.columns) for part in parts]
        erased: set[int] = set()
        for look in looks:
            for place, columns in sorted(found[look].items()):
                _write(other, wanted, parts[place].line, columns, (look, left[place]))
                left[place].difference_update(columns)
                if place not in erased and _erase(other, wanted, parts[place], look):
                    erased.add(place)
        for place, part in enumerate(parts):
            if place not in erased and part.blanking is not None:
                other.erase(part.line.number, part.blanking.start, wanted.table[part.blanking.blank])
        if len(other) < len(best):
            best = other
    return best


def _alternate(parts: Sequence[Part]) -> bool:
    """Return whether it may be worth a closer look: to go through the cells one by one takes long."""
    looks = [part.line.looks[part.columns[0] : part.columns[-1] + 1] for part in parts if part.columns]
    different = len(set("".join(looks)))
    return different > 1 and sum(map(_turns, looks)) > different


def _turns(looks: str) -> int:
    return sum(1 for _ in RUN.finditer(looks))


def _layers(wanted: Picture, parts: Sequence[Part]) -> dict[str, _Layer]:
    """Return what is written in each look; nothing where they do not alternate, or are too many."""
    layers: dict[str, _Layer] = {}
    blanks: list[tuple[int, int]] = []
    turns, last = 0, ""
    for place, (line, columns, _blanking) in enumerate(parts):
        text, looks = line.text, line.looks
        written: list[int] | None = None
        for column in columns:
            if text[column] == " ":
                blanks.append((place, column))
                continue
            if (look := looks[column]) != last or written is None:
                turns, last = turns + (look != last), look
                written = layers.setdefault(look, {}).setdefault(place, [])
            written.append(column)
    if not 1 < len(layers) <= _LOOKS or turns <= len(layers):
        return {}
    by_size = sorted(layers, key=lambda look: -sum(map(len, layers[look].values())))
    fitting: dict[str, list[str]] = {}
    for place, column in blanks:
        blank = (line := parts[place].line).looks[column]
        if (its := fitting.get(blank)) is None:
            its = fitting[blank] = [look for look in by_size if fits(wanted, line, column, look)]
        here = next((look for look in its if place in layers[look]), its[0] if its else blank)
        layers.setdefault(here, {}).setdefault(place, []).append(column)
    for layer in layers.values():
        for columns in layer.values():
            columns.sort()
    return layers


def _nearest(pen: Pen, wanted: Picture, looks: Sequence[str]) -> list[str]:
    """Looks in an order in which each is set from the one before it in few characters."""
    order: list[str] = []
    at, left = pen.look, list(looks)
    while left:
        order.append(min(left, key=lambda look: len(change(at, wanted.table[look]))))
        left.remove(order[-1])
        at = wanted.table[order[-1]]
    return order


def fits(wanted: Picture, new: CellLine, column: int, index: str) -> bool:
    """Return whether a cell is right when it is written in a look."""
    if new.looks[column] == index:
        return True
    look = wanted.table[index]
    return new.text[column] == " " and on_blanks(look, wanted.table[new.looks[column]]) == look


def _write(pen: Pen, wanted: Picture, line: CellLine, columns: list[int], how: tuple[str, set[int]]) -> None:
    """Write columns in a look, and those between where that is shorter: any that are left to be written."""
    look, left = how
    start = last = columns[0]
    for column in columns:
        if column - last > 1 and (
            column - last - 1 > NEAR
            or not all(at in left or fits(wanted, line, at, look) for at in range(last + 1, column))
        ):
            pen.put(line.number, start, line.text[start : last + 1], wanted.table[look], wanted)
            start = column
        last = column
    pen.put(line.number, start, line.text[start : last + 1], wanted.table[look], wanted)


def _erase(pen: Pen, wanted: Picture, part: Part, look: str) -> bool:
    """Erase what is to be erased of a part where the look fits; tell whether that was done."""
    if part.blanking is None:
        return False
    start, blank, cells = part.blanking
    if on_blanks(wanted.table[look], wanted.table[blank]) != wanted.table[look]:
        return False
    pen.erase(part.line.number, start, wanted.table[blank], cells)
    return True
