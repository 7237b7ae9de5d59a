"""What happened to domains between two snapshots."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass
from xentui.model.domain import Domain, Snapshot


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
    """Return what happened between two snapshots; counters that always move (CPU seconds) are no change."""
    # Most of thousands are the same objects: nothing has happened to them.
    there, were = set(map(id, new.domains)), set(map(id, old.domains))
    before = {_key(domain): domain for domain in old.domains if id(domain) not in there}
    pairs = [(before.pop(_key(domain), None), domain) for domain in new.domains if id(domain) not in were]
    # One that got another name, or became managed, has another key and is still the same domain.
    left = {(domain.uuid, domain.domid): domain for domain in before.values()}
    events = []
    for last, domain in pairs:
        known = last or left.pop((domain.uuid, domain.domid), None)
        if known is None:
            events.append(Event(EventKind.APPEARED, None, domain))
        elif kind := _kind(known, domain):
            events.append(Event(kind, known, domain))
        if last is None and known is not None:
            del before[_key(known)]
    events += [Event(EventKind.VANISHED, gone, None) for gone in before.values()]
    return tuple(events)


def _key(domain: Domain) -> str:
    return domain.uuid if domain.managed or domain.domid is None else f"{domain.uuid}/{domain.name}"


def _kind(last: Domain, now: Domain) -> EventKind | None:
    if last.rest is now.rest and last.state is now.state:
        return None
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
    if moved[0] != moved[1]:
        return EventKind.CHANGED
    return EventKind.CHANGED if last.running is not now.running and last.running != now.running else None
