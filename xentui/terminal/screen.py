"""The screen: rows, cursor, scroll region and what drawing, wrapping and scrolling do to them."""

from __future__ import annotations

from xentui.frozen import dataclass
from xentui.terminal.charsets import Charsets
from xentui.terminal.modes import Modes
from xentui.terminal.row import RIGHT_HALF, Row
from xentui.terminal.scrollback import Scrollback
from xentui.terminal.style import PLAIN
from xentui.terminal.styling import Styling
from xentui.terminal.tabs import TabStops
from xentui.terminal.widths import DROPPED, NARROW, SOFT_HYPHEN, WIDE, width

_REPLIES_LIMIT = 4096
LARGEST = 1000
"""Columns and lines a screen may have."""


@dataclass(frozen=True, slots=True)
class SavedCursor:
    """What DECSC keeps."""

    line: int = 0
    column: int = 0
    pending_wrap: bool = False
    style: str = PLAIN
    origin: bool = False
    charsets: Charsets | None = None


class Screen(Styling):
    """A main and an alternate screen with the state that control functions work on.

    ``line`` and ``column`` are the cursor's, from 0; ``pending_wrap`` is set while it waits behind the last
    column.  ``top``, ``bottom``, ``left`` and ``right`` are the edges of the scroll region, which guests narrow by
    DECSTBM and, rarely, by DECSLRM.
    """

    def __init__(self, columns: int, lines: int, history: int) -> None:
        super().__init__()
        self.columns = columns
        self.lines = lines
        self.scrollback = Scrollback(history, columns)
        self.title = ""
        self.bells = 0
        self.answers = bytearray()
        self.reset()

    def reset(self) -> None:
        """RIS: all as at power-on, but for the scrollback and the title."""
        self.modes = Modes()
        self.main = [Row() for _ in range(self.lines)]
        self.alternate: list[Row] | None = None
        self.rows = self.main
        self.line = self.column = 0
        self.pending_wrap = False
        self.widen_region()
        self.style_plainly()
        self.last_character = ""
        """What was written right before, ``""`` behind a control function."""
        self._brimful: tuple[int, int] | None = None
        """The last cell of a line where it was written without wrapping: the cursor stays on it."""
        self.saved_modes: dict[int, bool] = {}
        self.saved_main: SavedCursor | None = None
        self.saved_alternate: SavedCursor | None = None
        self.tab_stops = TabStops(self.columns)

    def widen_region(self) -> None:
        """Make the scroll region the whole screen."""
        self.top, self.bottom = 0, self.lines - 1
        self.set_margins(0, self.columns - 1)

    def set_margins(self, left: int, right: int) -> None:
        """Make these the first and last column of the scroll region."""
        self.left, self.right = left, right
        self.whole_width = right - left == self.columns - 1

    def edge(self) -> int:
        """Return the last column the cursor gets to: the region's, or behind that the screen's."""
        return self.right if self.column <= self.right else self.columns - 1

    # Drawing

    def draw(self, text: str) -> None:
        """Write printable characters at the cursor."""
        if self.charsets.current is not None:
            text = self.charsets.translate(text)
        if not (text.isascii() or NARROW.fullmatch(text)):
            self._draw_mixed(text)
            return
        column = self.column
        end = column + len(text)
        if end > self.right or self.pending_wrap or self.modes.insert:
            self._draw_narrow(text)
            return
        self.rows[self.line].put(column, text, self.style)
        self.column = end
        self._brimful = None
        self.last_character = text[-1]

    def room(self) -> int:
        """Return how many characters can be written that do nothing but stand there; 0 where they may do more."""
        if self.charsets.current is not None or self.pending_wrap or self.modes.insert:
            return 0
        return self.right - self.column

    def write(self, pieces: list[str], styles: list[str]) -> None:
        """Write what there is :meth:`room` for, each piece in its styles; empties the lists."""
        column = self.column
        text = pieces[0] if len(pieces) == 1 else "".join(pieces)
        self.rows[self.line].put(column, text, "".join(styles))
        self.column = column + len(text)
        self._brimful = None
        self.last_character = text[-1]
        pieces.clear()
        styles.clear()

    def _draw_narrow(self, text: str) -> None:
        """Write characters of one column each, wrapping and inserting as the modes have it."""
        self.last_character = text[-1]
        if not self.modes.autowrap and self.column + len(text) - 1 > self.edge():
            text = text[: self.edge() - self.column] + text[-1]
        position, count = 0, len(text)
        while position < count:
            if self.pending_wrap:
                self._wrap()
            column, edge = self.column, self.edge()
            piece = text[position : position + edge + 1 - column]
            cells = len(piece)
            self._put(column, piece, cells, edge)
            position += cells

    def _draw_mixed(self, text: str) -> None:
        """Write characters of any width: runs of narrow ones at once, the others one by one."""
        position = 0
        while position < len(text):
            run = NARROW.match(text, position)
            if run is not None:
                self._draw_narrow(run[0])
                position = run.end()
                continue
            run = WIDE.match(text, position)
            if run is not None:
                self._draw_wide(run[0])
                position = run.end()
                continue
            character = text[position]
            position += 1
            cells = width(character)
            if cells == 0:
                self._mark(character)
            elif cells == 1:
                self._draw_narrow("-" if character == SOFT_HYPHEN else character)
            elif cells != DROPPED:
                self._draw_wide(character)

    def _draw_wide(self, text: str) -> None:
        """Write characters of two columns each; one that does not fit behind the last column goes to the next line."""
        if self.right - self.left < 1:
            return
        if not self.modes.autowrap:
            text = text[: (self.edge() + 1 - self.column) // 2]
        position = 0
        while position < len(text):
            if self.pending_wrap or self.column == self.edge():
                self._wrap()
            column, edge = self.column, self.edge()
            piece = text[position : position + (edge + 1 - column) // 2]
            self.last_character = piece[-1]
            self._put(column, RIGHT_HALF.join(piece) + RIGHT_HALF, 2 * len(piece), edge)
            position += len(piece)

    def _mark(self, character: str) -> None:
        """Put a combining character on the cell written last."""
        behind = self.pending_wrap or self._brimful == (self.line, self.column)
        column = self.column if behind else self.column - 1
        if column >= 0:
            self.rows[self.line].mark(column, character)

    def _put(self, column: int, text: str, cells: int, edge: int) -> None:
        """Write what has room before the edge."""
        row, modes = self.rows[self.line], self.modes
        if modes.insert:
            row.insert(column, cells, PLAIN, edge + 1)
        row.put(column, text, self.style)
        column += cells
        if column <= edge:
            self.column, self.pending_wrap, self._brimful = column, False, None
        else:
            self.column, self.pending_wrap = edge, modes.autowrap
            self._brimful = None if modes.autowrap else (self.line, edge)

    def _wrap(self) -> None:
        """Carry out the wrap that waited for a further character."""
        self.pending_wrap = False
        if self.whole_width:
            self.rows[self.line].wrapped = True
        self.index()
        self.column = self.left

    def repeat(self, count: int) -> None:
        """REP: write the character again that is right before it.

        Past a screenful only as often as brings the cursor to where all of them would.
        """
        if not self.last_character:
            return
        most = self.columns * self.lines
        if count > most:
            count = most + (count - most) % max(1, (self.right - self.left + 1) // width(self.last_character))
        self._draw_mixed(self.last_character * count)

    # Lines

    def carriage_return(self) -> None:
        """CR: to the left edge of the region, or of the screen for a cursor left of the region."""
        self.column = self.left if self.column >= self.left or self.modes.origin else 0
        self.pending_wrap = False

    def line_feed(self) -> None:
        """LF, VT and FF: down a line, scrolling at the bottom; with LNM to its start too."""
        self.pending_wrap = False
        self.index()
        if self.modes.new_line:
            self.carriage_return()

    def index(self) -> None:
        """IND: down a line, scrolling at the bottom of the region."""
        line = self.line
        if line == self.bottom:
            if self.left <= self.column <= self.right:
                self.scroll_up(1)
        elif line < self.lines - 1:
            self.line = line + 1

    def reverse_index(self) -> None:
        """RI: up a line, scrolling at the top of the region."""
        self.pending_wrap = False
        if self.line == self.top:
            if self.left <= self.column <= self.right:
                self.scroll_down(self.top, 1)
        elif self.line > 0:
            self.line -= 1

    def new_row(self) -> Row:
        """Return an erased row, in the current background."""
        return Row() if self.blank == PLAIN else Row(styles=self.blank * self.columns)

    def scroll_up(self, count: int) -> None:
        """Move the region's rows up, empty ones coming in at its bottom.

        Rows that leave the main screen at its first line go to the scrollback.
        """
        if self.top == 0 and self.rows is self.main and self.whole_width:
            if count == 1:
                self.scrollback.append(self.rows.pop(0))
                self.rows.insert(self.bottom, self.new_row())
                return
            for row in self.rows[: min(count, self.bottom + 1)]:
                self.scrollback.append(row)
        self.delete_rows(self.top, count)

    def delete_rows(self, top: int, count: int) -> None:
        """Take rows out at ``top`` for good, bringing empty ones in at the bottom of the region."""
        if count == 1 and self.whole_width:
            self.rows.pop(top)
            self.rows.insert(self.bottom, self.new_row())
            if top > 0:
                self.rows[top - 1].wrapped = False
            return
        count = min(count, self.bottom - top + 1)
        kept = self.rows[top + count : self.bottom + 1]
        self._replace(top, kept + [self.new_row() for _ in range(count)])

    def scroll_down(self, top: int, count: int) -> None:
        """Bring empty rows in at ``top``, taking rows out at the bottom of the region."""
        count = min(count, self.bottom - top + 1)
        kept = self.rows[top : self.bottom + 1 - count]
        self._replace(top, [self.new_row() for _ in range(count)] + kept)

    def _replace(self, top: int, rows: list[Row]) -> None:
        """Put other rows into the region from ``top`` on; lines no longer go on across its edges."""
        if not self.whole_width:
            sources = [(row.text, row.styles, row.marks) for row in rows]
            for row, source in zip(self.rows[top : self.bottom + 1], sources, strict=True):
                row.splice(self.left, self.right + 1, *source)
            return
        if top > 0:
            self.rows[top - 1].wrapped = False
        rows[-1].wrapped = False
        self.rows[top : self.bottom + 1] = rows

    # Cursor

    def move_to(self, line: int, column: int) -> None:
        """Put the cursor there, or as far as the screen goes (in origin mode the region, from its corner)."""
        last, edge = self.lines - 1, self.columns - 1
        if self.modes.origin:
            line += self.top
            column += self.left
            last, edge = self.bottom, self.right
        self.line = line if line <= last else last
        self.column = column if column <= edge else edge
        self.pending_wrap = False

    def tab(self, count: int) -> None:
        """To the next tab stop, ``count`` times; no farther than the edge."""
        if self.pending_wrap and self.modes.more_fix:
            self._wrap()
        column = self.tab_stops.after(self.column, count, self.edge())
        if column != self.column:
            self.column = column
            self.pending_wrap = False

    def back_tab(self, count: int) -> None:
        """To the tab stop before, ``count`` times; in origin mode no farther than the left margin."""
        column = self.tab_stops.before(self.column, count)
        self.column = max(column, self.left) if self.modes.origin else column
        self.pending_wrap = False

    def save_cursor(self) -> None:
        """DECSC: position, looks, character sets and origin mode; each of the two screens keeps its own."""
        saved = SavedCursor(
            self.line,
            self.column,
            self.pending_wrap,
            self.style,
            self.modes.origin,
            self.charsets.copy(),
        )
        if self.rows is self.main:
            self.saved_main = saved
        else:
            self.saved_alternate = saved

    def restore_cursor(self) -> None:
        """DECRC; as after a reset if nothing was saved."""
        saved = (self.saved_main if self.rows is self.main else self.saved_alternate) or SavedCursor()
        self.line = min(saved.line, self.lines - 1)
        self.column = min(saved.column, self.columns - 1)
        self.pending_wrap = saved.pending_wrap and self.column == self.edge() and self.modes.autowrap
        self.modes.origin = saved.origin
        self.charsets = saved.charsets.copy() if saved.charsets else Charsets()
        self.set_style(saved.style)

    # Screens

    def show_alternate(self) -> None:
        if self.rows is self.main:
            if self.alternate is None:
                self.alternate = [Row() for _ in range(self.lines)]
            self.rows = self.alternate

    def show_main(self) -> None:
        self.rows = self.main

    def answer(self, data: bytes) -> None:
        """Queue an answer to the guest; a guest that asks without end is not heeded past 4 KiB unsent."""
        if len(self.answers) + len(data) <= _REPLIES_LIMIT:
            self.answers += data
