"""The verbs in docs/command-line.md, from their declarations: ``python -m xentui.commands.document``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from xentui.commands import registry
from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.command import Command, Group
from xentui.commands.frontends import FRONT_ENDS

BEGIN = "<!-- made by `python -m xentui.commands.document docs/command-line.md` -->\n"
END = "<!-- as far as here -->\n"


def document() -> str:
    """Return the tables of all verbs, by group."""
    commands = [*registry.verbs().values(), *FRONT_ENDS.values()]
    groups = dict.fromkeys(command.group for command in commands)
    return "\n".join(line for group in groups for line in _table(group, commands))


def renewed(text: str) -> str:
    """``text`` with the tables between :data:`BEGIN` and :data:`END` made anew."""
    head, begin, rest = text.partition(BEGIN)
    _old, end, tail = rest.partition(END)
    return f"{head}{begin}\n{document()}\n{end}{tail}"


def _table(group: Group, commands: list[Command]) -> Iterator[str]:
    yield from (f"**{group}**", "", "| command | does | changes |", "|---|---|---|")
    for command in commands:
        if command.group is group:
            usage = " ".join([command.verb, *(_written(argument) for argument in command.arguments)])
            yield f"| `{usage}` | {command.summary} | {'yes' if command.mutates else ''} |"
    yield ""


def _written(argument: Argument) -> str:
    """Return an argument as a usage line has it; the bar is escaped, since it stands in a table."""
    word = argument.metavar or "|".join(argument.choices) or argument.dest.upper()
    if argument.is_option:
        word = argument.names[-1] if argument.kind is ArgumentKind.FLAG else f"{argument.names[-1]} {word}"
    word += "…" if argument.many else ""
    word = word.replace("|", "\\|")
    return f"[{word}]" if argument.is_option or argument.optional else word


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
