"""What there is on a host: one poll makes one frozen snapshot."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from xentui.errors import CommandError, FarAgentError, NoAgentError, StoreError
from xentui.hosts.base import Completed
from xentui.model.domain import Domain, HostInfo, Snapshot
from xentui.service import lookup
from xentui.service.failures import explain
from xentui.service.merge import Merger, Sources
from xentui.service.session import QUERY_TIMEOUT, Session
from xentui.service.summary import to_table
from xentui.store import AutostartLink, StoredDomain
from xentui.text import plain_lines
from xentui.toolstack import parse, xl
from xentui.toolstack.config_list import Config, ConfigList

_LINES_TOLD = 3
_Read = TypeVar("_Read")


@dataclass(slots=True)
class _Merged:
    """What the worker thread makes of a poll: domains, problems, and summaries the store does not have yet."""

    domains: tuple[Domain, ...]
    problems: tuple[str, ...]
    made: dict[str, tuple[str, dict[str, Any]]]


class Inventory:
    """Polls a host with two ``xl`` calls, however many domains it has, and one look into the store."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._configs = ConfigList()
        self._merger = Merger()
        self._polling = asyncio.Lock()
        self._kept: dict[str, str] = {}
        self._settled: set[tuple[str, str]] = set()

    async def poll(self) -> Snapshot:
        """A snapshot of now.

        A store that cannot be read is a problem of the snapshot, not its end.  Raises HostError where the host
        does not answer, CommandError where ``xl list`` fails.
        """
        async with self._polling:
            listing, configs, (stored, autostart, problems) = await _together(
                self._listing(),
                self._session.host.run(xl.LIST_LONG, timeout=QUERY_TIMEOUT),
                self._stored(),
            )
            # Thousands of domains take longer than a screen may wait.
            merged = await asyncio.to_thread(self._merge, listing, configs, stored, autostart)
            if merged.made and not self._session.read_only:
                with contextlib.suppress(StoreError):
                    await self._session.store.put_summaries(merged.made)
            await self._settle(stored)
        return Snapshot(
            host=self._session.host.name,
            taken=time.time(),
            domains=merged.domains,
            problems=(*problems, *merged.problems),
            store_unread=bool(problems),
        )

    async def glance(self) -> Snapshot:
        """What runs and what is stored, without what only ``xl list -l`` tells: devices, drift, maximum memory.

        For a first look, and for a verb that asks only what state a domain is in: of thousands of domains that takes
        a fraction of a poll.  Raises as :meth:`poll`.
        """
        async with self._polling:
            listing, (stored, autostart, problems) = await _together(self._listing(), self._stored())
            domains = await asyncio.to_thread(
                lambda: self._merger.merge(Sources(listing, None, stored, autostart))
            )
        return Snapshot(
            host=self._session.host.name,
            taken=time.time(),
            domains=domains,
            problems=tuple(problems),
            store_unread=bool(problems),
        )

    def forget(self) -> None:
        """Read everything anew at the next poll: what was kept of the last may be what a poll could not deal with."""
        self._configs, self._merger = ConfigList(), Merger()
        self._session.store.forget()

    async def find(self, word: str) -> Domain:
        """The domain a word names (see :func:`xentui.service.lookup.find`), from a fresh snapshot."""
        return lookup.find(await self.poll(), word)

    async def current(self, domain: Domain) -> Domain | None:
        """The same domain (by uuid) as it is now; None where nothing is left of it."""
        return lookup.same(await self.poll(), domain)

    async def host_info(self) -> HostInfo:
        """Memory, CPUs and version of the host."""
        return _read(_info, await self._session.query(xl.INFO))

    async def uptimes(self) -> dict[int, int]:
        """Seconds since each running domain was booted, by domid."""
        return parse.uptimes((await self._session.query(xl.UPTIME)).text)

    def _merge(
        self,
        listing: Sequence[parse.ListRow],
        long: Completed,
        stored: Sequence[StoredDomain],
        autostart: Mapping[str, AutostartLink],
    ) -> _Merged:
        problems: tuple[str, ...] = ()
        configs: Mapping[int, Config] | None = None
        try:
            configs = self._configs.read(long.stdout)
        except ValueError:
            if long.exit_code != 0 and not isinstance(error := explain(long), CommandError):
                raise error from None
            problems = ("`xl list -l` could not be read: devices and drift are not shown",)
        domains = self._merger.merge(Sources(listing, configs, stored, autostart))
        return _Merged(domains, problems, self._new_summaries(stored))

    async def _listing(self) -> tuple[parse.ListRow, ...]:
        """What runs; of thousands of domains reading it takes longer than a screen may wait."""
        done = await self._session.query(xl.LIST)
        return await asyncio.to_thread(_read, _rows, done)

    async def _stored(self) -> tuple[Sequence[StoredDomain], Mapping[str, AutostartLink], list[str]]:
        store = self._session.store
        try:
            stored = await store.list(summaries=True)
            if unread := await asyncio.to_thread(self._merger.unread, stored):
                stored = await store.read_anew(unread)
        except NoAgentError as error:
            return (), {}, [f"stored domains are not listed: {error.message}"]
        except (StoreError, FarAgentError) as error:  # what runs is known all the same
            return (), {}, [f"managed domains cannot be read: {' '.join(error.report())}"]
        try:
            links = await store.autostart()
        except (StoreError, FarAgentError) as error:
            return stored, {}, [f"what starts with the host cannot be read: {' '.join(error.report())}"]
        # Of several links the first counts: the script skips what runs already.
        return stored, {link.uuid: link for link in reversed(links) if link.uuid}, []

    async def _settle(self, stored: Sequence[StoredDomain]) -> None:
        """Finish what a killed writer has left: xendomains boots the file as it lies there, with no xentui between.

        Each is tried once: a store that cannot be written must not hold up every poll.
        """
        if self._session.read_only or self._session.dry_run:
            return
        for entry in stored:
            if entry.pending and (entry.uuid, entry.config_sha256) not in self._settled:
                self._settled.add((entry.uuid, entry.config_sha256))
                with contextlib.suppress(StoreError):
                    await self._session.store.settle(entry.uuid)

    def _new_summaries(self, stored: Sequence[StoredDomain]) -> dict[str, tuple[str, dict[str, Any]]]:
        """What was read of stored texts, for the next process; without it, it would only take longer."""
        made = {
            uuid: (sha, to_table(summary))
            for uuid, (sha, summary) in self._merger.made(stored).items()
            if self._kept.get(uuid) != sha
        }
        self._kept.update({uuid: sha for uuid, (sha, _) in made.items()})
        return made


def _rows(text: str) -> tuple[parse.ListRow, ...]:
    """The rows of ``xl list -v``, which are never without Domain-0: all would be taken for off otherwise."""
    rows = parse.domain_list(text)
    if not any(row.domid == 0 for row in rows):
        raise ValueError("Domain-0 is not listed")
    return rows


def _info(text: str) -> HostInfo:
    """What ``xl info`` tells: at least how much memory there is."""
    info = parse.host_info(text)
    if info.total_memory_mib < 1:
        raise ValueError("it does not tell the host's memory")
    return info


def _read(reader: Callable[[str], _Read], done: Completed) -> _Read:
    """What a command has printed; raises CommandError where that makes no sense although it did not fail."""
    try:
        return reader(done.text)
    except ValueError as error:
        raise CommandError(
            f"what `{shlex.join(done.argv)}` printed makes no sense: {error}",
            argv=done.argv,
            exit_code=done.exit_code,
            details=plain_lines(done.text, _LINES_TOLD) or ["(nothing)"],
            hint="run it on the host by hand; nothing is known of what runs there",
        ) from None


async def _together(*parts: Any) -> Any:
    """Await all parts at once; the first failure cancels the rest."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
