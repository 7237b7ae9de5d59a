"""``place``: the hosts a domain could go to, the best first."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from xentui.commands.migrate_session import as_json as plan_as_json, finding_lines
from xentui.commands.other_host import names_of_others, other_hosts
from xentui.errors import ExitStatus, HostError, Render, UsageError
from xentui.service.migrating import Mode
from xentui.service.placement import HostPlace, places
from xentui.text import printable

if TYPE_CHECKING:
    from xentui.commands.context import Context

_HEAD = ("Host", "Free after", "", "Why")
_HOST, _WHY = 24, 400


async def place(context: Context, args: argparse.Namespace) -> int:
    """Look at each of the other hosts as for a migration; tells which fit.  The exit status is 1 where none does."""
    if args.live and args.offline:
        raise UsageError("--live and --offline exclude each other")
    mode = Mode.LIVE if args.live else Mode.OFFLINE if args.offline else None
    names = names_of_others(context.hypervisor, args.to or "", context.beside)
    found = await context.hypervisor.inventory.find(args.domain)
    async with other_hosts(context.hypervisor, names, context.beside) as targets:
        ranked = await places(
            context.hypervisor, found, targets, mode, allow=args.allow or (), probe=args.probe
        )
    if args.json:
        context.json([as_json(each, context.render) for each in ranked])
    else:
        for line in as_text(ranked, context.render, whole=args.why):
            context.out(line)
        if not ranked:
            context.note(f"{found.label}: there is no host but the one it is on")
    if any(each.fits for each in ranked):
        return ExitStatus.DONE
    away = ranked and all(isinstance(each.trouble, HostError) for each in ranked)
    return ExitStatus.HOSTS_AWAY if away else ExitStatus.FAILED


def as_text(ranked: Sequence[HostPlace], render: Render, *, whole: bool = False) -> Iterator[str]:
    """Yield a table; with ``whole`` what was found on each host stands below its row."""
    if not ranked:
        return
    rows = [_HEAD, *(_row(each) for each in ranked)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for at, row in enumerate(rows):
        yield f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]}".rstrip()
        for finding in ranked[at - 1].findings if whole and at else ():
            yield from (f"  {line}" for line in finding_lines(finding, render))


def _row(each: HostPlace) -> tuple[str, str, str, str]:
    left = each.free_after_mib
    name = each.host if len(each.host) <= _HOST else f"{each.host[: _HOST - 1]}…"
    sign = "✓" if each.fits else "✗" if each.plan is not None else "?"
    return name, "?" if left is None else f"{left} MiB", sign, printable(each.sentence)[:_WHY]


def as_json(each: HostPlace, render: Render) -> dict[str, Any]:
    """Return the documented form of a host a domain could go to (docs/fleet.md)."""
    plan = each.plan
    return {
        "host": each.host,
        "fits": each.fits,
        "words": printable(each.sentence),
        "free_after_mib": each.free_after_mib,
        "reason": printable(each.trouble.message) if each.trouble is not None else "",
        "plan": None if plan is None else plan_as_json(plan, render, migrated=False),
    }
