"""``fleet``: hosts side by side."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui.commands.arguments import flag
from xentui.commands.command import Command, Group
from xentui.commands.context import Context, HostPart

if TYPE_CHECKING:
    from xentui.fleet.cache import LastLooks


async def _fleet(context: Context, args: argparse.Namespace) -> int:
    from xentui.fleet.cache import LastLooks  # few look at hosts

    return await _fleet_hosts([HostPart(context, args)], LastLooks())


async def _fleet_hosts(parts: Sequence[HostPart], looks: LastLooks) -> int:
    from xentui.commands.fleet_session import show

    return await show(parts, looks)


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
)
