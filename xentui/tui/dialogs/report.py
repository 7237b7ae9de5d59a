"""Something to read: an error with what to do, a job with its commands, what a verb has printed."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Sequence

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from xentui.config import Problem
from xentui.errors import CommandError, Render, XentuiError
from xentui.service.text_diff import is_change
from xentui.text import printable
from xentui.tui.dialogs.base import Dialog
from xentui.tui.jobs import Job
from xentui.tui.widgets.styled_line import part


class ReportDialog(Dialog[None]):
    """Lines to read, scrolled where they are many."""

    def __init__(self, title: str, lines: Sequence[str]) -> None:
        super().__init__(title, accept_label="")
        self._text = [printable(line) for line in lines]

    def body(self) -> Iterable[Widget]:
        """Yield the lines."""
        yield VerticalScroll(Static(Text("\n".join(self._text))), classes="dialog-report")

    def on_mount(self) -> None:
        """The keys scroll."""
        super().on_mount()
        self.set_focus(self.query_one(VerticalScroll))


class ErrorsDialog(ReportDialog):
    """What went wrong lately, the newest first: a heading, lines and the severity of each."""

    COMPONENT_CLASSES = {"errors-dialog--error", "errors-dialog--warning"}

    def __init__(self, errors: Sequence[tuple[str, Sequence[str], str]]) -> None:
        super().__init__("What went wrong", [])
        self._errors = errors

    def body(self) -> Iterable[Widget]:
        """Yield the lines, each error under its time."""
        text = Text()
        for heading, lines, severity in self._errors:
            text.append(f"{printable(heading)}\n", part(self, f"errors-dialog--{severity}"))
            text.append("\n".join(printable(line) for line in lines) + "\n\n")
        text.rstrip()
        yield VerticalScroll(Static(text), classes="dialog-report")


class TextDialog(ReportDialog):
    """A longer text, such as a configuration or differences, with as much room as there is."""

    def body(self) -> Iterable[Widget]:
        """Yield the lines; what is added and removed stands out."""
        text = Text()
        for line in self._text:
            text.append(f"{line}\n", "bold" if is_change(line) else "")
        text.rstrip()
        yield VerticalScroll(Static(text), classes="dialog-report")


def error_lines(error: XentuiError, render: Render) -> list[str]:
    """Return what happened, why, and what to do; of a command what ran and how it ended.

    ``render`` words the commands a hint suggests.
    """
    lines = error.report(render)
    if isinstance(error, CommandError):
        lines += ["", f"command: {shlex.join(error.argv)}", f"exit status: {error.exit_code}"]
    return lines


def job_lines(job: Job, render: Render) -> list[str]:
    """Return all there is to say of a job."""
    lines = [
        f"state:    {job.state}"
        + (f" ({job.percent} %)" if job.percent is not None and job.ended is None else ""),
        f"started:  {time.strftime('%H:%M:%S', time.localtime(job.started))}",
        f"took:     {job.seconds(time.time()):.1f} s",
    ]
    if job.result:
        lines.append(f"result:   {job.result}")
    for ran in job.commands:
        lines.append(f"command:  {shlex.join(ran.argv)}")
        ending = "outcome unknown" if ran.exit_code is None else f"exit status {ran.exit_code}"
        lines.append(f"          {ending} after {ran.seconds:.1f} s")
    lines += [f"warning:  {warning}" for warning in job.warnings]
    if job.error is not None:
        lines += ["", *error_lines(job.error, render)]
    lines += ["", *job.details] if job.details else []
    if job.output:
        lines += ["", *job.output]
    return lines


def problem_line(problem: Problem) -> str:
    """Return a problem as a line of a list."""
    place = f"{problem.line}:{problem.column} " if problem.line else ""
    hint = f" → {problem.hint}" if problem.hint else ""
    return printable(f"{place}{problem.severity.value}: {problem.message}{hint}")
