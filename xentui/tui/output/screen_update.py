"""What a terminal shows, and what has it show another picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from xentui.tui.output import layers
from xentui.tui.output.cell_style import PLAIN
from xentui.tui.output.grid import FRAGILE, RIGHT, Picture
from xentui.tui.output.layers import CellLine, Part
from xentui.tui.output.lines import UNKNOWN, differing, tail, write
from xentui.tui.output.pen import NO_MARGINS, Pen
from xentui.tui.output.scrolling import WHOLE, Columns, Scroll, differing_columns, find
from xentui.tui.output.tty import Erasing

_TOGETHER: Final = 12
"""Lines at most that are tried to be written by looks."""
_LEAST_LINE: Final = 6
"""Characters a line takes at least that is written where the cursor is not."""
_FLICKER: Final = 400
"""Characters from which on the cursor is hidden while they are written."""
_HIDE: Final = "\x1b[?25l"
_RESET: Final = "\x1b[m\x1b[r"


class Shown:
    """What a terminal shows as far as it is known.

    ``erasing`` is how it erases, ``margins`` whether it has left and right ones.
    """

    def __init__(self, erasing: Erasing, *, margins: bool = False) -> None:
        self._erasing = erasing
        self.margins = margins
        self._bounded = False
        """Whether it had left and right margins at any time."""
        self._picture: Picture | None = None
        self._texts: list[str] = []
        self._looks: list[str] = []
        self._pen = Pen()
        self._size = (0, 0)
        self._moving: Columns = WHOLE
        """The columns that have scrolled last: a console beside the list, as a rule."""
        self._updates = 0
        self._left: dict[int, int] = {}
        """Lines that have not been written yet, each with the update that left it first."""

    @property
    def behind(self) -> bool:
        """Whether the last update has left lines to the next."""
        return bool(self._left)

    def forget(self) -> None:
        """Know nothing any more: somebody else may have written there."""
        self._picture = None
        self._left = {}
        self._texts = []
        self._looks = []
        self._pen = Pen()

    def reset(self) -> str:
        """Return what has it write as any other program expects."""
        return f"{NO_MARGINS}{_RESET}" if self._bounded else _RESET

    def update(self, picture: Picture, columns: int, lines: int, *, most: int | None = None) -> str:
        """Return what makes a terminal of that size show a picture; takes for granted that it is sent.

        With ``most``, for a slow line, it ends with the line of the picture that brings it to so many characters, and
        ``behind`` says whether lines are left.  The cursor's line comes first: that is where something new is.  Then
        those above it where lines have scrolled; elsewhere those that have been left for longest.
        """
        if (columns, lines) != self._size:
            self._size = columns, lines
            self._moving = WHOLE
            self.forget()
        self._updates += 1
        wanted = picture.within(columns, lines)
        before = self._picture
        if before is None or not before.comparable(wanted):
            self._texts = self._looks = [""] * len(wanted.texts)
        self._bounded = self._bounded or self.margins
        pen = self._pen.copy()
        changed = [
            line
            for line in range(len(self._texts))
            if self._texts[line] != wanted.texts[line] or self._looks[line] != wanted.looks[line]
        ]
        if before is None:
            pen.reset_modes(margins=self._bounded)
        left: dict[int, CellLine] = {}
        if changed:
            left = self._best(pen, wanted, changed, most)
            if pen.visible and len(pen) > _FLICKER:
                pen.out.insert(0, _HIDE)
                pen.visible = False
        if (cursor := wanted.cursor) is not None:
            self._point(pen, wanted, min(cursor.line, lines - 1), min(cursor.column, columns - 1))
        pen.show(cursor is not None and cursor.shown)
        self._picture, self._texts, self._looks, self._pen = wanted, wanted.texts, wanted.looks, pen
        if left:
            self._texts, self._looks = wanted.texts[:], wanted.looks[:]
            for line, old in left.items():
                self._texts[line], self._looks[line] = old.text, old.looks
        self._left = {line: self._left.get(line, self._updates) for line in left}
        return "".join(pen.out)

    def _point(self, pen: Pen, wanted: Picture, line: int, column: int) -> None:
        """Move the cursor, if only by writing again what it passes."""
        moved = pen.copy()
        moved.go(line, column)
        if line == pen.line and pen.column is not None and 0 < column - pen.column < len(moved):
            passed = pen.copy()
            cells = slice(pen.column, column)
            passed.write(line, pen.column, wanted.texts[line][cells], wanted.looks[line][cells], wanted)
            if passed.column == column and len(passed) < len(moved):
                moved = passed
        pen.take(moved)

    def _best(self, pen: Pen, wanted: Picture, changed: list[int], most: int | None) -> dict[int, CellLine]:
        """Write the lines that differ, after moving some where that makes it shorter; returns those left, as shown."""
        moved = None
        if scroll := find(self._texts, self._looks, wanted, changed, self._columns(wanted, changed)):
            moved = pen.copy()
            self._scrolled(moved, wanted, scroll, changed)
        if scroll is None or moved is None or len(moved) > _LEAST_LINE * scroll.lines:
            best = pen.copy()
            for old in self._now(changed):
                self._line(best, wanted, old)
                if moved is not None and len(moved) < len(best):
                    best = moved
                    break
            if 1 < len(changed) <= _TOGETHER:
                best = self._by_look(best, pen, wanted, changed)
            if best is not moved:
                scroll, moved = None, best
        if scroll is not None:
            self._moving = scroll.area[2:]
        if most is None or len(moved) <= most:
            pen.take(moved)
            return {}
        if scroll is not None:
            return self._scrolled(pen, wanted, scroll, changed, most)
        return self._paint(pen, wanted, self._now(changed), most, self._left)

    def _by_look(self, best: Pen, pen: Pen, wanted: Picture, changed: list[int]) -> Pen:
        """Return a shorter way than ``best`` to write the lines that differ, by looks across them, if there is one."""
        parts = []
        for old in self._now(changed):
            new = CellLine(old.number, wanted.texts[old.number], wanted.looks[old.number])
            if not old.text or FRAGILE.search(new.text) or FRAGILE.search(old.text):
                return best
            columns = differing(new, old)
            blanking = tail(wanted, new, columns, self._erasing)
            if blanking is not None:
                columns = [column for column in columns if column < blanking.start]
            parts.append(Part(new, columns, blanking))
        return layers.shorter(best, pen, wanted, parts)

    def _now(self, lines: Iterable[int]) -> list[CellLine]:
        return [CellLine(line, self._texts[line], self._looks[line]) for line in lines]

    def _paint(
        self,
        pen: Pen,
        wanted: Picture,
        lines: list[CellLine],
        most: int | None = None,
        left: Mapping[int, int] = MappingProxyType({}),
    ) -> dict[int, CellLine]:
        """Write lines, the cursor's and those ``left`` for longest first where there is an end to it."""
        if most is None:
            for old in lines:
                self._line(pen, wanted, old)
            return {}
        newest = wanted.cursor.line if wanted.cursor else 0
        never = self._updates
        nearest = sorted(lines, key=lambda old: (old.number > newest, abs(newest - old.number)))
        order = nearest[:1] + sorted(nearest[1:], key=lambda old: left.get(old.number, never))
        for at, old in enumerate(order):
            if len(pen) >= most:
                return {old.number: old for old in order[at:]}
            self._line(pen, wanted, old)
        return {}

    def _columns(self, wanted: Picture, changed: list[int]) -> Iterator[Columns]:
        """Yield the columns in which lines may have moved."""
        yield WHOLE
        if self.margins:
            if self._moving != WHOLE:
                yield self._moving
            yield differing_columns(self._texts, self._looks, wanted, changed)

    def _scrolled(
        self, pen: Pen, wanted: Picture, scroll: Scroll, changed: list[int], most: int | None = None
    ) -> dict[int, CellLine]:
        area = scroll.area
        end = wanted.columns if area.right is None else area.right + 1
        blank = wanted.table[wanted.looks[scroll.fresh][end - 1]].blank if self._erasing.in_colour else PLAIN
        if not blank.erasable:
            blank = PLAIN
        pen.scroll(area, scroll.rows, blank)
        # A table only grows, and others may be reading this one: the blank has its index already, or is not known.
        index = wanted.table.known(blank)
        fresh = CellLine(0, " " * wanted.columns, index * wanted.columns) if index else UNKNOWN
        texts, looks = scroll.moved(self._texts, fresh.text), scroll.moved(self._looks, fresh.looks)
        lines = [
            CellLine(line, texts[line], looks[line])
            for line in dict.fromkeys((*changed, *range(area.top, area.bottom + 1)))
            if texts[line] != wanted.texts[line] or looks[line] != wanted.looks[line]
        ]
        return self._paint(pen, wanted, lines, most)

    def _line(self, pen: Pen, wanted: Picture, old: CellLine) -> None:
        """Write a line in the shortest of some ways."""
        new = CellLine(old.number, wanted.texts[old.number], wanted.looks[old.number])
        if FRAGILE.search(new.text) or FRAGILE.search(old.text):
            self._fragile(pen, wanted, new)
        else:
            write(pen, wanted, new, old, self._erasing)

    def _fragile(self, pen: Pen, wanted: Picture, new: CellLine) -> None:
        """Write a line anew, each cell terminals may not agree about at its place, over blanks."""
        sturdy = new._replace(text=FRAGILE.sub(" ", _lefts(new.text)))
        write(pen, wanted, sturdy, UNKNOWN, self._erasing)
        for column, sign in enumerate(new.text):
            wide = new.text[column + 1 : column + 2] == RIGHT
            if sign != RIGHT and (wide or FRAGILE.match(sign)):
                pen.write(new.number, column, sign, new.looks[column], wanted)
                pen.column = None


def _lefts(text: str) -> str:
    """Return a line without what stands to the left of the further columns of wide characters."""
    return "".join(" " if after == RIGHT else sign for sign, after in zip(text, text[1:] + " ", strict=True))
