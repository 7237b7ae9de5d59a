"""One row of cells as two strings: its characters and its styles.

Strings make writing a slice, comparing a row with what was painted one comparison, and the scrollback compact:
a row that scrolls away is kept as it is.
"""

from __future__ import annotations

from collections.abc import Container

from xentui.terminal.style import PLAIN

RIGHT_HALF = "\0"
"""Stands in ``Row.text`` for the right half of a wide character; never leaves this package."""
MARKS_PER_CELL = 4

Marks = dict[int, str]


class Row:
    """A row; ``text`` and ``styles`` may be shorter than the screen, the rest being blank and plain.

    ``wrapped`` says that the row's line goes on in the next row.  ``marks`` are combining characters by column.
    """

    __slots__ = ("marks", "styles", "text", "wrapped")

    def __init__(
        self, text: str = "", styles: str = "", marks: Marks | None = None, *, wrapped: bool = False
    ) -> None:
        self.text = text
        self.styles = styles
        self.marks = marks
        self.wrapped = wrapped

    def put(self, column: int, text: str, looks: str) -> None:
        """Write over the cells from ``column`` on; ``looks`` is one style for all of them, or one for each."""
        count = len(text)
        end = column + count
        old = self.text
        if column >= len(old):
            self.text = old.ljust(column) + text
        else:
            if RIGHT_HALF in old:
                old = halved(old, column, end)
            self.text = f"{old[:column]}{text}{old[end:]}"
            if self.marks:
                self._drop_marks(column, end)
        styles = self.styles
        # Most of what is written is plain and goes where nothing is: that costs one comparison.
        if column < len(styles):
            each = looks if len(looks) == count else looks * count
            self.styles = f"{styles[:column]}{each}{styles[end:]}"
        elif looks != PLAIN and looks.strip(PLAIN):
            each = looks if len(looks) == count else looks * count
            self.styles = styles.ljust(column, PLAIN) + each

    def erase(self, start: int, end: int, blank: str, columns: int) -> None:
        """Blank the cells from ``start`` up to ``end``; to the end of the row it also ends the line."""
        if end < columns:
            self.put(start, " " * (end - start), blank)
            return
        text = self.text
        if start < len(text):
            self.text = (halved(text, start, end) if RIGHT_HALF in text else text)[:start]
            if self.marks:
                self._drop_marks(start, end)
        styles = self.styles[:start]
        self.styles = styles if blank == PLAIN else styles.ljust(start, PLAIN) + blank * (columns - start)
        self.wrapped = False

    def erase_except(self, protected: Container[str], start: int, end: int, blank: str) -> None:
        """Blank the cells from ``start`` up to ``end`` but those of ``protected`` styles."""
        text = halved(self.text, start, end).ljust(end)
        styles = self.styles.ljust(end, PLAIN)
        kept = [style in protected for style in styles[start:end]]
        cells = zip(kept, text[start:end], styles[start:end], strict=True)
        erased = [(sign, style) if keep else (" ", blank) for keep, sign, style in cells]
        self.text = text[:start] + "".join(sign for sign, _ in erased) + text[end:]
        self.styles = styles[:start] + "".join(style for _, style in erased) + styles[end:]
        if self.marks:
            gone = {start + offset for offset, keep in enumerate(kept) if not keep}
            self.marks = {at: signs for at, signs in self.marks.items() if at not in gone} or None

    def part(self, start: int, end: int) -> Row:
        """Return a copy of some cells, as a row of its own."""
        text = halved(self.text, start, end)[start:end].ljust(end - start)
        marks = {at - start: signs for at, signs in (self.marks or {}).items() if start <= at < end}
        return Row(text, self.styles[start:end].ljust(end - start, PLAIN), marks or None)

    def overlay(self, start: int, end: int, part: Row) -> None:
        """Put a :meth:`part` of another row in the place of cells."""
        self.put(start, part.text, PLAIN)
        self.styles = self.styles[:start].ljust(start, PLAIN) + part.styles + self.styles[end:]
        if part.marks:
            self.marks = {**(self.marks or {}), **{at + start: signs for at, signs in part.marks.items()}}

    def splice(self, start: int, end: int, text: str, styles: str, marks: Marks | None) -> None:
        """Put the same cells of another row, given by what it consists of, in the place of these."""
        own = self.text
        if RIGHT_HALF in own:
            own = halved(own, start, end)
        if RIGHT_HALF in text:
            text = halved(text, start, end)
        self.text = own[:start].ljust(start) + text[start:end].ljust(end - start) + own[end:]
        own = self.styles
        if own or styles:
            middle = styles[start:end].ljust(end - start, PLAIN)
            self.styles = own[:start].ljust(start, PLAIN) + middle + own[end:]
        if marks or self.marks:
            kept = {at: signs for at, signs in (self.marks or {}).items() if not start <= at < end}
            kept.update((at, signs) for at, signs in (marks or {}).items() if start <= at < end)
            self.marks = kept or None

    def insert(self, column: int, count: int, blank: str, columns: int) -> None:
        """Insert blanks, pushing cells out before column ``columns``, or at the end of the row."""
        if columns < max(len(self.text), len(self.styles)):
            part = self.part(column, columns)
            part.insert(0, count, blank, columns - column)
            self.overlay(column, columns, part.filled(columns - column))
            return
        count = min(count, columns - column)
        text = self.text
        if column < len(text):
            if RIGHT_HALF in text:
                text = halved(halved(text, column, column), columns - count, columns)
            self.text = (text[:column] + " " * count + text[column:])[:columns]
        styles = self.styles
        if column < len(styles) or blank != PLAIN:
            styles = styles.ljust(column, PLAIN)
            self.styles = (styles[:column] + blank * count + styles[column:])[:columns]
        if self.marks:
            self._drop_marks(columns - count, columns)
            self._move_marks(column, count)

    def delete(self, column: int, count: int, blank: str, columns: int) -> None:
        """Take cells out, blanks coming in before column ``columns``, or at the end of the row."""
        if columns < max(len(self.text), len(self.styles)):
            part = self.part(column, columns)
            part.delete(0, count, blank, columns - column)
            self.overlay(column, columns, part.filled(columns - column))
            return
        count = min(count, columns - column)
        text = self.text
        if column < len(text):
            if RIGHT_HALF in text:
                text = halved(text, column, column + count)
            self.text = text[:column] + text[column + count :]
        styles = self.styles
        if column < len(styles) or blank != PLAIN:
            styles = styles[:column] + styles[column + count :]
            self.styles = styles if blank == PLAIN else styles.ljust(columns - count, PLAIN) + blank * count
        if self.marks:
            self._drop_marks(column, column + count)
            self._move_marks(column, -count)
        self.wrapped = False

    def filled(self, columns: int) -> Row:
        """This row with text and styles as long as ``columns``."""
        self.text = self.text.ljust(columns)
        self.styles = self.styles.ljust(columns, PLAIN)
        return self

    def mark(self, column: int, character: str) -> None:
        """Put a combining character on a cell; a cell bears ``MARKS_PER_CELL`` of them at most."""
        if column >= len(self.text):
            self.text = self.text.ljust(column + 1)
        if self.text[column] == RIGHT_HALF:
            column -= 1
        if self.marks is None:
            self.marks = {}
        marks = self.marks.get(column, "")
        if len(marks) < MARKS_PER_CELL:
            self.marks[column] = marks + character

    def cut(self, columns: int) -> None:
        """Lose what does not fit a narrower screen."""
        if len(self.text) > columns:
            self.text = halved(self.text, columns, len(self.text))[:columns]
            if self.marks:
                self._drop_marks(columns, max(self.marks) + 1)
        self.styles = self.styles[:columns]
        self.wrapped = False

    def slice(self, start: int, end: int) -> str:
        """Return the characters of some cells with their marks; a wide one is there if its left half is."""
        text = self.text[start:end].ljust(end - start)
        if self.marks:
            text = "".join(sign + self.marks.get(start + offset, "") for offset, sign in enumerate(text))
        return text.replace(RIGHT_HALF, "")

    def shown(self) -> str:
        """Return the row's characters without the blanks at its end."""
        return self.slice(0, len(self.text)).rstrip(" ")

    def is_blank(self) -> bool:
        """Return whether nothing shows."""
        return not self.styles.strip(PLAIN) and not self.text.strip(" ") and not self.marks

    def look(self, columns: int) -> tuple[str, str, str]:
        """Return all that shows, equal for rows that look the same."""
        marks = "" if not self.marks else repr(sorted(self.marks.items()))
        return self.text.ljust(columns), self.styles.ljust(columns, PLAIN), marks

    def _drop_marks(self, start: int, end: int) -> None:
        assert self.marks is not None  # noqa: S101 - for the type checker; callers look first
        self.marks = {at: marks for at, marks in self.marks.items() if not start <= at < end} or None

    def _move_marks(self, column: int, by: int) -> None:
        if self.marks:
            self.marks = {at + by if at >= column else at: marks for at, marks in self.marks.items()}


Entry = str | Row
"""A row as it is kept once it has scrolled away: its bare text if it has neither looks, marks nor continuation."""


def entry_of(row: Row) -> Entry:
    """Return the compact form of a row."""
    return row if row.styles or row.wrapped or row.marks else row.text


def row_of(entry: Entry) -> Row:
    """Return the row of a compact form."""
    return Row(entry) if isinstance(entry, str) else entry


def halved(text: str, start: int, end: int) -> str:
    """``text`` with the wide characters blanked that lie half inside and half outside of ``start``–``end``."""
    for edge in (start, end):
        if 0 < edge < len(text) and text[edge] == RIGHT_HALF:
            text = text[: edge - 1] + "  " + text[edge + 1 :]
    return text
