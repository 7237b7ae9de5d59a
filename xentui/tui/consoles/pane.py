"""A console with the line that tells how to leave it, and the keys for looking around in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from xentui.console.recorded import RecordedConsole
from xentui.console.shown_console import ShownConsole
from xentui.errors import XentuiError
from xentui.tui.consoles.bar import ConsoleBar
from xentui.tui.consoles.guest_size import against_fit, fit
from xentui.tui.consoles.replay_control import ReplayControl
from xentui.tui.consoles.rows import ConsoleRows
from xentui.tui.consoles.scrollback_keys import BINDINGS, WHILE_LOOKING
from xentui.tui.consoles.scrollback_search import ScrollbackSearch
from xentui.tui.consoles.selection import ConsolePlace
from xentui.tui.consoles.view import ConsoleView
from xentui.tui.faults import FaultReporting
from xentui.tui.messages import Notice


class ConsolePane(FaultReporting, Vertical):
    """One console at a time; the tabs say which others there are."""

    BINDINGS: ClassVar[list[BindingType]] = list(BINDINGS)

    def __init__(
        self,
        *,
        leave_key: str,
        leave_shown: str,
        key_of: Callable[[str], str],
        search: Callable[[], None],
        named: Callable[[ShownConsole], str],
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._ask_search = search
        self.view = ConsoleView(leave_key=leave_key)
        self.search = ScrollbackSearch(self.view, ask=search, moved=self._draw)
        self.replays = ReplayControl(self.view, moved=self._draw, show_whole=self._show_whole)
        self.bar = ConsoleBar(
            self.view,
            self.search,
            self.replays,
            leave_shown=leave_shown,
            key_of=key_of,
            named=named,
            id="console-bar",
        )

    def compose(self) -> ComposeResult:
        """Yield the view, and the bar below it."""
        yield self.view
        yield self.bar

    @property
    def console(self) -> ShownConsole | None:
        """The console shown."""
        return self.view.console

    def show(self, console: ShownConsole | None, *, looking: bool = False, fresh: bool = False) -> None:
        """Show a console and give it the keys; ``fresh``: it was attached just now."""
        if console is not self.view.console:
            self.replays.stop()
        self.view.show(console)
        if console is not None:
            console.seen()
        self.look(looking, fresh=fresh)
        self._look_up_if_held()

    def look(self, looking: bool, *, fresh: bool = False) -> None:
        """Look around in the scrollback, or type; ``fresh``: what is there was printed since one asked to look."""
        view = self.view
        view.looking = looking
        if looking and view.emulator is not None:
            view.selection.clear()
            # What has printed nothing yet is waited for; else what one wants to read stands still.
            empty = not view.emulator.history_length and not any(view.emulator.text())
            view.look_from_cursor(follow=empty or fresh)
        elif not looking:
            view.matches = []
            view.live()
        self._draw()

    def _draw(self) -> None:
        self.bar.draw()

    def on_console_rows_changed(self, event: ConsoleRows.Changed) -> None:
        """The bar tells the state."""
        event.stop()
        self._look_up_if_held()
        self._draw()

    def _look_up_if_held(self) -> None:
        """Who looks around in nothing, as somebody else has the console, gets the keys for that."""
        console = self.console
        if self.view.follows_guest and console is not None and console.ended and console.shared:
            self.look(False)

    def on_console_view_refused(self, event: ConsoleView.Refused) -> None:
        """Say it."""
        event.stop()
        self.app.post_message(Notice(event.reason, severity="warning"))

    def on_descendant_focus(self) -> None:
        """Other keys are at hand."""
        self._draw()

    def on_descendant_blur(self) -> None:
        """Other keys are at hand."""
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's own
        """Return whether keys are for looking around: while one types, the guest gets them."""
        if action in ("replay", "speed") and self.replays.recorded is None:
            return False
        return self.view.looking if action in WHILE_LOOKING else True

    # Typing again

    def action_type(self) -> None:
        """Type into the guest again, or attach again to one that has ended."""
        self.look(False)
        self.screen.set_focus(self.view)
        if self.console is not None and self.console.ended and not self.console.shared:
            self.post_message(ConsoleView.Wanted())

    def action_leave(self) -> None:
        """Back to the list; from a replay, to all of the session."""
        if self.replays.replay is not None:
            self.replays.stop(whole=True)
            return
        self.look(False)
        self.view.post_message(ConsoleView.Left())

    def action_send_leave(self) -> None:
        """Send the leave key itself."""
        if self.console is None:
            return
        try:
            self.console.session.send_leave()
        except XentuiError as error:
            self.app.post_message(Notice.of(error))
            return
        self.action_type()

    def action_fit(self) -> None:
        """Give console and guest the size of the view, where a shell waits for a command."""
        console, size = self.console, self.view.size
        if console is None:
            return
        if reason := against_fit(console):
            self.app.post_message(Notice(f"cannot tell the guest its size: {reason}", severity="warning"))
            return
        fit(console, size.width, size.height)
        self.action_type()

    # Looking around

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor of the scrollback."""
        view, emulator = self.view, self.view.emulator
        if emulator is None:
            return
        if (replay := self.replays.replay) is not None:
            if columns:
                self.replays.jump(replay, columns)
            return
        cursor = view.selection.cursor
        row = max(0, min(cursor.row + rows, emulator.history_length + emulator.lines - 1))
        view.reveal(ConsolePlace(row, max(0, min(cursor.column + columns, emulator.columns - 1))))
        self._draw()

    def action_page(self, pages: int) -> None:
        """Move by pages."""
        self.action_move(pages * max(1, self.view.size.height - 1), 0)

    def action_edge(self, which: str) -> None:
        """To the oldest or newest row."""
        emulator = self.view.emulator
        if emulator is not None:
            rows = emulator.history_length + emulator.lines
            self.action_move(-rows if which == "first" else rows, 0)

    def action_select(self) -> None:
        """Begin a selection at the cursor, or give it up; in a replay, hold it."""
        if (replay := self.replays.replay) is not None:
            self.replays.hold(replay)
            return
        selection = self.view.selection
        if selection.anchor is None:
            selection.begin(selection.cursor)
        else:
            selection.clear()
        self.view.refresh()

    def action_copy(self) -> None:
        """Copy the selection; without one, the row of the cursor."""
        view, emulator = self.view, self.view.emulator
        if emulator is None:
            return
        text = view.selected_text()
        if not text:
            row = view.selection.cursor.row
            text = emulator.copy((row, 0), (row, emulator.columns))
        view.selection.clear()
        view.refresh()
        view.post_message(ConsoleView.Copied(text))

    def action_search(self) -> None:
        """Ask what to search for."""
        self._ask_search()

    def action_match(self, step: int) -> None:
        """Go to another match."""
        self.search.step(step)

    def action_clock(self) -> None:
        """Show the times before the rows, or give their room to the rows."""
        self.view.clock = not self.view.clock
        self._draw()

    # Logs

    def action_replay(self) -> None:
        """Replay the session from its beginning; again ends that."""
        self.replays.begin()

    def action_speed(self, steps: int) -> None:
        """Replay faster, or slower."""
        self.replays.faster(steps)

    def _show_whole(self, log: RecordedConsole) -> None:
        self.run_worker(self._whole(log))

    async def _whole(self, log: RecordedConsole) -> None:
        await log.load()
        if self.replays.recorded is log:
            self.look(True)
