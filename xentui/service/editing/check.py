"""Is a text fit to be stored: our own reading of it, and the host's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xentui import config as language
from xentui.config import Problem, Severity
from xentui.errors import ConfigError, HostError, NotAllowedError
from xentui.hosts.base import Completed, Host
from xentui.service.session import QUERY_TIMEOUT
from xentui.service.temp_files import temp_file
from xentui.text import plain
from xentui.toolstack.xl import argv as xl
from xentui.toolstack.xl.failures import explain

_NOISE = (
    "Parsing config from ",
    "Failed to parse config",
    "warning:  Arbitrary Python",
    "warning:  See http",
)
_PLACE = re.compile(r"line ([0-9]{1,7}): ")
_WORD = re.compile(r"[a-z][a-z0-9_.]+")
_MOST_WORDS = 20


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with a text, in the order of the file, and the host's own words about it."""

    problems: tuple[Problem, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What cannot be accepted: xl would refuse the text."""
        return tuple(item for item in self.problems if item.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What can be accepted."""
        return tuple(item for item in self.problems if item.severity is Severity.WARNING)


def own_findings(text: str) -> tuple[Problem, ...]:
    """What our parser or linter finds; a text that does not parse has that one error."""
    try:
        return language.lint(language.parse(text))
    except ConfigError as error:
        return (_problem(error),)


async def check(host: Host, text: str, *, on_host: bool) -> Checked:
    """What we find and, with ``on_host``, what ``xl create -n`` there says of it.

    An error only the host finds becomes a problem too.  Raises HostError where the host cannot answer.
    """
    problems = own_findings(text)
    if not on_host or _has_error(problems) or "\0" in text:
        return Checked(problems)
    async with temp_file(host, text) as path:
        done = await host.run(xl.check(path), timeout=QUERY_TIMEOUT)
    words = _words(done, path)
    if done.exit_code != 0:
        failure = explain(done)
        if isinstance(failure, HostError):
            raise failure
        problems = (*problems, _hosts_error(text, words, failure.hint))
        problems = tuple(sorted(problems, key=lambda item: (item.line, item.column)))
    return Checked(problems, words)


def refused(checked: Checked, text: str, error: ConfigError | NotAllowedError) -> Checked:
    """What was found, and what the store refuses of the name or the uuid; what is said twice only as an error."""
    if isinstance(error, ConfigError) and error.line:
        line, column = error.line, error.column
    else:
        line, column = language.parse(text).place("name")
    mine = Problem(Severity.ERROR, line, column, "name", error.message, error.hint)
    return Checked(
        (mine, *(item for item in checked.problems if item.message != error.message)), checked.words
    )


def _problem(error: ConfigError) -> Problem:
    return Problem(Severity.ERROR, error.line, error.column, "", error.message, error.hint)


def _has_error(problems: tuple[Problem, ...]) -> bool:
    return any(item.severity is Severity.ERROR for item in problems)


def _words(done: Completed, path: str) -> tuple[str, ...]:
    """The host's words without the name of a file that is gone by now."""
    lines = [re.sub(re.escape(path) + r":([0-9]+):", r"line \1:", word) for word in done.words]
    kept = [line for line in lines if not line.startswith(_NOISE)]
    return tuple(plain(line.replace(path, "the configuration"), 500) for line in kept[:_MOST_WORDS])


def _hosts_error(text: str, words: tuple[str, ...], hint: str) -> Problem:
    """What the host refuses; xl tells a line, the value or the parameter, and its last words are the reason."""
    refusals = [word for word in words if ": warning" not in word and not word.startswith("WARNING")]
    message = refusals[-1] if refusals else "the host refuses the configuration without saying why"
    document = language.parse(text)
    placed = [(int(match[1]), word[match.end() :]) for word in refusals if (match := _PLACE.match(word))]
    if placed:
        line, message = placed[-1]
        line, column = min(line, text.count("\n") + 1), 1
        before = [item.key for item in document.assignments if item.line <= line]
        key = before[-1] if before else ""
    else:
        key, line, column = _mentioned(document, message)
    message = message.removeprefix("the configuration: ")
    return Problem(Severity.ERROR, line, column, key, f"xl on the host says: {message}", hint)


def _mentioned(document: language.Document, message: str) -> tuple[str, int, int]:
    """The value or else the parameter that xl's words quote: its key and place."""
    for assignment in document.assignments:
        for item in document.items(assignment.key):
            if isinstance(item, language.Scalar) and item.text and f"`{item.text}'" in message:
                return assignment.key, item.line, item.column
    said = set(_WORD.findall(message))
    for key in document.keys():  # noqa: SIM118 - not a dict
        if key in said:
            return key, *document.place(key)
    return "", 0, 0
