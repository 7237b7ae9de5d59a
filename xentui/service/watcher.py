"""Follows a host: what runs is told as soon as it is known, what takes longer when it has come."""

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
    """How it stands with a host now; times are seconds since the epoch, 0 for none.

    ``asking_since`` is when the look began that is under way; ``next_try`` when a host that could not be read is tried
    again; ``slow`` the seconds the last look took, where that was long.
    """

    asking_since: float = 0.0
    next_try: float = 0.0
    slow: float = 0.0


_SIGHT_PAUSE = 2.0
"""Seconds between looks at whether events of the host are wanted still."""
Running = frozenset[tuple[int | None, str, str, int, int]]


class Watcher:
    """A snapshot at once, after every event, after :meth:`poke`, and again and again as the host can bear it.

    A snapshot has what ``xl list -v`` and the store tell now, and what ``xl list -l`` told last.  That one is asked for
    when what runs has changed, after :meth:`poke`, and seldom else; it keeps nobody waiting: when it has come, there is
    another snapshot.
    """

    def __init__(
        self, session: Session, inventory: Inventory, *, interval: float = 3.0, spread: float = 0.0
    ) -> None:
        self._session = session
        self._inventory = inventory
        self.pacing = Pacing(interval, spread)
        self.listens: Callable[[], bool] = lambda: True
        """Tells whether events of the host are wanted: without them, changes show by polling only."""
        self._changed = asyncio.Event()
        self._answering = asyncio.Event()
        self._first: asyncio.Task[Snapshot | XentuiError] | None = None
        self._details: asyncio.Task[None] | None = None
        self._running: Running = frozenset()
        self._wanted = True
        self._failures = 0
        self.on_events = False
        """Whether xenstore events arrive; else changes show by polling only."""
        self.pulse = Pulse()

    def poke(self) -> None:
        """Ask for all there is to know now (after an action of our own)."""
        self._wanted = True
        self._changed.set()

    def begin(self) -> None:
        """Begin the first look, before anybody takes its snapshot."""
        if self._first is None:
            self._first = asyncio.ensure_future(self._look())

    async def close(self) -> None:
        """End what :meth:`begin` and :meth:`snapshots` have begun."""
        begun = [task for task in (self._first, self._details) if task is not None]
        self._first = self._details = None
        for task in begun:
            task.cancel()
        await asyncio.gather(*begun, return_exceptions=True)

    async def snapshots(self) -> AsyncGenerator[Snapshot | XentuiError, None]:
        """Snapshots for as long as they are asked for; an error where the host cannot be read just now.

        An exception that nobody has foreseen is a FaultError; what led to it is forgotten.  A host that cannot be read
        is tried less and less often.
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
        """Wait for the time of the next look, or a reason for one; what comes on the way is another snapshot."""
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
        """Have ``xl list -l`` run where it is time for that; returns when it will be, else (monotonic seconds)."""
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
        """Note each event of a host; what ends that otherwise than by its end ends nothing: polling shows the same."""
        async for _ in stream.lines():
            self.on_events = True
            self._changed.set()


def _running(snapshot: Snapshot) -> Running:
    """Return what has to be looked at anew where it has changed: who runs, and what of it the short list tells."""
    return frozenset(
        (domain.domid, domain.uuid, domain.name, domain.memory_kib, domain.vcpus)
        for domain in snapshot.domains
        if domain.domid is not None
    )
