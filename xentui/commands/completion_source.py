"""What completion knows of a host: a snapshot kept for a moment, and its paths."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from xentui.hosts import operations
from xentui.hosts.base import Host
from xentui.model.domain import Domain, Snapshot
from xentui.service.config_source import this_machine
from xentui.service.hypervisor import Hypervisor

KEPT = 2.0
"""Seconds a snapshot answers for."""
_MOST_PATHS = 200


class HostCompletionSource:
    """Answers completion from a host; whatever fails there is an empty answer.

    Arguments: ``hypervisor`` is asked once, when the host is first needed; ``hosts`` gives the names
    ``--host`` knows, ``groups`` those of ``--hosts``; ``clock`` tells seconds.
    """

    def __init__(
        self,
        hypervisor: Callable[[], Hypervisor],
        *,
        hosts: Callable[[], Sequence[str]] = tuple,
        groups: Callable[[], Sequence[str]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = hypervisor
        self._made: Hypervisor | None = None
        self._hosts = hosts
        self._groups = groups
        self._clock = clock
        self._taken: float | None = None
        self._polling: asyncio.Task[None] | None = None
        self.snapshot: Snapshot | None = None

    @property
    def hypervisor(self) -> Hypervisor:
        """The service on the host."""
        if self._made is None:
            self._made = self._make()
        return self._made

    def forget(self) -> None:
        """Ask anew next time: something may have changed."""
        self._taken = None

    async def refresh(self) -> Snapshot | None:
        """Return a snapshot not older than :data:`KEPT` seconds, None where the host gives none; asks once at a
        time.
        """
        if self._taken is None or self._clock() - self._taken > KEPT:
            if self._polling is None or self._polling.done():
                self._polling = asyncio.ensure_future(self._poll())
            # Whoever waits may be cancelled by the next key; the poll serves that one too.
            await asyncio.shield(self._polling)
        return self.snapshot

    async def domains(self) -> Sequence[Domain]:
        """Return the domains as they were at most :data:`KEPT` seconds ago."""
        snapshot = await self.refresh()
        return snapshot.domains if snapshot else ()

    async def paths(self, prefix: str) -> Sequence[str]:
        """Return the paths on that host, spelled as ``prefix`` begins: the simulator keeps its own folders
        elsewhere.
        """
        # The next key drops the question; the host is let finish, as a request cut off costs its connection.
        return await asyncio.shield(asyncio.ensure_future(self._paths(prefix, lambda: self.hypervisor.host)))

    async def own_paths(self, prefix: str) -> Sequence[str]:
        """Return the paths on the machine xentui runs on."""
        return await self._paths(prefix, this_machine)

    def hosts(self) -> Sequence[str]:
        """Return the names ``--host`` knows."""
        return self._hosts()

    def groups(self) -> Sequence[str]:
        """Return the names ``--hosts`` knows."""
        return self._groups()

    async def close(self) -> None:
        """Stop asking."""
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)

    async def _paths(self, prefix: str, on: Callable[[], Host]) -> Sequence[str]:
        folder, slash, _ = prefix.rpartition("/")
        folder += slash
        try:
            host = on()
            base = (await asyncio.to_thread(host.host_path, folder or ".")).rstrip("/") + "/"
            found = await host.call(
                operations.complete, prefix=base + prefix[len(folder) :], limit=_MOST_PATHS
            )
            return [folder + path[len(base) :] for path in found if path.startswith(base)]
        except Exception:  # noqa: BLE001 - whatever is wrong, the user is typing and must not be disturbed
            return ()

    async def _poll(self) -> None:
        taken = self._clock()
        try:
            self.snapshot = await self.hypervisor.inventory.poll()
        except Exception:  # noqa: BLE001 - as above; the verb that is typed will tell
            self.snapshot = None
        # A host that does not answer is asked again, but not at each key.
        self._taken = taken if self.snapshot else self._clock()


class HostsCompletionSource:
    """Answers completion from several hosts: a domain whose name several have is named with its host, ``web1@xen2``."""

    def __init__(self, hypervisors: Sequence[Hypervisor]) -> None:
        self._sources = [HostCompletionSource(partial(_itself, each)) for each in hypervisors]
        self._names = [each.host.name for each in hypervisors]
        self.snapshot: Snapshot | None = None

    def forget(self) -> None:
        """Ask anew next time."""
        for source in self._sources:
            source.forget()

    async def refresh(self) -> Snapshot | None:
        """Return the domains of all hosts that answer, as one snapshot; None where none does."""
        found = await asyncio.gather(*(source.refresh() for source in self._sources))
        known = [(name, each) for name, each in zip(self._names, found, strict=True) if each is not None]
        names = Counter(domain.name for _host, each in known for domain in each.domains)
        domains = tuple(
            domain
            if names[domain.name] == 1 or not domain.name
            else replace(domain, name=f"{domain.name}@{host}")
            for host, each in known
            for domain in each.domains
        )
        taken = min((each.taken for _host, each in known), default=0.0)
        self.snapshot = Snapshot(",".join(self._names), taken, domains) if known else None
        return self.snapshot

    async def domains(self) -> Sequence[Domain]:
        """Return the domains as they were at most :data:`KEPT` seconds ago."""
        snapshot = await self.refresh()
        return snapshot.domains if snapshot else ()

    async def paths(self, prefix: str) -> Sequence[str]:
        """None: which host's they would be nobody can tell."""
        del prefix
        return ()

    async def own_paths(self, prefix: str) -> Sequence[str]:
        """Return the paths on the machine xentui runs on."""
        return await self._sources[0].own_paths(prefix)

    def hosts(self) -> Sequence[str]:
        """None: a shell stays with its hosts."""
        return ()

    def groups(self) -> Sequence[str]:
        """None: the same."""
        return ()

    async def close(self) -> None:
        """Stop asking."""
        for source in self._sources:
            await source.close()


def _itself(hypervisor: Hypervisor) -> Hypervisor:
    return hypervisor
