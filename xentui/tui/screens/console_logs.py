"""What is kept of a domain's consoles: its sessions, a search through all of them, and the way into each."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from xentui.commands.times import exact
from xentui.console.asciicast import asciicast, write_asciicast
from xentui.console.domain_logs import DomainLogs, LoggedSession
from xentui.console.log_names import log_paths, safe_name
from xentui.console.log_search import LogPattern
from xentui.console.log_times import LogTimes
from xentui.console.logs import ConsoleLog, LogSession
from xentui.console.recorded import RecordedConsole
from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.service import host_console_log
from xentui.text import plain, printable
from xentui.tui.bindings import Heading, bound
from xentui.tui.context import UiContext
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.jobs import on_host
from xentui.tui.screens.overlay import ScreenAbove
from xentui.tui.widgets.key_hints import Hint, KeyHints
from xentui.tui.widgets.notice_line import NoticeLine

_ALWAYS = (Hint("h", "Host's log", 2), Hint("F5", "Reload", 3))
_SESSIONS = (
    Hint("Enter", "Open"),
    Hint("/", "Search all"),
    Hint("x", "Export", 1),
    *_ALWAYS,
    Hint("Esc", "Back"),
)
_HITS = (
    Hint("Enter", "Open there"),
    Hint("/", "Search again"),
    Hint("x", "Export", 1),
    *_ALWAYS,
    Hint("Esc", "Sessions"),
)
_NO_HITS = (Hint("/", "Search again"), *_ALWAYS, Hint("Esc", "Sessions"))
_NOTHING = (*_ALWAYS, Hint("Esc", "Back"))
_SHOWN = 1000
"""Matches that are listed; all are counted."""


class ConsoleLogsScreen(ScreenAbove):
    """The sessions of ``domain``, newest first, or where in them something is found, newest first too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("enter", "choose", "Open", "Open the session, at what was found", id="console-logs.open"),
        bound(
            "slash",
            "search",
            "Search all",
            "Search all sessions; what begins with / is an expression (grep -E)",
            id="console-logs.search",
            group=Heading.CONSOLE,
            show=True,
        ),
        bound(
            "x",
            "export",
            "Export",
            "Write the session as an asciicast v2 file",
            id="console-logs.export",
            group=Heading.CONSOLE,
            show=True,
        ),
        bound(
            "h",
            "host_log",
            "Host's own log",
            "Show what xenconsoled has logged on the host",
            id="console-logs.host-log",
            group=Heading.CONSOLE,
            show=True,
        ),
        bound(
            "f5",
            "reload",
            "Reload",
            "Read the logs again",
            id="console-logs.reload",
            group=Heading.CONSOLE,
        ),
        bound(
            "escape,q",
            "back",
            "Back",
            "Back to the sessions, then to the list",
            id="console-logs.back",
            group=Heading.CONSOLE,
            show=True,
        ),
    ]

    def __init__(self, context: UiContext, domain: Domain) -> None:
        super().__init__()
        self.context = context
        self.domain = domain
        self.notice = NoticeLine()
        self._title = Static(classes="log-title")
        self._keys = KeyHints(_SESSIONS)
        self._logs = DomainLogs()
        self._are_read = asyncio.Event()
        self._places: list[LoggedSession] = []
        self._searched = ""

    def compose(self) -> ComposeResult:
        """Title, list, keys."""
        yield self._title
        yield OptionList(id="console-sessions")
        yield self.notice
        yield self._keys

    def on_mount(self) -> None:
        """Read the logs."""
        self.set_focus(self.query_one(OptionList))
        self.action_reload()

    def action_reload(self) -> None:
        """Read the logs again."""
        self._are_read.clear()
        self._head("reading")
        self.run_worker(self._reload(), exclusive=True)

    async def _reload(self) -> None:
        try:
            self._logs = await asyncio.to_thread(_read, self.context.hypervisor.host.name, self.domain)
        except XentuiError as error:
            self.context.notify_error(error)
        self._show_sessions()
        self._are_read.set()

    def _show_sessions(self) -> None:
        self._searched = ""
        self._places = list(self._logs.sessions)
        self._head(f"{_count(len(self._places), 'session')}, {self._logs.size / 1e6:.1f} MB")
        self._keys.show_hints(_SESSIONS if self._places else _NOTHING)
        self._fill(
            [session_row(each.session) for each in self._places],
            "nothing is logged: its console was not open yet",
        )

    def _fill(self, rows: list[Text], empty: str) -> None:
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options(
            [Option(row, id=str(number)) for number, row in enumerate(rows)]
            or [Option(Text(empty, "dim"), disabled=True)]
        )
        listed.highlighted = 0 if rows else None

    def _head(self, words: str) -> None:
        title = plain(f"Console logs of {on_host(self.domain.label, self.context.label)}: {words}", 300)
        self._title.update(Text(title, no_wrap=True, overflow="ellipsis"))

    @property
    def _place(self) -> LoggedSession | None:
        option = self.query_one(OptionList).highlighted_option
        number = int(option.id) if option is not None and option.id is not None else -1
        return self._places[number] if 0 <= number < len(self._places) else None

    # Looking

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter opens the session, at what was found."""
        event.stop()
        if (place := self._place) is not None:
            await self._open(place)

    async def _open(self, place: LoggedSession) -> None:
        recorded = RecordedConsole(place.log, place.session, name=self.domain.label, uuid=self.domain.uuid)
        row = await recorded.load(place.place)
        searched = self._searched
        self.context.close(self)
        await self.context.show_log(recorded, search=searched, row=row)

    async def action_host_log(self) -> None:
        """Show what xenconsoled has logged, or how to have it do so."""
        await self.context.wait_until_prompted(self.run_worker(self._host_log()))

    async def _host_log(self) -> None:
        try:
            path, data = await host_console_log.read(self.context.hypervisor.host, self.domain.label)
        except XentuiError as error:
            self.context.notify_error(error)
            return
        log = ConsoleLog(Path(path), data, LogTimes([]), 0.0)
        await self._open(
            LoggedSession(log, LogSession(0, log.size, "what xenconsoled has logged", None, None))
        )

    def action_back(self) -> None:
        """Back to the sessions; from there to the list."""
        if self._searched:
            self._show_sessions()
        else:
            self.context.close(self)

    # Searching

    async def action_search(self) -> None:
        """Ask what to search for, in all sessions."""
        await self.context.wait_until_prompted(self.run_worker(self._search()))

    async def _search(self) -> None:
        field = Field("wanted", "Text", self._searched, help="begin with / for an expression (grep -E)")
        answer = await self.context.ask(
            FormDialog(f"Search the logs of {self.domain.label}", [field], "Search")
        )
        if answer is None:
            return
        typed = answer["wanted"]
        # Typed while they are being read, it would find nothing, and the sessions would take the place of that.
        await self._are_read.wait()
        self._head(f"searching for {typed}")
        try:
            wanted = LogPattern.typed(typed)
            self._places, count = await asyncio.to_thread(self._logs.search, wanted, _SHOWN)
        except XentuiError as error:
            self.context.notify_error(error)
            self._show_sessions()
            return
        self._searched = typed
        more = f", {len(self._places)} shown" if count > len(self._places) else ""
        self._head(f"{typed}: {_count(count, 'line')}{more}, newest first")
        self._keys.show_hints(_HITS if self._places else _NO_HITS)
        self._fill([hit_row(each) for each in self._places], "not found")

    # Export

    async def action_export(self) -> None:
        """Ask for a file and write the session to it."""
        if self._place is None:
            self.context.notify("there is no session to export", severity="warning")
            return
        await self.context.wait_until_prompted(self.run_worker(self._export(self._place)))

    async def _export(self, place: LoggedSession) -> None:
        began = time.strftime("%Y%m%d-%H%M%S", time.localtime(place.session.time or 0.0))
        name = f"~/{safe_name(self.domain.label)}-{began}.cast"
        field = Field("file", "File", name, help="a new file of this machine, asciicast v2")
        answer = await self.context.ask(FormDialog("Export the session", [field], "Write"))
        if answer is None:
            return
        title = f"{self.domain.label}: {place.session.words}"

        def write() -> Path:
            text = "".join(line + "\n" for line in asciicast(place.log, place.session, title))
            return write_asciicast(answer["file"], text)

        try:
            path = await asyncio.to_thread(write)
        except XentuiError as error:
            self.context.notify_error(error)
            return
        self.context.notify(f"written: {path}")


def _read(host: str, domain: Domain) -> DomainLogs:
    logs = DomainLogs.read(log_paths(host, domain.label, domain.uuid))
    _ = logs.sessions  # a log without an index is read through for them: not on the event loop
    return logs


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def session_row(session: LogSession) -> Text:
    """Return a session as a line: when it began, how long it was, how much, how it began."""
    began = "no time".ljust(19) if session.time is None else exact(session.time)[:19]
    lasted = "" if session.time is None or session.ended is None else _lasted(session.ended - session.time)
    size = (session.end - session.start) / 1e3
    words = session.words or "(its beginning is gone)"
    return _row(f"{began}  {lasted:>8}  {size:>9,.1f} kB  {words}")


def hit_row(place: LoggedSession) -> Text:
    """Return a line that was found, with its time."""
    line = place.log.line_at(place.place)
    moment = "no time".ljust(19) if line.time is None else exact(line.time)[:19]
    return _row(f"{moment}  {line.text}")


def _row(text: str) -> Text:
    return Text(printable(text)[:500], no_wrap=True, overflow="ellipsis")


def _lasted(seconds: float) -> str:
    """Return a span in its two greatest units."""
    whole = max(0, int(seconds))
    for size, unit, part, below in ((86_400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            return f"{whole // size}{unit} {whole % size // part}{below}"
    return f"{whole}s"


__all__ = ["ConsoleLogsScreen"]
