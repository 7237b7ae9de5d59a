"""All problems of the text to choose from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.widget import Widget

from xentui.config import Problem
from xentui.tui.dialogs.base import Dialog
from xentui.tui.editor.problem_list import ProblemList


class ProblemsDialog(Dialog[Problem]):
    """Lists problems; the answer is the one to go to.  The cursor begins at number ``start``."""

    def __init__(self, problems: Sequence[Problem], start: int) -> None:
        count = len(problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''}", accept_label="Go to")
        self._problems = list(problems)
        self._start = start
        self._listed = ProblemList()

    def body(self) -> Iterable[Widget]:
        """Yield the list."""
        yield self._listed

    def on_mount(self) -> None:
        """Begin where one is."""
        super().on_mount()
        self._listed.show(self._problems)
        self._listed.highlighted = self._start
        self.set_focus(self._listed)

    def on_problem_list_wanted(self, event: ProblemList.Wanted) -> None:
        """Enter or a click chooses."""
        event.stop()
        self.dismiss(event.problem)

    def accept(self) -> None:
        """The button chooses what is highlighted."""
        at = self._listed.highlighted
        if at is not None and at < len(self._problems):
            self.dismiss(self._problems[at])
