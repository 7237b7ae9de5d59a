"""Snapshots as things change: on xenstore events where they come, by polling in any case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum

from xentui.errors import FaultError, XentuiError
from xentui.model.domain import Domain, Snapshot
from xentui.service.inventory import Inventory
from xentui.service.session import Session
from xentui.toolstack import xl

FAULT_PAUSE = 60.0
"""Seconds between polls, at most, while one after the other ends in a fault of xentui itself."""
SETTLE_SECONDS = 0.1
"""Events come in bursts (a create introduces, a destroy releases several times): one poll serves a burst."""


class EventKind(StrEnum):
    """What happened to a domain between two snapshots."""

    APPEARED = "appeared"
    VANISHED = "vanished"
    STATE = "state"
    REBOOTED = "rebooted"
    RENAMED = "renamed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Event:
    """One change; ``before`` is None for a domain that appeared, ``after`` for one that vanished."""

    kind: EventKind
    before: Domain | None
    after: Domain | None

    @property
    def domain(self) -> Domain:
        """The domain, as it is or was last."""
        found = self.after or self.before
        if found is None:
            raise ValueError("an event has a domain")
        return found


def changes(old: Snapshot, new: Snapshot) -> tuple[Event, ...]:
    """What happened between two snapshots; counters that always move (CPU seconds) are no change."""
    before = {_key(domain): domain for domain in old.domains}
    pairs = [(before.pop(_key(domain), None), domain) for domain in new.domains]
    # One that got another name, or became managed, has another key and is still the same domain.
    left = {(domain.uuid, domain.domid): domain for domain in before.values()}
    events = []
    for last, domain in pairs:
        known = last or left.pop((domain.uuid, domain.domid), None)
        if known is None:
            events.append(Event(EventKind.APPEARED, None, domain))
        elif known is not domain and (kind := _kind(known, domain)):
            events.append(Event(kind, known, domain))
        if last is None and known is not None:
            del before[_key(known)]
    events += [Event(EventKind.VANISHED, gone, None) for gone in before.values()]
    return tuple(events)


def _key(domain: Domain) -> str:
    return domain.uuid if domain.managed or domain.domid is None else f"{domain.uuid}/{domain.name}"


def _kind(last: Domain, now: Domain) -> EventKind | None:
    if last.domid is not None and now.domid is not None and last.domid != now.domid:
        return EventKind.REBOOTED
    if last.state != now.state and {last.state, now.state} != {"running", "blocked"}:
        return EventKind.STATE
    if last.name != now.name:
        return EventKind.RENAMED
    moved = (
        (
            last.memory_kib,
            last.vcpus,
            last.version,
            last.drift,
            last.autostart,
            last.autostart_order,
            last.damaged,
        ),
        (now.memory_kib, now.vcpus, now.version, now.drift, now.autostart, now.autostart_order, now.damaged),
    )
    return EventKind.CHANGED if moved[0] != moved[1] or last.running != now.running else None


def pause_after(faults: int, interval: float) -> float:
    """Seconds until the next poll, after so many faults one after the other."""
    return max(interval, min(interval * 2.0 ** min(faults, 10), FAULT_PAUSE))


class Watcher:
    """Follows a host: a snapshot at once, after every event, after :meth:`poke`, and every ``interval`` seconds."""

    def __init__(self, session: Session, inventory: Inventory, *, interval: float = 3.0) -> None:
        self._session = session
        self._inventory = inventory
        self._interval = interval
        self._changed = asyncio.Event()
        self.on_events = False
        """Whether xenstore events arrive; else changes show by polling only."""

    def poke(self) -> None:
        """Ask for a snapshot now (after an action of our own)."""
        self._changed.set()

    async def snapshots(self) -> AsyncGenerator[Snapshot | XentuiError, None]:
        """Snapshots for as long as they are asked for; an error where the host cannot be read just now.

        An exception that nobody has foreseen is a FaultError; what led to it is forgotten, and the polls go on, less
        often while one after the other fails so.
        """
        listener = asyncio.ensure_future(self._listen())
        faults = 0
        try:
            while True:
                self._changed.clear()
                result = await self._look()
                faults = faults + 1 if isinstance(result, FaultError) else 0
                yield result
                try:
                    async with asyncio.timeout(pause_after(faults, self._interval)):
                        await self._changed.wait()
                    await asyncio.sleep(SETTLE_SECONDS)
                except TimeoutError:
                    continue
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def _look(self) -> Snapshot | XentuiError:
        try:
            return await self._inventory.poll()
        except XentuiError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the boundary: one bad answer must not end all looking
            self._inventory.forget()
            return FaultError(error)

    async def _listen(self) -> None:
        while True:
            try:
                stream = await self._session.host.stream(xl.WATCH)
            except Exception:  # noqa: BLE001 - polling shows what there is all the same
                await asyncio.sleep(self._interval * 3)
                continue
            try:
                async for _ in stream.lines():
                    self.on_events = True
                    self._changed.set()
            except Exception:  # noqa: BLE001, S110 - as above
                pass
            finally:
                self.on_events = False
                await asyncio.shield(stream.close())
            await asyncio.sleep(self._interval * 3)
