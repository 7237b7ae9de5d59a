"""What a migration that was cut has left, from the words of a command line: explained, agreed to, and ended."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from xentui.commands.migrate_session import carry_logs
from xentui.commands.other_host import other_host
from xentui.errors import NotAgreedError, NotAllowedError, UsageError
from xentui.service.migrating import mending
from xentui.service.migrating.halves import MendStep
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.service.hypervisor import Hypervisor
    from xentui.service.migrating.halves import Broken


async def mend(context: Context, args: argparse.Namespace) -> None:
    """Look at both hosts, say what is left of a migration, and end it once that was agreed to.

    Raises NotAllowedError where nothing safe can be done, or the answer is no; UsageError where nobody can be asked.
    """
    if args.live or args.offline or args.allow:
        raise UsageError("--mend goes with neither --live nor --offline nor --allow", subject="migrate")
    session = context.hypervisor.session
    if not session.dry_run:
        session.require_writable()
    async with _other(context, args) as other:
        source, broken = await mending.look(context.hypervisor, other, args.domain)
        target = other if source is context.hypervisor else context.hypervisor
        if target is None:
            mending.require_target(broken, args.target)
        names = {
            "here": plain(source.host.name),
            "there": plain(args.target if target is None else target.host.name),
        }
        steps = [step.value.format(**names) for step in broken.steps]
        mended = False
        try:
            mended = await _mended(context, args, (source, target), broken, steps)
        finally:
            if args.json:
                told = {
                    "domain": broken.name,
                    "uuid": broken.uuid,
                    "source": names["here"],
                    "target": names["there"],
                }
                context.json(
                    {
                        **told,
                        "why": broken.why,
                        "steps": steps,
                        "stuck": broken.stuck,
                        "doubt": broken.doubt,
                        "mended": mended,
                    }
                )


@asynccontextmanager
async def _other(context: Context, args: argparse.Namespace) -> AsyncIterator[Hypervisor | None]:
    """The other host, None where it is said to be dead."""
    if args.dead:
        yield None
        return
    async with other_host(context.hypervisor, args.target, context.beside) as other:
        yield other


async def _mended(
    context: Context,
    args: argparse.Namespace,
    hosts: tuple[Hypervisor, Hypervisor | None],
    broken: Broken,
    steps: list[str],
) -> bool:
    """Return whether anything was done."""
    session = context.hypervisor.session
    tell = context.out if session.dry_run else context.note
    if not args.json:
        for line in (
            f"{broken.name}: {broken.why}",
            *(f"  {number}. {step}" for number, step in enumerate(steps, 1)),
            *([f"! {broken.doubt}"] if broken.doubt else []),
        ):
            tell(line)
    if broken.stuck:
        raise NotAllowedError("nothing is done that is not safe", subject=broken.name, hint=broken.stuck)
    if not steps or session.dry_run:
        return False
    if not (context.yes or getattr(args, "yes", False)):
        if context.confirm is None:
            raise UsageError(
                "there is no terminal to ask on",
                subject=broken.name,
                hint="add --yes to agree to these steps, or --dry-run to look only",
            )
        dead = (
            f" {plain(args.target)} must be dead: where it is not, two copies may run." if args.dead else ""
        )
        if not await context.confirm(f"Do that?{dead}"):
            raise NotAgreedError(subject=broken.name)
    context.asked()
    after = await mending.mend(*hosts, broken)
    source, target = hosts
    if target is not None and MendStep.HAND_OVER in broken.steps:
        carry_logs(source, target, broken.name, broken.uuid)
    context.note(f"{after.name}: {after.why}")
    return True
