"""Polls a host: each poll makes one frozen snapshot of its domains."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from xentui.errors import CommandError, FarAgentError, NoAgentError, StoreError, XentuiError
from xentui.frozen import dataclass
from xentui.hosts.turns import turn
from xentui.model.configuration import Summary
from xentui.model.domain import Domain, HostInfo, Snapshot
from xentui.model.job import HostJobState
from xentui.model.listed import ListedDomain, RunningDetails
from xentui.model.state import DomainState
from xentui.service import lookup
from xentui.service.concurrency import run_concurrently
from xentui.service.domain_notices import memory_image
from xentui.service.merge import Merger, Sources
from xentui.service.session import Session
from xentui.service.summary import to_table
from xentui.store import AutostartLink, StoredDomain, Surroundings
from xentui.toolstack.argv import QUERY_TIMEOUT

DETAILS_TIMEOUT = 300.0
"""Seconds ``xl list -l`` may take where nobody waits for it."""
_SETTLE_PAUSE, _SETTLE_LONGEST = 60.0, 600.0
"""Seconds between tries to settle one job, at first and at most."""
_Remnant = tuple[str, int | None, str]
"""What a save or a resume has left, as it seems: of which uuid and domid, and which memory image."""


@dataclass(frozen=True, slots=True)
class _Unread:
    """Why the store could not be read: a sentence of the snapshot, and what to do about it."""

    problem: str
    hint: str = "repair the store first"


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one poll has read, and when (seconds since the epoch)."""

    taken: float
    rows: Sequence[ListedDomain]
    stored: Sequence[StoredDomain]
    autostart: Mapping[str, AutostartLink]
    unread: _Unread | None
    around: Surroundings


@dataclass(frozen=True, slots=True)
class _Details:
    """The last output of ``xl list -l``, and when it was read (seconds since the epoch)."""

    taken: float = 0.0
    configs: Mapping[int, RunningDetails] | None = None
    problems: tuple[str, ...] = ()


