"""A migration from the words of a command line: the plan told, doubts asked about, and done."""

from __future__ import annotations

import argparse
import contextlib
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xentui.commands.other_host import other_host
from xentui.console.log_transfer import carry
from xentui.errors import NotAgreedError, NotAllowedError, Render, UsageError, worded
from xentui.model.sizes import shown_bytes
from xentui.service.legality import Action, require
from xentui.service.migrating import Migrating, Mode
from xentui.service.migrating.plan import words
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.service.hypervisor import Hypervisor
    from xentui.service.migrating import DiskMove, MigrationFinding, MigrationPlan

_WORD = 12
"""Columns of the longest word of a finding."""
_INDENT = 2 + 5 + 2 + _WORD + 2


async def migrate(context: Context, args: argparse.Namespace) -> None:
    """Look at both hosts, tell what was found, and move the domain where nothing is in the way.

    Raises NotAllowedError where something is, or the answer is no; UsageError where nobody can be asked.
    """
    if args.live and args.offline:
        raise UsageError("--live and --offline exclude each other")
    wanted = Mode.LIVE if args.live else Mode.OFFLINE if args.offline else None
    session = context.hypervisor.session
    if not session.dry_run:
        session.require_writable()
    found = await context.hypervisor.inventory.find(args.domain)
    if Action.MIGRATE in found.cannot:
        require(found, Action.MIGRATE)  # before the other host is logged in to
    async with other_host(context.hypervisor, args.target, context.beside) as target:
        migrating = Migrating(context.hypervisor)
        plan = await migrating.plan(
            found, target, wanted, allow=args.allow or (), leave=args.probe or not session.dry_run
        )
        tell = context.out if session.dry_run else context.note
        if not args.json:
            for line in plan_lines(plan, context.render, commands=session.dry_run):
                tell(line)
        migrated = False
        try:
            require_possible(plan)
            if not session.dry_run:
                await _agreed(context, args, plan)
                context.asked()
                with context.progress(f"migrate {found.label}") as progress:
                    await migrating.run(plan, progress=progress)
                migrated = True
                carry_logs(context.hypervisor, target, found.label, found.uuid)
        finally:
            if args.json:
                context.json(as_json(plan, context.render, migrated=migrated))
        if migrated:
            context.note(f"{found.label}: {done(plan)}")


def carry_logs(source: Hypervisor, target: Hypervisor, name: str, uuid: str) -> None:
    """Have what is kept here of a domain's console go along; a log that cannot be moved stays where it was."""
    with contextlib.suppress(OSError):
        carry(source.host.name, target.host.name, name, uuid)


def require_possible(plan: MigrationPlan) -> None:
    """Raise NotAllowedError where something stops a migration; what that is has been told."""
    if plan.hard:
        raise NotAllowedError(
            f"cannot migrate to {plan.target.host.name}: {', '.join(words(plan.hard))}",
            subject=plan.domain.label,
            hint=plan.hard[0].hint,
        )


def done(plan: MigrationPlan) -> str:
    """Return what a migration has done, in a few words."""
    how = "runs" if plan.mode is Mode.LIVE else "is"
    return f"{how} on {plan.target.host.name} now"


def plan_lines(plan: MigrationPlan, render: Render, *, commands: bool = False) -> Iterator[str]:
    """Yield a plan in lines: how it moves, its disks, what was found; with ``commands`` what is run."""
    yield f"{plan.domain.label}: to {plan.target.host.name}, {_HOW[plan.mode]}"
    yield from (move_text(move, plan.mode) for move in plan.disks)
    for finding in (*plan.hard, *plan.soft):
        yield from finding_lines(finding, render)
    if not plan.findings:
        yield "✓ nothing is in the way"
    for command in plan.steps if commands else ():
        yield shlex.join(command)


def move_text(move: DiskMove, mode: Mode) -> str:
    """Return what becomes of a disk, in a line."""
    if move.shared:
        how = "shared"
    elif mode is Mode.LIVE:
        how = "not known to be shared"
    else:
        how = "copied" if move.used is None else f"copied, {shown_bytes(move.used)}"
    return f"  {move.disk.vdev:<5} {plain(move.path, 200)} ({how})"


def finding_lines(finding: MigrationFinding, render: Render) -> Iterator[str]:
    """Yield a finding in lines: sign, what it does, its word and why; then what to do."""
    sign, does = ("✗", "stops") if finding.hard else ("?", "asks")
    yield f"{sign} {does:<5}  {finding.word:<{_WORD}}  {finding.why}"
    if finding.hint:
        yield f"{'':{_INDENT}}{worded(finding.hint, render)}"


_HOW = {
    Mode.LIVE: "while it runs (live)",
    Mode.OFFLINE: "while it is off (offline)",
}


def as_json(plan: MigrationPlan, render: Render, *, migrated: bool) -> dict[str, Any]:
    """Return the documented form of a plan (docs/migration.md)."""
    return {
        "domain": plan.domain.label,
        "uuid": plan.domain.uuid,
        "target": plan.target.host.name,
        "address": plan.reach.address,
        "mode": plan.mode.value,
        "possible": not plan.hard,
        "migrated": migrated,
        "findings": [
            {
                "word": finding.word,
                "hard": finding.hard,
                "allowable": finding.allow,
                "why": finding.why,
                "hint": worded(finding.hint, render),
            }
            for finding in (*plan.hard, *plan.soft)
        ],
        "disks": [
            {
                "vdev": move.disk.vdev,
                "path": move.path,
                "shared": move.shared,
                "size": move.size,
                "used": move.used,
            }
            for move in plan.disks
        ],
        "commands": [list(command) for command in plan.steps],
    }


async def _agreed(context: Context, args: argparse.Namespace, plan: MigrationPlan) -> None:
    """Go on where nothing is doubtful, or it is agreed to."""
    if not plan.soft or context.yes or getattr(args, "yes", False):
        return
    asks = ", ".join(words(plan.soft))
    if context.confirm is None:
        raise UsageError(
            f"{asks}: there is no terminal to ask on",
            subject=plan.domain.label,
            hint="add --yes to agree to what is listed above, or --dry-run to look only",
        )
    if not await context.confirm(f"Migrate {plan.domain.label} anyway ({asks})?"):
        raise NotAgreedError(subject=plan.domain.label)
