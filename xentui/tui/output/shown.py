"""What a terminal shows, and what has it show another picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from xentui.tui.output.grid import FRAGILE, RIGHT, Picture
from xentui.tui.output.looks import PLAIN, on_blanks
from xentui.tui.output.pen import NO_MARGINS, Pen
from xentui.tui.output.scrolling import WHOLE, Columns, Scroll, common, differing_columns, find

_NEAR: Final = 4
"""Cells between two that differ: so many are written again sooner than jumped over."""
_WORTH: Final = 4
"""Cells at the end of a line; fewer are not worth erasing."""
_GAPS: Final = 8
"""Blanks between words, fewer of which are sooner written."""


_LEAST_LINE: Final = 6
"""Characters a line takes at least that is written where the cursor is not."""
_FLICKER: Final = 400
"""Characters from which on the cursor is hidden while they are written."""
_HIDE: Final = "\x1b[?25l"
_RESET: Final = "\x1b[m\x1b[r"


class Shown:
    """What a terminal shows as far as it is known.

    ``colours_erased`` is whether it erases in the colour it writes on (terminfo's ``bce``), ``margins`` whether it has
    left and right ones.
    """

    def __init__(self, *, colours_erased: bool, margins: bool = False) -> None:
        self._coloured = colours_erased
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
            pen.settle(margins=self._bounded)
        left: dict[int, _Line] = {}
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

    def _best(self, pen: Pen, wanted: Picture, changed: list[int], most: int | None) -> dict[int, _Line]:
        """Write the lines that differ, after moving some where that makes it shorter; returns those left, as shown."""
        moved = None
        if scroll := find(self._texts, self._looks, wanted, changed, self._columns(wanted, changed)):
            moved = pen.copy()
            self._scrolled(moved, wanted, scroll, changed)
        if scroll is None or moved is None or len(moved) > _LEAST_LINE * scroll.lines:
            painted = pen.copy()
            self._paint(painted, wanted, self._now(changed))
            if moved is None or len(moved) >= len(painted):
                scroll, moved = None, painted
        if scroll is not None:
            self._moving = scroll.area[2:]
        if most is None or len(moved) <= most:
            pen.take(moved)
            return {}
        if scroll is not None:
            return self._scrolled(pen, wanted, scroll, changed, most)
        return self._paint(pen, wanted, self._now(changed), most, self._left)

    def _now(self, lines: Iterable[int]) -> list[_Line]:
        return [_Line(line, self._texts[line], self._looks[line]) for line in lines]

    def _paint(
        self,
        pen: Pen,
        wanted: Picture,
        lines: list[_Line],
        most: int | None = None,
        left: Mapping[int, int] = MappingProxyType({}),
    ) -> dict[int, _Line]:
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
        """The columns in which lines may have moved."""
        yield WHOLE
        if self.margins:
            if self._moving != WHOLE:
                yield self._moving
            yield differing_columns(self._texts, self._looks, wanted, changed)

    def _scrolled(
        self, pen: Pen, wanted: Picture, scroll: Scroll, changed: list[int], most: int | None = None
    ) -> dict[int, _Line]:
        area = scroll.area
        end = wanted.columns if area.right is None else area.right + 1
        blank = wanted.table[wanted.looks[scroll.fresh][end - 1]].blank if self._coloured else PLAIN
        if not blank.erasable:
            blank = PLAIN
        pen.scroll(area, scroll.rows, blank)
        # A table only grows, and others may be reading this one: the blank has its index already, or is not known.
        index = wanted.table.known(blank)
        fresh = _Line(0, " " * wanted.columns, index * wanted.columns) if index else _UNKNOWN
        texts, looks = scroll.moved(self._texts, fresh.text), scroll.moved(self._looks, fresh.looks)
        lines = [
            _Line(line, texts[line], looks[line])
            for line in dict.fromkeys((*changed, *range(area.top, area.bottom + 1)))
            if texts[line] != wanted.texts[line] or looks[line] != wanted.looks[line]
        ]
        return self._paint(pen, wanted, lines, most)

    def _line(self, pen: Pen, wanted: Picture, old: _Line) -> None:
        """Write a line in the shortest of some ways."""
        new = _Line(old.number, wanted.texts[old.number], wanted.looks[old.number])
        if FRAGILE.search(new.text) or FRAGILE.search(old.text):
            self._fragile(pen, wanted, new)
        else:
            self._sturdy(pen, wanted, new, old)

    def _fragile(self, pen: Pen, wanted: Picture, new: _Line) -> None:
        """Write a line anew, each cell terminals may not agree about at its place, over blanks."""
        self._sturdy(pen, wanted, new._replace(text=FRAGILE.sub(" ", _lefts(new.text))), _UNKNOWN)
        for column, sign in enumerate(new.text):
            wide = new.text[column + 1 : column + 2] == RIGHT
            if sign != RIGHT and (wide or FRAGILE.match(sign)):
                pen.write(new.number, column, sign, new.looks[column], wanted)
                pen.column = None

    def _sturdy(self, pen: Pen, wanted: Picture, new: _Line, old: _Line) -> None:
        """Write a line of which terminals think alike: what differs, or with blanking a part of it first."""
        differing = _differing(new, old)
        if not differing:
            return
        best = pen.copy()
        _spans(best, wanted, new, differing)
        for start in self._erasures(wanted, new, differing):
            other = pen.copy()
            _erased(other, wanted, new, differing, start)
            if len(other) < len(best):
                best = other
        pen.take(best)

    def _erasures(self, wanted: Picture, new: _Line, differing: list[int]) -> list[int]:
        """The columns from which on it may pay to blank the line first."""
        end = new.looks[-1]
        blank = wanted.table[end]
        if new.text[-1] != " " or not blank.erasable or (blank.background and not self._coloured):
            return []
        first, last = differing[0], differing[-1]
        tail = max(len(new.text.rstrip(" ")), len(new.looks.rstrip(end)), first)
        starts = [tail] if last - tail >= _WORTH else []
        if tail > first and new.text.count(" ", first, tail) >= _GAPS:
            starts.append(first)
        return starts


class _Line(NamedTuple):
    number: int
    text: str
    looks: str


_UNKNOWN: Final = _Line(0, "", "")


def _differing(new: _Line, old: _Line) -> list[int]:
    """The columns to write, all of them where nothing is known."""
    if not old.text:
        return list(range(len(new.text)))
    first = min(
        common(one, other) for one, other in ((new.text, old.text), (new.looks, old.looks)) if one != other
    )
    cells = enumerate(
        zip(new.text[first:], old.text[first:], new.looks[first:], old.looks[first:], strict=True), first
    )
    return [column for column, (sign, was, look, looked) in cells if sign != was or look != looked]


def _spans(pen: Pen, wanted: Picture, new: _Line, columns: list[int]) -> None:
    """Write some columns of a line, and those between that are sooner written than jumped over."""
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


def _near(wanted: Picture, new: _Line, last: int, column: int) -> bool:
    """Return whether cells between two that are written are sooner written than jumped over."""
    if column - last - 1 > _NEAR:
        return False
    index = new.looks[last]
    look = wanted.table[index]
    return all(
        new.looks[at] == index
        or (new.text[at] == " " and on_blanks(look, wanted.table[new.looks[at]]) == look)
        for at in range(last + 1, column)
    )


def _span(pen: Pen, wanted: Picture, new: _Line, first: int, last: int) -> None:
    pen.write(new.number, first, new.text[first : last + 1], new.looks[first : last + 1], wanted)


def _erased(pen: Pen, wanted: Picture, new: _Line, differing: list[int], start: int) -> None:
    """Write a line of which all from ``start`` on is blanked first."""
    if before := [column for column in differing if column < start]:
        _spans(pen, wanted, new, before)
    pen.erase(new.number, start, wanted.table[new.looks[-1]])
    end = new.looks[-1]
    rest = [
        column
        for column in range(start, len(new.text))
        if new.text[column] != " " or new.looks[column] != end
    ]
    if rest:
        _spans(pen, wanted, new, rest)


def _lefts(text: str) -> str:
    """A line without what stands to the left of the further columns of wide characters."""
    return "".join(" " if after == RIGHT else sign for sign, after in zip(text, text[1:] + " ", strict=True))
