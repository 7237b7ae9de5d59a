"""Command-line options as xl takes them: GNU getopt's rules, xl's words for what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from xentui.frozen import dataclass
from xentui.simulator.call import Call, Exit
from xentui.simulator.xl import usage


@dataclass(frozen=True, slots=True)
class Parsed:
    """The options given, each short letter with its last value ("" for a flag), and the other arguments."""

    options: dict[str, str]
    arguments: tuple[str, ...]

    def __contains__(self, letter: str) -> bool:
        return letter in self.options


def parse(  # noqa: PLR0917
    call: Call,
    verb: str,
    words: Sequence[str],
    letters: str,
    required: int,
    long: dict[str, str] | None = None,
) -> Parsed:
    """Read a verb's options.

    ``letters`` as for getopt(3) (``f:`` takes a value), ``long`` maps long names to letters.  Options may
    stand
    anywhere; ``--`` ends them.  Raises Exit 0 after ``-h``, Exit 2 for an unknown option or too few
    arguments.
    """
    options: dict[str, str] = {}
    rest: list[str] = []
    names = {"help": "h", **(long or {})}
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            rest.extend(queue)
            break
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            letter = _long(call, name, names)
            _set(call, options, letter, value if equals else None, letters, queue)
        elif word.startswith("-") and word != "-":
            _cluster(call, word[1:], options, letters, queue)
        else:
            rest.append(word)
        if "h" in options:
            show_help(call, verb)
            raise Exit(0)
    if len(rest) < required:
        plural = "" if required == 1 else "s"
        call.err(f"'xl {verb}' requires at least {required} argument{plural}.\n\n")
        show_help(call, verb)
        raise Exit(2)
    return Parsed(options, tuple(rest))


def show_help(call: Call, verb: str) -> None:
    """Print a verb's help on standard output."""
    call.out("Usage: xl " + usage.HELP.get(verb, f"[-vtT] {verb}\n\n"))


def _cluster(call: Call, text: str, options: dict[str, str], letters: str, queue: list[str]) -> None:
    while text:
        letter, text = text[0], text[1:]
        if letter != "h" and (letter == ":" or letter not in letters):
            raise call.fail(f"option `{letter}' not supported.", 2)
        if f"{letter}:" in letters:
            _set(call, options, letter, text or None, letters, queue)
            return
        options[letter] = ""


def _long(call: Call, name: str, names: dict[str, str]) -> str:
    found = {names[known] for known in names if known.startswith(name)}
    if name in names:
        return names[name]
    if len(found) != 1:
        # getopt has no letter for an unknown long option, and xl prints the NUL it finds instead
        raise call.fail("option `\0' not supported.", 2)
    return found.pop()


def _set(  # noqa: PLR0917
    call: Call, options: dict[str, str], letter: str, value: str | None, letters: str, queue: list[str]
) -> None:
    if f"{letter}:" in letters and value is None:
        if not queue:
            raise call.fail(f"option `{letter}' not supported.", 2)
        value = queue.pop(0)
    options[letter] = value or ""
