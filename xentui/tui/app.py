"""The app: wires the service, the poller, the jobs and the screens together."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from textual import events, on
from textual.screen import ModalScreen, Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import Worker

from xentui.commands.command import Command
from xentui.errors import Suggest, XentuiError
from xentui.fleet.member import FleetMember
from xentui.hosts.base import Host
from xentui.hosts.choose import LOCAL, SIM, HostChoice
from xentui.model.domain import Domain
from xentui.service.events import Event
from xentui.settings import Settings
from xentui.tui import dispatch, keymap, stylesheets, termination
from xentui.tui.context import Answer
from xentui.tui.first_notices import check_this_machine, show_first_notices
from xentui.tui.host_context import HostContext
from xentui.tui.host_news import HostNews
from xentui.tui.host_state import HostState
from xentui.tui.jobs import Job, Jobs
from xentui.tui.keys import KEYS
from xentui.tui.leaving import Leaving
from xentui.tui.list_refresh import TICK, ListRefresh
from xentui.tui.messages import HostStateChanged, JobChanged, Notice
from xentui.tui.notifications import Notifications
from xentui.tui.screens.main import MainScreen
from xentui.tui.session_state import SIMULATED, Habits
from xentui.tui.shown_hosts import ShownHosts
from xentui.tui.suggestions import as_key
from xentui.tui.terminal_app import TerminalApp
from xentui.tui.terminal_cursor import cursor_to_show
from xentui.tui.undo import Undos
from xentui.tui.widgets.notice_line import NoticeLine

if TYPE_CHECKING:
    from xentui.console.hub import LiveConsole
    from xentui.console.shown_console import ShownConsole
    from xentui.tui.console_tabs import ConsoleTabs
    from xentui.tui.domain_list.row import DomainRow
    from xentui.tui.prompts import Prompts
    from xentui.tui.typeahead import TypeAhead

_REPAINT = "ctrl+l"
_LOOKS = "view."
"""Begins the names of actions that only look: the notice may be what is looked at."""
_COMPLETE_AFTER = 0.2
"""Seconds from the first list until what it is shown without is made: it is to reach the terminal before."""


class XentuiApp(TerminalApp):
    """The screen of one or several hosts; implements :class:`xentui.tui.context.MainContext`.

    ``host`` is shown, and those ``beside`` it.  What is known of one, and done there, is its
    :class:`~xentui.tui.host_context.HostContext`'s.
    """

    TITLE = "xentui"

    def __init__(
        self,
        host: Host,
        settings: Settings,
        *,
        read_only: bool = False,
        dry_run: bool = False,
        notice: str = "",
        simulated: bool = False,
        here: Host | None = None,
        beside: Sequence[Host] = (),
    ) -> None:
        shown = [host, *beside]
        self._whole = ",".join(each.name for each in shown)
        self._habits = Habits(self._whole, configured=settings.theme, simulated=simulated)
        self.next_host: HostChoice | None = None
        """The host to go on with, where the user has chosen another."""
        super().__init__(wished=(self._habits.theme, settings.theme))
        self._settings, self.read_only = settings, read_only
        self.watched, self.rings = settings.watch, settings.bell
        """What each console is watched for, and whether the bell of a guest in sight is to be heard."""
        self.jobs = Jobs(self._job_moved)
        self.undos = Undos()
        self._shown_hosts = ShownHosts(
            self,
            shown,
            read_only=read_only,
            dry_run=dry_run,
            moved=self._host_moved,
            trouble=self._trouble,
            screens=lambda: self.screen_stack,
            row_host=lambda: None if (row := self.main.table.current_row) is None else row.host,
        )
        self.hosts, self.fleet = self._shown_hosts.by_label, self._shown_hosts.fleet
        self._completing = asyncio.Lock()
        self._complete_soon: Timer | None = None
        self._first_notice = notice
        self._key_problems: list[str] = []
        leave, self._leave_problem = keymap.leave_key(settings.leave_key)
        modes = tuple(mode for mode, on in (("read-only", read_only), ("dry run", dry_run)) if on)
        self._here = here
        if simulated and (notice or not self._habits.dismissed):
            modes += (SIMULATED,)
        self.main: MainScreen = MainScreen(
            self, self._whole, modes=modes, leave_key=leave, leave_shown=keymap.shown(leave)
        )
        self.notifications = Notifications(self.main)
        self._list = ListRefresh(
            self.main,
            lambda: self.here.host_state,
            self._shown_hosts.several,
            shown=self._list_shown,
            warn=partial(self.notify, severity="warning"),
        )
        self._leaving = Leaving(self, self.main, self._shown_hosts)
        self._news = HostNews(self, self._list, self._leaving, alert_by=settings.alert)

    # Parts the list does without: read and made when they are first used, as that would show it later

    @cached_property
    def typeahead(self) -> TypeAhead:
        """What takes keys in the order typed."""
        from xentui.tui.typeahead import TypeAhead

        return TypeAhead(
            self,
            complete=self.complete,
            leave_console=self.main.to_list,
            submission=self._submission,
            warn=lambda text, severity: self.notify(text, severity=severity),
        )

    @cached_property
    def prompts(self) -> Prompts:
        """The lines one types."""
        from xentui.tui.prompts import Prompts

        return Prompts(self, self.main)

    # The hosts

    @property
    def here(self) -> HostContext:
        """The host one is at: that of the dialog or screen on top, else of the domain under the cursor."""
        return self._shown_hosts.here

    @property
    def consoles(self) -> ConsoleTabs:
        """What is done with the console in sight, or with those of the host one is at."""
        live = self.main.console.console if self.main.complete else None
        return (self.here if live is None else self.host_of(live)).consoles

    def opened(self) -> Sequence[LiveConsole]:
        """Return the open consoles of all hosts, in the order they were opened."""
        return self._shown_hosts.opened()

    def is_about(self, screen: Screen[Any], host: HostContext) -> None:
        """A dialog or screen that is to be shown is about a host."""
        self._shown_hosts.is_about(screen, host)

    def host_of(self, console: ShownConsole) -> HostContext:
        """Return the host a console is of."""
        return self._shown_hosts.host_of(console)

    # Life of the app

    def get_default_screen(self) -> Screen[Any]:
        """Return the main screen, which is the first."""
        return self.main

    def on_mount(self) -> None:
        """Ask the host, and take the user's keys."""
        if not self.fleet.remembers:
            for host in self.hosts.values():
                host.poller.begin()
        if not self.is_headless:
            termination.end_on_signals(self)
        if (terminal := self.terminal) is not None:
            terminal.follow_cursor(partial(cursor_to_show, self, self.main))
        keys, self._key_problems = keymap.checked(self._settings.keys)
        self.set_keymap(keys)

    def begin(self) -> None:
        """Follow the hosts: the main screen is drawn.

        What they held last is shown before any is asked: to begin with two hundred takes longer than all else.
        """
        problems = [*self._key_problems, *([self._leave_problem] if self._leave_problem else [])]
        show_first_notices(self, self._settings, problems, self._first_notice, self.themes)
        if self._here is not None and not self._habits.dismissed:
            self.background(partial(check_this_machine, self, self._here))
        if self.fleet.remembers:
            self._list.draw()
            self.main.reveal()
            self.background(self._follow_later)
        else:
            self.background(self.fleet.run)
        self.here.learn_audit()
        self.set_interval(TICK, self._tick)

    async def _follow_later(self) -> None:
        """Follow the hosts when what they held last has been sent to the terminal."""
        await self.main.first_sent()
        await self.fleet.run()

    async def change_host(self, name: str) -> None:
        """Leave this host for another; raises UsageError for one that is none.  The screen begins anew with it."""
        self.next_host = await self._leaving.choose_host(name, self._settings)
        if self.next_host is not None:
            self.exit()

    def known_hosts(self) -> list[str]:
        """Return the hosts that can be named: those of config.toml and those in the list, and those there always
        are.
        """
        return [*sorted({*self._settings.hosts, *filter(None, self.hosts)} - {LOCAL, SIM}), LOCAL, SIM]

    async def leave(self) -> None:
        """Quit, after asking where work or consoles would be cut off: the user may stay."""
        if await self._leaving.agreed("Quit xentui?", "Quit"):
            self.exit()

    async def on_unmount(self) -> None:
        """Let go of the hosts."""
        self._habits.keep(self.main)
        await self.fleet.close()
        await asyncio.gather(*(host.let_go() for host in self.hosts.values()))

    async def complete(self) -> None:
        """Have consoles, prompts and their looks there; the list is shown without them, and sooner."""
        async with self._completing:
            if not self.main.complete:
                self.stylesheet.read_all(stylesheets.later())
                self.stylesheet.parse()
                self.main.consoles.first.view.surface = self.terminal
                self.main.consoles.second.view.surface = self.terminal
                await self.main.mount_rest()

    # What is told

    def _job_moved(self, job: Job) -> None:
        self.post_message(JobChanged(job))

    def _host_moved(self, member: FleetMember[HostState], events: tuple[Event, ...] | None) -> None:
        self.post_message(HostStateChanged(events, member.seen.label))

    def _trouble(self, member: FleetMember[HostState], error: XentuiError) -> None:
        self._news.trouble(member, error)

    def notify_at_once(
        self, message: str, *, severity: str = "information", error: XentuiError | None = None
    ) -> None:
        """Leave a notice before returning, so that it can be taken back."""
        self.notifications.show(Notice(message, error, severity))

    def clear_notice(self) -> None:
        """Take the last notice back for what holds as long as nothing else is told."""
        self.notifications.clear()

    @on(Notice)
    def _notice(self, event: Notice) -> None:
        self.notifications.show(event)

    @on(HostStateChanged)
    def _host_state_changed(self, event: HostStateChanged) -> None:
        if not self.is_running:
            return
        host = self.hosts[event.host]
        self._news.host_moved(host, event.events)
        if host.host_state.snapshot is not None or host.host_state.trouble is not None:
            self.main.reveal()  # the first time
        if not self.main.complete:
            if self._complete_soon is None:
                self._complete_soon = self.set_timer(_COMPLETE_AFTER, self.complete)
        elif event.events is not None:
            self._news.snapshot_shown(host)

    def show_sighting(self, host: HostContext) -> None:
        """Tell of what a guest has printed that is watched for, when nobody looked."""
        self._news.show_sighting(host)

    @on(JobChanged)
    def _job_changed(self, event: JobChanged) -> None:
        if self.is_running:
            self._news.job_moved(event.job)

    @on(NoticeLine.Clicked)
    async def _notice_clicked(self) -> None:
        await self.act("view.error" if any(self.notifications.report(time.time())) else "view.log", [])

    def _tick(self) -> None:
        if not self.is_running:
            return
        if not self.is_headless and termination.terminal_gone(sys.stdin.fileno()):
            # Nobody is there to be asked anything.
            self.exit(return_code=termination.GONE)
            return
        self._list.tick()
        self.main.show_tabs()

    def _list_shown(self) -> None:
        """The list was drawn."""
        if len(self.hosts) > 1:
            self.here.learn_audit()
        known = any(host.host_state.snapshot is not None for host in self.hosts.values())
        if known and not self._habits.restored:
            self._habits.restore(self.main, self.filter_list)
        self.notifications.refresh()

    # What actions ask for

    async def act(self, name: str, rows: Sequence[DomainRow]) -> None:
        """Do an action to the domains of rows, on the host of each.

        Returns when it goes on in the background, has ended, or asks something: so a key typed ahead is for what the
        action shows, not for the list.
        """
        await self.complete()  # a click may come before any key
        if not name.startswith(_LOOKS):
            self.notifications.clear()
        doing = self.run_worker(dispatch.act_on_rows(self.hosts, self.here, name, rows))
        await self.wait_until_prompted(doing)

    def _submission(self, focused: Widget | None) -> asyncio.Future[None] | None:
        """Return what ends when the line on the prompt has been dealt with; None elsewhere."""
        return self.prompts.entering() if focused is self.main.prompt.line else None

    async def ask(self, dialog: ModalScreen[Answer]) -> Answer | None:
        """Show a dialog and wait for its answer."""
        return await self.typeahead.ask(dialog)

    async def show(self, screen: Screen[Any]) -> None:
        """Show another screen on top; returns when keys go there."""
        await self.typeahead.show(screen)

    async def wait_until_prompted(self, doing: Worker[None]) -> None:
        """Wait until what is being done shows a dialog or screen, or has ended, or goes on in the background."""
        await self.typeahead.wait_until_prompted(doing)

    def view(self, name: str, domains: Sequence[Domain], host: HostContext) -> None:
        """Do what concerns the screen only."""
        dispatch.view(self, name, domains, host)

    def select(self, key: str) -> None:
        """Let the list go to a row as soon as it is there."""
        self._news.select(key)

    def go_to(self, key: str) -> None:
        """Go to a row of the list, taking the filter back where it hides it."""
        if not self.main.table.go_to(key):
            self.filter_list("")
            self.main.table.go_to(key)
        self.main.to_list()

    async def begin_command(self, command: Command) -> None:
        """Begin a command on the ``:`` line, or run it where it only shows something and needs nothing more."""
        await self.complete()
        self.main.to_list()
        await self.prompts.begin(command)

    def filter_list(self, text: str) -> None:
        """Filter the list, and say so as long as it is."""
        self.main.table.filter(text)
        self.notifications.clear()

    def next_theme(self) -> None:
        """Take the next theme."""
        if self.no_color:
            self.notify("NO_COLOR is set: no theme changes anything", severity="warning")
            return
        name = self.take_next_theme()
        self._habits.choose_theme(name)
        self.notify(f"theme: {name}")

    async def on_event(self, event: events.Event) -> None:
        """Deal with keys in the order typed; Ctrl-L paints anew wherever it is typed, and is a guest's too."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            if event.key == _REPAINT and self.focused is not self.main.table:
                self.repaint()
            self.notifications.clear_others()
            if await self.typeahead.take(event):
                return
        await super().on_event(event)

    def word(self, suggest: Suggest) -> str:
        """Word a command that an error suggests: by its key, else as it is typed on the ``:`` line."""
        return as_key(lambda name: self.main.key_of(name) if name in KEYS else "")(suggest)
