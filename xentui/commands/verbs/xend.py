"""``xend-config``: what xend of an old host is set to, so that other hosts can send it their guests."""

from __future__ import annotations

from xentui import commands
from xentui.commands.arguments import Argument, ArgumentKind, flag
from xentui.commands.command import Command, Group
from xentui.late import later

KEYS = ("server", "port", "address", "hosts-allow", "ssl", "ssl-server", "ssl-port")
"""Those of :data:`xentui.config.xend_settings.SETTINGS`; a test holds them to it."""


_JSON = flag("--json", help="machine-readable (docs/xend-config.md)")
COMMANDS = (
    Command(
        id="xend.show",
        verb="xend-config show",
        summary="Show the settings of xend on an old host: whether and from which hosts it accepts guests",
        group=Group.HOST,
        arguments=(_JSON,),
        run=later(lambda: commands.xend_session.show),
        details="`xend-config` alone is the same.",
    ),
    Command(
        id="xend.set",
        verb="xend-config set",
        summary="Change a setting of xend, after asking; a copy of the file is kept",
        group=Group.HOST,
        arguments=(
            Argument(("setting",), "which one", ArgumentKind.CHOICE, choices=KEYS),
            Argument(("value",), "yes or no, a port, an address, or regular expressions; '' for none"),
            flag("--restart", help="then restart xend, which is what makes it use the setting"),
        ),
        mutates=True,
        run=later(lambda: commands.xend_session.set_value),
    ),
    Command(
        id="xend.test",
        verb="xend-config test",
        summary="Test whether xend would accept guests from a host, and by which expression",
        group=Group.HOST,
        arguments=(
            Argument(("peer",), "name or IPv4 address of the other host"),
            Argument(("--expressions",), "these instead of what is set", metavar="VALUE"),
            _JSON,
        ),
        run=later(lambda: commands.xend_session.test),
        details="The exit status is 0 if it is accepted, else 1.",
    ),
    Command(
        id="xend.restart",
        verb="xend-config restart",
        summary="Restart xend, after asking, so that it uses new settings; guests keep running",
        group=Group.HOST,
        mutates=True,
        run=later(lambda: commands.xend_session.restart),
    ),
)
