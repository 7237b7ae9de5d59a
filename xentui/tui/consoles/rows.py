"""A guest's screen and what has scrolled out of it: what the emulator holds, painted by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from xentui.commands.times import clock_time
from xentui.console.prompt import at_shell_prompt
from xentui.console.recorded import RecordedConsole
from xentui.console.row_times import RowTimes
from xentui.console.session import Phase
from xentui.console.shown_console import ShownConsole
from xentui.terminal import Emulator, Run
from xentui.tui.consoles.bell import GuestBell
from xentui.tui.consoles.direct import RowWriter, Surface
from xentui.tui.consoles.painting import strip_of
from xentui.tui.consoles.selection import ConsolePlace, ConsoleSelection
from xentui.tui.textual_compat.rendering import DirectLines
from xentui.tui.widgets.styled_line import part

_CLOCK = len("03:04:05 ")


def _nothing() -> None:
    """What stops where nothing listens."""


class ConsoleRows(DirectLines, Widget, can_focus=True):
    """Shows the rows of one console: its screen, or what has left it upwards.

    ``looking`` is whether keys move in the scrollback instead of being typed into the guest.  A screen that is
    taller than the widget follows the cursor; a shorter one has the scrollback above it.
    """

    COMPONENT_CLASSES = {
        "console-view--cursor",
        "console-view--selection",
        "console-view--match",
        "console-view--time",
    }
    looking = reactive(False, repaint=False)
    clock = reactive(False)
    """Whether the time of each row stands before it, where it is known: in a log, and in the scrollback."""

    surface: Surface | None = None
    """The terminal, where it shows the guest's cursor by its own; else that is a cell which is painted."""

    class Rang(Message):
        """The guest in sight has rung the bell; told at most twice a second."""

    class Changed(Message):
        """What there is to say about the console has changed: its state, the place in the scrollback."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.console: ShownConsole | None = None
        self.selection = ConsoleSelection()
        self.matches: list[tuple[int, int, int]] = []
        self._offset = 0
        """Lines of the screen above the widget while it is live."""
        self._top: int | None = None
        """The row at the top while scrolled back, None while live."""
        self._followed: tuple[ConsolePlace, int | None] | None = None
        """Where the cursor of the scrollback, and the row at the top, were put behind the guest's cursor."""
        self._roomless = False
        """Whether it was scrolled when there was no room yet, so that the row at the top is a guess."""
        self._cursor = (0, 0)
        self._above: tuple[int, list[Run]] = (0, [])
        """The length of the scrollback and its newest row, as they were last painted."""
        self._spoken = False
        """Whether the guest has written something since it is shown."""
        self._bell = GuestBell()
        self._waits = False
        """Whether the guest was at a shell prompt when it was last looked at."""
        self._writer = RowWriter()
        self._unlisten: Callable[[], None] = _nothing

    @property
    def emulator(self) -> Emulator | None:
        """The emulator of the console shown."""
        return self.console.session.emulator if self.console is not None else None

    @property
    def times(self) -> RowTimes | None:
        """When the rows came; None where that is not kept."""
        return getattr(self.console, "times", None)

    @property
    def clock_width(self) -> int:
        """Columns the times take."""
        return _CLOCK if self.clock and self.times is not None and (self.looking or self.is_log) else 0

    @property
    def is_log(self) -> bool:
        """Whether what is shown is a session of a log."""
        return isinstance(self.console, RecordedConsole)

    def show(self, console: ShownConsole | None) -> None:
        """Show another console, or none."""
        if console is self.console:
            return
        self._unlisten()
        self._unlisten = self._listen(console) if console is not None else _nothing
        self.console = console
        self._bell.hear(console.session.emulator if console is not None else None)
        self.looking = self._spoken = False
        self.clock = self.is_log and self.size.width >= _CLOCK + 80
        self.live()

    def _listen(self, console: ShownConsole) -> Callable[[], None]:
        stops = (console.listen(self), console.on_change(lambda _console: self._told()))

        def stop() -> None:
            for each in stops:
                each()

        return stop

    def _told(self) -> None:
        self.post_message(self.Changed())

    def on_unmount(self) -> None:
        """Listen no longer."""
        self._unlisten()

    # What the console tells

    def on_output(self, _console: object) -> None:
        """Paint the lines that have changed."""
        emulator = self.emulator
        if emulator is None or self.console is None:
            return
        if self.is_on_screen:
            self.console.seen()
            if self._bell.rung(emulator):
                self.post_message(self.Rang())
        if self._top is not None:
            emulator.changed_lines()
            if self.follows_guest:
                self.look_from_cursor(follow=True)
            self.post_message(self.Changed())
            return
        if not self._spoken:
            self._spoken = True
            self.post_message(self.Changed())
        if (waits := at_shell_prompt(emulator)) != self._waits:
            self._waits = waits
            self.post_message(self.Changed())
        before, self._cursor = self._cursor, emulator.cursor
        lines = emulator.changed_lines()
        if self.surface is not None:
            self.surface.point()
        if self._follow() or self._scrolled(emulator) or len(lines) >= emulator.lines:
            self._show(range(self.size.height))
            return
        shown = {*lines, before[0], self._cursor[0]} if before != self._cursor else set(lines)
        top = self.first_row() - emulator.history_length
        self._show([line - top for line in shown if 0 <= line - top < self.size.height])

    def _show(self, lines: Sequence[int]) -> None:
        """Have lines of the widget painted: straight on the terminal where nothing can lie above them."""
        if not lines:
            return
        if self._written_directly(lines):
            self.lines_shown()
        else:
            self.refresh(*(Region(0, line, self.size.width, 1) for line in lines))

    def _written_directly(self, lines: Sequence[int]) -> bool:
        emulator, surface, region = self.emulator, self.surface, self.content_region
        marked = self.looking or self.matches or self.selection.anchor is not None
        # What lies above a console belongs to a prompt, a dialog or the mouse, and has the focus or is another screen.
        if emulator is None or surface is None or marked or not self.has_focus or not self.uncovered:
            return False
        first, total = self.first_row(), emulator.history_length + emulator.lines
        if region.height < len(lines) or not 0 <= first <= first + max(lines) < total:
            return False
        rows = [(line, first + line) for line in lines]
        written = self._writer.rows(
            emulator,
            rows,
            region,
            base=self.rich_style,
            background=self.background_colors[1],
            filters=self.get_line_filters(),
            console=self.app.console,
        )
        surface.put_rows(written)
        return True

    def on_ended(self, _console: object) -> None:
        """The bar says so."""
        self.refresh()
        self.post_message(self.Changed())

    @property
    def cursor_place(self) -> Offset | None:
        """Where on the screen the guest's cursor is seen; None where it is not.

        The terminal's own stands there: input methods and screen readers look for it, and it costs next to nothing.
        """
        emulator = self.emulator
        if emulator is None or not self.has_focus or self.looking or not self._typed_at(emulator):
            return None
        line, column = emulator.cursor
        line += emulator.history_length - self.first_row()
        size = self.content_size
        if not (0 <= line < size.height and 0 <= column < size.width):
            return None
        return self.content_region.offset + Offset(column, line)

    def _typed_at(self, emulator: Emulator) -> bool:
        """Return whether the guest has a cursor to be seen."""
        return (
            emulator.cursor_visible and self.console is not None and self.console.session.phase is Phase.OPEN
        )

    def _scrolled(self, emulator: Emulator) -> bool:
        """Return whether the scrollback in sight above the screen has moved."""
        before, length = self._above, emulator.history_length
        self._above = (length, emulator.row_runs(length - 1) if length and self._offset < 0 else [])
        return self._above != before and self._offset < 0

    # Painting

    def render_line(self, y: int) -> Strip:
        """Return one line of the widget."""
        emulator, base = self.emulator, self.rich_style
        if emulator is None:
            return Strip.blank(self.size.width, base)
        row = self.first_row() + y
        if not 0 <= row < emulator.history_length + emulator.lines:
            return Strip.blank(self.size.width, base)
        marked = [
            (start, end, part(self, "console-view--match")) for at, start, end in self.matches if at == row
        ]
        if span := self.selection.span(row, emulator.columns):
            marked.append((*span, part(self, "console-view--selection")))
        if (cursor := self._cursor_column(row)) is not None:
            marked.append((cursor, cursor + 1, part(self, "console-view--cursor")))
        gutter = self.clock_width
        strip = strip_of(
            emulator.row_runs(row),
            self.size.width - gutter,
            base,
            marked=marked,
            screen_reversed=emulator.reverse_screen,
        )
        if not gutter:
            return strip
        shown = Segment(self._clock_of(row), base + part(self, "console-view--time"))
        return Strip([shown, *strip])

    def _clock_of(self, row: int) -> str:
        """Return the time a row came, in the width of the gutter."""
        moment = self.times.at(row) if self.times is not None else None
        return (clock_time(moment) if moment is not None else "").ljust(_CLOCK)

    def _cursor_column(self, row: int) -> int | None:
        emulator = self.emulator
        if emulator is None or not self.has_focus:
            return None
        if self.looking:
            return self.selection.cursor.column if self.selection.cursor.row == row else None
        if self.surface is not None:
            return None
        line, column = emulator.cursor
        return column if self._typed_at(emulator) and line + emulator.history_length == row else None

    def first_row(self) -> int:
        """Return the row at the top of the widget, 0 for the oldest of the scrollback."""
        emulator = self.emulator
        if emulator is None:
            return 0
        if self._top is not None:
            return self._top
        return emulator.history_length + self._offset

    def _follow(self) -> bool:
        """Keep the cursor's line in sight; returns whether the view has moved."""
        emulator = self.emulator
        if emulator is None:
            return False
        before, height = self._offset, max(1, self.size.height)
        if emulator.lines <= height:
            above = 0 if emulator.alternate_screen else min(height - emulator.lines, emulator.history_length)
            self._offset = -above
        else:
            line = emulator.cursor[0]
            low, high = line - height + 1, line
            self._offset = max(0, min(max(low, min(before, high)), emulator.lines - height))
        return self._offset != before

    # Scrollback

    @property
    def is_live(self) -> bool:
        """Whether the present screen is shown, nothing of the scrollback in its place."""
        return self._top is None

    @property
    def back(self) -> int:
        """How many rows the view is scrolled back; 0 while it is live."""
        emulator = self.emulator
        if emulator is None or self._top is None:
            return 0
        return emulator.history_length + emulator.lines - self.size.height - self._top

    def live(self) -> None:
        """Show the present screen."""
        self._top = None
        self.selection.clear()
        self._follow()
        if (emulator := self.emulator) is not None:
            emulator.changed_lines()
            self._cursor = emulator.cursor
            self._scrolled(emulator)
        self.refresh()
        self.post_message(self.Changed())

    def look_from_cursor(self, *, follow: bool) -> None:
        """Put the cursor of the scrollback where the guest's is; with ``follow`` it goes with that until one moves."""
        emulator = self.emulator
        if emulator is None:
            return
        if follow:
            self._top = None
            self._follow()
        line, column = emulator.cursor
        self.selection.move(ConsolePlace(emulator.history_length + line, column))
        self.scroll_rows(0)
        self._followed = (self.selection.cursor, self._top) if follow else None

    @property
    def follows_guest(self) -> bool:
        """Whether the cursor of the scrollback is still where it was put, and nothing is selected from there."""
        return (
            self.looking
            and self.selection.anchor is None
            and (self.selection.cursor, self._top) == self._followed
        )

    def scroll_rows(self, rows: int) -> None:
        """Scroll back (negative) or on; at the end the view is live again, unless the user looks around."""
        emulator = self.emulator
        if emulator is None:
            return
        self._roomless = not self.size.height
        last = max(0, emulator.history_length + emulator.lines - self.size.height)
        top = max(0, min(self.first_row() + rows, last))
        self._top = None if top >= last and not self.looking else top
        if self._top is None:
            self._follow()
        self.refresh()
        self.post_message(self.Changed())

    def reveal(self, place: ConsolePlace) -> None:
        """Move the cursor of the scrollback to a place and show it."""
        self.selection.move(place)
        height = self.size.height
        first = self.first_row()
        if not first <= place.row < first + height:
            self.scroll_rows(place.row - first - (height // 2 if abs(place.row - first) > height else 0))
        self.refresh()

    def on_resize(self) -> None:
        """Another height shows other rows, from the first where the cursor is in sight then."""
        follows = self.follows_guest
        self._offset = 0
        self._follow()
        if self.console is not None:
            self.console.seen()
        if self.looking:
            if self._roomless:
                self._roomless, self._top = False, None
                self._follow()
            self.scroll_rows(0)
            self.reveal(self.selection.cursor)
            if follows:
                self.look_from_cursor(follow=True)
        self.refresh()
        self._told()

    def get_content_width(self, _container: Size, _viewport: Size) -> int:
        """Return the width of a guest's console: 80 columns, it cannot be told otherwise."""
        return 80
