"""``xentui help``: the verbs by group, and one verb in full."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Mapping

from xentui.commands.command import Command
from xentui.commands.frontends import FRONT_ENDS
from xentui.commands.global_options import global_options
from xentui.commands.parsing import parser
from xentui.commands.registry import family, verbs
from xentui.commands.run import find_verb

WIDTH = 79
"""Columns an overview fits into: a terminal of 80 without wrapping."""


def text(name: str = "", extra: Mapping[str, Command] | None = None) -> str:
    """Return the overview, or with ``name`` what ``xentui NAME --help`` says.

    ``extra`` are the front end's own verbs, by default those of the command line.  Raises UsageError with the
    nearest verbs for an unknown name.
    """
    own = FRONT_ENDS if extra is None else extra
    if not name:
        return "\n".join(overview([*verbs().values(), *own.values()])) + "\n"
    if members := family(name):
        return "\n".join(overview(members)) + "\n"
    return explain(find(name, own))


def find(name: str, own: Mapping[str, Command]) -> Command:
    """Return the verb of that name, one of the host's or of ``own``; raises UsageError with the nearest ones."""
    return own.get(name) or find_verb(name)


def explain(command: Command) -> str:
    """Return a verb in full: usage, arguments, options."""
    return parser(command, options_of(command)).format_help()


def options_of(command: Command) -> Callable[[ArgumentParser], None]:
    """Return what adds the options of every command; a front end's own verbs have none of them."""
    return _no_options if command.front_end else global_options


def _no_options(_parser: ArgumentParser) -> None:
    pass


def overview(commands: Iterable[Command]) -> list[str]:
    """Return all verbs by group, one line each, within :data:`WIDTH` columns."""
    groups: dict[str, list[Command]] = {}
    for verb in commands:
        groups.setdefault(verb.group, []).append(verb)
    longest = max((len(verb.verb) for group in groups.values() for verb in group), default=0)
    lines = []
    for title, members in groups.items():
        lines += [
            title,
            *(f"  {verb.verb:<{longest}}  {verb.brief(WIDTH - longest - 4)}" for verb in members),
            "",
        ]
    return [*lines, "`help COMMAND` explains one of them."]
