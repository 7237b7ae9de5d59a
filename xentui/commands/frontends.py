"""What the command line knows besides the verbs of a host: ``help``, ``completion`` and ``shell``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.command import Command, Group
from xentui.errors import UsageError

if TYPE_CHECKING:
    from xentui.commands.context import Context

SHELLS = ("bash", "zsh", "fish")


async def _outside(_context: Context, _args: argparse.Namespace) -> None:
    raise UsageError("belongs on the command line, not in the shell", hint="`exit` leaves the shell")


HELP = Command(
    id="xentui.help",
    verb="help",
    summary="List the commands, or explain one",
    group=Group.ITSELF,
    arguments=(
        Argument(
            ("verb",),
            "the command to explain",
            ArgumentKind.VERB,
            metavar="COMMAND",
            many=True,
            optional=True,
        ),
    ),
    front_end=True,
    run=_outside,
)
COMPLETION = Command(
    id="xentui.completion",
    verb="completion",
    summary="Print a completion script for bash, zsh or fish",
    group=Group.ITSELF,
    arguments=(Argument(("shell",), "whose script", ArgumentKind.CHOICE, choices=SHELLS),),
    front_end=True,
    run=_outside,
    details="For bash: source <(xentui completion bash). docs/shell.md tells where to keep it.",
)
SHELL = Command(
    id="xentui.shell",
    verb="shell",
    summary="Run commands line by line, from a terminal or a pipe",
    group=Group.ITSELF,
    front_end=True,
    run=_outside,
    details="The host's name stands in the prompt; Tab completes, `help` lists the commands, `exit` leaves.",
)
FRONT_ENDS = {verb.verb: verb for verb in (SHELL, HELP, COMPLETION)}
