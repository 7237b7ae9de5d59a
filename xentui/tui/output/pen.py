"""Writes to a terminal in as few characters as its place and look allow."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from xentui.patterns import late_pattern
from xentui.tui.output.cell_style import PLAIN, Look, change, on_blanks
from xentui.tui.output.grid import Picture

RUN: Final = late_pattern(r"(.)\1*", re.DOTALL)
_ERASE: Final = "\x1b[K"
_SETTLE: Final = "\x0f\x1b(B\x1b[m\x1b[r\x1b[?6l\x1b[?7l\x1b[4l\x1b[?25l"
"""Charset, look, scroll region, origin, wrap, insertion and hidden cursor as they are taken for granted."""
NO_MARGINS: Final = "\x1b[?69l"
"""Ends left and right margins (DECLRMM), where a terminal knows them."""
_FEEDS: Final = 4
"""Line feeds, more of which are no shorter than another way."""


class Area(NamedTuple):
    """Lines from ``top`` to ``bottom``, and columns from ``left`` to ``right``, to the last where that is None."""

    top: int
    bottom: int
    left: int = 0
    right: int | None = None

    def has_line(self, line: int) -> bool:
        """Return whether a line is one of them."""
        return self.top <= line <= self.bottom

    def has_columns(self, first: int, last: int) -> bool:
        """Return whether columns are among them."""
        return self.right is None or self.left <= first <= last <= self.right


class Pen:
    """Where the cursor of a terminal stands, None where that is not known, and how it writes.

    ``out`` is what is sent.  Lines and columns count from 0.  A terminal does not wrap: Textual switches that off.
    ``area`` are the margins set in it, None where there are none: they stay for the next line that scrolls.
    """

    __slots__ = ("area", "column", "line", "look", "out", "visible")

    def __init__(self) -> None:
        self.line: int | None = None
        self.column: int | None = None
        self.look = PLAIN
        self.area: Area | None = None
        self.visible = False
        """Whether the cursor is seen."""
        self.out: list[str] = []

    def copy(self) -> Pen:
        """Another that has written nothing yet."""
        other = Pen()
        other._stand_as(self)
        return other

    def take(self, other: Pen) -> None:
        """Write what a copy has written."""
        self._stand_as(other)
        self.out += other.out

    def _stand_as(self, other: Pen) -> None:
        self.line, self.column, self.look = other.line, other.column, other.look
        self.area, self.visible = other.area, other.visible

    def __len__(self) -> int:
        return sum(map(len, self.out))

    def reset_modes(self, *, margins: bool) -> None:
        """Have the terminal write as is taken for granted, whatever others have set in it."""
        self.out.append(NO_MARGINS + _SETTLE if margins else _SETTLE)
        self.line = self.column = self.area = None
        self.look, self.visible = PLAIN, False

    # The cursor

    def show(self, visible: bool) -> None:
        """Have the cursor seen, or not."""
        if visible != self.visible:
            self.out.append("\x1b[?25h" if visible else "\x1b[?25l")
            self.visible = visible

    def go(self, line: int, column: int) -> None:
        """Move the cursor."""
        if (line, column) == (self.line, self.column):
            return
        self.out.append(min(self._ways(line, column), key=len))
        self.line, self.column = line, column

    def _ways(self, line: int, column: int) -> list[str]:
        beside = self._beside(column) if self.line is not None else []
        if line == self.line and beside:
            return beside
        ways = [f"\x1b[{line + 1};{column + 1}H" if column else f"\x1b[{line + 1}H" if line else "\x1b[H"]
        if self.line is not None:
            ways += [down + aside for down in self._downwards(self.line, line, column) for aside in beside]
        return ways

    def _downwards(self, line: int, to: int, column: int) -> list[str]:
        """Return the ways from one line to another that leave the column as it is."""
        steps, area = to - line, self.area
        if not steps:
            return [""]
        # Margins stop what moves, and scroll at a line feed.
        ways = []
        if 0 < steps <= _FEEDS and (area is None or not line <= area.bottom < to):
            ways.append("\n" * steps)
        free = column == self.column or area is None or area.right is None
        if free and (area is None or area.has_line(to) == area.has_line(line) is True):
            ways.append(f"\x1b[{_count(abs(steps))}{'B' if steps > 0 else 'A'}")
        return ways

    def _beside(self, column: int) -> list[str]:
        """Return the ways from one column to another that leave the line as it is."""
        at, area = self.column, self.area
        if column == at:
            return [""]
        ways = ["\r"] if self._returns(column) else []
        if area is None or area.right is None:
            if column:
                ways.append(f"\r\x1b[{_count(column)}C")
        elif at is None or not (area.has_columns(at, at) and area.has_columns(column, column)):
            return ways
        if at is not None:
            steps = column - at
            ways.append(f"\x1b[{_count(steps)}C" if steps > 0 else f"\x1b[{_count(-steps)}D")
            if -4 < steps < 0:
                ways.append("\b" * -steps)
        return ways

    def _returns(self, column: int) -> bool:
        """Return whether a carriage return leads to a column."""
        area = self.area
        if area is None or area.right is None:
            return column == 0
        return column == area.left and self.column is not None and area.has_columns(self.column, self.column)

    # What is seen

    def style(self, look: Look) -> None:
        """Write in a look from now on."""
        if look == self.look:
            return
        self.out.append(change(self.look, look))
        self.look = look

    def write(self, line: int, column: int, text: str, looks: str, picture: Picture) -> None:
        """Write cells of a picture at their place."""
        self._begin(line, column, len(text))
        for run in RUN.finditer(looks):
            start, stop = run.span()
            self._piece(text[start:stop], picture.table[run[1]], picture)
        self._end(column, text, picture)

    def put(self, line: int, column: int, text: str, look: Look, picture: Picture) -> None:
        """Write cells of a picture at their place, all in one look, whatever they have there."""
        self._begin(line, column, len(text))
        self._piece(text, look, picture)
        self._end(column, text, picture)

    def _begin(self, line: int, column: int, count: int) -> None:
        if self.area is not None and not self.area.has_columns(column, column + count - 1):
            self._free_columns()
        self.go(line, column)

    def _piece(self, text: str, look: Look, picture: Picture) -> None:
        if not text.strip(" "):
            look = on_blanks(self.look, look)
        self.style(look)
        self.out.append(text if text.isascii() else "".join(map(picture.clusters.text, text)))

    def _end(self, column: int, text: str, picture: Picture) -> None:
        # Past the last column it depends, as it does where terminals do not agree about a width.
        end = column + len(text)
        last = picture.columns if self.area is None or self.area.right is None else self.area.right + 1
        self.column = end if end < last and text.isascii() else None

    def erase(
        self, line: int, column: int, blank: Look, count: int = 0, following: Look | None = None
    ) -> None:
        """Blank so many cells of a line, by default the rest of it; what is written next is in ``following``."""
        self.go(line, column)
        leaves = following is not None and on_blanks(following, blank) == following
        self.style(following if following is not None and leaves else on_blanks(self.look, blank))
        self.out.append(f"\x1b[{count}X" if count else _ERASE)

    # Margins

    def scroll(self, area: Area, rows: int, blank: Look) -> None:
        """Move what an area shows up, or down where ``rows`` is negative, for blank lines."""
        self.style(on_blanks(self.look, blank))
        self._bound(area)
        if rows > 0:
            self.go(area.bottom, area.left)
            self.out.append("\n" * rows)
        else:
            self.go(area.top, area.left)
            self.out.append("\x1bM" * -rows)

    def _bound(self, area: Area) -> None:
        """Set margins; where that puts the cursor terminals do not agree about."""
        if area == self.area:
            return
        self._free_columns(unless=area)
        columns = self.area is not None and self.area[2:] == area[2:]
        if area.right is not None and not columns:
            self.out.append(f"\x1b[?69h\x1b[{area.left + 1};{area.right + 1}s")
        if self.area is None or self.area[:2] != area[:2]:
            self.out.append(f"\x1b[{area.top + 1};{area.bottom + 1}r")
        self.area = area
        self.line = self.column = None

    def _free_columns(self, *, unless: Area | None = None) -> None:
        """End left and right margins, as text stops at them."""
        area = self.area
        if area is None or area.right is None or (unless is not None and unless[2:] == area[2:]):
            return
        self.out.append(NO_MARGINS)
        self.area = Area(area.top, area.bottom)
        self.line = self.column = None


def _count(steps: int) -> str:
    return str(steps) if steps > 1 else ""
