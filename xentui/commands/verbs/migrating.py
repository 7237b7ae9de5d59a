"""``migrate``: a domain moved to another host, after a look at both."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui import commands
from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.errors import UsageError
from xentui.service.legality import Action

if TYPE_CHECKING:
    from xentui.commands.context import Context


async def _migrate(context: Context, args: argparse.Namespace) -> None:
    if args.mend:
        await commands.mend_session.mend(context, args)
        return
    if args.dead:
        raise UsageError("--dead goes with --mend", subject="migrate")
    await commands.migrate_session.migrate(context, args)


COMMANDS = (
    Command(
        id="domain.migrate",
        verb="migrate",
        label="Migrate",
        summary="Move a domain to another host, after a check of both hosts",
        group=Group.LIFE,
        arguments=(
            domain(Action.MIGRATE),
            Argument(
                ("target",), "the other host: of config.toml, or ssh://…", ArgumentKind.HOST, metavar="HOST"
            ),
            flag("--live", help="while it runs; refused for one that is off"),
            flag("--offline", help="while it is off, with its disks; refused for one that runs"),
            Argument(
                ("--allow",),
                "continue despite this finding: cached, unproven",
                metavar="WORD",
                many=True,
                optional=True,
            ),
            flag(
                "--probe",
                help="with --dry-run: leave a small file for a moment, to prove shared folders",
            ),
            flag("--mend", help="end safely what an interrupted migration has left on both hosts"),
            flag("--dead", help="with --mend: HOST is dead for good, and runs nothing any more"),
            flag("--json", help="machine-readable (docs/migration.md)"),
        ),
        targets=Targets.ONE,
        mutates=True,
        run=_migrate,
        details=(
            "A domain that runs is moved while it runs; one that is off is moved with the disks that the other "
            "host does not have. It reports what prevents the move and what to do about it, and asks about "
            "doubtful points; --dry-run only looks. docs/migration.md has what both hosts need, and what each "
            "finding means."
        ),
    ),
)
