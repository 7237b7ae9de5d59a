"""The lines of the list of domains: a snapshot joined with what is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xentui.model.domain import Domain, Snapshot
from xentui.model.state import DomainState
from xentui.service.statistics import Load

HISTORY_LENGTH = 60
"""Samples of CPU load kept a domain."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list.

    ``key`` stays the same through reboots and renames, and no two entries of a snapshot share one.
    ``cpu_history`` is in percent of one CPU, the newest sample last, at most ``HISTORY_LENGTH`` of them.
    ``uptime`` is in seconds; None where it is not known or the domain is off.
    """

    key: str
    domain: Domain
    load: Load | None = None
    cpu_history: tuple[float, ...] = ()
    uptime: float | None = None


def entries(
    snapshot: Snapshot,
    loads: Mapping[str, Load],
    histories: Mapping[str, Sequence[float]],
    uptimes: Mapping[int, float],
) -> tuple[Entry, ...]:
    """One entry a domain, in the order of the snapshot.

    ``loads`` and ``histories`` are by domain name, as xentop knows no better; ``uptimes`` in seconds by domid.
    A domain that is off, or on its way out beside its successor, has none of them.
    """
    made = []
    for key, domain in zip(_keys(snapshot.domains), snapshot.domains, strict=True):
        domid = domain.domid
        if domid is None or domain.state is DomainState.DYING:
            made.append(Entry(key, domain))
        else:
            name = domain.name
            history = tuple(histories.get(name, ()))[-HISTORY_LENGTH:]
            made.append(Entry(key, domain, loads.get(name), history, uptimes.get(domid)))
    return tuple(made)


class Histories(dict[str, tuple[float, ...]]):
    """CPU load by domain name, as :func:`entries` takes it."""

    def add(self, loads: Mapping[str, Load]) -> None:
        """Append one sample a domain; what xentop no longer lists is forgotten."""
        kept = {
            name: (*self.get(name, ())[-HISTORY_LENGTH + 1 :], load.cpu_percent)
            for name, load in loads.items()
        }
        self.clear()
        self.update(kept)


def _keys(domains: Sequence[Domain]) -> list[str]:
    """A key a domain: its uuid; where several bear one, that of the domain which lives on (see below).

    While a domain reboots two rows bear its uuid for a moment.  The uuid goes to the managed one, else to the
    youngest that is not dying, so that a cursor on it stays there; the others add their names, then their domids.
    """
    sharing: dict[str, list[Domain]] = {}
    for domain in domains:
        sharing.setdefault(domain.uuid, []).append(domain)
    holders = {uuid: same[0] if len(same) == 1 else max(same, key=_claim) for uuid, same in sharing.items()}
    keys: list[str] = []
    taken: set[str] = set()
    for domain in domains:
        uuid = domain.uuid
        key = uuid if uuid and holders[uuid] is domain else f"{uuid}/{domain.name}"
        if key in taken:
            key = f"{key}/{domain.domid}"
        while key in taken:
            key += "'"
        taken.add(key)
        keys.append(key)
    return keys


def _claim(domain: Domain) -> tuple[bool, bool, int]:
    domid = -1 if domain.domid is None else domain.domid
    return domain.managed, domain.state is not DomainState.DYING, domid
