"""``sim``: driving the simulated host."""

from __future__ import annotations

from xentui import commands
from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.command import Command, Group
from xentui.late import later

_ACTIONS = (
    *("reset", "add", "crash", "poweroff", "reboot", "busy", "hang", "vanish", "return", "speed"),
    *("break", "repair", "share", "cut-migrations", "lose-power", "libvirt"),
)

COMMANDS = (
    Command(
        id="host.sim",
        verb="sim",
        summary="Control the simulated host",
        group=Group.SIMULATOR,
        arguments=(
            Argument(("action",), "what happens there", ArgumentKind.CHOICE, choices=_ACTIONS),
            Argument(
                ("value",),
                "a domain; seconds to hang; a factor of speed; a check to fail; a host to share with; a phase to cut",
                ArgumentKind.DOMAIN,
                metavar="DOM|N",
                optional=True,
            ),
            Argument(("--domains",), "how many domains a reset makes (12)", ArgumentKind.NUMBER, metavar="N"),
        ),
        mutates=True,
        default_host="sim",
        run=later(lambda: commands.simulator_session.drive),
    ),
)
