"""The problems of the text being edited: which there are, and which one is shown."""

from __future__ import annotations

from xentui.config import Problem, Severity
from xentui.tui.editor.edit_buffer import EditBuffer
from xentui.tui.editor.lines import ProblemLine


class ProblemGuide:
    """Leads from problem to problem; ``found`` are those of the text as it was looked at last, ``line`` shows one."""

    def __init__(self, buffer: EditBuffer, line: ProblemLine) -> None:
        self._buffer = buffer
        self._line = line
        self._at: int | None = None
        self.found: tuple[Problem, ...] = ()

    def look(self) -> None:
        """Have the linter read the text; where it finds something else than before one begins anew."""
        found = self._buffer.problems()
        if found != self.found:
            self._at = None
        self.found = found
        self.show(None)

    @property
    def start(self) -> int:
        """The number of the problem one has come to."""
        return self._at or 0

    def step(self, step: int) -> Problem:
        """Go to another problem, round at the ends; there has to be one."""
        first = 0 if step > 0 else -1
        at = first if self._at is None else self._at + step
        self._at = at % len(self.found)
        return self.found[self._at]

    def go_to(self, problem: Problem) -> None:
        """Go on from a problem."""
        self._at = self.found.index(problem) if problem in self.found else None

    def show(self, problem: Problem | None) -> None:
        """Show a problem, the worst where none is meant."""
        errors = (item for item in self.found if item.severity is Severity.ERROR)
        worst = next(errors, self.found[0] if self.found else None)
        self._line.show(problem or worst, len(self.found))

    def show_of(self, name: str) -> None:
        """Show the problem of a parameter."""
        self.show(next((item for item in self.found if item.key == name), None))
