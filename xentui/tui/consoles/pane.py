"""A console with the line that tells how to leave it, and the keys for looking around in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Static

from xentui.commands.times import exact
from xentui.commands.times import moment as moment_meant
from xentui.console.live import ATTACHED
from xentui.console.log_search import LogPattern, matching_rows
from xentui.console.prompt import at_shell_prompt
from xentui.console.recorded import RecordedConsole, Replay
from xentui.console.shown import ShownConsole
from xentui.errors import XentuiError
from xentui.text import plain
from xentui.tui.bindings import GROUPS, Heading
from xentui.tui.consoles.rows import ConsoleRows
from xentui.tui.consoles.selection import ConsolePlace
from xentui.tui.consoles.view import ConsoleView
from xentui.tui.faults import FaultsTold
from xentui.tui.messages import Notice
from xentui.tui.widgets.styled_line import part

_GROUP = GROUPS[Heading.CONSOLE]
_TICK = 0.05
"""Seconds between two looks at what is due in a replay."""
_JUMP = 10.0
"""Seconds an arrow moves a replay."""
_TOLD = 6.0
"""Seconds a notice stands on the bar, in the place of the keys."""


def _look(key: str, name: str, label: str, tooltip: str, *arguments: object) -> Binding:
    inside = ", ".join(repr(argument) for argument in arguments)
    return Binding(
        key,
        f"{name}({inside})",
        label,
        show=False,
        tooltip=tooltip,
        id=f"look.{label.lower().replace(' ', '-')}",
        group=_GROUP,
    )


class ConsolePane(FaultsTold, Vertical):
    """One console at a time; the tabs say which others there are."""

    COMPONENT_CLASSES = {"console-pane--key", "console-pane--state", "console-pane--alarm"}
    BINDINGS: ClassVar[list[BindingType]] = [
        _look("enter", "type", "Type", "Type into the guest again"),
        _look("escape,q", "leave", "To the list", "Back to the list; the console stays open"),
        _look("up", "move", "Up", "A row up", -1, 0),
        _look("down", "move", "Down", "A row down", 1, 0),
        _look("left", "move", "Left", "A column left; in a replay ten seconds back", 0, -1),
        _look("right", "move", "Right", "A column right; in a replay ten seconds on", 0, 1),
        _look("pageup", "page", "Page up", "A page back", -1),
        _look("pagedown", "page", "Page down", "A page forward", 1),
        _look("home", "edge", "Oldest", "To the oldest row", "first"),
        _look("end", "edge", "Newest", "To the newest row", "last"),
        _look("slash", "search", "Search", "Find text; /EXPRESSION (grep -E), @TIME (@13:05, @10m)"),
        _look("n", "match", "Next match", "The previous match (older)", -1),
        _look("N", "match", "Newer match", "The next match (newer)", 1),
        _look("space", "select", "Select", "Start or end a selection; hold a replay, or let it go on"),
        _look("y", "copy", "Copy", "Copy the selection, else the row (OSC 52)"),
        _look(
            "right_square_bracket", "send_leave", "Send leave key", "Send the leave key itself to the guest"
        ),
        _look("p", "replay", "Replay", "Replay a session of the log"),
        _look("plus", "speed", "Faster", "Replay faster", 1),
        _look("minus", "speed", "Slower", "Replay slower", -1),
        _look("t", "clock", "Times", "Show when each row was printed"),
        _look("f", "fit", "Fit size", "Give the guest this pane's size (types stty at a shell prompt)"),
    ]

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
        self._leave_shown = leave_shown
        self._key_of = key_of
        self._search = search
        self._named = named
        self.view = ConsoleView(leave_key=leave_key)
        self._bar = Static(id="console-bar")
        self._others = ""
        self._notice = ""
        self._alarming = False
        self._noticed: Timer | None = None
        self._searched = ""
        self._match = -1
        self._ticking: Timer | None = None
        self._jumping: asyncio.Task[None] | None = None

    def compose(self) -> ComposeResult:
        """The view, and the bar below it."""
        yield self.view
        yield self._bar

    @property
    def console(self) -> ShownConsole | None:
        """The console shown."""
        return self.view.console

    @property
    def recorded(self) -> RecordedConsole | None:
        """The console shown, where it is a session of a log."""
        console = self.view.console
        return console if isinstance(console, RecordedConsole) else None

    @property
    def replay(self) -> Replay | None:
        """The replay that goes on or is held."""
        return self.recorded.replay if self.recorded is not None else None

    def show(self, console: ShownConsole | None, *, looking: bool = False, fresh: bool = False) -> None:
        """Show a console and give it the keys; ``fresh``: it was attached just now."""
        if console is not self.view.console:
            self._stop_replay()
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
        self.draw_bar()

    def tell_others(self, text: str) -> None:
        """What the bar says of the other panes."""
        if text != self._others:
            self._others = text
            self.draw_bar()

    def tell(self, text: str, severity: str = "information") -> None:
        """Let a notice stand on the bar for a while: the line for them may have made room for the console."""
        if self._noticed is not None:
            self._noticed.stop()
            self._noticed = None
        self._notice, self._alarming = plain(text, 200), severity != "information"
        if self._notice and self.is_attached:
            self._noticed = self.set_timer(_TOLD, self._told)
        self.draw_bar()

    def _told(self) -> None:
        self.tell("")

    def draw_bar(self) -> None:
        """Draw the line below the console."""
        console = self.console
        if console is None:
            self._bar.update("", layout=False)
            return
        key = part(self, "console-pane--key")
        ended = console.ended
        tone = "console-pane--alarm" if ended else "console-pane--state"
        state = part(self, tone)
        text = Text(no_wrap=True, overflow="ellipsis")
        if self._notice:
            out, where = ("Esc", "list") if self.view.looking else (self._leave_shown, "leaves")
            text.append(f" {out}", key)
            text.append(f" {where} · ")
            text.append(self._notice, part(self, "console-pane--alarm") if self._alarming else "")
            self._bar.update(text, layout=False)
            return
        text.append(f" {plain(self._named(console), 40)}", key)
        booting = console.domid < 0 and not ended
        number = f" #{console.domid}" if console.domid >= 0 else ""
        if self.recorded is not None:
            text.append(f" {self._when()}", state)
        else:
            number += f" {console.which}" if console.which is not None else ""
            status = "booting" if booting else self._when_row() or self._status(console)
            text.append(f"{number} {status}".rstrip(), state)
        if console.session.read_only and not ended and not console.watching:
            text.append(", read-only", state)
        if (together := self.view.broadcast) is not None and console in together:
            others = len(together.consoles) - 1
            text.append(
                f" » and {others} other{'s' if others != 1 else ''}", part(self, "console-pane--alarm")
            )
        for shown, label in self._keys(console):
            text.append(" · ")
            text.append(shown, key)
            text.append(f" {label}" if shown else label)
        if self._others:
            text.append(f" │ {self._others}")
        self._bar.update(text, layout=False)

    def _when(self) -> str:
        """When the row under the cursor came, or where a replay is."""
        if self.replay is not None:
            how = "over" if self.replay.over else "held" if self.replay.paused else f"x{self.replay.speed:g}"
            return f"{exact(self.replay.moment)[:19]} replay {how}"
        log, view = self.recorded, self.view
        moment = log.times.at(view.selection.cursor.row) if log is not None else None
        return "log, no time here" if moment is None else f"log of {exact(moment)[:19]}"

    def _when_row(self) -> str:
        """When the row under the cursor of a live console's scrollback came; "" where that is not looked at."""
        view = self.view
        moment = view.times.at(view.selection.cursor.row) if view.clock_width and view.times else None
        return f"row of {exact(moment)[:19]}" if moment is not None else ""

    def _status(self, console: ShownConsole) -> str:
        """What has become of it, as far as there is room for it beside the keys."""
        if self.view.looking:
            # The keys are more than fit; who holds it is told where one watches.
            usual = console.status == ATTACHED or console.watching
            return "" if usual and not console.ended else plain(console.status, 24)
        watching = console.watching and not console.ended
        return plain(console.status, 32 if console.shared or watching else 60)

    def _keys(self, console: ShownConsole) -> list[tuple[str, str]]:
        view = self.view
        types = "attach" if console.ended else "watch" if console.watching else "type"
        if self.replay is not None:
            return [("Space", "holds"), ("←→", "10 s"), ("+-", "speed"), ("Esc", "ends")]
        if view.looking:
            back = f"{view.back} back" if view.back > 0 else "newest"
            found = (
                [("n N", f"{len(view.matches) - self._match} of {len(view.matches)}")] if view.matches else []
            )
            log = self.recorded is not None
            return [
                *found,
                ("Esc", "list"),
                ("t", "times"),
                *([("p", "replay")] if log else []),
                ("/", "search"),
                *([] if log else [("Enter", types)]),
                ("Space", "select"),
                ("y", "copy"),
                ("PgUp", back),
            ]
        if console.ended:
            if console.shared:
                return [("w", "watch"), ("t", "take over"), (self._leave_shown, "list")]
            return [("Enter", "attaches again"), (self._leave_shown, "list")]
        keys = [*([("t", "take over")] if console.watching else []), (self._leave_shown, "leaves")]
        empty = view.emulator is not None and not any(view.emulator.text())
        if empty and console.lacking:
            keys.append(("", console.lacking))
        elif view.has_focus and empty and not console.session.read_only:
            keys.append(("Enter", "wakes an idle guest"))
        if view.has_focus and self._can_fit:
            keys.append(
                (
                    f"{self._leave_shown} {self._key_of('console.fit')}",
                    f"fits {view.size.width}x{view.size.height}",
                )
            )
        if view.back > 0:
            keys.append(("any key", f"to the newest row ({view.back} rows on)"))
        elif not view.has_focus:
            keys = [(self._key_of("console.open"), types), (self._key_of("console.look"), "scrollback")]
        return keys

    def on_console_rows_changed(self, event: ConsoleRows.Changed) -> None:
        """The bar tells the state."""
        event.stop()
        self._look_up_if_held()
        self.draw_bar()

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
        self.draw_bar()

    def on_descendant_blur(self) -> None:
        """Other keys are at hand."""
        self.draw_bar()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002 - Textual's own
        """The keys are for looking around; while typing, the guest gets them."""
        looking = {
            "type",
            "leave",
            "move",
            "page",
            "edge",
            "search",
            "match",
            "select",
            "copy",
            "send_leave",
            "fit",
            "clock",
        }
        if action in ("replay", "speed") and self.recorded is None:
            return False
        return self.view.looking if action in looking else True

    # Looking around

    def action_type(self) -> None:
        """Type into the guest again, or attach again to one that has ended."""
        self.look(False)
        self.screen.set_focus(self.view)
        if self.console is not None and self.console.ended and not self.console.shared:
            self.post_message(ConsoleView.Wanted())

    def action_leave(self) -> None:
        """Back to the list; from a replay, to all of the session."""
        if self.replay is not None:
            self._stop_replay(whole=True)
            return
        self.look(False)
        self.view.post_message(ConsoleView.Left())

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor of the scrollback."""
        view, emulator = self.view, self.view.emulator
        if emulator is None:
            return
        if self.replay is not None:
            if columns:
                self._jump(self.replay, _JUMP * columns)
            return
        cursor = view.selection.cursor
        row = max(0, min(cursor.row + rows, emulator.history_length + emulator.lines - 1))
        view.reveal(ConsolePlace(row, max(0, min(cursor.column + columns, emulator.columns - 1))))
        self.draw_bar()

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
        if self.replay is not None:
            self.replay.paused = not self.replay.paused
            self.draw_bar()
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
        self._search()

    async def search(self, wanted: str) -> None:
        """Find text; the newest match is shown."""
        view, emulator = self.view, self.view.emulator
        if emulator is None or not wanted:
            return
        if wanted.startswith("@"):
            self._search_time(wanted[1:])
            return
        if wanted.startswith("/"):
            rows = [*emulator.history_text(), *emulator.text()]
            try:
                numbers = await asyncio.to_thread(matching_rows, rows, LogPattern.typed(wanted))
            except XentuiError as error:
                self.app.post_message(Notice.of(error))
                return
            view.matches = [(number, 0, len(rows[number])) for number in numbers if number < len(rows)]
        else:
            found = emulator.search(wanted, limit=10_000)
            await asyncio.sleep(0)
            view.matches = [(match.row, match.column, match.column + match.cells) for match in found]
        self._searched, self._match = wanted, len(view.matches)
        if not view.matches:
            self.app.post_message(Notice(f"{wanted}: not found", severity="warning"))
            view.refresh()
            return
        self.action_match(-1)

    def _search_time(self, wanted: str) -> None:
        """Go to the first row that came at a time or later."""
        times = self.view.times
        try:
            since = moment_meant(wanted, time.time())
        except XentuiError as error:
            self.app.post_message(Notice.of(error))
            return
        row = times.first_since(since) if times is not None else -1
        if row < 0:
            self.app.post_message(
                Notice(f"nothing was printed since {exact(since)[:19]}", severity="warning")
            )
            return
        self.view.clock = True
        self.view.reveal(ConsolePlace(row, 0))
        self.draw_bar()

    def go_to(self, row: int) -> None:
        """Go to a row, and to the match in it or next to it where something was searched for."""
        matches = self.view.matches
        near = next((at for at, match in enumerate(matches) if match[0] >= row), None)
        if near is None:
            self.view.reveal(ConsolePlace(row, 0))
        else:
            self._match = near + 1
            self.action_match(-1)
        self.draw_bar()

    def action_match(self, step: int) -> None:
        """Go to another match."""
        matches = self.view.matches
        if not matches:
            self.action_search()
            return
        self._match = (self._match + step) % len(matches)
        row, column, _end = matches[self._match]
        self.view.reveal(ConsolePlace(row, column))
        which = f"{len(matches) - self._match} of {len(matches)}"
        self.app.post_message(Notice(f"{self._searched}: {which}, n older, N newer"))
        self.draw_bar()

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
        if reason := self._against_fit(console):
            self.app.post_message(Notice(f"cannot tell the guest its size: {reason}", severity="warning"))
            return
        console.session.resize(size.width, size.height)
        console.session.write(f" stty rows {size.height} cols {size.width}\r".encode())
        self.action_type()

    def _against_fit(self, console: ShownConsole) -> str:
        if console.ended:
            return "the console has ended"
        if console.watching:
            return "it is watched only"
        if console.session.read_only:
            return "this session is read-only"
        if not at_shell_prompt(console.session.emulator):
            return "no shell prompt is recognised (log in, end the program, or clear the line: Ctrl-U)"
        return ""

    @property
    def _can_fit(self) -> bool:
        """Whether a shell waits in a guest that uses less than there is room for."""
        emulator, size = self.view.emulator, self.view.size
        if emulator is None or self.console is None or self.console.session.read_only:
            return False
        small = size.width > emulator.columns or size.height > emulator.lines + 1
        return small and at_shell_prompt(emulator)

    # Logs

    def action_clock(self) -> None:
        """Show the times before the rows, or give their room to the rows."""
        self.view.clock = not self.view.clock
        self.draw_bar()

    def action_replay(self) -> None:
        """Replay the session from its beginning; again ends that."""
        if self.recorded is None:
            return
        if self.replay is not None:
            self._stop_replay(whole=True)
            return
        try:
            self.recorded.begin_replay()
        except XentuiError as error:
            self.app.post_message(Notice.of(error))
            return
        self.view.matches = []
        self.view.live()
        self._ticking = self.set_interval(_TICK, self._tick)
        self.draw_bar()

    def action_speed(self, steps: int) -> None:
        """Replay faster, or slower."""
        if self.replay is not None:
            self.replay.faster(steps)
            self.draw_bar()

    def _tick(self) -> None:
        replay = self.replay
        if replay is None or (self._jumping is not None and not self._jumping.done()):
            return
        before = self._when()
        replay.advance(_TICK)
        if self._when() != before:
            self.draw_bar()

    def _jump(self, replay: Replay, seconds: float) -> None:
        if self._jumping is not None and not self._jumping.done():
            return

        async def jump() -> None:
            await replay.jump(seconds)
            self.view.live()
            self.draw_bar()

        self._jumping = asyncio.get_running_loop().create_task(jump())

    def _stop_replay(self, *, whole: bool = False) -> None:
        """End a replay; with ``whole`` all of the session is shown again."""
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None
        if self._jumping is not None:
            self._jumping.cancel()
            self._jumping = None
        if whole and self.recorded is not None:
            self.run_worker(self._whole(self.recorded))

    async def _whole(self, log: RecordedConsole) -> None:
        await log.load()
        if self.recorded is log:
            self.look(True)
