"""The options every verb takes, before or after its name."""

from __future__ import annotations

import argparse

from xentui.commands.arguments import Argument, ArgumentKind, flag
from xentui.commands.parsing import add_argument

HOST_OPTION = Argument(
    ("--host",),
    "local, sim, ssh://[user@]host[:port], ganeti://MASTER, a name of config.toml or of ssh's configuration; "
    "several with commas",
    ArgumentKind.HOST,
    metavar="HOST[,…]",
)
HOSTS_OPTION = Argument(
    ("--hosts",),
    "groups of hosts: of config.toml, ssh-config:PATTERN, inventory:FILE#GROUP; several with commas (docs/fleet.md)",
    ArgumentKind.HOSTS,
    metavar="GROUP[,…]",
)
SESSION_OPTIONS = (
    flag("--read-only", help="refuse whatever changes something"),
    flag("--dry-run", help="print the exact commands instead of running those that change something"),
    flag("--yes", help="agree beforehand to what cannot be taken back, and would be asked"),
)
EVERY_VERB = (*SESSION_OPTIONS, flag("-h", "--help", help="show the help of the verb"))
"""Options every verb takes, next to :data:`HOST_OPTION` and :data:`HOSTS_OPTION` on the command line."""


def global_options(parser: argparse.ArgumentParser) -> None:
    """Add them to a parser, which has its ``--help``; those that are not given leave no attribute."""
    group = parser.add_argument_group("options of every command")
    for option in (HOST_OPTION, HOSTS_OPTION, *SESSION_OPTIONS):
        add_argument(group, option, default=argparse.SUPPRESS)
