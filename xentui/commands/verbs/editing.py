"""``edit``."""

from __future__ import annotations

from xentui import commands
from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.late import later

COMMANDS = (
    Command(
        id="config.edit",
        verb="edit",
        label="Edit",
        summary="Edit the stored configuration of a domain",
        group=Group.MANAGED,
        arguments=(
            domain(help="name, domid or uuid; a transient domain becomes managed"),
            flag("--once", help="boot the text once instead of storing it"),
            flag("-c", "--console", help="with --once: attach to the boot menu and the console"),
            flag("-p", "--paused", help="with --once: leave the domain paused"),
            flag("--live", help="apply what is possible to the running domain too, without asking"),
            Argument(
                ("--text",),
                "start from this file instead, such as one kept by an earlier edit (host:PATH, -)",
                ArgumentKind.OWN_FILE,
                metavar="FILE",
            ),
            Argument(("--reason",), "the reason shown in the history", metavar="TEXT"),
        ),
        targets=Targets.ONE,
        mutates=True,
        readable=True,
        run=later(lambda: commands.edit_session.edit),
        details="$VISUAL, $EDITOR or vi runs on this machine. The text is checked by xentui and by the host's xl "
        "before it is stored; one that is refused is kept in a file.",
    ),
    Command(
        id="config.new",
        label="New in a form",
        says="make a new domain",
        summary="Create a new managed domain in a form",
        group=Group.MANAGED,
        mutates=True,
    ),
)
