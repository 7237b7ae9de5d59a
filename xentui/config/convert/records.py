"""What a conversion says: each change with its reason, and the text that came of it."""

from __future__ import annotations

from functools import cached_property

from xentui.config.document import Document
from xentui.config.linting.linter import lint
from xentui.config.linting.problems import Problem, Severity
from xentui.config.refusal import RefusedError, printable
from xentui.frozen import dataclass

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class ConvertedLine:
    """One change of a file.

    ``line`` counts from 1 in the file as it was, 0 for what concerns the whole file; ``before`` and ``after``
    are pieces of text, "" for what was added or taken out; ``reason`` says why, and where that is written.
    ``error`` is true for what the guest is not safe without, and somebody has to set by hand.
    """

    line: int
    before: str
    after: str
    reason: str
    error: bool = False

    def sentence(self, source: str) -> str:
        """Return the change on one line, with the place in the file named ``source``."""
        where = f"{source}:{self.line}" if self.line else source
        where = f"error: {where}" if self.error else where
        before, after = (printable(" ".join(piece.split()), _SHOWN) for piece in (self.before, self.after))
        if before and after:
            return f"{where}: {before} → {after} ({self.reason})"
        return f"{where}: {'taken out' if before else 'added'}: {before or after} ({self.reason})"


@dataclass(frozen=True)
class Conversion:
    """The configuration for xl, and what was changed for it."""

    document: Document
    changes: tuple[ConvertedLine, ...]

    @property
    def text(self) -> str:
        """The file for xl."""
        return self.document.text

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """What the linter says of it."""
        return lint(self.document)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What xl would refuse all the same."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def failed(self) -> bool:
        """Whether somebody has to mend the result before it is used."""
        return bool(self.errors) or any(change.error for change in self.changes)


class PythonNeededError(RefusedError):
    """A file that says what it says only when Python runs it; ``what`` names the construct (``import``, ``for`` …)."""

    def __init__(self, what: str, *, source: str, line: int, column: int) -> None:
        super().__init__(
            f"the file needs Python to run: {what}",
            source=source,
            line=line,
            column=column,
            hint="xm ran its files as programs, xl and xentui do not: write the resulting value instead.",
        )
        self.what = what


class UnknownNameError(PythonNeededError):
    """A word that is neither quoted nor a variable of the file."""


class NotPythonError(RefusedError):
    """A text that is no Python file either: xl's own complaint about it says more."""
