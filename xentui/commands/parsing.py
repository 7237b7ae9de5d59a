"""The words behind a verb, as its declared arguments."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from xentui.commands.arguments import Argument, ArgumentKind
from xentui.commands.command import Command
from xentui.errors import UsageError

HELP_WIDTH = 78
"""Columns of help texts: argparse would ask the terminal anew for every argument it is told of."""
_ONE_LINE = 10_000


def parse(command: Command, words: Sequence[str], globals_: Callable[[argparse.ArgumentParser], None]) -> Any:
    """Parse the words after a verb; raises UsageError, or SystemExit(0) after ``--help``.

    ``globals_`` adds the options every verb takes.
    """
    shown, hidden = _after_the_options(words)
    try:
        args = parser(command, globals_).parse_intermixed_args(shown)
    except UsageError as error:
        message = error.message
        for stand_in, word in hidden.items():
            message = message.replace(repr(stand_in)[1:-1], word).replace(stand_in, word)
        raise UsageError(message, hint=error.hint) from None
    for key, value in vars(args).items():
        setattr(args, key, _restored(value, hidden))
    for argument in command.positionals:
        if argument.kind in _FILES and "" in _words_of(args, argument):
            raise UsageError(f"{_metavar(argument)} is empty", subject=command.verb, hint="give a path")
        if argument.kind is ArgumentKind.PATH:
            for word in _words_of(args, argument):
                if word == "-" or word.startswith("local:"):
                    raise UsageError(
                        f"{_metavar(argument)} is a file of the host: xl works on it there",
                        subject=word,
                        hint="copy it to the host, and give its path there",
                    )
    return args


_FILES = (ArgumentKind.PATH, ArgumentKind.FILE, ArgumentKind.OWN_FILE)


def _words_of(args: argparse.Namespace, argument: Argument) -> list[str]:
    value = getattr(args, argument.dest)
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def defaults(command: Command) -> dict[str, Any]:
    """Return the arguments of a command of which none is given, by name."""
    return {
        argument.dest: False if argument.kind is ArgumentKind.FLAG else [] if argument.many else None
        for argument in command.arguments
    }


def _after_the_options(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the words without the ``--`` that ends the options, and stand-ins for those behind it that look like one.

    ``parse_intermixed_args`` loses what comes behind a ``--`` (Python 3.11; a domain may be named ``-n``).
    """
    given = list(words)
    if "--" not in given:
        return given, {}
    end = given.index("--")
    hidden = {f"\0{at}": word for at, word in enumerate(given) if at > end and word.startswith("-")}
    stand_ins = [f"\0{at}" if f"\0{at}" in hidden else given[at] for at in range(end + 1, len(given))]
    return [*given[:end], *stand_ins], hidden


def _restored(value: Any, hidden: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_restored(item, hidden) for item in value]
    return hidden.get(value, value) if isinstance(value, str) else value


def parser(command: Command, globals_: Callable[[argparse.ArgumentParser], None]) -> argparse.ArgumentParser:
    """Return the parser of one verb."""
    made = _Parser(
        prog=f"xentui {command.verb}",
        description=command.summary + "." + (f" {command.details}" if command.details else ""),
        allow_abbrev=False,
        add_help=False,
        formatter_class=formatter,
    )
    made.add_argument("-h", "--help", action="help", help="show this help")
    made.own = [add_argument(made, argument) for argument in command.arguments]
    globals_(made)
    return made


def formatter(prog: str) -> argparse.HelpFormatter:
    """Return the layout of every help text."""
    return argparse.HelpFormatter(prog, width=HELP_WIDTH)


def _metavar(argument: Argument) -> str:
    return argument.metavar or argument.names[0].lstrip("-").upper()


def add_argument(
    made: argparse._ActionsContainer, argument: Argument, *, default: str | None = None
) -> argparse.Action:
    """Tell a parser, or a group of one, of an argument; ``default`` is its value where it is not given."""
    options: dict[str, Any] = {"help": argument.help} | ({} if default is None else {"default": default})
    if argument.kind is ArgumentKind.FLAG:
        options["action"] = "store_true"
    else:
        options["metavar"] = _metavar(argument)
        if argument.kind is ArgumentKind.NUMBER:
            options["type"] = int
        if argument.choices:
            options["choices"] = tuple(map(str, argument.choices))  # of an enum argparse would show its repr
            options["metavar"] = argument.metavar or "|".join(argument.choices)
        if argument.many:
            options["nargs"] = "*" if argument.optional else "+"
            if argument.is_option:
                options["action"] = "extend"  # else the last of several would be all there is
            if argument.optional:
                options["default"] = []  # without one argparse demands a word
        elif argument.optional and not argument.is_option:
            options["nargs"] = "?"
    return made.add_argument(*argument.names, **options)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are raised: the shell must outlive them.  ``own`` is what the verb itself takes."""

    own: Sequence[argparse.Action] = ()

    def error(self, message: str) -> NoReturn:
        shown = argparse.HelpFormatter(self.prog, width=_ONE_LINE)
        shown.add_usage(None, self.own, [])
        raise UsageError(message, hint=shown.format_help().strip())
