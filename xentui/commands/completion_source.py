"""What completion knows of a host: a snapshot kept for a moment, and its paths."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

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
    ``--host`` knows; ``clock`` tells seconds.
    """

    def __init__(
        self,
        hypervisor: Callable[[], Hypervisor],
        *,
        hosts: Callable[[], Sequence[str]] = tuple,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = hypervisor
        self._made: Hypervisor | None = None
        self._hosts = hosts
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
        """A snapshot not older than :data:`KEPT` seconds, None where the host gives none; asks once at a time."""
        if self._taken is None or self._clock() - self._taken > KEPT:
            if self._polling is None or self._polling.done():
                self._polling = asyncio.ensure_future(self._poll())
            # Whoever waits may be cancelled by the next key; the poll serves that one too.
            await asyncio.shield(self._polling)
        return self.snapshot

    async def domains(self) -> Sequence[Domain]:
        """The domains as they were at most :data:`KEPT` seconds ago."""
        snapshot = await self.refresh()
        return snapshot.domains if snapshot else ()

    async def paths(self, prefix: str) -> Sequence[str]:
        """The paths on that host, spelled as ``prefix`` begins: the simulator keeps its own folders elsewhere."""
        # The next key drops the question; the host is let finish, as a request cut off costs its connection.
        return await asyncio.shield(asyncio.ensure_future(self._paths(prefix, lambda: self.hypervisor.host)))

    async def own_paths(self, prefix: str) -> Sequence[str]:
        """The paths on the machine xentui runs on."""
        return await self._paths(prefix, this_machine)

    def hosts(self) -> Sequence[str]:
        """The names ``--host`` knows."""
        return self._hosts()

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