class Inventory:
    """Polls a host with ``xl list -v``, ``xl list -l`` and one read of the store, however many domains it has.

    The output of ``xl list -l`` is cached, because it takes many times longer: most polls use the last one.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._toolstack = session.toolstack
        self._merger = self._new_merger()
        self._details = _Details()
        self._last: _Looked | None = None
        self._unexplained: frozenset[_Remnant] = frozenset()
        self._merging = asyncio.Lock()
        self._reading_store = asyncio.Lock()
        self._reading_details = asyncio.Lock()
        self._details_asked = 0.0
        self._read_last: Sequence[StoredDomain] = ()
        """The entries that were read last."""
        self._settled: set[tuple[str, str]] = set()
        self._tried: dict[str, tuple[float, float]] = {}
        self.details_read = 0.0
        """When ``xl list -l`` was read last, in monotonic seconds; 0 before the first time."""

    def _new_merger(self) -> Merger:
        toolstack = self._toolstack
        return Merger(toolstack.cannot, self._session.host.shown, plain_halves=toolstack.halves_are_plain)

    async def poll(self) -> Snapshot:
        """Return a snapshot of the present, with fresh details from ``xl list -l``.

        A store that cannot be read is a problem of the snapshot, not its end.  Raises HostError where the host
        does not answer, CommandError where ``xl list`` fails.
        """
        read, _ = await run_concurrently(self._read(), self.read_details(timeout=QUERY_TIMEOUT))
        return await self._snapshot(read)

    async def glance(self) -> Snapshot:
        """Return a snapshot with the present states, and the details that were read last, if any.

        It is for verbs that need states only: with thousands of domains it takes a fraction of the time of a
        :meth:`poll`, and raises as that.
        """
        return await self._snapshot(await self._read(), settle=False)

    async def look(self, turned: Callable[[float], None] | None = None) -> Snapshot:
        """Return a snapshot as :meth:`glance` does, for a caller that polls repeatedly.

        ``turned`` is called with the seconds of one round trip, measured by a request that costs the host almost none.
        """
        return await self._snapshot(await self._read(turned))

    async def again(self) -> Snapshot:
        """Return the last snapshot once more, with what :meth:`read_details` has told since."""
        return await self._snapshot(self._last or await self._read())

    async def read_details(self, *, timeout: float = DETAILS_TIMEOUT) -> None:
        """Ask ``xl list -l``; what it tells is in the snapshots from now on.

        One who asks at a time, and those who wait meanwhile are all told by the next.  ``timeout`` is in seconds, for
        the answer as for the turn.  Raises HostError where the host does not answer.
        """
        came = time.monotonic()
        async with turn(self._reading_details, timeout, f"`{self._toolstack.long_list}`"):
            if self._details_asked > came:
                return
            taken, asked = time.time(), time.monotonic()
            try:
                self._details = _Details(taken, await self._toolstack.details(timeout=timeout))
            except CommandError:
                problem = f"`{self._toolstack.long_list}` could not be read: devices and drift are not shown"
                self._details = _Details(taken, None, (problem,))
            finally:
                self.details_read = time.monotonic()
            self._details_asked = asked

    @property
    def details_age(self) -> float:
        """Seconds since ``xl list -l`` was read; infinite where it was not."""
        return time.monotonic() - self.details_read if self.details_read else math.inf

    def details_of(self, domain: Domain) -> RunningDetails | None:
        """Return what ``xl list -l`` told last of a domain that runs; None where it told nothing."""
        return (self._details.configs or {}).get(-1 if domain.domid is None else domain.domid)

    def keep_details(self, error: Exception) -> None:
        """Go on with what :meth:`read_details` told before: this time it has failed."""
        said = f"`{self._toolstack.long_list}` failed ({error}): devices and drift are"
        age = f"as of {time.time() - self._details.taken:.0f} s ago" if self._details.taken else "not known"
        self._details = replace(self._details, problems=(f"{said} {age}",))

    def forget(self) -> None:
        """Read everything anew at the next poll: what was kept of the last may be what a poll could not deal with."""
        self._merger, self._details = self._new_merger(), _Details()
        self._read_last = ()
        self._toolstack.forget()
        self._session.store.forget()

    async def find(self, word: str) -> Domain:
        """Return the domain a word names (see :func:`xentui.service.lookup.find`), from a fresh snapshot."""
        return lookup.find(await self.poll(), word)

    async def current(self, domain: Domain) -> Domain | None:
        """Return the same domain (by uuid) as it is now; None where nothing is left of it."""
        return lookup.find_again(await self.poll(), domain)

    async def host_info(self) -> HostInfo:
        """Memory, CPUs and version of the host."""
        return await self._toolstack.host_info()

    async def uptimes(self) -> Mapping[int, int]:
        """Return seconds since each running domain was booted, by domid."""
        return await self._toolstack.uptimes()

    async def _read(self, turned: Callable[[float], None] | None = None) -> _Looked:
        began = time.monotonic()
        # The store first: where one process there answers both, it says what the line takes.
        (stored, autostart, unread, around), rows = await run_concurrently(
            self._stored(turned), self._toolstack.domains()
        )
        torn = _unexplained(rows, stored, around)
        if torn - self._unexplained or _has_ended(around, time.monotonic() - began):
            # A job has ended or begun between the looks, each of which tells of another moment.
            rows = await self._toolstack.domains()
            stored, autostart, unread, around = await self._stored(turned)
            torn = _unexplained(rows, stored, around)
        elif self._last is not None and _link_lost(self._last.autostart, stored, autostart):
            # A link may have been taken away for a while since the entry was read, which tells of that.
            stored, autostart, unread, around = await self._stored(turned)
        self._unexplained = torn
        return _Looked(time.time(), rows, stored, autostart, unread, around)

    async def _snapshot(self, read: _Looked, *, settle: bool = True) -> Snapshot:
        async with self._merging:
            details = self._details
            domains = await asyncio.to_thread(self._merge, read, details)
            self._last = read
        if settle:
            await self._keep_summaries()
            await self._settle(read)
        unread = read.unread
        return Snapshot(
            host=self._session.host.name,
            taken=read.taken,
            domains=domains,
            problems=(*((unread.problem,) if unread is not None else ()), *details.problems),
            store_unread=unread is not None,
            unread_hint=unread.hint if unread is not None else "",
            details_taken=details.taken,
            jobs=read.around.jobs,
            boot=read.around.boot,
            drain=read.around.drain,
        )

    def _merge(self, read: _Looked, details: _Details) -> tuple[Domain, ...]:
        configs = None if details.configs is None else _those_of(read.rows, details.configs)
        jobs = {job.uuid: job for job in read.around.jobs if job.uuid}
        return self._merger.merge(Sources(read.rows, configs, read.stored, read.autostart, jobs))

    async def _keep_summaries(self) -> None:
        """Keep the summaries of texts that the store did not have; they save the next process time."""
        made = self._merger.summaries.made()
        if made and not self._session.read_only:
            tables = await asyncio.to_thread(_tables, made)
            with contextlib.suppress(StoreError):
                await self._session.store.put_summaries(tables)

    async def _stored(
        self, turned: Callable[[float], None] | None
    ) -> tuple[Sequence[StoredDomain], Mapping[str, AutostartLink], _Unread | None, Surroundings]:
        store = self._session.store
        try:
            async with turn(self._reading_store, QUERY_TIMEOUT, "the store", FarAgentError):
                look = await store.look()
                stored = await self._with_contents(look.stored)
        except NoAgentError as error:
            problem = f"stored domains are not listed: {error.message}"
            return (), {}, _Unread(problem, error.plain_hint), Surroundings()
        except FarAgentError as error:
            return (), {}, _Unread(_unreadable(error), "check the host, then try again"), Surroundings()
        except StoreError as error:
            return (), {}, _Unread(_unreadable(error)), Surroundings()
        if turned is not None:
            turned(look.turn)
        found = look.around
        if isinstance(found, StoreError):
            unread_links = _Unread(f"the autostart links cannot be read: {' '.join(found.account())}")
            return stored, {}, unread_links, Surroundings()
        # Of several links the first counts: the script skips what runs already.
        # An image that xendomains has resumed the guest from is none to resume from, whoever may say so in the store.
        # Where its link could not be put back only that is left to be settled: there is no image any more.
        if found.spent or found.kept:
            stored = tuple(_known_by(entry, found) for entry in stored)
        return stored, {link.uuid: link for link in reversed(found.links) if link.uuid}, None, found

    async def _with_contents(self, stored: Sequence[StoredDomain]) -> Sequence[StoredDomain]:
        """Return entries with what their texts say in place of these; of an engine's with their texts."""
        if stored is self._read_last:
            return stored
        store = self._session.store
        contents, unread = await self._contents(stored)
        if unread:
            more, _ = await self._contents(await store.read_anew(unread))
            contents |= more
        self._read_last = store.keep_contents(contents)
        return self._read_last

    async def _contents(self, stored: Sequence[StoredDomain]) -> tuple[dict[str, Summary], list[str]]:
        async with self._merging:
            return await asyncio.to_thread(self._merger.summaries.read, stored)

    async def _settle(self, read: _Looked) -> None:
        """Complete what killed writers and jobs have left: xendomains boots a file as it is, without xentui.

        Each entry is tried once: a store that cannot be written must not delay every poll.
        """
        if self._session.read_only or self._session.dry_run:
            return
        for entry in read.stored:
            if entry.pending and (entry.uuid, entry.config_sha256) not in self._settled:
                self._settled.add((entry.uuid, entry.config_sha256))
                with contextlib.suppress(StoreError):
                    await self._session.store.settle(entry.uuid)
        for job in read.around.jobs:
            if job.state is HostJobState.INTERRUPTED and self._is_due(job.id):
                with contextlib.suppress(StoreError):
                    await self._session.store.settle_job(job.id)
        running = {
            row.uuid
            for row in read.rows
            if row.state.alive and (row.cpu_seconds or row.state is not DomainState.PAUSED)
        }
        for uuid in read.around.spent:
            with contextlib.suppress(StoreError):
                await self._session.store.retire_spent(uuid, runs=uuid in running)

    def _is_due(self, job: str) -> bool:
        """Return whether an interrupted job is to be settled now: at once, and repeatedly if that failed.

        What prevents it, such as another host that does not answer, may end.
        """
        now = time.monotonic()
        due, pause = self._tried.get(job, (now, _SETTLE_PAUSE))
        if now < due:
            return False
        self._tried[job] = now + pause, min(2 * pause, _SETTLE_LONGEST)
        return True


