"""Follows a host by a series of snapshots: states at once, details when they have been read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable

from xentui.errors import FaultError, XentuiError
from xentui.frozen import dataclass
from xentui.hosts.base import Stream
from xentui.model.domain import Snapshot
from xentui.service.inventory import Inventory
from xentui.service.pacing import SLOW, Pacing, retry_pause
from xentui.service.session import Session


@dataclass(slots=True, repr=False, eq=False)
class Pulse:
    """The state of the polling of a host; times are seconds since the epoch, 0 for none.

    ``asking_since`` is when the present poll began, ``next_try`` when a host that could not be read is tried again,
    ``slow`` the duration of the last poll in seconds if it was long.
    """

    asking_since: float = 0.0
    next_try: float = 0.0
    slow: float = 0.0


_SIGHT_PAUSE = 2.0
"""Seconds between checks whether events of the host are still wanted."""
Running = frozenset[tuple[int | None, str, str, int, int]]


class Watcher:
    """Polls a host at once, after every event, after :meth:`poke`, and at intervals that the host can afford.

    A snapshot has the present answers of ``xl list -v`` and of the store, and the last one of ``xl list -l``.  The
    latter is run when the running domains have changed, after :meth:`poke`, and rarely otherwise, in parallel: when it
    ends, there is another snapshot.
    """

    def __init__(
        self, session: Session, inventory: Inventory, *, interval: float = 3.0, spread: float = 0.0
    ) -> None:
        self._session = session
        self._inventory = inventory
        self.pacing = Pacing(interval, spread)
        self.listens: Callable[[], bool] = lambda: True
        """Returns whether events of the host are wanted: without them, changes are seen by polling only."""
        self._changed = asyncio.Event()
        self._answering = asyncio.Event()
        self._first: asyncio.Task[Snapshot | XentuiError] | None = None
        self._details: asyncio.Task[None] | None = None
        self._running: Running = frozenset()
        self._wanted = True
        self._failures = 0
        self.on_events = False
        """Whether xenstore events arrive; else changes are seen by polling only."""
        self.pulse = Pulse()

    def poke(self) -> None:
        """Poll at once, details included, for example after an action of our own."""
        self._wanted = True
        self._changed.set()

    def begin(self) -> None:
        """Start the first poll, before :meth:`snapshots` is iterated."""
        if self._first is None:
            self._first = asyncio.ensure_future(self._look())

    async def close(self) -> None:
        """Cancel the polls that :meth:`begin` and :meth:`snapshots` have started."""
        begun = [task for task in (self._first, self._details) if task is not None]
        self._first = self._details = None
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)

    async def snapshots(self) -> AsyncGenerator[Snapshot | XentuiError, None]:
        """Yield snapshots as long as they are iterated, and an error where the host cannot be read at present.

        An unforeseen exception becomes a FaultError, and the caches that may have caused it are dropped.  A host that
        cannot be read is tried at growing intervals.
        """
        listener = asyncio.ensure_future(self._listen())
        try:
            while True:
                self._changed.clear()
                self.begin()
                assert self._first is not None  # noqa: S101 - begun just now
                result = await asyncio.shield(self._first)
                self._first = None
                pause = self._pause_after(result)
                yield result
                async for again in self._meanwhile(result, time.monotonic() + pause):
                    yield again
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            await self.close()

    async def _look(self) -> Snapshot | XentuiError:
        self.pulse.asking_since, started = time.time(), time.monotonic()
        try:
            found = await self._inventory.look(self.pacing.turned)
        except XentuiError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the boundary: one bad answer must not end all looking
            self._inventory.forget()
            return FaultError(error)
        finally:
            self.pulse.asking_since = 0.0
        took = time.monotonic() - started
        self.pacing.looked(took, self._session.host.turns)
        self.pulse.slow = took if took > SLOW else 0.0
        return found

    def _pause_after(self, result: Snapshot | XentuiError) -> float:
        if isinstance(result, XentuiError):
            self._failures += 1
            self._wanted = True
            self._answering.clear()
            pause = retry_pause(self._failures - 1, self.pacing.interval)
            self.pulse.next_try = time.time() + pause
            return pause
        self._failures, self.pulse.next_try = 0, 0.0
        return self.pacing.list_pause()

    async def _meanwhile(
        self, result: Snapshot | XentuiError, deadline: float
    ) -> AsyncGenerator[Snapshot | XentuiError, None]:
        """Wait for the time of the next poll, or a reason for one; yield a snapshot when details have been read."""
        if isinstance(result, Snapshot):
            self._answering.set()
            deadline = min(deadline, self._ask_for_details(result))
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            while not changed.done():
                waiting = {changed, *([self._details] if self._details else [])}
                left = max(0.0, deadline - time.monotonic())
                done, _ = await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                if self._details is not None and self._details in done:
                    self._details = None
                    yield await self._taken_together()
                elif not done:
                    return
            if not self._wanted:
                await asyncio.sleep(self.pacing.burst_pause())
        finally:
            changed.cancel()

    def _ask_for_details(self, snapshot: Snapshot) -> float:
        """Start ``xl list -l`` if it is due; return when it will be otherwise (monotonic seconds)."""
        if self._details is not None:
            return float("inf")
        running = _running(snapshot)
        pause = self.pacing.details_pause(changed=running != self._running)
        due = self._inventory.details_read + pause
        if not self._wanted and time.monotonic() < due:
            return due
        self._wanted, self._running = False, running
        self._details = asyncio.ensure_future(self._read_details())
        return float("inf")

    async def _read_details(self) -> None:
        started = time.monotonic()
        try:
            await self._inventory.read_details()
        except Exception as error:  # noqa: BLE001 - the boundary: what is known of states stays, and is shown
            self._inventory.keep_details(error)
        self.pacing.read_details(time.monotonic() - started)

    async def _taken_together(self) -> Snapshot | XentuiError:
        try:
            return await self._inventory.again()
        except XentuiError as error:
            return error
        except Exception as error:  # noqa: BLE001 - as above
            self._inventory.forget()
            return FaultError(error)

    async def _listen(self) -> None:
        while True:
            await self._answering.wait()  # a host that does not answer is tried by the looks alone
            if not self.listens():
                await asyncio.sleep(self.pacing.interval)
                continue
            try:
                stream = await self._session.toolstack.watch()
            except Exception:  # noqa: BLE001 - polling shows what there is all the same
                await asyncio.sleep(self.pacing.interval * 3)
                continue
            hearing = asyncio.ensure_future(self._hear(stream))
            try:
                # A host where nothing happens tells nothing: whether it is listened to is asked beside it.
                while not hearing.done() and self.listens():
                    await asyncio.wait({hearing}, timeout=_SIGHT_PAUSE)
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)
                heard, self.on_events = self.on_events, False
                await asyncio.shield(stream.close())
            if heard:
                self._changed.set()  # the line may have gone, and the next look be far away
            await asyncio.sleep(self.pacing.interval * 3)

    async def _hear(self, stream: Stream) -> None:
        """Note each event of a host; an error of the stream is ignored, since polling shows the same changes."""
        async for _ in stream.lines():
            self.on_events = True
            self._changed.set()


def _running(snapshot: Snapshot) -> Running:
    """Return what the details depend on: the running domains, with memory and vCPUs as the short list has them."""
    return frozenset(
        (domain.domid, domain.uuid, domain.name, domain.memory_kib, domain.vcpus)
        for domain in snapshot.domains
        if domain.domid is not None
    )
