"""What can stand in the way of a migration, one check a function; each is given what was read and asks no host."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from xentui.service.migrating.check_input import Case
from xentui.service.migrating.checks import devices, disks, engine, login, machine, names
from xentui.service.migrating.plan import MigrationFinding

Check = Callable[[Case], Iterator[MigrationFinding]]

CHECKS: tuple[Check, ...] = (
    names.read_only,
    names.same_host,
    names.store,
    names.name,
    names.leftovers,
    names.uuid,
    machine.version,
    machine.processor,
    machine.paging,
    machine.memory,
    machine.clock,
    devices.ties,
    devices.bridges,
    devices.boot_files,
    disks.presence,
    disks.in_use,
    disks.loops,
    disks.replicated,
    disks.cached,
    disks.room,
    login.address,
    login.login,
    engine.transient,
    engine.shared,
    engine.plain_ssh,
    engine.reached,
    engine.believed,
)
"""In the order they are told."""


def found(case: Case) -> Iterator[MigrationFinding]:
    """Yield all that was found; once a host is the other one nothing else means anything."""
    for check in CHECKS:
        findings = tuple(check(case))
        yield from findings
        if check is names.same_host and findings:
            return


__all__ = ["CHECKS", "Check", "found"]
