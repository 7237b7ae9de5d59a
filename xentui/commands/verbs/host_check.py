"""``check``: whether the host is ready for guests."""

from __future__ import annotations

from xentui import commands
from xentui.commands.arguments import Argument, flag
from xentui.commands.command import Command, Group
from xentui.late import later

COMMANDS = (
    Command(
        id="host.check",
        verb="check",
        summary="Check whether the host is ready for guests: what is wrong, why it matters, how to repair it",
        group=Group.HOST,
        arguments=(
            flag("--json", help="machine-readable (docs/host-check.md)"),
            flag("--brief", help="a line each, without reasons"),
            Argument(("--mend",), "do what mends that line, after asking", metavar="CHECK"),
        ),
        run=later(lambda: commands.check_session.check),
        details=(
            "The exit status reports the worst line: 0 nothing is wrong, 4 could not tell, 5 a warning, 6 a "
            "fault."
        ),
    ),
)
