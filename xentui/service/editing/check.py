"""Is a text fit to be stored: our own reading of it, and the host's."""

from __future__ import annotations

import re

from xentui import config as language
from xentui.config import Problem, Severity
from xentui.errors import ConfigError, NotAllowedError
from xentui.frozen import dataclass
from xentui.model.answers import HostVerdict
from xentui.service.session import Session
from xentui.service.temp_files import temp_file
from xentui.toolstack.base import Toolstack

_WORD = re.compile(r"[a-z][a-z0-9_.]+")


@dataclass(frozen=True, slots=True)
class CheckResult:
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
    """Return what our parser or linter finds; a text that does not parse has that one error."""
    try:
        return language.lint(language.parse(text))
    except ConfigError as error:
        return (_problem(error),)


async def check(session: Session, text: str, *, on_host: bool) -> CheckResult:
    """Return what we find and, with ``on_host``, what the toolstack there says of it.

    An error only the host finds becomes a problem too.  Raises HostError where the host cannot answer.
    """
    problems = own_findings(text)
    if not on_host or _has_error(problems) or "\0" in text:
        return CheckResult(problems)
    async with temp_file(session.host, text) as path:
        verdict = await session.toolstack.check(path)
    if verdict.refusal:
        problems = (*problems, _hosts_error(text, verdict, session.toolstack))
        problems = tuple(sorted(problems, key=lambda item: (item.line, item.column)))
    return CheckResult(problems, verdict.words)


def refused(checked: CheckResult, text: str, error: ConfigError | NotAllowedError) -> CheckResult:
    """Return what was found, and what the store refuses of the name or the uuid; what is said twice only as an
    error.
    """
    if isinstance(error, ConfigError) and error.line:
        line, column = error.line, error.column
    else:
        line, column = language.parse(text).place("name")
    mine = Problem(Severity.ERROR, line, column, "name", error.message, error.plain_hint)
    return CheckResult(
        (mine, *(item for item in checked.problems if item.message != error.message)), checked.words
    )


def _problem(error: ConfigError) -> Problem:
    return Problem(Severity.ERROR, error.line, error.column, "", error.message, error.plain_hint)


def _has_error(problems: tuple[Problem, ...]) -> bool:
    return any(item.severity is Severity.ERROR for item in problems)


def _hosts_error(text: str, verdict: HostVerdict, toolstack: Toolstack) -> Problem:
    """Return what the host refuses, at the place its words tell."""
    document = language.parse(text)
    if verdict.line:
        line, column = min(verdict.line, text.count("\n") + 1), 1
        before = [item.key for item in document.assignments if item.line <= line]
        key = before[-1] if before else ""
    else:
        key, line, column = _mentioned(document, verdict.refusal)
    message = verdict.refusal.removeprefix("the configuration: ")
    return Problem(
        Severity.ERROR, line, column, key, f"{toolstack.name} on the host says: {message}", verdict.hint
    )


def _mentioned(document: language.Document, message: str) -> tuple[str, int, int]:
    """Return the value or else the parameter that xl's words quote: its key and place."""
    for assignment in document.assignments:
        for item in document.items(assignment.key):
            if isinstance(item, language.Scalar) and item.text and f"`{item.text}'" in message:
                return assignment.key, item.line, item.column
    said = set(_WORD.findall(message))
    for key in document.keys():  # noqa: SIM118 - not a dict
        if key in said:
            return key, *document.place(key)
    return "", 0, 0
