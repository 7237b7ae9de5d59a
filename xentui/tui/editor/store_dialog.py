"""What saving means, before it is done: problems, differences, what can be applied now."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from xentui.config import Problem, Severity
from xentui.frozen import dataclass
from xentui.service.text_diff import is_change
from xentui.text import plain, printable
from xentui.tui.dialogs.base import Dialog
from xentui.tui.dialogs.report import problem_line
from xentui.tui.widgets.check import Check

if TYPE_CHECKING:
    from xentui.service.editing import Impact, LiveChange


@dataclass(frozen=True, slots=True)
class StoreAnswer:
    """How to save: the reason for the history, and what to apply now."""

    reason: str
    live: tuple[LiveChange, ...]


class StoreDialog(Dialog[StoreAnswer]):
    """Shows everything about a change; errors cannot be accepted, warnings can.

    Arguments: ``what`` is the verb of the button, "" where there is nothing to do; ``impact`` is None where only
    problems matter.
    """

    def __init__(self, what: str, title: str, problems: Sequence[Problem], impact: Impact | None) -> None:
        self._problems = list(problems)
        self._impact = impact
        self._errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        self._asks = bool(what) and not self._errors
        self._live = [change for change in impact.live if not change.reason] if impact is not None else []
        super().__init__(title, accept_label="" if self._errors else what)

    def body(self) -> Iterable[Widget]:
        """Problems, impact, differences; the offers and the reason below."""
        yield VerticalScroll(Static(self._text()), classes="dialog-report", id="impact")
        for number, change in enumerate(self._live):
            label = f"now: {shlex.join(change.argv)}"
            yield Check(plain(label, 300), id=f"live-{number}")
        if self._asks:
            yield Label("Reason (for the history)", markup=False, classes="dialog-label")
            yield Input(id="reason")

    def on_mount(self) -> None:
        """The reason is where typing goes; of errors the list is read."""
        super().on_mount()
        self.set_focus(self.query_one("#reason" if self._asks else "#impact"))
        if self._errors:
            self.refuse("xl would refuse this: correct the errors first")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter is OK."""
        event.stop()
        self.accept()

    def accept(self) -> None:
        """Leave with the answer."""
        if not self._asks:
            self.dismiss(None)
            return
        chosen = tuple(
            change
            for number, change in enumerate(self._live)
            if self.query_one(f"#live-{number}", Check).value
        )
        self.dismiss(StoreAnswer(self.query_one("#reason", Input).value.strip(), chosen))

    def _text(self) -> Text:
        text = Text()
        for problem in self._problems:
            text.append(f"{problem_line(problem)}\n", "bold" if problem.severity is Severity.ERROR else "")
        if self._impact is not None:
            self._append_impact(text, self._impact)
        text.rstrip()
        return text

    @staticmethod
    def _append_impact(text: Text, impact: Impact) -> None:
        if impact.nothing:
            text.append("Nothing has changed.\n")
            return
        if text.plain:
            text.append("\n")
        lines = [f"{item.field}: {item.old or '–'} → {item.new or '–'}" for item in impact.fields]
        if impact.next_start:
            lines.append(f"At the next start: {', '.join(impact.next_start)}")
        lines += [f"Not now: {change.title}: {change.reason}" for change in impact.live if change.reason]
        for line in lines:
            text.append(f"{printable(line)}\n")
        text.append("\n")
        for line in impact.text_diff:
            text.append(f"{printable(line.rstrip())}\n", "bold" if is_change(line) else "")
