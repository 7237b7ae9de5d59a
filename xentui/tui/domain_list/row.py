"""The lines of the list of domains: a snapshot joined with what is measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from xentui.commands import describe
from xentui.model.state import DomainState
from xentui.service import lookup

if TYPE_CHECKING:
    from xentui.model.domain import Domain
    from xentui.service.kernels import GuestKernel
    from xentui.service.statistics import Load


class DomainRow(NamedTuple):
    """One line of the list.

    ``key`` stays the same through reboots and renames, and no two entries of a snapshot share one.
    ``cpu_history`` is in percent of one CPU, the newest sample last; it goes on with each sample.
    ``uptime`` is in seconds; None where it is not known or the domain is off.  ``doing`` is what this session does
    with it, "" for nothing.  ``kernel`` is what it runs and would boot, None where that has not been read.
    ``host`` is what the list calls its host, "" where there is one only.
    """

    key: str
    domain: Domain
    load: Load | None = None
    cpu_history: Sequence[float] = ()
    uptime: float | None = None
    doing: str = ""
    kernel: GuestKernel | None = None
    host: str = ""

    @property
    def condition(self) -> str:
        """What the domain is doing, in a word or two."""
        return self.doing or describe.condition(self.domain)


def domain_rows(  # noqa: PLR0917 - all that is known, each by its own key
    keyed: Iterable[tuple[str, Domain]],
    loads: Mapping[str, Load],
    histories: Mapping[str, Sequence[float]],
    uptimes: Mapping[int, float],
    doing: Mapping[str, str] | None = None,
    kernels: Mapping[str, GuestKernel] | None = None,
    *,
    host: str = "",
) -> tuple[DomainRow, ...]:
    """Return one entry a domain, in the order they come in with their :func:`row_keys`.

    ``loads`` and ``histories`` are by domain name, as xentop knows no better; ``uptimes`` in seconds by domid.
    ``doing`` is by name too, ``kernels`` by uuid.  A domain that is off, or on its way out beside its successor, has
    no figures.
    """
    made: list[DomainRow] = []
    known, read, dying = doing or {}, kernels or {}, DomainState.DYING
    # Thousands are made each second: without the function that Python makes of a NamedTuple, in half of the time.
    make, add = partial(tuple.__new__, DomainRow), made.append
    for key, domain in keyed:
        domid, name = domain.domid, domain.name
        kernel = None if not read or domain.copy_of else read.get(domain.uuid)
        here = known.get(name, "") if known else ""
        if domid is None or domain.state is dying:
            add(make((key, domain, None, (), None, here, kernel, host)))
        else:
            figures = loads.get(name), histories.get(name, ()), uptimes.get(domid)
            add(make((key, domain, *figures, here, kernel, host)))
    return tuple(made)


def row_keys(domains: Sequence[Domain]) -> list[str]:
    """Return a key a domain: its uuid; where several bear one, that of the domain which lives on (see below).

    While a domain reboots two rows bear its uuid for a moment, and copies that xl keeps bear it for good.  The uuid
    goes to the managed one, else to the youngest that is not dying, so that a cursor on it stays there; the others add
    their names, then their domids.
    """
    uuids = [domain.uuid for domain in domains]
    if "" not in (distinct := set(uuids)) and len(distinct) == len(uuids):
        return uuids
    sharing: dict[str, list[Domain]] = {}
    for domain in domains:
        sharing.setdefault(domain.uuid, []).append(domain)
    holders = {
        uuid: same[0] if len(same) == 1 else max(same, key=lookup.identity_rank)
        for uuid, same in sharing.items()
    }
    made: list[str] = []
    taken: set[str] = set()
    for domain in domains:
        uuid = domain.uuid
        key = uuid if uuid and holders[uuid] is domain else f"{uuid}/{domain.name}"
        if key in taken:
            key = f"{key}/{domain.domid}"
        while key in taken:
            key += "'"
        taken.add(key)
        made.append(key)
    return made
