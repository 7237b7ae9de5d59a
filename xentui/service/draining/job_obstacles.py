"""Whether a host can bring its guests back by a job of its own: it must log in as root on the hosts they are on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xentui.errors import XentuiError
from xentui.hosts import operations
from xentui.hosts.base import Completed
from xentui.service.draining.plan import HostStep, StepKind
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating.engine_handover import keeps
from xentui.service.migrating.plan import MigrationFinding
from xentui.service.migrating.side import BOOT_ID
from xentui.service.migrating.ssh_login import SshLine, try_line
from xentui.service.migrating.target_survey import asked


async def job_obstacles(
    home: Hypervisor, others: Mapping[str, Hypervisor | XentuiError], steps: Sequence[HostStep]
) -> tuple[MigrationFinding, ...]:
    """Return what prevents the host ``home`` from doing these steps by a job of its own; empty for nothing.

    ``others`` are the hosts that guests are on, by their names in the record.
    """
    moves = [step for step in steps if step.kind is StepKind.MOVE and step.guest is not None]
    away = {
        each.host.name: each
        for each in (others[step.guest.to] for step in moves if step.guest is not None)
        if isinstance(each, Hypervisor)
    }

    async def look(other: Hypervisor) -> tuple[MigrationFinding, ...]:
        return await _line(home, other)

    lines = await asked(list(away.values()), look)
    found = [
        finding
        for name, each in zip(away, lines, strict=True)
        for finding in (
            (MigrationFinding("ssh", hard=True, why=f"{name}: {each.message}"),)
            if isinstance(each, XentuiError)
            else each
        )
    ]
    return (*found, *(each for step in steps if (each := _by_hand(home, step)) is not None))


async def _line(home: Hypervisor, other: Hypervisor) -> tuple[MigrationFinding, ...]:
    """Return what prevents a login from one host on the other; the kernel's boot id shows that it is the right host."""
    reach = other.host.reach
    place = other.host.host_path(BOOT_ID)
    try:
        boot_id = (await other.host.call(operations.read_head, path=place, limit=100)).decode(
            "ascii", "replace"
        )
    except XentuiError:
        boot_id = ""
    tried = await try_line(home, reach)
    line = SshLine(
        home.host.name,
        other.host.name,
        reach,
        tried if isinstance(tried, Completed) else None,
        tried if isinstance(tried, str) else "",
        boot_id.strip(),
    )
    return (*line.address(), *line.login())


def _by_hand(home: Hypervisor, step: HostStep) -> MigrationFinding | None:
    """Return why the job of the host cannot do a step; "" if it can."""
    if step.kind is StepKind.START and step.boot is not None and step.boot.chosen is not None:
        return _finding(
            "boot-entry",
            f"{step.name} boots a chosen entry of its boot menu, which is checked before it runs",
        )
    if (
        step.kind is StepKind.MOVE
        and step.move is not None
        and step.move.domain.domid is None
        and keeps(home)
    ):
        return _finding("off", f"{step.name} is off, and the engine of both hosts keeps it")
    if step.does and home.session.toolstack.draining is None:
        return _finding("engine", f"no job drives {home.session.toolstack.name}")
    return None


def _finding(word: str, why: str) -> MigrationFinding:
    return MigrationFinding(word, hard=True, why=why)
