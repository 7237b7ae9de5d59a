"""What hosts and jobs tell: how the list and the notices follow it, and where the list goes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from xentui.errors import FaultError, XentuiError
from xentui.fleet.member import FleetMember
from xentui.service.events import Event
from xentui.tui import alert
from xentui.tui.context import MainContext
from xentui.tui.hidden_rows import HiddenRows
from xentui.tui.host_context import HostContext
from xentui.tui.host_state import HostState
from xentui.tui.jobs import Job, JobState
from xentui.tui.leaving import Leaving
from xentui.tui.list_refresh import ListRefresh
from xentui.tui.notifications import Notifications
from xentui.tui.screens.main import MainScreen


class NewsContext(MainContext, Protocol):
    """What is told is shown on."""

    main: MainScreen
    notifications: Notifications

    @property
    def hosts(self) -> Mapping[str, HostContext]:
        """The hosts that are shown, by what the list calls them."""


class HostNews:
    """Has the screen follow what is told of hosts and jobs; ``alert_by`` is how config.toml has alarms given."""

    def __init__(self, context: NewsContext, shown: ListRefresh, leaving: Leaving, *, alert_by: str) -> None:
        self._context, self._list, self._leaving = context, shown, leaving
        self._alert_by = alert_by
        self._going_to = ""
        """The key of the row of a domain that was made and is not listed yet."""
        self._hidden = HiddenRows(context.main.table.model)

    def select(self, key: str) -> None:
        """Let the list go to a row as soon as it is there."""
        self._going_to = key

    def host_moved(self, host: HostContext, events: Sequence[Event] | None) -> None:
        """Have the list follow a host; ``events`` are those of a snapshot, None for another thing."""
        host.moved = True
        self._list.moved(host.label, events)

    def snapshot_shown(self, host: HostContext) -> None:
        """A snapshot of a host is in the list: tell, and show, what has come with it."""
        host.adopt_jobs()
        self._tell_events(host)
        host.consoles.domains_changed()
        if self._going_to and self._context.main.table.go_to(self._going_to):
            self._going_to = ""
        if hidden := self._hidden.found(self._going_to):
            if self._going_to in (row.key for row in hidden):
                self._context.main.table.return_to(self._going_to)
                self._going_to = ""
            self._context.notifications.tell_hidden(hidden)

    def show_sighting(self, host: HostContext) -> None:
        """Tell of what a guest has printed that is watched for, when nobody looked."""
        self._list.draw()
        self._tell_events(host)

    def _tell_events(self, host: HostContext) -> None:
        """Tell of what has happened without anybody here having asked for it."""
        if not (unasked := host.unasked()):
            return
        host.background(host.read_audit, instead_of="audit")
        if text := self._context.notifications.report_events(unasked, host.label):
            whole = f"{host.hypervisor.session.host.name}: {text}"
            alert.give(self._context.main.app, self._alert_by, whole)

    def trouble(self, member: FleetMember[HostState], error: XentuiError) -> None:
        """What is wrong with a host stands on top; more is told on asking.  What nobody foresees is a notice too."""
        if isinstance(error, FaultError):
            self._context.hosts[member.seen.label].notify(error.message, error=error, severity="error")
        else:
            self._context.notifications.record(error)

    def job_moved(self, job: Job) -> None:
        """A job has begun, gone on or ended."""
        context = self._context
        self._hidden.follow(job)
        context.main.notice.show_jobs([each for each in context.jobs.running if not each.quiet])
        if job.condition:
            for host in self._hosts_of(job):
                host.moved = True
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
            context.notifications.end_of(job)

    def _hosts_of(self, job: Job) -> Sequence[HostContext]:
        """Return the host a job works on; all where it is of none alone."""
        hosts = self._context.hosts
        return [hosts[job.host]] if job.host in hosts else list(hosts.values())
