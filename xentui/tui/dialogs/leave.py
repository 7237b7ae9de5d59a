"""The question on the way out while work goes on."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static

from xentui.text import printable
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.jobs import Job, JobState


class LeaveDialog(ConfirmDialog):
    """Asks whether to leave the jobs that run; when all of them have ended well there is nothing to ask any more.

    Arguments: ``question`` stands on top, ``jobs`` are those that run, ``label`` is the button's.
    """

    def __init__(self, question: str, jobs: Sequence[Job], label: str) -> None:
        self._jobs = jobs
        super().__init__(question, self._told(), label)

    def follow(self) -> None:
        """Say how far the jobs are now; leave where none runs any more and none has failed."""
        states = {job.state for job in self._jobs}
        if not states & {JobState.RUNNING, JobState.FAILED}:
            self.leave(True)
            return
        for lines in self.query(".dialog-lines").results(Static):
            lines.update(Text("\n".join(printable(line) for line in self._told())))

    def _told(self) -> list[str]:
        return [self._line(job) for job in self._jobs]

    @staticmethod
    def _line(job: Job) -> str:
        if job.state is JobState.RUNNING:
            return f"still running: {job.label}"
        return f"{job.state}: {job.label}" + (f": {job.error.told_of(job.subject)}" if job.error else "")
