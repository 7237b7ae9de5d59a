"""A guest's screen: what the emulator holds, painted by line; keys go to the guest."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual import events
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from xentui.console.hub import LiveConsole
from xentui.console.session import Phase
from xentui.terminal import Emulator, MouseEvent, Run
from xentui.tui.consoles.painting import strip_of
from xentui.tui.consoles.selection import Cell, ConsoleSelection
from xentui.tui.input.key_parser import LONGEST_PASTE
from xentui.tui.input.typed_keys import LongPaste, UnknownSequence
from xentui.tui.widgets.styled_line import part

_WHEEL = 3
_BETWEEN_BELLS = 0.5
"""Seconds between two bells: a guest may ring without end, over a line that is slow."""


def _nothing() -> None:
    """What stops where nothing listens."""


class ConsoleView(Widget, can_focus=True):
    """Shows one console.

    ``looking`` is whether keys move in the scrollback instead of being typed into the guest.  A screen that is
    taller than the widget follows the cursor; a shorter one has the scrollback above it.
    """

    COMPONENT_CLASSES = {"console-view--cursor", "console-view--selection", "console-view--match"}
    looking = reactive(False, repaint=False)

    class Left(Message):
        """The leave key was pressed."""

    class Rang(Message):
        """The guest in sight has rung the bell; told at most twice a second."""

    class Changed(Message):
        """What there is to say about the console has changed: its state, the place in the scrollback."""

    class Wanted(Message):
        """Enter on a console that has ended: attach again."""

    class Pasted(Message):
        """Text of several lines was pasted; it is typed only when the user agrees."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Refused(Message):
        """Text that was pasted is not typed, and why."""

        def __init__(self, reason: str) -> None:
            super().__init__()
            self.reason = reason

    class Copied(Message):
        """Text was selected with the mouse."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, leave_key: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self.console: LiveConsole | None = None
        self.leave_key = leave_key
        self.selection = ConsoleSelection()
        self.matches: list[tuple[int, int, int]] = []
        self._offset = 0
        """Lines of the screen above the widget while it is live."""
        self._top: int | None = None
        """The row at the top while scrolled back, None while live."""
        self._cursor = (0, 0)
        self._above: tuple[int, list[Run]] = (0, [])
        """The length of the scrollback and its newest row, as they were last painted."""
        self._dragging = False
        self._guest_button = 0
        """The mouse button that was pressed on the guest's screen and is held, from 1."""
        self._last_move = (-1, -1, 0)
        """Where the mouse was last told of, and its button."""
        self._spoken = False
        """Whether the guest has written something since it is shown."""
        self._bells = 0
        """How often the guest had rung the bell when it was last looked at."""
        self._rang = -_BETWEEN_BELLS
        self._unlisten: Callable[[], None] = _nothing

    @property
    def emulator(self) -> Emulator | None:
        """The emulator of the console shown."""
        return self.console.session.emulator if self.console is not None else None

    def show(self, console: LiveConsole | None) -> None:
        """Show another console, or none."""
        if console is self.console:
            return
        self._unlisten()
        self._unlisten = self._listen(console) if console is not None else _nothing
        self.console = console
        self._bells = console.session.emulator.bells if console is not None else 0
        self.looking = self._spoken = False
        self.live()

    def _listen(self, console: LiveConsole) -> Callable[[], None]:
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
            self._ring(emulator)
        if self._top is not None:
            emulator.changed_lines()
            self.post_message(self.Changed())
            return
        if not self._spoken:
            self._spoken = True
            self.post_message(self.Changed())
        before, self._cursor = self._cursor, emulator.cursor
        lines = emulator.changed_lines()
        self._place_cursor(emulator)
        if self._follow() or self._scrolled(emulator) or len(lines) >= emulator.lines:
            self.refresh()
            return
        shown = {*lines, before[0], self._cursor[0]} if before != self._cursor else set(lines)
        top = self._first_row() - emulator.history_length
        regions = [
            Region(0, line - top, self.size.width, 1) for line in shown if 0 <= line - top < self.size.height
        ]
        if regions:
            self.refresh(*regions)

    def _ring(self, emulator: Emulator) -> None:
        """Tell of a bell that has been rung since the last output."""
        before, self._bells = self._bells, emulator.bells
        now = time.monotonic()
        if self._bells != before and now - self._rang >= _BETWEEN_BELLS:
            self._rang = now
            self.post_message(self.Rang())

    def on_ended(self, _console: object) -> None:
        """The bar says so."""
        self.refresh()
        self.post_message(self.Changed())

    def _place_cursor(self, emulator: Emulator) -> None:
        """Let the terminal's own cursor stand, unseen, where the guest's is painted.

        Input methods and screen readers look there, and it is where the next character goes as a rule.
        """
        line = emulator.cursor[0] + emulator.history_length - self._first_row()
        if self.has_focus and 0 <= line < self.size.height:
            self.app.cursor_position = self.content_region.offset + Offset(emulator.cursor[1], line)

    def _scrolled(self, emulator: Emulator) -> bool:
        """Whether the scrollback in sight above the screen has moved."""
        before, length = self._above, emulator.history_length
        self._above = (length, emulator.row_runs(length - 1) if length and self._offset < 0 else [])
        return self._above != before and self._offset < 0

    # Painting

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        emulator, base = self.emulator, self.rich_style
        if emulator is None:
            return Strip.blank(self.size.width, base)
        row = self._first_row() + y
        if not 0 <= row < emulator.history_length + emulator.lines:
            return Strip.blank(self.size.width, base)
        marked = [
            (start, end, part(self, "console-view--match")) for at, start, end in self.matches if at == row
        ]
        if span := self.selection.span(row, emulator.columns):
            marked.append((*span, part(self, "console-view--selection")))
        if (cursor := self._cursor_column(row)) is not None:
            marked.append((cursor, cursor + 1, part(self, "console-view--cursor")))
        return strip_of(
            emulator.row_runs(row),
            self.size.width,
            base,
            marked=marked,
            screen_reversed=emulator.reverse_screen,
        )

    def _cursor_column(self, row: int) -> int | None:
        emulator = self.emulator
        if emulator is None or not self.has_focus:
            return None
        if self.looking:
            return self.selection.cursor.column if self.selection.cursor.row == row else None
        line, column = emulator.cursor
        alive = self.console is not None and self.console.session.phase is Phase.OPEN
        return column if alive and emulator.cursor_visible and line + emulator.history_length == row else None

    def _first_row(self) -> int:
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

    def scroll_rows(self, rows: int) -> None:
        """Scroll back (negative) or on; at the end the view is live again, unless the user looks around."""
        emulator = self.emulator
        if emulator is None:
            return
        last = max(0, emulator.history_length + emulator.lines - self.size.height)
        top = max(0, min(self._first_row() + rows, last))
        self._top = None if top >= last and not self.looking else top
        if self._top is None:
            self._follow()
        self.refresh()
        self.post_message(self.Changed())

    def reveal(self, place: Cell) -> None:
        """Move the cursor of the scrollback to a place and show it."""
        self.selection.move(place)
        height = self.size.height
        first = self._first_row()
        if not first <= place.row < first + height:
            self.scroll_rows(place.row - first - (height // 2 if abs(place.row - first) > height else 0))
        self.refresh()

    # Input

    @property
    def types(self) -> bool:
        """Whether keys are typed into a guest."""
        return not self.looking and self.console is not None and not self.console.ended

    async def on_key(self, event: events.Key) -> None:
        """Type into the guest; while looking around, keys are the bindings' business."""
        if self.looking or self.console is None or self.emulator is None:
            return
        event.stop()
        event.prevent_default()
        if event.key == self.leave_key:
            self.post_message(self.Left())
            return
        if self.console.ended:
            if event.key == "enter":
                self.post_message(self.Wanted())
            elif event.key == "escape":
                self.post_message(self.Left())
            return
        if isinstance(event, UnknownSequence):
            data = event.sequence.encode()
        else:
            data = self.emulator.key(event.key, event.character)
        if data:
            if self._top is not None:
                self.live()
            if self.console.session.read_only:
                self.post_message(self.Refused("nothing is typed into the guest: this session is read-only"))
                return
            self.console.session.write(data)

    def on_paste(self, event: events.Paste) -> None:
        """Type what was pasted; several lines are asked about first."""
        event.stop()
        if self.console is None or self.looking:
            return
        if self.console.session.read_only:
            self.post_message(self.Refused("nothing is typed into the guest: this session is read-only"))
            return
        if isinstance(event, LongPaste):
            self.post_message(
                self.Refused(f"pasted text of more than {LONGEST_PASTE:,} characters: not typed")
            )
            return
        if "\n" in event.text.strip("\n") or "\r" in event.text.strip("\r\n"):
            self.post_message(self.Pasted(event.text))
        else:
            self.type(event.text)

    def type(self, text: str) -> None:
        """Type text into the guest as a paste."""
        if self.console is None or self.emulator is None:
            return
        session = self.console.session
        dropped = session.dropped_input
        session.write(self.emulator.paste(text))
        if session.dropped_input != dropped:
            self.post_message(
                self.Refused("the pasted text is not typed: the guest reads too slowly for as much")
            )

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back, or tell a guest that wants to know."""
        event.stop()
        if self._wanted_by_guest(event):
            self._to_guest(event, 64, "press")
        else:
            self.scroll_rows(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll on, or tell a guest that wants to know."""
        event.stop()
        if self._wanted_by_guest(event):
            self._to_guest(event, 65, "press")
        else:
            self.scroll_rows(_WHEEL)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select; with a guest that uses the mouse, while Shift is held."""
        if self._wanted_by_guest(event):
            if self._to_guest(event, event.button - 1, "press"):
                self._guest_button = event.button
                self.capture_mouse()
            return
        self.selection.begin(self._place(event))
        self._dragging = True
        self.capture_mouse()
        self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select on, or tell a guest that wants to know."""
        if self._dragging:
            self.selection.move(self._place(event))
            self.refresh()
        elif (int(event.x), int(event.y), event.button) != self._last_move:
            self._last_move = (int(event.x), int(event.y), event.button)
            if self._wanted_by_guest(event):
                self._to_guest(event, event.button - 1 if event.button else 3, "move")

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """What is selected is copied."""
        if self._guest_button:
            self._to_guest(event, event.button - 1, "release")
            self._guest_button = 0
            self.release_mouse()
        if not self._dragging:
            return
        self._dragging = False
        self.release_mouse()
        if (text := self.selected_text()) and not self.selection.empty:
            self.post_message(self.Copied(text))
        if not self.looking:
            self.selection.clear()
        self.refresh()

    def selected_text(self) -> str:
        """The text between the ends of the selection."""
        emulator = self.emulator
        if emulator is None or self.selection.anchor is None:
            return ""
        start, end = self.selection.ends()
        return emulator.copy((start.row, start.column), (end.row, end.column + 1))

    def _place(self, event: events.MouseEvent) -> Cell:
        return Cell(self._first_row() + int(event.y), int(event.x))

    def _wanted_by_guest(self, event: events.MouseEvent) -> bool:
        """Whether the mouse is the guest's: it has asked for it, and Shift is not held."""
        emulator = self.emulator
        wanted = self.types and emulator is not None and emulator.mouse_mode
        return bool(wanted) and (not event.shift or bool(self._guest_button))

    def _to_guest(self, event: events.MouseEvent, button: int, action: str) -> bool:
        """Tell the guest of a mouse event; False outside of its screen, which what is held down does not leave."""
        emulator = self.emulator
        if emulator is None or self.console is None:
            return False
        line, column = int(event.y) + self._first_row() - emulator.history_length, int(event.x)
        if self._guest_button:
            line = max(0, min(line, emulator.lines - 1))
            column = max(0, min(column, emulator.columns - 1))
        if not (0 <= line < emulator.lines and 0 <= column < emulator.columns):
            return False
        told = MouseEvent(button, action, line, column, event.shift, event.meta, event.ctrl)
        self.console.session.write(emulator.mouse(told))
        return True

    def on_resize(self) -> None:
        """Another height shows other rows, from the first where the cursor is in sight then."""
        self._offset = 0
        self._follow()
        if self.console is not None:
            self.console.seen()
        if self.looking:
            self.reveal(self.selection.cursor)
        self.refresh()

    def on_focus(self) -> None:
        """The cursor shows where typing goes."""
        self._tell_focus(gained=True)

    def on_blur(self) -> None:
        """The cursor is hidden."""
        self._tell_focus(gained=False)

    def _tell_focus(self, *, gained: bool) -> None:
        if (
            self.console is not None
            and self.emulator is not None
            and (data := self.emulator.focus(gained=gained))
        ):
            self.console.session.write(data)
        self.refresh()

    def get_content_width(self, _container: Size, _viewport: Size) -> int:
        """A guest's console is 80 columns wide, which it cannot be told otherwise."""
        return 80
