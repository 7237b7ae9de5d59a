"""Follows one host for those who watch it: snapshots, load figures, the host's own data."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING

from xentui import service
from xentui.errors import FaultError, XentuiError
from xentui.fleet.seen import HostSeen
from xentui.model.domain import Snapshot
from xentui.service.events import Event
from xentui.service.hypervisor import Hypervisor

if TYPE_CHECKING:
    from xentui.service.kernels import GuestKernels

_RETRY_SECONDS = 3.0
_BREATH = 0.002
"""Seconds between taking in figures of thousands of domains and showing them: keys are answered in between."""

_SIGHT_PAUSE = 2.0
"""Seconds between looks at whether what costs the host more is in sight: its load, the disks of guests."""
_RETRY_LIMIT = 60.0
"""Seconds between tries, at most, while one after the other ends in a fault of xentui itself."""


async def _at_once() -> None:
    """Nobody has to wait for the first list to be seen."""


Changed = Callable[[tuple[Event, ...] | None], None]
Told = Callable[[XentuiError], None]


class HostPoller:
    """Keeps what is known of a host up to date while :meth:`run` runs.

    ``changed`` is called each time, with the events of a snapshot.  ``told`` is given what goes wrong, once each: where
    the host cannot be read, what of it cannot, and faults of xentui itself, which end nothing.  ``looked`` is called
    when the first list is there, or cannot be had; ``interval`` is how often a quick host is looked at, in seconds.

    The list comes first: what runs, then what ``xl list -l`` tells of it, then the
    rest.  One ``xl list`` a look, one long-running xentop and one xenstore-watch; ``xl uptime`` when a domain appears;
    ``xl info`` every five looks; all less often on a host they cost much (:mod:`xentui.service.pacing`).  Where
    kernels are shown, guests' disks besides.
    """

    def __init__(
        self,
        hypervisor: Hypervisor,
        state: HostSeen,
        changed: Changed,
        told: Told = lambda _error: None,
        *,
        looked: Callable[[], None] = lambda: None,
        interval: float = 3.0,
        spread: float = 0.0,
    ) -> None:
        self._hypervisor = hypervisor
        self._state = state
        self._changed = changed
        self._told = told
        self._last_told: dict[str, str] = {}
        self._first_looked = looked
        self._watcher = hypervisor.watcher(interval=interval, spread=spread)
        self._asked = asyncio.Event()
        self._running: asyncio.Task[object] | None = None
        self._looked = asyncio.Event()
        self._answers = asyncio.Event()
        self._booted: asyncio.Task[None] | None = None
        self._booted_asked: frozenset[int] = frozenset()
        self.kernels_shown: Callable[[], bool] = lambda: False
        """Tells whether kernels are in sight; disks of guests are read for nothing else."""
        self.loads_shown: Callable[[], bool] = lambda: True
        """Tells whether load figures are in sight; no xentop runs for anything else."""
        self.list_seen: Callable[[], Awaitable[None]] = _at_once
        """Returns when the first list has reached who looks at it: no more is asked of the host before."""
        state.pulse = self._watcher.pulse

    @cached_property
    def kernels(self) -> GuestKernels:
        """What guests run and would boot, as far as their disks have been read."""
        return service.kernels.GuestKernels(self._hypervisor.host)

    @property
    def listens(self) -> Callable[[], bool]:
        """Tells whether events of the host are wanted, which are one more long-running command there."""
        return self._watcher.listens

    @listens.setter
    def listens(self, wanted: Callable[[], bool]) -> None:
        self._watcher.listens = wanted

    @property
    def on_events(self) -> bool:
        """Whether changes show by events of the host, not by polling only."""
        return self._watcher.on_events

    def poke(self) -> None:
        """Look at the host at once."""
        self._watcher.poke()
        self._asked.set()

    def begin(self) -> None:
        """Ask the host for the first look now; what it shows is taken in by :meth:`run`."""
        self._watcher.begin()

    async def close(self) -> None:
        """End :meth:`run`; returns when what it has started on the host has ended."""
        begun = [task for task in (self._booted, self._running) if task is not None]
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)
        await self._watcher.close()

    async def run(self) -> None:
        """Follow the host until cancelled."""
        self._running = asyncio.current_task()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._for_ever("list", self._snapshots))
            group.create_task(self._for_ever("load", self._loads))
            group.create_task(self._for_ever("host", self._host))
            group.create_task(self._for_ever("kernels", self._kernels))

    async def _for_ever(self, part: str, follow: Callable[[], Awaitable[None]]) -> None:
        """Follow a part of the host again whenever that has ended, later and later while it ends in faults."""
        pause = _RETRY_SECONDS
        while True:
            started = time.monotonic()
            try:
                await follow()
                fault = None
            except Exception as error:  # noqa: BLE001 - the boundary: the screen must not go blind for ever
                fault = FaultError(error)
            pause = min(2 * pause, _RETRY_LIMIT) if fault else _RETRY_SECONDS
            if time.monotonic() - started > _RETRY_LIMIT:
                pause = _RETRY_SECONDS
            if fault:
                self._fail(part, fault)
            await asyncio.sleep(pause)

    def _fail(self, part: str, fault: FaultError) -> None:
        if part == "list":
            self._hypervisor.inventory.forget()
            self._state.take_trouble(fault)
            self._answered()
        self._tell(part, fault)
        self._changed(None)

    def _tell(self, part: str, error: XentuiError | None) -> None:
        """Tell what is wrong with a part of the host once; None where nothing is."""
        message = "" if error is None else error.message
        if error is not None and message != self._last_told.get(part, ""):
            self._told(error)
        self._last_told[part] = message

    async def _snapshots(self) -> None:
        seen = 0
        async with contextlib.aclosing(self._watcher.snapshots()) as snapshots:
            async for result in snapshots:
                if isinstance(result, XentuiError):
                    self._answers.clear()
                    self._state.take_trouble(result)
                    self._tell("list", result)
                    self._changed(None)
                    self._answered()
                    continue
                self._answers.set()
                if seen:
                    await asyncio.sleep(_BREATH)
                # Taken in and shown at once: a key acts on what is shown.
                self._changed(self._state.take_snapshot(result))
                self._tell("list", _problem(result))
                seen += 1
                if seen == 1:
                    await self.list_seen()
                if result.details_taken or seen > 1:
                    self._answered()
                    self._ask_uptimes()

    def _answered(self) -> None:
        """Let the rest begin: there is a list, with all of it or with what it may take long to learn missing."""
        if not self._looked.is_set():
            self._first_looked()
        self._looked.set()

    def _ask_uptimes(self) -> None:
        """Ask since when those run of whom that is not known; of each once, since xl may not know it either."""
        unknown = self._state.unknown_uptimes
        busy = self._booted is not None and not self._booted.done()
        if busy or not unknown - self._booted_asked:
            return
        self._booted_asked = unknown
        self._booted = asyncio.ensure_future(self._uptimes())

    async def _uptimes(self) -> None:
        try:
            self._state.take_uptimes(await self._hypervisor.inventory.uptimes(), time.time())
        except XentuiError:
            self._booted_asked = frozenset()
            return  # the next snapshot says what is wrong, and asks again
        except Exception as error:  # noqa: BLE001 - the boundary: the list does without
            self._tell("uptime", FaultError(error))
            return
        self._changed(None)

    async def _loads(self) -> None:
        await self._looked.wait()
        await self._answers.wait()
        try:
            while True:
                # What is known stays in sight while another xentop begins.
                while self.loads_shown() and await self._loads_at(self._watcher.pacing.load_seconds()):
                    pass
                if self.loads_shown():
                    return  # it has ended by itself
                self._without_loads()
                await asyncio.sleep(_SIGHT_PAUSE)
        except (XentuiError, ConnectionError):
            pass  # the host is away, or has no xentop: the list does without
        finally:
            self._without_loads()

    def _without_loads(self) -> None:
        """No figures are known any more; old ones are shown no longer."""
        if self._state.loads:
            self._state.take_loads({})
            self._changed(None)

    async def _loads_at(self, seconds: int) -> bool:
        """Take in a figure every so many seconds; whether it ended because the host bears others now."""
        async with contextlib.aclosing(self._hypervisor.statistics(seconds=seconds).loads()) as samples:
            async for loads in samples:
                self._state.take_loads(loads)
                self._tell("load", None)
                await asyncio.sleep(_BREATH)
                self._changed(None)
                paced = seconds / 2 <= self._watcher.pacing.load_seconds() <= seconds * 2
                if not paced or not self.loads_shown():
                    return True
        return False

    async def _host(self) -> None:
        await self._looked.wait()
        while True:
            await self._answers.wait()
            self._asked.clear()
            try:
                self._state.info = await self._hypervisor.inventory.host_info()
                self._tell("host", None)
                self._changed(None)
            except XentuiError:
                pass  # the snapshots say so
            try:
                async with asyncio.timeout(self._watcher.pacing.info_pause()):
                    await self._asked.wait()
            except TimeoutError:
                continue

    async def _kernels(self) -> None:
        """Read what guests would boot, some at a time, while that is in sight."""
        await self._looked.wait()
        while True:
            await self._answers.wait()
            snapshot = self._state.snapshot
            if snapshot is not None and self.kernels_shown():
                kernels = self.kernels
                await kernels.read(kernels.due(snapshot.domains))
                if self._state.take_kernels(kernels.of):
                    self._changed(None)
            await asyncio.sleep(_SIGHT_PAUSE)


def _problem(snapshot: Snapshot) -> XentuiError | None:
    """Return what of a host could not be read, as an error."""
    if not snapshot.problems:
        return None
    return XentuiError(snapshot.problems[0], subject=snapshot.host, details=snapshot.problems[1:])
