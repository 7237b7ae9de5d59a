"""The app: wires the service, the poller, the jobs and the screens together."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from functools import cached_property, partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.driver import Driver
from textual.screen import ModalScreen, Screen
from textual.theme import Theme
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import Worker

from xentui import fleet
from xentui.commands.command import Command, Targets
from xentui.errors import FaultError, Suggest, XentuiError
from xentui.fleet.fleet import Fleet
from xentui.fleet.member import FleetMember
from xentui.fleet.poller import HostPoller
from xentui.hosts.base import Host
from xentui.hosts.choose import LOCAL, SIM, HostChoice, named_beside
from xentui.model.domain import Domain
from xentui.service.events import Event
from xentui.service.hypervisor import Hypervisor
from xentui.settings import Settings
from xentui.tui import alert, handlers, keymap, runtime_tuning, screens, stylesheets, termination, themes
from xentui.tui.context import Answer
from xentui.tui.dispatch import act
from xentui.tui.driver import ThriftyDriver, thrifty
from xentui.tui.faults import FaultsTold
from xentui.tui.habits import SIMULATED, Habits
from xentui.tui.host_context import HostContext
from xentui.tui.host_state import HostState
from xentui.tui.jobs import Job, Jobs, JobState
from xentui.tui.keys import KEYS
from xentui.tui.leaving import Leaving
from xentui.tui.list_refresh import TICK, ListRefresh
from xentui.tui.messages import HostStateChanged, JobChanged, Notice
from xentui.tui.notifications import Notifications
from xentui.tui.output.grid import Cursor
from xentui.tui.palette import PROVIDERS, Palette
from xentui.tui.screens.main import MainScreen
from xentui.tui.shown_hosts import ShownHosts
from xentui.tui.suggestions import as_key
from xentui.tui.textual_compat import driver_of
from xentui.tui.undo import Undos
from xentui.tui.widgets.notice_line import NoticeLine

if TYPE_CHECKING:
    from xentui.commands.completion_source import HostCompletionSource
    from xentui.console.hub import ConsoleHub, LiveConsole
    from xentui.console.shown import ShownConsole
    from xentui.tui.console_tabs import ConsoleTabs
    from xentui.tui.domain_list.row import DomainRow
    from xentui.tui.prompts import Prompts
    from xentui.tui.typeahead import TypeAhead

_REPAINT = "ctrl+l"
_LOOKS = "view."
"""Begins the names of actions that only look: the notice may be what is looked at."""
_COMPLETE_AFTER = 0.2
"""Seconds from the first list until what it is shown without is made: it is to reach the terminal before."""


class XentuiApp(FaultsTold, App[None], inherit_bindings=False):
    """The screen of one or several hosts; implements :class:`xentui.tui.context.MainContext`.

    ``host`` is shown, and those ``beside`` it.  What is known of one, and done there, is its
    :class:`~xentui.tui.host_context.HostContext`'s.
    """

    TITLE = "xentui"
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [*stylesheets.first()]
    BINDINGS: ClassVar[list[BindingType]] = []
    COMMANDS = PROVIDERS
    # The palette is an action like any other; Textual's own binding would take Ctrl-P from guests.
    COMMAND_PALETTE_BINDING = "f24"
    ENABLE_COMMAND_PALETTE = True

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
        known = themes.themes()
        shown = [host, *beside]
        self._whole = ",".join(each.name for each in shown)
        self._habits = Habits(self._whole, configured=settings.theme, simulated=simulated)
        self.next_host: HostChoice | None = None
        """The host to go on with, where the user has chosen another."""
        # Only from the terminal's own colours does Textual leave all out; from others it makes greys.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        for theme in known.values():
            self.register_theme(theme)
        wish = next((name for name in (self._habits.theme, settings.theme) if name in known), themes.DEFAULT)
        self._begin_with(known[themes.NO_COLOUR if self.no_color else wish])
        self._settings = settings
        self._read_only, self._dry_run = read_only, dry_run
        self.jobs = Jobs(self._job_moved)
        self.undos = Undos()
        labels = [each.name for each in shown] if beside else [""]
        self.hosts = {
            label: HostContext(self, each, label=label, read_only=read_only, dry_run=dry_run)
            for label, each in zip(labels, shown, strict=True)
        }
        looks = None
        if beside:
            looks = fleet.cache.LastLooks()
        self.fleet = Fleet(
            [each.hypervisor for each in self.hosts.values()],
            HostState,
            self._host_moved,
            self._trouble,
            looked=runtime_tuning.freeze_gc,
            looks=looks,
        )
        for context, member in zip(self.hosts.values(), self.fleet.members, strict=True):
            context.follow(member)
        self._shown_hosts = ShownHosts(self.hosts, lambda: self.screen_stack, self._row_host)
        self.fleet.in_sight = lambda member: self.hosts[member.seen.label] is self.here
        several = None
        if beside:
            from xentui.tui.several import Several  # most screens show one host

            several = Several(tuple(self.hosts.values()))
            self.fleet.cached()
        self._completing = asyncio.Lock()
        self._complete_soon: Timer | None = None
        self._going_to = ""
        """The key of the row of a domain that was made and is not listed yet."""
        self._first_notice = notice
        self._key_problems: list[str] = []
        leave, self._leave_problem = keymap.leave_key(settings.leave_key)
        modes = tuple(mode for mode, on in (("read-only", read_only), ("dry run", dry_run)) if on)
        self._here = here
        if simulated and (notice or not self._habits.dismissed):
            modes += (SIMULATED,)
        self.main = MainScreen(
            self, self._whole, modes=modes, leave_key=leave, leave_shown=keymap.shown(leave)
        )
        self.notifications = Notifications(self.main)
        self._list = ListRefresh(
            self.main,
            lambda: self.host_state,
            several,
            shown=self._list_shown,
            warn=partial(self.notify, severity="warning"),
        )
        self._leaving = Leaving(self, self.main, self._shown_hosts)

    def _begin_with(self, theme: Theme) -> None:
        """Take a first theme.  Textual starts with a dark one; a change to another reads all styles twice."""
        if theme.dark and not theme.ansi:
            self.set_reactive(XentuiApp.theme, theme.name)
            self.stylesheet.set_variables(self.get_css_variables())
        else:
            self.theme = theme.name

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

    def _row_host(self) -> str | None:
        row = self.main.table.current_row
        return None if row is None else row.host

    @property
    def hypervisor(self) -> Hypervisor:
        """What is done on the host one is at."""
        return self.here.hypervisor

    @property
    def host_state(self) -> HostState:
        """What is known of the host one is at."""
        return self.here.host_state

    @property
    def poller(self) -> HostPoller:
        """What looks at the host one is at."""
        return self.here.poller

    @property
    def completion_source(self) -> HostCompletionSource:
        """What completion asks of the host one is at."""
        return self.here.completion_source

    @property
    def hub(self) -> ConsoleHub:
        """The open consoles of the host one is at."""
        return self.here.hub

    @property
    def consoles(self) -> ConsoleTabs:
        """What is done with the console in sight, or with those of the host one is at."""
        live = self.main.console.console if self.main.complete else None
        return (self.here if live is None else self.host_of(live)).consoles

    def opened(self) -> Sequence[LiveConsole]:
        """The open consoles of all hosts, in the order they were opened."""
        return self._shown_hosts.opened()

    def is_about(self, screen: Screen[Any], host: HostContext) -> None:
        """A dialog or screen that is to be shown is about a host."""
        self._shown_hosts.is_about(screen, host)

    def host_of(self, console: ShownConsole) -> HostContext:
        """The host a console is of."""
        return self._shown_hosts.host_of(console)

    @property
    def watched(self) -> Sequence[str]:
        """What each console is watched for."""
        return self._settings.watch

    # Life of the app

    def get_driver_class(self) -> type[Driver]:
        """A driver that sends less."""
        return thrifty(super().get_driver_class())

    def get_default_screen(self) -> Screen[Any]:
        """The main screen is the first."""
        return self.main

    def on_mount(self) -> None:
        """Ask the host, and take the user's keys."""
        if not self.fleet.remembers:
            for host in self.hosts.values():
                host.poller.begin()
        if not self.is_headless:
            termination.end_on_signals(self)
        if (terminal := self._terminal) is not None:
            terminal.follow_cursor(self._cursor)
        keys, self._key_problems = keymap.checked(self._settings.keys)
        self.set_keymap(keys)

    def begin(self) -> None:
        """Follow the hosts: the main screen is drawn.

        What they held last is shown before any is asked: to begin with two hundred takes longer than all else.
        """
        self._tell_first()
        if self.fleet.remembers:
            self._list.draw()
            self.main.reveal()
            self.call_after_refresh(self.background, self.fleet.run)
        else:
            self.background(self.fleet.run)
        self.here.learn_audit()
        self.set_interval(TICK, self._tick)

    def _tell_first(self) -> None:
        problems = [*self._key_problems, *([self._leave_problem] if self._leave_problem else [])]
        if self._settings.theme and self._settings.theme not in themes.themes():
            problems.append(f"there is no theme {self._settings.theme!r}")
        if problems:
            self.notifications.settings(problems)
        elif self._first_notice:
            self.notify(self._first_notice)
        if self._here is not None and not self._habits.dismissed:
            self.background(partial(self._first_run, self._here))

    async def _first_run(self, here: Host) -> None:
        """Show what this machine lacks to be a host itself, until the simulator was taken for known."""
        await self.complete()
        at = self.here
        local = Hypervisor(here, read_only=self._read_only, dry_run=self._dry_run, announce=at.notify)
        await self.show(screens.host_check.HostCheckScreen(at, local, first_run=True))

    async def change_host(self, name: str) -> None:
        """Leave this host for another; raises UsageError for one that is none.  The screen begins anew with it."""
        choice = named_beside(self.here.hypervisor.host, name, self._settings, read_only=self._read_only)
        if not await self.leave(f"Leave {self._whole} for {name}?", "Change host"):
            return
        self.next_host = choice

    def known_hosts(self) -> list[str]:
        """The hosts that can be named: those of config.toml and those in the list, and those there always are."""
        return [*sorted({*self._settings.hosts, *filter(None, self.hosts)} - {LOCAL, SIM}), LOCAL, SIM]

    async def leave(self, question: str = "Quit xentui?", label: str = "Quit") -> bool:
        """Quit, after asking where work or consoles would be cut off; False where the user stays."""
        if not await self._leaving.agreed(question, label):
            return False
        self.exit()
        return True

    async def on_unmount(self) -> None:
        """Let go of the hosts."""
        self._habits.keep(self.main)
        await self.fleet.close()
        await asyncio.gather(*(host.let_go() for host in self.hosts.values()))

    def dismiss_simulator(self) -> bool:
        """Take it for known that the host is simulated; False where that is not said."""
        return self.main.host_bar.drop_mode(SIMULATED)

    async def complete(self) -> None:
        """Have consoles, prompts and their looks there; the list is shown without them, and sooner."""
        async with self._completing:
            if not self.main.complete:
                self.stylesheet.read_all(stylesheets.later())
                self.stylesheet.parse()
                self.main.consoles.first.view.surface = self._terminal
                self.main.consoles.second.view.surface = self._terminal
                await self.main.mount_rest()

    # What is told

    def _job_moved(self, job: Job) -> None:
        self.post_message(JobChanged(job))

    def _host_moved(self, member: FleetMember[HostState], events: tuple[Event, ...] | None) -> None:
        self.post_message(HostStateChanged(events, member.seen.label))

    def _trouble(self, member: FleetMember[HostState], error: XentuiError) -> None:
        """What is wrong with the host stands on top; more is told on asking.  What nobody foresees is a notice too."""
        if isinstance(error, FaultError):
            self.hosts[member.seen.label].notify(error.message, error=error, severity="error")
        else:
            self.notifications.record(error)

    def notify(
        self,
        message: str,
        *,
        title: str = "",  # noqa: ARG002 - Textual's own
        severity: str = "information",
        timeout: float | None = None,  # noqa: ARG002 - Textual's own
        markup: bool = False,  # noqa: ARG002 - Textual's own
        error: XentuiError | None = None,
    ) -> None:
        """Leave a notice on the line for them; it stays until the next, or the next action."""
        self.post_message(Notice(message, error, severity))

    def notify_error(self, error: XentuiError) -> None:
        """Tell of an error: as a warning where something is only not possible now."""
        self.post_message(Notice.of(error))

    def notify_at_once(
        self, message: str, *, severity: str = "information", error: XentuiError | None = None
    ) -> None:
        """Leave a notice before returning, so that it can be taken back."""
        self.notifications.show(Notice(message, error, severity))

    def clear_notice(self) -> None:
        """Take the last notice back for what holds as long as nothing else is told."""
        self.notifications.standing()

    @on(Notice)
    def _notice(self, event: Notice) -> None:
        self.notifications.show(event)

    @on(HostStateChanged)
    def _host_state_changed(self, event: HostStateChanged) -> None:
        if not self.is_running:
            return
        host = self.hosts[event.host]
        host.moved = True
        self._list.moved(event.host, event.events)
        if host.host_state.snapshot is not None or host.host_state.trouble is not None:
            self.main.reveal()  # the first time
        if not self.main.complete:
            if self._complete_soon is None:
                self._complete_soon = self.set_timer(_COMPLETE_AFTER, self.complete)
        elif event.events is not None:
            host.adopt_jobs()
            self._tell_events(host)
            host.consoles.domains_changed()
            if self._going_to and self.main.table.go_to(self._going_to):
                self._going_to = ""

    def _tell_events(self, host: HostContext) -> None:
        """Tell of what has happened without anybody here having asked for it."""
        if not (unasked := host.unasked()):
            return
        host.background(host.read_audit, instead_of="audit")
        if text := self.notifications.happened(unasked, host.label):
            alert.give(self, self._settings.alert, f"{host.hypervisor.session.host.name}: {text}")

    def in_sight(self, live: LiveConsole) -> bool:
        """Return whether a console is looked at."""
        panes = (self.main.consoles.first, self.main.consoles.second)
        return self.screen is self.main and any(pane.console is live and pane.view.region for pane in panes)

    def tell_sighting(self, host: HostContext) -> None:
        """Tell of what a guest has printed that is watched for, when nobody looked."""
        self._list.draw()
        self._tell_events(host)

    @on(JobChanged)
    def _job_changed(self, event: JobChanged) -> None:
        job = event.job
        if not self.is_running:
            return
        self.main.notice.show_jobs([job for job in self.jobs.running if not job.quiet])
        if job.condition:
            for context in self._hosts_of(job):
                context.moved = True
            self._list.draw()
        if job.state is JobState.RUNNING:
            return
        self._leaving.follow()
        for host in self._hosts_of(job):
            if job.shows:
                host.select(job.shows)
            host.poller.poke()
            host.completion_source.forget()
            host.background(host.read_audit, instead_of="audit")
        if not job.quiet:
            self.notifications.end_of(job)

    def _hosts_of(self, job: Job) -> Sequence[HostContext]:
        """The host a job works on; all where it is of none alone."""
        return [self.hosts[job.host]] if job.host in self.hosts else list(self.hosts.values())

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
            self.notifications.standing()
        doing = self.run_worker(self._act(name, rows))
        await self.wait_until_prompted(doing)

    async def _act(self, name: str, rows: Sequence[DomainRow]) -> None:
        groups: dict[str, list[Domain]] = {}
        for row in rows:
            groups.setdefault(row.host, []).append(row.domain)
        if len(groups) > 1 and name in handlers.views.VIEWS:  # of the screen, whatever hosts there are
            groups = {}
        if not groups:
            await act(self.here, name, [row.domain for row in rows])
        for label, domains in groups.items():
            await act(self.hosts[label], name, domains, of_several=len(groups) > 1)

    @property
    def rings(self) -> bool:
        """Whether the bell of a guest in sight is to be heard."""
        return self._settings.bell

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

    def close(self, screen: Screen[Any]) -> None:
        """Take a screen away, and whatever stands on it; dialogs there are left without an answer."""
        while screen in self.screen_stack:
            top = self.screen
            if isinstance(top, ModalScreen):
                top.dismiss(None)
            else:
                self.pop_screen()

    def background(self, work: Callable[[], Coroutine[Any, Any, None]], *, instead_of: str = "") -> None:
        """Begin work nobody waits for; with ``instead_of`` an earlier one of that name is given up.

        It is made only when it begins: on the way out it does not any more.
        """
        begun: Any = work
        group = instead_of or "background"
        self.run_worker(begun, exclusive=bool(instead_of), group=group)

    def refresh_hosts(self) -> None:
        """Look at the hosts at once."""
        self.fleet.poke()

    def action_command_palette(self) -> None:
        """Show the palette, not Textual's."""
        self.push_screen(Palette(id="--command-palette"))

    def view(self, name: str, domains: Sequence[Domain], host: HostContext) -> None:
        """Do what concerns the screen only."""
        if (view := handlers.views.HOST_VIEWS.get(name)) is not None:
            view(self, host, domains)
        else:
            handlers.views.VIEWS[name](self, domains)

    def select(self, key: str) -> None:
        """Let the list go to a row as soon as it is there."""
        self._going_to = key

    def go_to(self, key: str) -> None:
        """Go to a row of the list, taking the filter back where it hides it."""
        if not self.main.table.go_to(key):
            self.filter_list("")
            self.main.table.go_to(key)
        self.main.to_list()

    @property
    def read_only(self) -> bool:
        """Whether the session may change nothing."""
        return self._read_only

    async def begin_command(self, command: Command) -> None:
        """Begin a command on the ``:`` line, or run it where it only shows something and needs nothing more."""
        await self.complete()
        self.main.to_list()
        needed = [each for each in command.positionals if not each.optional]
        chosen = command.targets is not Targets.NONE and self.main.chosen
        if command.mutates or len(needed) > bool(chosen):
            self.prompts.ask_command(f"{command.verb} ")
        else:
            await self.prompts.entered("command", command.verb)

    def filter_list(self, text: str) -> None:
        """Filter the list, and say so as long as it is."""
        self.main.table.filter(text)
        self.notifications.standing()

    def next_theme(self) -> None:
        """Take the next theme."""
        names = [
            theme.name for name, theme in themes.themes().items() if self.no_color or name != themes.NO_COLOUR
        ]
        here = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(here + 1) % len(names)]
        if not self.no_color:
            self._habits.choose_theme(
                next(name for name, theme in themes.themes().items() if theme.name == self.theme)
            )
        self.notify(f"theme: {self.theme.removeprefix('xentui-')}")

    def _cursor(self) -> Cursor | None:
        """Where the terminal's own cursor stands: where a guest has its own, else unseen where something is typed."""
        focused = self.focused if self.is_running else None
        if focused is None or focused is self.main.table:
            return None
        if self.main.complete and focused is self.main.console.view:
            place, shown = self.main.console.view.cursor_place, True
        else:
            place, shown = self.cursor_position, False
        return None if place is None else Cursor(place.y, place.x, shown)

    def repaint(self) -> None:
        """Send the terminal all it is to show: something else has written there."""
        if (terminal := self._terminal) is not None:
            terminal.repaint()

    @property
    def _terminal(self) -> ThriftyDriver | None:
        """The driver, where it is ours."""
        driver = driver_of(self)
        return driver if isinstance(driver, ThriftyDriver) else None

    async def on_event(self, event: events.Event) -> None:
        """Deal with keys in the order typed; Ctrl-L paints anew wherever it is typed, and is a guest's too."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            if event.key == _REPAINT and self.focused is not self.main.table:
                self.repaint()
            self.notifications.look_away()
            if await self.typeahead.take(event):
                return
        await super().on_event(event)

    def word(self, suggest: Suggest) -> str:
        """Word a command that an error suggests: by its key, else as it is typed on the ``:`` line."""
        return as_key(lambda name: self.main.key_of(name) if name in KEYS else "")(suggest)

    def shown_key(self, key: str) -> str:
        """A key as it is shown."""
        return keymap.shown(key)

    def get_system_commands(self, screen: Screen[Any]) -> Iterator[SystemCommand]:  # noqa: ARG002 - Textual's own
        """None of Textual's: the palette has xentui's actions."""
        yield from ()
