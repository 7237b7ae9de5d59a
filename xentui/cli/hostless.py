"""What is run without a host: ``help``, ``completion``, and what the completion scripts ask."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.cli import completion
from xentui.cli.run import print_line
from xentui.commands import help as manual
from xentui.commands.frontends import COMPLETION, HELP
from xentui.commands.parsing import parse


def run(name: str, words: Sequence[str]) -> int:
    """Run ``help [VERB]``, ``completion SHELL`` or the completion scripts' own call.

    Raises UsageError for an unknown verb or shell.
    """
    if name == HELP.verb:
        named = " ".join(parse(HELP, words, manual.options_of(HELP)).verb)
        print_line(manual.text(named).rstrip("\n"))
        return 0
    return completion.run(words) if name == COMPLETION.verb else completion.answer(words)
