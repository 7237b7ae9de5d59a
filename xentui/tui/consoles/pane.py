"""A console with the line that tells how to leave it, and the keys for looking around in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Static

from xentui.console.hub import LiveConsole
from xentui.console.prompt import at_shell_prompt
from xentui.errors import XentuiError
from xentui.text import plain
from xentui.tui.bindings import GROUPS, Heading
from xentui.tui.consoles.rows import ConsoleRows
from xentui.tui.consoles.selection import ConsolePlace
from xentui.tui.consoles.view import ConsoleView
from xentui.tui.messages import Notice
from xentui.tui.widgets.styled_line import part

_GROUP = GROUPS[Heading.CONSOLE]
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


class ConsolePane(Vertical):
    """One console at a time; the tabs say which others there are."""

    COMPONENT_CLASSES = {"console-pane--key", "console-pane--state", "console-pane--alarm"}
    BINDINGS: ClassVar[list[BindingType]] = [
        _look("enter", "type", "Type", "Type into the guest again"),
        _look("escape,q", "leave", "To the list", "Back to the list; the console stays open"),
        _look("up", "move", "Up", "A row up", -1, 0),
        _look("down", "move", "Down", "A row down", 1, 0),
        _look("left", "move", "Left", "A column left", 0, -1),
        _look("right", "move", "Right", "A column right", 0, 1),
        _look("pageup", "page", "Page up", "A page back", -1),
        _look("pagedown", "page", "Page down", "A page forward", 1),
        _look("home", "edge", "Oldest", "To the oldest row", "first"),
        _look("end", "edge", "Newest", "To the newest row", "last"),
        _look("slash", "search", "Search", "Find text in the scrollback"),
        _look("n", "match", "Next match", "The previous match (older)", -1),
        _look("N", "match", "Newer match", "The next match (newer)", 1),
        _look("space", "select", "Select", "Start or end a selection"),
        _look("y", "copy", "Copy", "Copy the selection, else the row (OSC 52)"),
        _look(
            "right_square_bracket", "send_leave", "Send leave key", "Send the leave key itself to the guest"
        ),
        _look("f", "fit", "Fit size", "Give the guest this pane's size (types stty at a shell prompt)"),
    ]

    def __init__(
        self,
        *,
        leave_key: str,
        leave_shown: str,
        key_of: Callable[[str], str],
        search: Callable[[], None],
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._leave_shown = leave_shown
        self._key_of = key_of
        self._search = search
        self.view = ConsoleView(leave_key=leave_key)
        self._bar = Static(id="console-bar")
        self._others = ""
        self._notice = ""
        self._alarming = False
        self._noticed: Timer | None = None
        self._searched = ""
        self._match = -1

    def compose(self) -> ComposeResult:
        """The view, and the bar below it."""
        yield self.view
        yield self._bar

    @property
    def console(self) -> LiveConsole | None:
        """The console shown."""
        return self.view.console

    def show(self, console: LiveConsole | None, *, looking: bool = False) -> None:
        """Show a console and give it the keys."""
        self.view.show(console)
        if console is not None:
            console.seen()
        self.look(looking)

    def look(self, looking: bool) -> None:
        """Look around in the scrollback, or type."""
        view = self.view
        view.looking = looking
        if looking and view.emulator is not None:
            emulator = view.emulator
            line, column = emulator.cursor
            view.selection.move(ConsolePlace(emulator.history_length + line, column))
            view.selection.clear()
            view.scroll_rows(0)
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
        text.append(f" {plain(console.name, 30)}", key)
        booting = console.domid < 0 and not ended
        number = f" #{console.domid}" if console.domid >= 0 else ""
        number += f" {console.which}" if console.which is not None else ""
        text.append(f"{number} {'booting' if booting else plain(console.status, 60)}", state)
        if console.session.read_only and not ended:
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

    def _keys(self, console: LiveConsole) -> list[tuple[str, str]]:
        view = self.view
        if view.looking:
            back = f"{view.back} back" if view.back > 0 else "newest"
            found = (
                [("n", f"{len(view.matches) - self._match} of {len(view.matches)}")] if view.matches else []
            )
            return [
                *found,
                ("Esc", "list"),
                ("Enter", "type"),
                ("/", "search"),
                ("Space", "select"),
                ("y", "copy"),
                ("PgUp", back),
            ]
        if console.ended:
            return [("Enter", "attaches again"), (self._leave_shown, "list")]
        keys = [(self._leave_shown, "leaves")]
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
            keys.append(("any key", f"to the present ({view.back} rows on)"))
        elif not view.has_focus:
            keys = [(self._key_of("console.open"), "type"), (self._key_of("console.look"), "scrollback")]
        return keys

    def on_console_rows_changed(self, event: ConsoleRows.Changed) -> None:
        """The bar tells the state."""
        event.stop()
        self.draw_bar()

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
        }
        return self.view.looking if action in looking else True

    # Looking around

    def action_type(self) -> None:
        """Type into the guest again, or attach again to one that has ended."""
        self.look(False)
        self.screen.set_focus(self.view)
        if self.console is not None and self.console.ended:
            self.post_message(ConsoleView.Wanted())

    def action_leave(self) -> None:
        """Back to the list."""
        self.look(False)
        self.view.post_message(ConsoleView.Left())

    def action_move(self, rows: int, columns: int) -> None:
        """Move the cursor of the scrollback."""
        view, emulator = self.view, self.view.emulator
        if emulator is None:
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
        """Begin a selection at the cursor, or give it up."""
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
        found = emulator.search(wanted, limit=10_000)
        await asyncio.sleep(0)
        view.matches = [(match.row, match.column, match.column + match.cells) for match in found]
        self._searched, self._match = wanted, len(found)
        if not found:
            self.app.post_message(Notice(f"{wanted}: not found", severity="warning"))
            view.refresh()
            return
        self.action_match(-1)

    def action_match(self, step: int) -> None:
        """Go to another match."""
        matches = self.view.matches
        if not matches:
            self.action_search()
            return
        self._match = (self._match + step) % len(matches)
        row, column, _end = matches[self._match]
        self.view.reveal(ConsolePlace(row, column))
        self.app.post_message(
            Notice(f"{self._searched}: {len(matches) - self._match} of {len(matches)}, newest first")
        )
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
            self.app.post_message(Notice(f"the guest is not told its size: {reason}", severity="warning"))
            return
        console.session.resize(size.width, size.height)
        console.session.write(f" stty rows {size.height} cols {size.width}\r".encode())
        self.action_type()

    def _against_fit(self, console: LiveConsole) -> str:
        if console.session.read_only:
            return "this session is read-only"
        if console.ended:
            return "the console has ended"
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