def _tables(made: Mapping[str, tuple[str, Summary]]) -> dict[str, tuple[str, dict[str, Any]]]:
    return {uuid: (sha, to_table(summary)) for uuid, (sha, summary) in made.items()}


def _unreadable(error: XentuiError) -> str:
    return f"managed domains cannot be read: {' '.join(error.account())}"


def _unexplained(
    rows: Sequence[ListedDomain], stored: Sequence[StoredDomain], around: Surroundings
) -> frozenset[_Remnant]:
    """Return what seems half done without a job that does it: guests stopped for a save, domains that exist beside
    their memory image, images that are being written or resumed from.
    """
    busy = {job.uuid for job in around.jobs}
    asleep = {(row.uuid, row.domid, "") for row in rows if row.asleep}
    with_image = [entry for entry in stored if memory_image(entry)]
    there = {row.uuid: row.domid for row in rows} if with_image else {}
    beside = {
        (entry.uuid, there.get(entry.uuid), memory_image(entry))
        for entry in with_image
        if entry.uuid in there or not entry.suspended
    }
    return frozenset(item for item in asleep | beside if item[0] not in busy)


def _has_ended(around: Surroundings, seconds: float) -> bool:
    """Return whether a job has ended in the last ``seconds``."""
    return around.ended is not None and around.ended <= seconds


def _link_lost(
    last: Mapping[str, AutostartLink], stored: Sequence[StoredDomain], links: Mapping[str, AutostartLink]
) -> bool:
    """Return whether a stored domain has lost its autostart link since the last poll, and does not wait for it."""
    gone = last.keys() - links.keys()
    return bool(gone) and any(entry.uuid in gone and entry.withheld is None for entry in stored)


def _those_of(
    rows: Sequence[ListedDomain], configs: Mapping[int, RunningDetails]
) -> dict[int, RunningDetails]:
    """Return the configurations of the domains that run: a domid may be another's since the host was booted anew."""
    return {
        row.domid: configs[row.domid]
        for row in rows
        if row.domid in configs and (row.domid == 0 or configs[row.domid].config.uuid in ("", row.uuid))
    }


def _known_by(entry: StoredDomain, around: Surroundings) -> StoredDomain:
    """Return an entry with the memory image of it that xendomains has written or resumed."""
    if entry.uuid in around.spent and entry.suspended:
        return replace(entry, suspended=False, resuming=True)
    path = around.kept.get(entry.uuid, "")
    return replace(entry, saved=path) if path else entry
