"""The least bytes that change what a terminal shows, counted without the driver, and less than any program can send.

Everything is paid for by itself, as cheaply as it ever could be: each character that is not blank there and was not so
before; each look once, from the nearest of the others; blanks and cells between those that differ by the shorter of
writing and jumping over them; lines by a step down from the last one, whatever the column.  Cursor addressing (CUP,
CUF, CUB, CUU, CUD, CR, LF, BS), SGR, ECH and EL are counted; scrolling, REP, and insertion of characters, which bring
nothing where a cursor moves, are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from xentui.terminal import Emulator
from xentui.terminal.style import Cell, Colour, Style

_ON = {
    "bold": "1",
    "dim": "2",
    "italic": "3",
    "underline": "4",
    "blink": "5",
    "reverse": "7",
    "hidden": "8",
    "strike": "9",
    "overline": "53",
}
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "8": "28", "9": "29", "53": "55"}
_SEEN = frozenset({"4", "7", "9", "53"})
"""Attributes that are seen on a blank."""
_ERASE = 3


class _Look(NamedTuple):
    flags: frozenset[str]
    foreground: str
    background: str


class _Shown(NamedTuple):
    """A cell; that of a blank has no colour of text."""

    text: str
    look: _Look


def shown(emulator: Emulator) -> list[list[_Shown]]:
    """The cells of a screen."""
    return [
        [_seen(emulator.cell(line, column)) for column in range(emulator.columns)]
        for line in range(emulator.lines)
    ]


def _seen(cell: Cell) -> _Shown:
    look = _look(cell)
    if cell.text == " " and not look.flags & _SEEN:
        look = _Look(frozenset(), "", look.background)
    return _Shown(cell.text, look)


def _look(style: Style) -> _Look:
    flags = frozenset(code for name, code in _ON.items() if getattr(style, name))
    return _Look(flags, _colour(style.fg, 3), _colour(style.bg, 4))


def _colour(colour: Colour, kind: int) -> str:
    if colour is None:
        return ""
    if isinstance(colour, tuple):
        return f"{kind}8;2;{';'.join(map(str, colour))}"
    if colour < 8:
        return f"{kind}{colour}"
    return f"{kind + 6}{colour - 8}" if colour < 16 else f"{kind}8;5;{colour}"


def least(before: Sequence[Sequence[_Shown]], after: Sequence[Sequence[_Shown]]) -> int:
    """Bytes from one screen of cells to another of the same size."""
    total, last, looks = 0, None, set()
    for line, (old, new) in enumerate(zip(before, after, strict=True)):
        differing = [column for column, cell in enumerate(new) if cell != old[column]]
        if not differing:
            continue
        total += 1 if last is None else _down(line - last)
        last = line
        total += _cells(new, differing)
        looks |= {new[column].look for column in differing if new[column].text != ""}
    return total + _looks(looks)


def _down(steps: int) -> int:
    return min(steps, len(f"\x1b[{steps}B"))


def _right(steps: int) -> int:
    return len(f"\x1b[{steps if steps > 1 else ''}C")


def _cells(new: Sequence[_Shown], differing: Sequence[int]) -> int:
    """Bytes of the cells of a line, from the first that differs to the last."""
    total, wanted = 0, set(differing)
    first, last = differing[0], differing[-1]

    def kind(column: int) -> str:
        if column not in wanted:
            return "kept"
        return "blank" if new[column].text == " " else "text"

    for what, its in groupby(range(first, last + 1), kind):
        columns = list(its)
        size = sum(len(new[column].text.encode()) for column in columns)
        if what == "text":
            total += size
        elif what == "blank" and columns[-1] == last:
            total += min(size, _ERASE)
        else:
            total += min(size, _right(len(columns)))
    return total


def _looks(looks: Iterable[_Look]) -> int:
    """Bytes to set each look once, but for the one that may be set already; what no character needs is left out."""
    every = set(looks)
    needed = {
        look
        for look in every
        if look.flags
        or look.foreground
        or not any(other.background == look.background for other in every - {look})
    }
    costs = sorted(min((_change(other, look) for other in needed - {look}), default=0) for look in needed)
    return sum(costs[:-1])


def _change(old: _Look, new: _Look) -> int:
    """Bytes of the shortest SGR from one look to another."""
    colours = [
        (mine or default)
        for mine, other, default in (
            (new.foreground, old.foreground, "39"),
            (new.background, old.background, "49"),
        )
        if mine != other
    ]
    gone = {_OFF[flag] for flag in old.flags - new.flags}
    left = {flag for flag in old.flags if _OFF[flag] not in gone}
    steps = [*gone, *(new.flags - left), *colours]
    anew = ["0", *new.flags, *filter(None, (new.foreground, new.background))]
    return min(len(f"\x1b[{';'.join(parameters)}m") for parameters in (steps, anew))
