"""One host on the screen: what is known of it, what goes on there, and what actions on its domains work with."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from textual.screen import ModalScreen, Screen
from textual.worker import Worker

from xentui import commands, console
from xentui.errors import Suggest, XentuiError
from xentui.fleet.member import FleetMember
from xentui.hosts.base import Host
from xentui.model.domain import Domain
from xentui.model.job import HostJob
from xentui.service.hypervisor import Hypervisor
from xentui.tui import dialogs
from xentui.tui.context import Answer, ScreenContext
from xentui.tui.event_words import HostEvent
from xentui.tui.host_state import HostState
from xentui.tui.jobs import Job, Jobs, announce, following, observe, on_host, warn
from xentui.tui.messages import Notice
from xentui.tui.undo import Undos

if TYPE_CHECKING:
    from xentui.commands.completion_source import HostCompletionSource
    from xentui.console.hub import ConsoleHub, LiveConsole
    from xentui.console.recorded import RecordedConsole
    from xentui.model.consoles import WhichConsole
    from xentui.service.boot_plan import BootPlan
    from xentui.service.editing import Draft
    from xentui.service.kernels import GuestKernels
    from xentui.service.session_change import SessionChange
    from xentui.tui.console_tabs import ConsoleTabs
    from xentui.tui.context import RecordResult
    from xentui.tui.domain_list.row import DomainRow
    from xentui.tui.screens.main import MainScreen

_AUDIT = 300
_OWN = 15.0
"""Seconds in which what happens to a domain follows from what this session did to it."""


class HostScreen(ScreenContext, Protocol):
    """What a host asks of the screen it is shown on; the app is one."""

    main: MainScreen
    jobs: Jobs
    undos: Undos
    hosts: Mapping[str, HostContext]

    @property
    def watched(self) -> Sequence[str]:
        """What each console is watched for."""

    def is_about(self, screen: Screen[Any], host: HostContext) -> None:
        """A dialog or screen that is to be shown is about a host."""

    def known_hosts(self) -> list[str]:
        """Return the hosts that can be named."""

    def show_sighting(self, host: HostContext) -> None:
        """Tell of what a guest has printed that is watched for, when nobody looked."""

    def view(self, name: str, domains: Sequence[Domain], host: HostContext) -> None:
        """Do what concerns the screen only."""

    def select(self, key: str) -> None:
        """Let the list go to a row as soon as it is there."""

    def go_to(self, key: str) -> None:
        """Go to a row of the list, taking the filter back where it hides it."""


class HostContext:
    """Implements :class:`xentui.tui.context.UiContext` for one host; what is not its own it shares with the others.

    ``label`` is what the list calls it, "" where it is the only one: then nothing needs to say which it is.
    """

    def __init__(
        self,
        screen: HostScreen,
        host: Host,
        *,
        label: str = "",
        read_only: bool = False,
        dry_run: bool = False,
    ) -> None:
        self._screen = screen
        self.label = label
        self.jobs, self.undos = screen.jobs.on(label), screen.undos
        self.hypervisor = Hypervisor(
            host, read_only=read_only, dry_run=dry_run, announce=self._announce, warn=warn
        )
        session = self.hypervisor.session
        session.observe, session.following, session.done = observe, following, self._done
        self.tried: dict[str, tuple[Draft, str]] = {}
        self.moved = True
        """Whether something of the host has changed that its rows show."""
        self._rows: Sequence[DomainRow] = ()
        self._told_until = 0
        self._audit_asked = False
        self._hub: ConsoleHub | None = None

    # Parts the list does without: read and made when they are first used, as that would show it later

    @property
    def hub(self) -> ConsoleHub:
        """The open consoles."""
        if self._hub is None:
            session = self.hypervisor.session
            self._hub = console.hub.ConsoleHub(session.host, session.toolstack, read_only=session.read_only)
        return self._hub

    @cached_property
    def consoles(self) -> ConsoleTabs:
        """What is done with them."""
        from xentui.tui.console_tabs import ConsoleTabs
        from xentui.tui.console_watch import Watching

        screen = self._screen
        watching = Watching(
            self,
            self.hub,
            screen.watched,
            in_sight=screen.main.consoles.looks_at,
            told=lambda: screen.show_sighting(self),
        )
        return ConsoleTabs(self, screen.main, self.hub, watching)

    async def follow_console(self, host: str, domain: Domain) -> None:
        """Open the console of a domain that has moved to ``host``, where it was open here and that one is shown.

        Who looked at it here sees it there; nobody else is interrupted.
        """
        live = self._hub.get(domain.uuid) if self._hub is not None else None
        there = next(
            (each for each in self._screen.hosts.values() if each.hypervisor.host.name == host), None
        )
        if live is None or there is None or there is self or domain.domid is None:
            return
        try:
            if self._screen.main.consoles.looks_at(live):
                await there.consoles.open(domain)
            else:
                await there.consoles.live(domain)
        except XentuiError as error:
            there.notify_error(error)

    @cached_property
    def completion_source(self) -> HostCompletionSource:
        """What completion asks of the host."""
        return commands.completion_source.HostCompletionSource(
            lambda: self.hypervisor, hosts=self._screen.known_hosts
        )

    @property
    def guest_kernels(self) -> GuestKernels:
        """The boot menus of its guests."""
        return self.poller.kernels

    @property
    def opened(self) -> tuple[LiveConsole, ...]:
        """The open consoles, in the order they were opened."""
        return self._hub.all() if self._hub is not None else ()

    @property
    def beside(self) -> Sequence[Hypervisor]:
        """The other hosts of the session."""
        return [other.hypervisor for other in self._screen.hosts.values() if other is not self]

    # Its life

    def follow(self, member: FleetMember[HostState]) -> None:
        """Take over what is known of the host, and who follows it."""
        self.host_state, self.poller = member.seen, member.poller
        self.host_state.label, self.host_state.is_own = self.label, self._is_own
        self.poller.kernels_shown = lambda: self._screen.main.table.shows("kernel")
        self.poller.list_seen = self._first_sent

    async def _first_sent(self) -> None:
        await self._screen.main.first_sent()

    async def let_go(self) -> None:
        """Let go of the host, which nobody follows any more."""
        if self._hub is not None:
            await self._hub.close_all()
        await self.completion_source.close()
        await self.hypervisor.host.close()

    async def leave_consoles(self) -> None:
        """Leave what is open; what the host does by itself goes on: who leaves does not cancel it."""
        self.hypervisor.session.leaving = lambda: True
        if self._hub is not None:
            await self._hub.close_all()

    def adopt_jobs(self) -> None:
        """Follow what goes on on the host and was begun elsewhere: by another, or before a restart."""
        snapshot = self.host_state.snapshot
        followed = {job.host_job for job in self.jobs.all if job.host_job and job.host == self.label}
        for found in snapshot.jobs if snapshot is not None else ():
            if found.under_way and found.id not in followed:

                async def work(job: Job, found: HostJob = found) -> str:
                    progress = self.jobs.progress(job)
                    await self.hypervisor.lifecycle.follow(found, progress=progress)
                    return f"done, requested by {found.user or 'somebody'}"

                # Quiet: it is another's, whose screen tells how it ends.
                adopted = self.jobs.start(
                    found.kind, found.subject, work, cancellable=False, by_itself=True, quiet=True
                )
                adopted.host_job, adopted.foreign = found.id, True

    def unasked(self) -> list[HostEvent]:
        """Return what has happened, since this was asked last, without anybody here having asked for it."""
        since, self._told_until = self._told_until, self.host_state.events_seen
        return [event for event in self.host_state.events_since(since) if not event.own]

    def learn_audit(self) -> None:
        """Have who ran what be read the first time the host is looked at: of many hosts most never are."""
        if not self._audit_asked:
            self._audit_asked = True
            self.background(self.read_audit, instead_of="audit")

    async def read_audit(self) -> None:
        """Learn who ran what; where that cannot be, the list says what is wrong with the host."""
        self._audit_asked = True
        await self._first_sent()
        try:
            self.host_state.take_audit(await self.hypervisor.audit(_AUDIT))
        except XentuiError:
            return
        self._screen.main.follower.show()

    def _is_own(self, name: str) -> bool:
        """Return whether this session is at work on a domain, or has just been."""
        return self.jobs.concern(name, within=_OWN) or self.hypervisor.session.acts_on(name, within=_OWN)

    def _announce(self, command: str) -> None:
        if not announce(f"would run: {command}"):
            self.notify(f"would run: {command}")

    def _done(self, done: SessionChange) -> None:
        self.undos.take(replace(done, subject=on_host(done.subject, self.label)) if self.label else done)

    # Its domains in the list

    def rows(self, now: float) -> Sequence[DomainRow]:
        """Their rows: made anew only where something of the host has changed since."""
        if self.moved:
            self.moved, self._rows = False, self.host_state.entries(now, self.jobs.conditions())
        return self._rows

    def key(self, uuid: str) -> str:
        """Return the key of the row of a domain."""
        return self.host_state.key(uuid)

    def select(self, uuid: str) -> None:
        """Let the list go to a domain as soon as it is listed."""
        self._screen.select(self.key(uuid))

    def go_to(self, uuid: str) -> None:
        """Go to a domain in the list, taking the filter back where it hides it."""
        self._screen.go_to(self.key(uuid))

    def refresh_host(self) -> None:
        """Look at the host at once."""
        self.poller.poke()

    def view(self, name: str, domains: Sequence[Domain]) -> None:
        """Do what concerns the screen only."""
        self._screen.view(name, domains, self)

    # Telling and asking: the screen's, and said of which host it is

    def notify(
        self, message: str, *, severity: str = "information", error: XentuiError | None = None
    ) -> None:
        """Leave a notice."""
        self._screen.notify(self._said(message), severity=severity, error=error)

    def notify_at_once(
        self, message: str, *, severity: str = "information", error: XentuiError | None = None
    ) -> None:
        """Leave a notice before returning, so that it can be taken back."""
        self._screen.notify_at_once(self._said(message), severity=severity, error=error)

    def notify_error(self, error: XentuiError) -> None:
        """Tell of an error."""
        notice = Notice.of(error)
        self.notify(notice.text, severity=notice.severity, error=error)

    def _said(self, message: str) -> str:
        return f"{self.label}: {message}" if self.label and message else message

    def word(self, suggest: Suggest) -> str:
        """Word a command that an error suggests."""
        return self._screen.word(suggest)

    def shown_key(self, key: str) -> str:
        """Return a key as it is shown."""
        return self._screen.shown_key(key)

    async def ask(self, dialog: ModalScreen[Answer]) -> Answer | None:
        """Show a dialog and wait for its answer."""
        self._screen.is_about(dialog, self)
        if isinstance(dialog, dialogs.modal.Modal) and not dialog.tells_hosts:
            dialog.host = self.label
        return await self._screen.ask(dialog)

    async def show(self, screen: Screen[Any]) -> None:
        """Show another screen on top."""
        self._screen.is_about(screen, self)
        await self._screen.show(screen)

    def close(self, screen: Screen[Any]) -> None:
        """Take a screen away."""
        self._screen.close(screen)

    async def ask_secret(self, question: str) -> str | None:
        """Ask for what is not shown as it is typed."""
        return await dialogs.secrets.ask_secret(self, question)

    async def show_secret(self, name: str, what: str, secret: str, kept: str) -> bool:
        """Show what is shown once, until somebody says that they have it."""
        return await dialogs.secrets.show_secret(self, name, what, secret, kept)

    # Work

    async def wait_until_prompted(self, doing: Worker[None]) -> None:
        """Wait until what is being done shows a dialog or screen, or has ended, or goes on in the background."""
        await self._screen.wait_until_prompted(doing)

    def background(self, work: Callable[[], Coroutine[Any, Any, None]], *, instead_of: str = "") -> None:
        """Begin work nobody waits for."""
        self._screen.background(work, instead_of=on_host(instead_of, self.label) if instead_of else "")

    # Consoles

    def console_of(self, domain: Domain) -> LiveConsole | None:
        """Return the console of a domain."""
        return self._hub.get(domain.uuid) if self._hub is not None else None

    async def open_console(
        self, domain: Domain, *, looking: bool = False, which: WhichConsole | None = None
    ) -> None:
        """Show the console of a domain."""
        await self.consoles.open(domain, looking=looking, which=which)

    async def show_log(self, recorded: RecordedConsole, *, search: str = "", row: int = -1) -> None:
        """Show a session of a console's log."""
        await self.consoles.show_log(recorded, search=search, row=row)

    async def live_console(self, domain: Domain) -> tuple[LiveConsole, bool]:
        """Return the console of a domain, attached to where it is not yet, and whether that was done now; it is not
        shown.
        """
        return await self.consoles.live(domain)

    def watch_console(self, uuid: str, patterns: Sequence[str]) -> None:
        """Watch the console of a domain for these from now on."""
        self.consoles.watching.change(uuid, patterns)

    async def boot_console(self, plan: BootPlan, record: RecordResult | None = None) -> None:
        """Run a planned boot in a console tab."""
        await self.consoles.boot(plan, record or self.hypervisor.lifecycle.record_result)
