"""``fleet``, ``place``, ``drain``, ``undrain``: hosts side by side, where a domain could go, and a host emptied."""

from __future__ import annotations

from xentui import commands
from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.late import later

_ON = Argument(
    ("on",), "the host (default: that of --host)", ArgumentKind.HOST, metavar="HOST", optional=True
)
_ALLOW = Argument(
    ("--allow",),
    "continue despite this finding: cached, unproven",
    metavar="WORD",
    many=True,
    optional=True,
)
_KEEP_GOING = flag("--keep-going", help="continue with the next guest if one fails")

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
        run=later(lambda: commands.fleet_session.show_one),
        across=later(lambda: commands.fleet_session.show),
        details="For several hosts, name them: --host a,b or --hosts GROUP. `!` marks more memory promised than "
        "there is, and a version that differs from most hosts.",
    ),
    Command(
        id="fleet.place",
        verb="place",
        summary="Find a place for a domain: other hosts, the best first, with what would prevent the move",
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
        run=later(lambda: commands.place_session.place),
        details=(
            "Each host is checked as by `migrate` before it moves anything (docs/migration.md). The exit status "
            "is 1 if no host fits."
        ),
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
            flag("--stop", help="end the drain in progress after the guest it is at"),
            flag("--cancel", help="the same, and stop the migration in progress if nothing is lost by it"),
            flag("--status", help="only report how far the drain is, or how the last one ended"),
            flag("--json", help="machine-readable (docs/fleet.md)"),
        ),
        mutates=True,
        readable=True,
        run=later(lambda: commands.drain_session.drain),
        names_host="on",
        stepwise=True,
        details=(
            "A job of the host deals with one guest after the other and continues without you; `drain` again "
            "follows it. What was done is recorded on the host, and `undrain` brings back exactly that. After an "
            "interruption, `drain` again continues. Until it is undrained, no domain starts with the host."
        ),
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
                help="bring nothing back, and forget it; only the autostart links are restored",
            ),
            flag("--stop", help="end the undrain in progress after the guest it is at"),
            flag("--cancel", help="the same, and stop the migration in progress if nothing is lost by it"),
            flag("--status", help="only report how far the undrain is, or how the last one ended"),
            flag("--json", help="machine-readable (docs/fleet.md)"),
        ),
        mutates=True,
        readable=True,
        run=later(lambda: commands.undrain_session.undrain),
        names_host="on",
        stepwise=True,
        details=(
            "A job of the host deals with one guest after the other and continues without you; `undrain` again "
            "follows it, and continues after an interruption. For this, root of the host must be able to log in "
            "to the hosts that its guests are on by ssh, without a question; otherwise this xentui does it, and "
            "says so."
        ),
    ),
)
