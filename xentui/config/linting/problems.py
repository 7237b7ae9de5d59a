"""What the linter reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from enum import StrEnum

from xentui.config.document import Document
from xentui.config.secrets import masked
from xentui.config.syntax import Value
from xentui.errors import ConfigError
from xentui.frozen import dataclass

MAX_GUESSES = 40


class Severity(StrEnum):
    """``error``: xl refuses the configuration; ``warning``: xl takes it, but not as it seems to be meant."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding; line and column count from 1, and are 0 where something is missing."""

    severity: Severity
    line: int
    column: int
    key: str
    message: str
    hint: str = ""


class Findings:
    """Problems of one document as the checks find them."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._problems: dict[tuple[int, str], Problem] = {}
        self._guesses = 0

    def error(self, key: str, error: ConfigError) -> None:
        """Note what xl refuses."""
        self._add(Problem(Severity.ERROR, error.line, error.column, key, error.message, error.plain_hint))

    def warning(self, key: str, message: str, hint: str = "", *, at: Value | None = None) -> None:
        """Note what xl takes otherwise; ``at`` is the value in question, else the key's assignment."""
        line, column = (at.line, at.column) if at is not None else self.document.place(key)
        self._add(Problem(Severity.WARNING, line, column, key, message, hint))

    def at(self, key: str, line: int, column: int, message: str, hint: str) -> None:
        """Note a warning at a place that is not the effective assignment's."""
        self._add(Problem(Severity.WARNING, line, column, key, message, hint))

    def has_error(self, key: str) -> bool:
        """Return whether an error of that key is noted."""
        return any(
            problem.key == key and problem.severity is Severity.ERROR for problem in self._problems.values()
        )

    def nearest(self, word: str, known: Sequence[str]) -> str:
        """Return the known word most like a misspelt one, "" for none; only tried for so many words of one document."""
        if self._guesses >= MAX_GUESSES:
            return ""
        self._guesses += 1
        return next(iter(get_close_matches(word.strip()[:64], known, n=1, cutoff=0.7)), "")

    def sorted(self) -> tuple[Problem, ...]:
        """Return every problem once, in the order of the file; what is missing comes first, as it was found."""
        return tuple(
            sorted(
                self._problems.values(),
                key=lambda problem: (problem.line, problem.column, problem.key if problem.line else ""),
            )
        )

    def _add(self, problem: Problem) -> None:
        problem = replace(problem, message=masked(problem.message), hint=masked(problem.hint))
        self._problems.setdefault((problem.line, problem.message), problem)
