"""One snapshot from three sources: running domains (``xl list -v`` and ``-l``), stored domains, autostart links.

Only what has changed since the last poll is computed again; the readers of the sources return the same object for what
has not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from operator import attrgetter
from typing import NamedTuple

from xentui.frozen import dataclass
from xentui.model.configuration import Difference, DomainConfig, differences
from xentui.model.domain import Domain
from xentui.model.job import HostJob
from xentui.model.listed import ListedDomain, RunningDetails
from xentui.model.state import DomainState
from xentui.service import crash_copies, domain_facts, misleading_names
from xentui.service.domain_notices import MAYBE_HALF, has_never_run, memory_image, notice_of
from xentui.service.stored_summaries import StoredSummaries
from xentui.store import AutostartLink, StoredDomain
from xentui.text import is_odd, shown_name

_Key = tuple[str, int | None]
"""The uuid of a domain, and its domid; None of one that is off."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What one poll has read; ``autostarted`` are the autostart links by uuid."""

    rows: Sequence[ListedDomain] = ()
    details: Mapping[int, RunningDetails] | None = None
    stored: Sequence[StoredDomain] = ()
    autostarted: Mapping[str, AutostartLink] = field(default_factory=dict)
    jobs: Mapping[str, HostJob] = field(default_factory=dict)


class _Extra(NamedTuple):
    """What is known of a domain besides its row and its entry."""

    link: AutostartLink | None = None
    copy: crash_copies.CopyNote | None = None
    copies: int = 0
    job: HostJob | None = None


_NOTHING = _Extra()
"""What is known so of most: of thousands they share it."""


class _Merged(NamedTuple):
    row: ListedDomain | None
    details: RunningDetails | None
    entry: StoredDomain | None
    extra: _Extra
    domain: Domain


