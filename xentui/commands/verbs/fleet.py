"""``fleet``, ``place``: hosts side by side, and where a domain could go."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.commands.context import Context, HostPart

if TYPE_CHECKING:
    from xentui.fleet.cache import LastLooks


async def _fleet(context: Context, args: argparse.Namespace) -> int:
    from xentui.fleet.cache import LastLooks  # few look at hosts

    return await _fleet_hosts([HostPart(context, args)], LastLooks())


async def _fleet_hosts(parts: Sequence[HostPart], looks: LastLooks) -> int:
    from xentui.commands.fleet_session import show

    return await show(parts, looks)


async def _place(context: Context, args: argparse.Namespace) -> int:
    from xentui.commands.place_session import place

    return await place(context, args)


COMMANDS = (
    Command(
        id="fleet.show",
        verb="fleet",
        summary="Show hosts side by side: load, memory free and promised, CPUs, guests, versions, who is logged in",
        group=Group.HOST,
        arguments=(
            flag("--check", help="check each host, too: its worst line (see `check`)"),
            flag("--json", help="machine-readable (docs/fleet.md)"),
        ),
        run=_fleet,
        across=_fleet_hosts,
        details="For several hosts, name them: --host a,b or --hosts GROUP. `!` stands where more is promised than "
        "there is, or a version is another than on most hosts.",
    ),
    Command(
        id="fleet.place",
        verb="place",
        summary="Find a place for a domain: other hosts, the best first, with what would stop it there",
        group=Group.HOST,
        arguments=(
            domain(),
            Argument(
                ("--to",),
                "only these hosts (default: the others of --host, --hosts; else all of config.toml)",
                ArgumentKind.HOSTS,
                metavar="HOST[,…]",
            ),
            flag("--live", help="while it runs; refused for one that is off"),
            flag("--offline", help="while it is off, with its disks; refused for one that runs"),
            Argument(
                ("--allow",),
                "go on in spite of that finding: cached, unproven",
                metavar="WORD",
                many=True,
                optional=True,
            ),
            flag("--why", help="all that was found on each host, and what to do about it"),
            flag("--json", help="machine-readable (docs/fleet.md)"),
        ),
        targets=Targets.ONE,
        run=_place,
        details="Each host is looked at as `migrate` does before it moves anything (docs/migration.md). "
        "The exit status is 1 where none fits.",
    ),
)
