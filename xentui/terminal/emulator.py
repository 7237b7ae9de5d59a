"""The terminal emulator: bytes of a guest in, a screen of cells out.

It does no I/O, and nothing of it raises for what a guest sends: a VT220 with what xterm and the Linux console add
to it as far as guests use that.
"""

from __future__ import annotations

from xentui.terminal import keys
from xentui.terminal.painting import Changes, Run, runs_of
from xentui.terminal.parser import Parser
from xentui.terminal.resizing import resize
from xentui.terminal.row import Row
from xentui.terminal.screen import LARGEST, Screen
from xentui.terminal.searching import Match, find
from xentui.terminal.style import PLAIN, Cell

DEFAULT_HISTORY = 10_000


class Emulator:
    """A terminal of ``columns`` by ``lines`` cells that keeps ``history`` lines that scrolled away.

    Sizes are kept within 1–1000, the history within 0–100,000 lines.  Lines and columns count from 0.  Rows of
    the scrollback and the screen together are numbered from 0, the oldest; the screen's line 0 is row
    ``history_length``.

    Text is free of control characters and of characters that would change the direction or width of what is
    printed around them.
    """

    def __init__(self, columns: int = 80, lines: int = 24, history: int = DEFAULT_HISTORY) -> None:
        self._screen = Screen(_within(columns), _within(lines), history)
        self._parser = Parser(self._screen)
        self._changes = Changes()

    # Input and answers

    def feed(self, data: bytes) -> None:
        """Take what the guest wrote; it may begin and end anywhere, even inside a character."""
        self._parser.feed(data)

    def replies(self) -> bytes:
        """Return what is to be typed into the guest in answer to its questions (DA, DSR, CPR); asked for, it is
        gone.
        """
        answers = bytes(self._screen.answers)
        self._screen.answers.clear()
        return answers

    def resize(self, columns: int, lines: int) -> None:
        """Take another size: the main screen's lines are broken anew, the alternate screen's are cut."""
        columns, lines = _within(columns), _within(lines)
        if (columns, lines) != (self._screen.columns, self._screen.lines):
            resize(self._screen, columns, lines)

    # The screen

    @property
    def columns(self) -> int:
        """Columns of the screen."""
        return self._screen.columns

    @property
    def lines(self) -> int:
        """Lines of the screen."""
        return self._screen.lines

    @property
    def cursor(self) -> tuple[int, int]:
        """The cursor's line and column.  Waiting to wrap, it is in the last column."""
        return self._screen.line, self._screen.column

    @property
    def cursor_visible(self) -> bool:
        """Whether the guest shows the cursor."""
        return self._screen.modes.cursor_visible

    def text(self) -> list[str]:
        """Return the screen's lines, without the blanks at their ends."""
        return [row.shown() for row in self._screen.rows]

    def cell(self, line: int, column: int) -> Cell:
        """Return one cell.  Raises IndexError outside of the screen."""
        screen = self._screen
        if not (0 <= line < screen.lines and 0 <= column < screen.columns):
            raise IndexError(f"no cell {line},{column} on a screen of {screen.lines} by {screen.columns}")
        row = screen.rows[line]
        style = screen.styles[row.styles[column : column + 1] or PLAIN]
        return Cell(
            style.fg,
            style.bg,
            style.bold,
            style.dim,
            style.italic,
            style.underline,
            style.blink,
            style.reverse,
            style.hidden,
            style.strike,
            style.overline,
            style.protected,
            row.slice(column, column + 1),
        )

    def runs(self, line: int) -> list[Run]:
        """Return a line of the screen as runs of one look, all columns of it.  Raises IndexError outside of it.

        Reverse video of the whole screen (``reverse_screen``), hidden text and the cursor are the painter's.
        """
        return runs_of(self._screen.rows[line], self._screen.styles, self._screen.columns)

    def changed_lines(self) -> list[int]:
        """Return the lines that look otherwise than when last asked; all of them the first time and after a resize."""
        return self._changes.take(self._screen)

    # The scrollback

    @property
    def history_length(self) -> int:
        """Rows in the scrollback."""
        return len(self._screen.scrollback)

    @property
    def rows_gone(self) -> int:
        """Rows that were in the scrollback and are no more: numbers of rows begin behind them."""
        return self._screen.scrollback.gone

    def history_text(self) -> list[str]:
        """Return the scrollback, oldest row first, without the blanks at the rows' ends."""
        return self._screen.scrollback.texts()

    def row_runs(self, row: int) -> list[Run]:
        """Return a row of scrollback and screen together as runs of one look.  Raises IndexError outside of them."""
        return runs_of(self._row(row), self._screen.styles, self._screen.columns)

    def row_look(self, row: int) -> tuple[str, str, str]:
        """Return all that shows of such a row, equal for rows of this emulator that look the same."""
        return self._row(row).look(self._screen.columns)

    def search(self, wanted: str, *, match_case: bool = False, limit: int = 1000) -> list[Match]:
        """Return where ``wanted`` is in scrollback and screen, oldest first: the newest ``limit`` places."""
        entries = [*self._screen.scrollback.entries(), *self._screen.rows]
        return find(entries, wanted, match_case=match_case, limit=limit)

    def copy(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """Return the text from one place up to another, both as row (of scrollback and screen) and column.

        The cell at ``end`` is not part of it.  Rows of one line are joined as the guest wrote them.
        """
        total = self.history_length + self.lines
        first, last = max(0, start[0]), min(end[0], total - 1)
        parts: list[str] = []
        for number in range(first, last + 1):
            row = self._row(number)
            left = max(0, start[1]) if number == start[0] else 0
            right = max(left, min(end[1], self.columns)) if number == end[0] else self.columns
            text = row.slice(left, right)
            ends = number == last or not row.wrapped
            parts.append(text.rstrip(" ") + "\n" if ends else row.slice(left, min(right, len(row.text))))
        return "".join(parts).removesuffix("\n")

    # Modes and the like

    @property
    def title(self) -> str:
        """The window title the guest chose, made plain; ``""`` without one."""
        return self._screen.title

    @property
    def bells(self) -> int:
        """How often the guest has rung the bell."""
        return self._screen.bells

    @property
    def alternate_screen(self) -> bool:
        """Whether the alternate screen is shown (full-screen programs)."""
        return self._screen.rows is not self._screen.main

    @property
    def application_cursor(self) -> bool:
        """Whether arrow keys are to be sent as application keys (DECCKM)."""
        return self._screen.modes.application_cursor

    @property
    def application_keypad(self) -> bool:
        """Whether the keypad is to send application keys (DECKPAM)."""
        return self._screen.modes.application_keypad

    @property
    def bracketed_paste(self) -> bool:
        """Whether pasted text is to be put between marks."""
        return self._screen.modes.bracketed_paste

    @property
    def mouse_mode(self) -> int:
        """0, or which mouse events the guest wants: 9 presses, 1000 releases too, 1002 drags, 1003 all motion."""
        return self._screen.modes.mouse

    @property
    def focus_events(self) -> bool:
        """Whether the guest wants to know of the focus."""
        return self._screen.modes.focus_events

    @property
    def reverse_screen(self) -> bool:
        """Whether the whole screen is in reverse video."""
        return self._screen.modes.reverse_screen

    @property
    def origin_mode(self) -> bool:
        """Whether positions count from the corner of the scroll region (DECOM)."""
        return self._screen.modes.origin

    @property
    def usual_tab_stops(self) -> bool:
        """Whether there is a tab stop every eight columns and nowhere else."""
        return self._screen.tab_stops.usual(self._screen.columns)

    # The user's input, as the guest's modes want it

    def key(self, name: str, character: str | None = None) -> bytes:
        """Return the bytes of a key press; see :func:`xentui.terminal.keys.encode_key`."""
        modes = self._screen.modes
        return keys.encode_key(
            name,
            character,
            application_cursor=modes.application_cursor,
            application_keypad=modes.application_keypad,
            new_line=modes.new_line,
            backspace=b"\b" if modes.backspace_sends_bs else b"\x7f",
        )

    def paste(self, text: str) -> bytes:
        """Return the bytes of pasted text; see :func:`xentui.terminal.keys.encode_paste`."""
        return keys.encode_paste(text, bracketed=self._screen.modes.bracketed_paste)

    def mouse(self, event: keys.MouseEvent) -> bytes:
        """Return the bytes of a mouse event, none where the guest does not want it."""
        modes = self._screen.modes
        return keys.encode_mouse(event, mode=modes.mouse, sgr=modes.mouse_sgr)

    def focus(self, *, gained: bool) -> bytes:
        """Return the bytes of a change of focus, none where the guest does not want them."""
        if not self._screen.modes.focus_events:
            return b""
        return b"\x1b[I" if gained else b"\x1b[O"

    def _row(self, number: int) -> Row:
        above = len(self._screen.scrollback)
        if number < 0:
            raise IndexError(f"no row {number}")
        return self._screen.rows[number - above] if number >= above else self._screen.scrollback.row(number)


def _within(size: int) -> int:
    return max(1, min(size, LARGEST))
