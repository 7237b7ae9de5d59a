"""The line below a console: which it is, how it stands, and the keys there are."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual.timer import Timer
from textual.widgets import Static

from xentui.commands.times import exact
from xentui.console.live import ATTACHED
from xentui.console.shown_console import ShownConsole
from xentui.text import plain
from xentui.tui.consoles.guest_size import can_fit
from xentui.tui.consoles.replay_control import ReplayControl
from xentui.tui.consoles.scrollback_search import ScrollbackSearch
from xentui.tui.consoles.view import ConsoleView
from xentui.tui.widgets.styled_line import part

_TOLD = 6.0
"""Seconds a notice stands on the bar, in the place of the keys."""
_LEAST = 12
"""Cells in which the others are told of."""
_KEY, _STATE, _ALARM = "console-pane--key", "console-pane--state", "console-pane--alarm"


class ConsoleBar(Static):
    """Tells of the console that ``view`` shows.

    ``leave_shown`` is the leave key as it is shown, ``key_of`` the key of a command, ``named`` what a console is
    called.
    """

    COMPONENT_CLASSES = {_KEY, _STATE, _ALARM}

    def __init__(
        self,
        view: ConsoleView,
        search: ScrollbackSearch,
        replays: ReplayControl,
        *,
        leave_shown: str,
        key_of: Callable[[str], str],
        named: Callable[[ShownConsole], str],
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._view = view
        self._search = search
        self._replays = replays
        self._leave_shown = leave_shown
        self._key_of = key_of
        self._named = named
        self._others = ""
        self._notice = ""
        self._alarming = False
        self._noticed: Timer | None = None

    def show_others(self, text: str) -> None:
        """Say this of the other panes."""
        if text != self._others:
            self._others = text
            self.draw()

    def show_text(self, text: str, severity: str = "information") -> None:
        """Let a notice stand here for a while: the line for them may have made room for the console."""
        if self._noticed is not None:
            self._noticed.stop()
            self._noticed = None
        self._notice, self._alarming = plain(text, 200), severity != "information"
        if self._notice and self.is_attached:
            self._noticed = self.set_timer(_TOLD, self._told)
        self.draw()

    def _told(self) -> None:
        self.show_text("")

    def on_resize(self) -> None:
        """Another width has room for other keys."""
        self.draw()

    def draw(self) -> None:
        """Draw it as things stand now."""
        self.update(self._line(), layout=False)

    def _line(self) -> Text | str:
        console = self._view.console
        if console is None:
            return ""
        text = Text(no_wrap=True, overflow="ellipsis")
        if self._notice:
            self._add_notice(text)
            return text
        self._add_state(text, console)
        key = part(self, _KEY)
        room = self.size.width or 80
        for number, (shown, label) in enumerate(self._keys(console)):
            if number and shown and text.cell_len + len(f" · {shown} {label}") > room:
                break  # half a word says nothing
            text.append(" · ")
            text.append(shown, key)
            text.append(f" {label}" if shown else label)
        if self._others and room - text.cell_len >= _LEAST:
            text.append(f" │ {self._others}")
        return text

    def _add_notice(self, text: Text) -> None:
        out, where = ("Esc", "list") if self._view.looking else (self._leave_shown, "leaves")
        text.append(f" {out}", part(self, _KEY))
        text.append(f" {where} · ")
        text.append(self._notice, part(self, _ALARM) if self._alarming else "")

    def _add_state(self, text: Text, console: ShownConsole) -> None:
        ended = console.ended
        state = part(self, _ALARM if ended else _STATE)
        text.append(f" {plain(self._named(console), 40)}", part(self, _KEY))
        if self._replays.recorded is not None:
            text.append(f" {self._replays.words or self._when_logged()}", state)
        else:
            number = f" #{console.domid}" if console.domid >= 0 else ""
            number += f" {console.which}" if console.which is not None else ""
            booting = console.domid < 0 and not ended
            status = "booting" if booting else self._when_row() or self._status(console)
            text.append(f"{number} {status}".rstrip(), state)
        if console.session.read_only and not ended and not console.watching:
            text.append(", read-only", state)
        if (together := self._view.broadcast) is not None and console in together:
            others = len(together.consoles) - 1
            text.append(f" » and {others} other{'s' if others != 1 else ''}", part(self, _ALARM))

    def _when_logged(self) -> str:
        """Return when the row under the cursor of a log came."""
        log = self._replays.recorded
        moment = log.times.at(self._view.selection.cursor.row) if log is not None else None
        return "log, no time here" if moment is None else f"log of {exact(moment)[:19]}"

    def _when_row(self) -> str:
        """Return when the row under the cursor of a live console's scrollback came; "" where that is not looked at."""
        view = self._view
        moment = view.times.at(view.selection.cursor.row) if view.clock_width and view.times else None
        return f"row of {exact(moment)[:19]}" if moment is not None else ""

    def _status(self, console: ShownConsole) -> str:
        """Return what has become of it, as far as there is room for it beside the keys."""
        if self._view.looking:
            # The keys are more than fit; who holds it is told where one watches.
            usual = console.status == ATTACHED or console.watching
            return "" if usual and not console.ended else plain(console.status, 24)
        watching = console.watching and not console.ended
        return plain(console.status, 32 if console.shared or watching else 60)

    def _keys(self, console: ShownConsole) -> list[tuple[str, str]]:
        if self._replays.replay is not None:
            return [("Esc", "ends"), ("Space", "holds"), ("←→", "10 s"), ("+-", "speed")]
        types = "attach" if console.ended else "watch" if console.watching else "type"
        if self._view.looking:
            return self._keys_of_scrollback(types)
        if console.ended:
            if console.shared:
                return [("w", "watch"), ("t", "take over"), (self._leave_shown, "list")]
            return [("Enter", "attaches again"), (self._leave_shown, "list")]
        return self._keys_of_guest(console, types)

    def _keys_of_scrollback(self, types: str) -> list[tuple[str, str]]:
        view, log = self._view, self._replays.recorded is not None
        back = f"{view.back} back" if view.back > 0 else "newest"
        return [
            *([("n N", self._search.place)] if view.matches else []),
            ("Esc", "list"),
            ("t", "times"),
            *([("p", "replay")] if log else []),
            ("/", "search"),
            *([] if log else [("Enter", types)]),
            ("Space", "select"),
            ("y", "copy"),
            ("PgUp", back),
        ]

    def _keys_of_guest(self, console: ShownConsole, types: str) -> list[tuple[str, str]]:
        view = self._view
        keys = [*([("t", "take over")] if console.watching else []), (self._leave_shown, "leaves")]
        empty = view.emulator is not None and not any(view.emulator.text())
        if empty and console.lacking:
            keys.append(("", console.lacking))
        elif view.has_focus and empty and not console.session.read_only:
            keys.append(("Enter", "wakes an idle guest"))
        if view.has_focus and can_fit(view):
            fits = f"{self._leave_shown} {self._key_of('console.fit')}"
            keys.append((fits, f"fits {view.size.width}x{view.size.height}"))
        if view.back > 0:
            keys.append(("any key", f"to the newest row ({view.back} rows on)"))
        elif not view.has_focus:
            keys = [(self._key_of("console.open"), types), (self._key_of("console.look"), "scrollback")]
        return keys
