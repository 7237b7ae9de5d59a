"""What the row of a running domain, its entry in the store and its autostart link say of it, each by itself."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.model.boot import BootKind
from xentui.model.domain import BUILDING, Domain, Drift
from xentui.model.installation import InstallState
from xentui.model.listed import ListedDomain
from xentui.model.state import DomainState
from xentui.store import AutostartLink, SourceState, StoredDomain


def off_state(entry: StoredDomain | None) -> DomainState:
    """Return the state of a domain that is not there: suspended where its memory is saved, else off."""
    return DomainState.SUSPENDED if entry is not None and entry.suspended else DomainState.OFF


def drift(apart: Sequence[object], changed: tuple[bool, bool]) -> tuple[Drift, ...]:
    """Return what has drifted from the stored text, by the differences to what runs and what :func:`changed` tells."""
    return (*([Drift.RUNNING] if apart else []), *([Drift.FILE] if any(changed) else []))


def installs(entry: StoredDomain | None) -> bool:
    """Return whether an installer is to run: on its own configuration, which is not that of the installed system."""
    return entry is not None and entry.install is not None and entry.install.state is InstallState.UNDER_WAY


def autostart(entry: StoredDomain | None, link: AutostartLink | None) -> tuple[bool, int | None]:
    """Return whether a domain starts with the host, and in which place; one whose link is taken away for a while
    does.
    """
    if entry is None:
        return False, None
    if link is not None:
        return True, link.order(entry.name)
    # Without a memory image, or a move, there is nothing to wait for: the link could not be put back.
    waits = entry.suspended or entry.resuming or entry.saving or entry.moving
    return (True, entry.withheld.order) if entry.withheld and waits else (False, None)


def changed(entry: StoredDomain | None) -> tuple[bool, bool]:
    """Return whether the file a domain was made from has changed, and whether its stored text has."""
    if entry is None or entry.source is None or entry.source_state is SourceState.STORED:
        return False, False
    return entry.source_state is SourceState.CHANGED, entry.moved_on


def is_one_off(row: ListedDomain | None, entry: StoredDomain | None, apart: bool) -> bool:
    """Return whether the running domain was booted once from a configuration that is not the stored one.

    ``apart`` says whether the running configuration differs from the stored one.

    A later domid is the same boot after a reboot, unless it was restarted behind our back: then it equals the
    stored configuration.
    """
    mark = entry.running if entry else None
    if row is None or mark is None or mark.get("kind") != BootKind.ONE_OFF:
        return False
    domid, above = mark.get("domid"), mark.get("above")
    if type(domid) is int:
        return row.domid == domid or (row.domid > domid and apart)
    # It is being booted on a terminal.
    return type(above) is int and row.domid > above


def booting(row: ListedDomain | None) -> str:
    """Return what a domain that is being made waits for.

    xl lists it as paused from the beginning: without memory while its boot loader runs, without CPUs until it is built
    (4.17).
    """
    if row is None or row.state is not DomainState.PAUSED or row.vcpus or row.domid == 0:
        return ""
    return BUILDING if row.memory_mib or not row.name else "boot loader"


def placed(domain: Domain) -> tuple[object, ...]:
    """Return what the place of a domain depends on, and whether its name misleads, beside uuid and domid."""
    return domain.name, domain.odd_name, domain.template, domain.state is DomainState.DYING


def order(domain: Domain) -> tuple[bool, bool, str, str, int]:
    """Return the key to sort the domains of a list by: Domain-0 first, then by name, templates last."""
    return (not domain.is_control, domain.template, domain.name.casefold(), domain.uuid, domain.domid or 0)
