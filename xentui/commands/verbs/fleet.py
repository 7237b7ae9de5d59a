"""``fleet``, ``place``, ``drain``, ``undrain``: hosts side by side, where a domain could go, and a host emptied."""

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


async def _drain(context: Context, args: argparse.Namespace) -> int:
    from xentui.commands.drain_session import drain

    return await drain(context, args)


async def _undrain(context: Context, args: argparse.Namespace) -> int:
    from xentui.commands.drain_session import undrain

    return await undrain(context, args)


_ON = Argument(
    ("on",), "the host (default: that of --host)", ArgumentKind.HOST, metavar="HOST", optional=True
)
_ALLOW = Argument(
    ("--allow",),
    "go on in spite of that finding: cached, unproven",
    metavar="WORD",
    many=True,
    optional=True,
)
_KEEP_GOING = flag("--keep-going", help="go on with the next guest where one fails")

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
            _ALLOW,
            flag(
                "--probe", help="leave a small file in folders for a moment, to prove that hosts share them"
            ),
            flag("--why", help="all that was found on each host, and what to do about it"),
            flag("--json", help="machine-readable (docs/fleet.md)"),
        ),
        targets=Targets.ONE,
        run=_place,
        details="Each host is looked at as `migrate` does before it moves anything (docs/migration.md). "
        "The exit status is 1 where none fits.",
    ),
    Command(
        id="fleet.drain",
        verb="drain",
        summary="Empty a host: move its guests to others, or shut them down, after one plan is agreed to",
        group=Group.HOST,
        arguments=(
            _ON,
            Argument(
                ("--to",),
                "to these hosts (default: the others of --host, --hosts; else all of config.toml), or `none`",
                ArgumentKind.HOSTS,
                metavar="HOST[,…]",
            ),
            flag("--shutdown", help="shut down what cannot be moved"),
            _ALLOW,
            _KEEP_GOING,
            Argument(
                ("--timeout",),
                "seconds a guest may take to shut down (300)",
                ArgumentKind.NUMBER,
                metavar="SECONDS",
            ),
            flag("--json", help="machine-readable (docs/fleet.md)"),
        ),
        mutates=True,
        run=_drain,
        names_host="on",
        stepwise=True,
        details="Each guest in turn; what is done is kept on the host, and `undrain` brings back exactly that. Again "
        "after an interruption it goes on from there. Domains that start with the host do not until then.",
    ),
    Command(
        id="fleet.undrain",
        verb="undrain",
        summary="Bring back what `drain` has taken off a host: guests and autostart",
        group=Group.HOST,
        arguments=(
            _ON,
            _ALLOW,
            _KEEP_GOING,
            flag(
                "--forget",
                help="bring nothing back, and forget it; only what starts with the host is put back",
            ),
            flag("--json", help="machine-readable (docs/fleet.md)"),
        ),
        mutates=True,
        run=_undrain,
        names_host="on",
        stepwise=True,
    ),
)