class Merger:
    """Combines the sources of a poll into domains, and keeps the result for the next poll.

    ``cannot`` is what the host's toolstack cannot do; ``shown`` converts paths to those that users of the host write;
    ``plain_halves`` says that a guest that arrives by migration has its own name, and is paused, until it is allowed to
    run.  ``summaries`` are what is known of the stored texts.
    """

    def __init__(
        self,
        cannot: Mapping[str, str] | None = None,
        shown: Callable[[str], str] = str,
        *,
        plain_halves: bool = False,
    ) -> None:
        self._plain_halves = plain_halves
        self._cannot = cannot or {}
        self._shown = shown
        self._running: dict[int, tuple[RunningDetails, DomainConfig]] = {}
        self.summaries = StoredSummaries()
        self._merged: dict[_Key, _Merged] = {}
        self._order: Sequence[_Key] = ()
        self._misled = False
        """Whether some of them have misleading names."""
        self._moved = False
        """Whether what their order and such names depend on is another for some than at the last poll."""

    def merge(self, sources: Sources) -> tuple[Domain, ...]:
        """Return the domains of a poll: Domain-0 first, then by name, templates last.  Runs in a worker thread."""
        details = sources.details or {}
        entries = {entry.uuid: entry for entry in sources.stored}

        def stored_name(uuid: str) -> str:
            return _name(entries.get(uuid))

        rows = [_named(row, details.get(row.domid)) for row in sources.rows]
        holders = crash_copies.holders(rows, stored_name)
        kept = crash_copies.count(rows, stored_name)
        fresh: dict[_Key, _Merged] = {}
        self._moved = False
        for row in rows:
            # While a domain is rebuilt two rows bear its uuid: the store's entry belongs to the living one.
            # Domain-0 is nobody's to manage, whatever uuid an entry bears.
            uuid, domid = row.uuid, row.domid
            holds = holders.get(uuid) == domid
            if holds and domid:
                entry, copy = entries.get(uuid), None
            else:
                entry, copy = None, crash_copies.copy_note(row, stored_name(uuid))
            extra = _Extra(
                sources.autostarted.get(uuid) if entry is not None else None,
                copy,
                kept[uuid] if kept and holds and domid else 0,
                sources.jobs.get(uuid) if holds else None,
            )
            fresh[uuid, domid] = self._one(row, details.get(domid), entry, extra)
        for uuid, entry in entries.items():
            if not holders.get(uuid):
                extra = _Extra(sources.autostarted.get(uuid), None, kept[uuid], sources.jobs.get(uuid))
                fresh[uuid, None] = self._one(None, None, entry, extra)
        steady = not self._moved and len(fresh) == len(self._merged)
        order = (
            self._order if steady else sorted(fresh, key=lambda key: domain_facts.order(fresh[key].domain))
        )
        domains = tuple([fresh[key].domain for key in order])
        misled = self._misled if steady else misleading_names.there_are(domains)
        if sources.details is not None or not self._merged:
            # A glance knows less: what the last poll has built is kept for the next.
            self._merged, self._order, self._misled = fresh, order, misled
            self._running = {domid: kept for domid, kept in self._running.items() if domid in details}
        self.summaries.forget_others(entries)
        return misleading_names.marked(domains) if misled else domains

    def _one(
        self,
        row: ListedDomain | None,
        details: RunningDetails | None,
        entry: StoredDomain | None,
        extra: _Extra,
    ) -> _Merged:
        if extra == _NOTHING:
            extra = _NOTHING
        key = (row.uuid if row else entry.uuid if entry else "", row.domid if row else None)
        last = self._merged.get(key)
        if last and last.details is details and last.entry is entry and last.extra == extra:
            if last.row is row:
                return last
            if row is not None and last.row is not None and _goes_on(last.row, row):
                if last.row.cpu_seconds == row.cpu_seconds and last.row.state is row.state:
                    return last
                return _Merged(row, details, entry, extra, last.domain.at_work(row.state, row.cpu_seconds))
            if last.row == row:
                return last
        domain = self._domain(row, details, entry, extra, last)
        if last is None or domain_facts.placed(last.domain) != domain_facts.placed(domain):
            self._moved = True
        return _Merged(row, details, entry, extra, domain)

    def _domain(
        self,
        row: ListedDomain | None,
        details: RunningDetails | None,
        entry: StoredDomain | None,
        extra: _Extra,
        last: _Merged | None,
    ) -> Domain:
        running = self._config(row, details) if row and details is not None else None
        summary = self.summaries.of(entry) if entry else None
        stored = summary.config if summary else None
        installs = row is not None and domain_facts.installs(entry)
        if installs:
            apart: tuple[Difference, ...] = ()
        elif (
            last
            and last.domain.stored is stored
            and last.domain.running is running
            and not domain_facts.installs(last.entry)
        ):
            apart = last.domain.differences
        else:
            apart = differences(stored, running) if stored and running else ()
        shown = running or stored or DomainConfig()
        changed = domain_facts.changed(entry)
        autostart, order = domain_facts.autostart(entry, extra.link)
        maybe_half = self._plain_halves and row is not None and extra.job is None and has_never_run(row)
        return Domain(
            name=(row.name if row else "") or (shown_name(entry.name) if entry else ""),
            uuid=row.uuid if row else entry.uuid if entry else "",
            state=row.state if row else domain_facts.off_state(entry),
            domid=row.domid if row else None,
            managed=entry is not None,
            memory_kib=row.memory_mib * 1024 if row else shown.memory_kib,
            maxmem_kib=shown.maxmem_kib or (row.memory_mib * 1024 if row else 0),
            vcpus=row.vcpus if row else shown.vcpus,
            cpu_seconds=row.cpu_seconds if row else 0.0,
            autostart=autostart,
            autostart_order=order,
            drift=domain_facts.drift(apart, changed),
            file_changed=changed[0],
            text_changed=changed[1],
            differences=apart,
            one_off=not installs and domain_facts.is_one_off(row, entry, bool(apart)),
            version=entry.version if entry else None,
            source=self._shown(entry.source.path) if entry and entry.source else "",
            damaged=(entry.damaged or (summary.error if summary else "")) if entry else "",
            notice=notice_of(row, entry, extra.copy, extra.job) or (MAYBE_HALF if maybe_half else ""),
            maybe_half=maybe_half,
            memory_image=memory_image(entry),
            saved_to=entry.saved if entry is not None and row is None else "",
            booting=domain_facts.booting(row),
            asleep=row is not None and row.asleep and extra.copy is None,
            job=extra.job,
            install=entry.install if entry is not None else None,
            moving=entry.moving if entry is not None else None,
            stored_name=_name(entry),
            copy_of=extra.copy.name if extra.copy else "",
            copies=extra.copies,
            stored=stored,
            running=running,
            by=row.by if row else "",
            cannot=self._cannot,
            odd_name=row.odd if row and row.name else entry is not None and is_odd(entry.name),
        )

    def _config(self, row: ListedDomain, details: RunningDetails) -> DomainConfig:
        kept = self._running.get(row.domid)
        if kept is None or kept[0] is not details or kept[1].maxvcpus < row.vcpus:
            config = details.config
            if config.maxvcpus < row.vcpus:  # of Domain-0 xl does not tell the maximum
                config = replace(config, maxvcpus=row.vcpus)
            kept = self._running[row.domid] = (details, config)
        return kept[1]


def _name(entry: StoredDomain | None) -> str:
    return entry.name if entry is not None else ""


def _named(row: ListedDomain, details: RunningDetails | None) -> ListedDomain:
    """Return a row with the name that ``xl list -l`` tells, where one of them is odd: the list prints it as it is, line
    feeds and all.  Of two that are plain the row's is the newer: somebody has renamed the domain.
    """
    name = details.name if details is not None else ""
    if not name or not row.name or (name == row.name and not row.odd) or not (row.odd or is_odd(name)):
        return row
    return row.named(name)


_AT_WORK = (DomainState.RUNNING, DomainState.BLOCKED)
_steady = attrgetter(*(name for name in ListedDomain.__match_args__ if name not in ("state", "cpu_seconds")))


def _goes_on(last: ListedDomain, row: ListedDomain) -> bool:
    """Return whether a domain that runs has done nothing but that since: all there is to know of it is the same but
    what it does at this moment, and the CPU time it has had.
    """
    return row.state in _AT_WORK and last.state in _AT_WORK and bool(_steady(row) == _steady(last))
