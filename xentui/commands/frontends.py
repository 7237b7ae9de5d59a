"""What the command line knows besides the verbs of a host: ``help``, ``completion`` and ``shell``."""

from __future__ import annotations

import argparse

from xentui.commands.arguments import Argument, Kind, Verb, flag
from xentui.commands.completion import EVERY_VERB, HOST_OPTION, Vocabulary
from xentui.commands.context import Context
from xentui.errors import UsageError

GROUP = "xentui itself"
SHELLS = ("bash", "zsh", "fish")


async def _outside(_context: Context, _args: argparse.Namespace) -> None:
    raise UsageError("belongs on the command line, not in the shell", hint="`exit` leaves the shell")


HELP = Verb(
    "help",
    "List the verbs, or explain one",
    GROUP,
    _outside,
    (Argument(("verb",), "the verb to explain", Kind.VERB, metavar="VERB", optional=True),),
)
COMPLETION = Verb(
    "completion",
    "Print a script that completes xentui's words in a shell",
    GROUP,
    _outside,
    (Argument(("shell",), "whose script", Kind.CHOICE, choices=SHELLS),),
    "For bash: source <(xentui completion bash). docs/shell.md tells where to keep it.",
)
SHELL = Verb(
    "shell",
    "Take verbs one a line, from the terminal or from a pipe",
    GROUP,
    _outside,
    details="The host's name stands in the prompt; Tab completes, `help` lists the verbs, `exit` leaves.",
)
FRONT_ENDS = {verb.name: verb for verb in (SHELL, HELP, COMPLETION)}


def vocabulary() -> Vocabulary:
    """All that may follow ``xentui`` on a command line."""
    from xentui.commands.verbs import table  # noqa: PLC0415 - reads all verbs

    options = (HOST_OPTION, *EVERY_VERB)
    version = flag("--version", help="show the version")
    return Vocabulary({**table(), **FRONT_ENDS}, before=(*options, version), after=options)
