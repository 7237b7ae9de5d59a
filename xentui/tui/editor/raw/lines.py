"""The text of the raw editor, line by line: kept byte for byte, shown harmlessly, measured once.

Textual's own document splits at form feeds and the like, makes all line ends the same, and measures every line at
every key.  This one does not.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rich.cells import get_character_cell_size
from textual.geometry import Offset, Size

from xentui.config.linting.problems import Problem
from xentui.config.tokens import CLOSED, LexerState, begins_statement, follow
from xentui.tui.textual_compat.text_area import (
    Document,
    DocumentNavigator,
    DocumentParts,
    EditResult,
    Location,
    Newline,
    WrappedDocument,
)

TAB: Final = 4
_REPLACED: Final = "\N{REPLACEMENT CHARACTER}"
_PICTURES: Final = {code: 0x2400 + code for code in range(0x20) if code != 9} | {0x7F: 0x2421}
_UNFIT: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
# Beside control characters: what joins, hides or turns round what stands beside it, and half surrogates.
_STRANGE: Final = re.compile(
    "[\x80-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_STACKED: Final = 4
"""Marks that may stand on one character; further ones are shown beside it."""
_FAR: Final = 200
"""TextLines whose beginnings are put right at once after a list was opened or closed; the rest when it is looked at."""


class Layout:
    """Where each character of a line stands on the screen.

    ``shown`` has one character for each of the line's, none of which moves the cursor; tabs are still in it.
    """

    __slots__ = ("_ends", "shown", "width")

    def __init__(self, line: str) -> None:
        self.shown = line
        self._ends: array[int] | None = None
        if line.isascii() and line.isprintable():
            self.width = len(line)
            return
        if not line.isascii():
            self.shown = _STRANGE.sub(_REPLACED, line)
        if _UNFIT.search(line):
            self.shown = self.shown.translate(_PICTURES)
        self._ends = ends = array("I")
        at = stacked = 0
        crowded: list[int] = []
        for column, sign in enumerate(self.shown):
            cells = TAB - at % TAB if sign == "\t" else _width(sign)
            stacked = 0 if cells else stacked + 1
            if stacked > _STACKED:
                crowded.append(column)
                cells = 1
            at += cells
            ends.append(at)
        self.width = at
        if crowded:
            signs = list(self.shown)
            for column in crowded:
                signs[column] = _REPLACED
            self.shown = "".join(signs)

    def cell(self, column: int) -> int:
        """Return the cell a column begins at; the end of the line where it has no such column."""
        if column <= 0:
            return 0
        if self._ends is None:
            return min(column, self.width)
        return self._ends[min(column, len(self._ends)) - 1] if self._ends else 0

    def column(self, cell: int) -> int:
        """Return the column that covers a cell; the end of the line beyond it."""
        if self._ends is None:
            return max(0, min(cell, self.width))
        return bisect_right(self._ends, cell)

    def text(self, start: int, end: int) -> str:
        """Return what is shown of the columns from ``start`` up to ``end``, tabs as blanks."""
        text = self.shown[start:end]
        if "\t" in text:
            pieces = [
                " " * (self.cell(at + 1) - self.cell(at)) if sign == "\t" else sign
                for at, sign in enumerate(text, start)
            ]
            text = "".join(pieces)
        return text


@lru_cache(4096)
def _width(sign: str) -> int:
    return get_character_cell_size(sign)


class TextLines(DocumentParts, Document):
    """The lines, and what is known of each.

    All line ends are ``newline``: CR LF where the whole text has it so, else LF, and a CR that stands before some of
    them belongs to its line.
    """

    def __init__(self, text: str) -> None:
        ends = text.count("\n")
        newline: Newline = "\r\n" if ends and ends == text.count("\r\n") else "\n"
        self.keep(text.split(newline), newline)
        self._text: str | None = text
        count = len(self.lines)
        self._states: list[LexerState | None] = [None] * count
        """What each line begins in, None where it is not known; never known of those that begin a statement."""
        self.problems: list[tuple[Problem, ...]] = [()] * count
        """The problems of each line."""
        self._widths, self._layouts = _measure(self.lines)
        self.width = max(self._widths)
        """Cells of the longest line."""
        self.touched: tuple[int, int | None] | None = None
        """First and last line to paint anew since :meth:`take_touched`; no last one: all that follow."""

    @property
    def text(self) -> str:
        """The whole text, byte for byte what it was made from as long as nothing is edited."""
        if self._text is None:
            self._text = self.newline.join(self.lines)
        return self._text

    def get_size(self, tab_width: int) -> Size:  # noqa: ARG002 - tabs are as wide as TAB says
        """Cells of the longest line, and the number of lines."""
        return Size(self.width, len(self.lines))

    def layout(self, row: int) -> Layout:
        """Return where the characters of a line stand."""
        layout = self._layouts[row]
        if layout is None:
            layout = self._layouts[row] = Layout(self.lines[row])
        return layout

    def state(self, row: int) -> LexerState:
        """Return what a line begins in; found from the nearest line above that tells, and kept."""
        known, lines = self._states, self.lines
        first = row
        while first and known[first] is None and not begins_statement(lines[first]):
            first -= 1
        state = known[first] or CLOSED
        for at in range(first, row):
            state = known[at + 1] = follow(lines[at], state)
        return state

    def replace_range(self, start: Location, end: Location, text: str) -> EditResult:
        """Replace what stands from ``start`` up to ``end``; all edits, undone ones too, come through here."""
        (top, left), (bottom, right) = sorted((start, end))
        replaced = self.get_text_range((top, left), (bottom, right))
        lines = self.lines
        head = lines[top][:left] if top < len(lines) else ""
        tail = lines[bottom][right:] if bottom < len(lines) else ""
        fresh = text.replace("\r\n", "\n").split("\n") if self.newline != "\n" else text.split("\n")
        fresh[0] = head + fresh[0]
        column = len(fresh[-1])
        fresh[-1] += tail
        self._splice(top, min(bottom + 1, len(lines)), fresh)
        return EditResult((top + len(fresh) - 1, column), replaced)

    def take_touched(self) -> tuple[int, int | None] | None:
        """Return the lines to paint anew, told once."""
        touched, self.touched = self.touched, None
        return touched

    def _splice(self, top: int, bottom: int, fresh: Sequence[str]) -> None:
        count = len(fresh)
        leaving = max(self._widths[top:bottom], default=0)
        before = follow(self.lines[top - 1], self.state(top - 1)) if top else CLOSED
        kept = tuple(problem for problems in self.problems[top:bottom] for problem in problems)
        self._text = None
        self.lines[top:bottom] = fresh
        widths, self._layouts[top:bottom] = _measure(fresh)
        self._widths[top:bottom] = widths
        self._states[top:bottom] = [None] * count
        self.problems[top:bottom] = [kept, *[()] * (count - 1)]
        arriving = max(widths)
        if arriving >= self.width:
            self.width = arriving
        elif leaving == self.width:
            self.width = max(self._widths)
        last = self._follow(before, top, top + count)
        self._touch(top, None if count != bottom - top else last)

    def _follow(self, state: LexerState, top: int, after: int) -> int | None:
        """Put the states right from an edit on; returns the last line that looks different (None: to the end)."""
        lines, states = self.lines, self._states
        end = min(len(lines), after + _FAR)
        for row in range(top, end):
            known = states[row]
            begins = begins_statement(lines[row])
            if row >= after and (begins or known is None or known == state):
                return row - 1
            states[row] = None if begins else state
            state = follow(lines[row], state)
        if end == len(lines):
            return end - 1
        states[end:] = [None] * (len(states) - end)
        return None

    def _touch(self, first: int, last: int | None) -> None:
        if self.touched is not None:
            before_first, before_last = self.touched
            first = min(first, before_first)
            last = None if last is None or before_last is None else max(last, before_last)
        self.touched = first, last


def _measure(lines: Sequence[str]) -> tuple[list[int], list[Layout | None]]:
    """Return the cells of each line, and where its characters stand if that had to be found out for it."""
    widths: list[int] = []
    layouts: list[Layout | None] = []
    for line in lines:
        layout = None if line.isascii() and line.isprintable() else Layout(line)
        widths.append(len(line) if layout is None else layout.width)
        layouts.append(layout)
    return widths, layouts


class Unwrapped(WrappedDocument):
    """The lines as they are, one below the other: nothing to keep up to date."""

    document: TextLines

    def __init__(self, document: TextLines) -> None:
        super().__init__(document, 0, TAB)

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Nothing is ever wrapped."""

    def wrap_range(self, start: Location, old_end: Location, new_end: Location) -> None:
        """Nothing is ever wrapped."""

    @property
    def height(self) -> int:
        """One row a line."""
        return self.document.line_count

    def offset_to_location(self, offset: Offset) -> Location:
        """Return the place at a cell."""
        x, y = offset
        row = max(0, min(y, self.document.line_count - 1))
        return row, self.document.layout(row).column(max(0, x))

    def location_to_offset(self, location: Location) -> Offset:
        """Return the cell of a place."""
        row = max(0, min(location[0], self.document.line_count - 1))
        return Offset(self.document.layout(row).cell(location[1]), row)

    def get_target_document_column(self, line_index: int, x_offset: int, y_offset: int) -> int:  # noqa: ARG002
        """Return the column at a cell of a line."""
        return self.document.layout(line_index).column(x_offset)

    def get_sections(self, line_index: int) -> list[str]:
        """Return the line itself."""
        return [self.document[line_index]]

    def get_offsets(self, line_index: int) -> list[int]:  # noqa: ARG002
        """Nowhere."""
        return []


class UndoSteps(DocumentNavigator):
    """Where the cursor goes: up and down in the column it came from."""

    def __init__(self, view: Unwrapped) -> None:
        super().__init__(view)
        self._view = view

    def get_location_above(self, location: Location) -> Location:
        """Return the line above; the start of the text from the first."""
        return self._beside(location, -1) if location[0] else (0, 0)

    def get_location_below(self, location: Location) -> Location:
        """Return the line below; the end of the text from the last."""
        if self.is_last_document_line(location):
            return self._view.document.end
        return self._beside(location, 1)

    def get_location_at_y_offset(self, location: Location, vertical_offset: int) -> Location:
        """So many lines away, or as far as there are."""
        return self._beside(location, vertical_offset)

    def _beside(self, location: Location, step: int) -> Location:
        x = max(self._view.location_to_offset(location).x, self.last_x_offset)
        return self._view.offset_to_location(Offset(x, location[0] + step))
