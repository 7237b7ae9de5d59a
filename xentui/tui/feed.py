"""Brings what happens on the host to the screen: snapshots, load figures, the host's own data."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

from xentui.errors import FaultError, XentuiError
from xentui.model.domain import Snapshot
from xentui.service.events import Event
from xentui.service.hypervisor import Hypervisor
from xentui.tui import pace
from xentui.tui.picture import HostPicture

INFO_SECONDS = 15.0
_RETRY_SECONDS = 3.0
_BREATH = 0.002
"""Seconds between taking in figures of thousands of domains and showing them: keys are answered in between."""

_RETRY_LIMIT = 60.0
"""Seconds between tries, at most, while one after the other ends in a fault of xentui itself."""

Changed = Callable[[tuple[Event, ...] | None], None]
Told = Callable[[XentuiError], None]


class Feed:
    """Fills a picture for as long as :meth:`run` runs, and calls ``changed`` each time, with the events of a snapshot.

    ``told`` is given what goes wrong, once each: where the host cannot be read, what of it cannot, and faults of
    xentui itself, which end nothing.  The list comes first: a glance at what runs, then a whole poll, then the rest.
    One ``xl list`` and ``xl list -l`` a poll, one long-running xentop and one xenstore-watch; ``xl uptime`` when a
    domain appears; ``xl info`` every fifteen seconds.
    """

    def __init__(
        self,
        hypervisor: Hypervisor,
        picture: HostPicture,
        changed: Changed,
        told: Told = lambda _error: None,
        *,
        interval: float = 3.0,
    ) -> None:
        self._hypervisor = hypervisor
        self._picture = picture
        self._changed = changed
        self._told = told
        self._last_told: dict[str, str] = {}
        self._watcher = hypervisor.watcher(interval=interval)
        self._asked = asyncio.Event()
        self._running: asyncio.Task[object] | None = None
        self._looked = asyncio.Event()
        self._first: asyncio.Task[Snapshot] | None = None

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
        self._first = asyncio.ensure_future(self._hypervisor.inventory.glance())

    async def close(self) -> None:
        """End :meth:`run`; returns when what it has started on the host has ended."""
        begun = [task for task in (self._first, self._running) if task is not None]
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)

    async def run(self) -> None:
        """Follow the host until cancelled."""
        self._running = asyncio.current_task()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._for_ever("list", self._snapshots))
            group.create_task(self._for_ever("load", self._loads))
            group.create_task(self._for_ever("host", self._host))

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
            self._picture.take_trouble(fault)
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
        with contextlib.suppress(Exception):  # the poll that follows tells
            first, self._first = self._first, None
            glance = await (first or self._hypervisor.inventory.glance())
            self._changed(self._picture.take_snapshot(glance))
        seen = False
        async with contextlib.aclosing(self._watcher.snapshots()) as snapshots:
            async for result in snapshots:
                if isinstance(result, XentuiError):
                    self._picture.take_trouble(result)
                    self._tell("list", result)
                    self._changed(None)
                    self._answered()
                    continue
                self._changed(self._picture.take_snapshot(result))
                self._tell("list", _problem(result))
                self._answered(first=not seen)
                seen = True
                if self._picture.unknown_uptimes:
                    await self._uptimes()

    def _answered(self, *, first: bool = False) -> None:
        if first or not self._looked.is_set():
            pace.settle()
        self._looked.set()

    async def _uptimes(self) -> None:
        try:
            self._picture.take_uptimes(await self._hypervisor.inventory.uptimes(), time.time())
        except XentuiError:
            return  # the next snapshot says what is wrong, and asks again
        self._changed(None)

    async def _loads(self) -> None:
        await self._looked.wait()
        try:
            async for loads in self._hypervisor.statistics().loads():
                self._picture.take_loads(loads)
                self._tell("load", None)
                await asyncio.sleep(_BREATH)
                self._changed(None)
        except (XentuiError, ConnectionError):
            pass  # the host is away, or has no xentop: the list does without
        finally:
            self._picture.take_loads({})

    async def _host(self) -> None:
        await self._looked.wait()
        while True:
            self._asked.clear()
            try:
                self._picture.info = await self._hypervisor.inventory.host_info()
                self._tell("host", None)
                self._changed(None)
            except XentuiError:
                pass  # the snapshots say so
            try:
                async with asyncio.timeout(INFO_SECONDS):
                    await self._asked.wait()
            except TimeoutError:
                continue


def _problem(snapshot: Snapshot) -> XentuiError | None:
    """What of a host could not be read, as an error."""
    if not snapshot.problems:
        return None
    return XentuiError(snapshot.problems[0], subject=snapshot.host, details=snapshot.problems[1:])
