"""What the screen knows of its host: the last snapshot, what led to it, and how old it is.  No I/O, no Textual."""

from __future__ import annotations

import time
from array import array
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from xentui.commands.times import local_time
from xentui.fleet.seen import HostSeen
from xentui.frozen import dataclass
from xentui.tui.domain_list.row import DomainRow, domain_rows, row_keys
from xentui.tui.event_words import HostEvent, describe, event_text, weight

if TYPE_CHECKING:
    from xentui.model.domain import Domain, HostInfo, Snapshot
    from xentui.service.events import Event
    from xentui.service.kernels import GuestKernel
    from xentui.service.statistics import Load
    from xentui.store.history import AuditRecord

SAMPLES = 60
"""CPU samples kept of a domain."""
_EVENTS = 8
_HOST_EVENTS = 500
_COMMANDS = 5


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a domain, in words; ``at`` is seconds since the epoch."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class LoggedCommand:
    """A command the audit log tells of; ``clock`` is its time of day, ``open`` how it stands while it has no end."""

    clock: str
    argv: tuple[str, ...]
    exit_code: int | None
    user: str
    open: str = ""


class HostState(HostSeen):
    """Takes in what the poller brings, and keeps what led to it.  All times are seconds since the epoch.

    ``label`` is what the list calls the host, "" where it is the only one.
    """

    def __init__(self, label: str = "") -> None:
        super().__init__()
        self.label = label
        self.doubles: Mapping[str, Sequence[str]] = {}
        """What of its domains is on another host too and may be on one only, in sentences by uuid."""
        self.histories: dict[str, array[float]] = {}
        """CPU load by domain name, the newest sample last: a quarter of a kilobyte each."""
        self.kernels: dict[str, GuestKernel] = {}
        """What guests run and would boot, by uuid, as far as it has been read."""
        self.events: deque[HostEvent] = deque(maxlen=_HOST_EVENTS)
        """What has happened on the host, the newest last."""
        self.events_seen = 0
        """How many there have been."""
        self.news: set[str] = set()
        """The rows of domains to which something happened that nobody here has asked for, and that nobody has looked
        at since, by their keys."""
        self.is_own: Callable[[str], bool] = lambda _name: False
        """Tells whether this session is at work on a domain of that name."""
        self._keyed: Sequence[tuple[str, Domain]] = ()
        self._happenings: dict[str, deque[Happening]] = {}
        self._commands: dict[str, list[LoggedCommand]] = {}

    def take_cached(self, snapshot: Snapshot, info: HostInfo) -> None:
        """What an earlier session has seen last, until the host answers."""
        super().take_cached(snapshot, info)
        if self.snapshot is snapshot:
            self._key(snapshot)

    def take_snapshot(self, snapshot: Snapshot) -> tuple[Event, ...]:
        """Return a new snapshot; returns what has happened since the last one, nothing for the first."""
        events = super().take_snapshot(snapshot)
        self._key(snapshot)
        keys = {id(domain): key for key, domain in self._keyed} if events else {}
        for event in events:
            if text := describe(event):
                kept = self._happenings.setdefault(_event_key(event.domain), deque(maxlen=_EVENTS))
                kept.append(Happening(snapshot.taken, text))
            if text := event_text(event):
                domain = event.domain
                own = any(self.is_own(side.label) for side in (event.before, event.after) if side is not None)
                self.events_seen += 1
                self.events.append(
                    HostEvent(snapshot.taken, domain.label, domain.uuid, text, weight(event), own)
                )
                if not own and id(event.after) in keys:
                    self.news.add(keys[id(event.after)])
        self.news &= {key for key, _ in self._keyed}
        self._forget_the_gone(snapshot.domains)
        return events

    def _key(self, snapshot: Snapshot) -> None:
        keys = map(self.key, row_keys(snapshot.domains))
        self._keyed = tuple(zip(keys, snapshot.domains, strict=True))

    def key(self, uuid: str) -> str:
        """Return the key of the row of a domain, which no domain of another host has, though it bear that uuid."""
        return f"{self.label}/{uuid}" if self.label else uuid

    def take_sighting(self, name: str, uuid: str, text: str, line: str, *, looked_at: bool) -> None:
        """A guest has printed what its console is watched for; nobody is told who ``looked_at`` it."""
        self.events_seen += 1
        self.events.append(HostEvent(time.time(), name, uuid, text, "warning", looked_at, line))
        if not looked_at:
            self.news |= {key for key, domain in self._keyed if domain.uuid == uuid}

    def events_since(self, seen: int) -> list[HostEvent]:
        """Return the events that came when there had been so many, the oldest first."""
        new = min(self.events_seen - seen, len(self.events))
        return list(self.events)[len(self.events) - new :] if new > 0 else []

    def take_loads(self, loads: Mapping[str, Load]) -> None:
        """New load figures by domain name."""
        super().take_loads(loads)
        histories = self.histories
        for name, load in loads.items():
            history = histories.get(name)
            if history is None:
                history = histories[name] = array("f")
            elif len(history) >= SAMPLES:
                del history[0]
            history.append(load.cpu_percent)

    def take_audit(self, records: Sequence[AuditRecord]) -> None:
        """The end of the audit log, oldest first."""
        self._commands = {}
        for record in records:
            if command := _command(record):
                self._commands.setdefault(str(record.data.get("domain", "")), []).append(command)

    def entries(self, now: float, doing: Mapping[str, str] | None = None) -> tuple[DomainRow, ...]:
        """Return the lines of the list; ``doing`` is what this session does with domains, by name."""
        uptimes = self.uptimes(now)
        return domain_rows(
            self._keyed, self.loads, self.histories, uptimes, doing, self.kernels, host=self.label
        )

    def take_kernels(self, of: Callable[[Domain, float], GuestKernel]) -> bool:
        """Return what guests run and would boot, told of each by when it was booted (0: unknown); whether that is
        new.
        """
        before, self.kernels = self.kernels, {}
        for key, domain in self._keyed:
            if key == self.key(domain.uuid):
                self.kernels[domain.uuid] = of(domain, self.booted(domain))
        return self.kernels != before

    def happenings(self, domain: Domain) -> Sequence[Happening]:
        """Return what happened to a domain, newest first."""
        return tuple(reversed(self._happenings.get(_event_key(domain), ())))

    def commands(self, domain: Domain) -> Sequence[LoggedCommand]:
        """Return the last commands on a domain, newest first."""
        return tuple(reversed(self._commands.get(domain.name, ())))[:_COMMANDS]

    def _forget_the_gone(self, domains: Sequence[Domain]) -> None:
        names = {domain.name for domain in domains}
        for name in self.histories.keys() - names:
            del self.histories[name]
        if self._happenings:
            for uuid in self._happenings.keys() - {_event_key(domain) for domain in domains}:
                del self._happenings[uuid]


def _event_key(domain: Domain) -> str:
    """Under what the happenings of a domain are kept: a copy that xl keeps has the uuid of another."""
    return f"{domain.uuid}/{domain.name}" if domain.copy_of else domain.uuid


def _command(record: AuditRecord) -> LoggedCommand | None:
    """Return a record as a command; None for one that is not whole: the log is a file anybody may have written to."""
    argv, exit_code = record.data.get("argv"), record.data.get("exit")
    if not isinstance(argv, list) or not (isinstance(exit_code, int) or record.open):
        return None
    return LoggedCommand(
        local_time(record.time, "%H:%M:%S"),
        tuple(str(word) for word in argv),
        exit_code if isinstance(exit_code, int) else None,
        str(record.data.get("user", "")),
        record.open,
    )
