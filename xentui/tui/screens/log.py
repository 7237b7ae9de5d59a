"""The jobs of this session, and the host's audit log."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from xentui.commands.times import local_time
from xentui.errors import XentuiError
from xentui.store.history import AuditRecord
from xentui.text import plain
from xentui.tui.bindings import bound
from xentui.tui.context import UiContext
from xentui.tui.dialogs.report import ReportDialog, job_lines
from xentui.tui.jobs import Job, JobState
from xentui.tui.screens.overlay import ScreenAbove
from xentui.tui.widgets.key_hints import Hint, KeyHints
from xentui.tui.widgets.notice_line import NoticeLine

_RECORDS = 300
_SIGNS = {JobState.RUNNING: "…", JobState.DONE: "✓", JobState.FAILED: "✗", JobState.CANCELLED: "–"}

_LEGEND = "… running  ✓ done  ✗ failed  – cancelled  ? outcome unknown"
_HINTS = (
    Hint("Enter", "Read"),
    Hint("x", "Cancel job"),
    Hint("Tab", "Other list"),
    Hint("F5", "Reload"),
    Hint("Esc", "Back"),
)


class LogScreen(ScreenAbove):
    """Jobs above, newest first; below who ran what on the host, newest first."""

    BINDINGS = [
        bound("enter", "choose", "Read", "Read all of the job or command", id="log.read"),
        bound("escape,q,L", "back", "Back", "Back to the list", id="log.back", show=True),
        bound(
            "x", "cancel", "Cancel job", "Cancel the job, if the tool allows it", id="log.cancel", show=True
        ),
        bound("f5", "reload", "Reload", "Reload the audit log", id="log.reload", show=True),
        bound("tab", "app.focus_next", "Other list", "Jobs or audit log", id="log.other"),
    ]

    def __init__(self, context: UiContext) -> None:
        super().__init__()
        self.context = context
        self.notice = NoticeLine()
        self._records: list[AuditRecord] = []

    def compose(self) -> ComposeResult:
        """Yield two lists."""
        yield Static("Jobs of this session", classes="log-title")
        yield OptionList(id="jobs")
        yield Static("Audit log of the host", classes="log-title")
        yield OptionList(id="audit")
        yield self.notice
        yield KeyHints(_HINTS)

    def on_mount(self) -> None:
        """Fill both."""
        self.notice.explain(_LEGEND)
        self.show_jobs()
        self.set_focus(self.query_one("#jobs" if self.context.jobs.all else "#audit"))
        self.action_reload()
        self.set_interval(1.0, self.show_jobs)

    def show_jobs(self) -> None:
        """Draw the jobs anew; the cursor stays on its job."""
        listed = self.query_one("#jobs", OptionList)
        kept = listed.highlighted_option.id if listed.highlighted_option else None
        jobs = list(reversed(self.context.jobs.all))
        options = [Option(job_row(job), id=str(job.number)) for job in jobs]
        if [str(option.prompt) for option in options] == [
            str(listed.get_option_at_index(n).prompt) for n in range(listed.option_count)
        ]:
            return
        listed.clear_options()
        listed.add_options(options or [Option(Text("none yet", "dim"), disabled=True)])
        ids = [option.id for option in options]
        if options:
            listed.highlighted = ids.index(kept) if kept in ids else 0

    def action_reload(self) -> None:
        """Reload the audit log."""
        self.run_worker(self._reload(), exclusive=True)

    def action_cancel(self) -> None:
        """Stop the job under the cursor."""
        job = self._job()
        if job is None or job.state is not JobState.RUNNING:
            self.context.notify("no running job is selected", severity="warning")
        elif not self.context.jobs.cancel(job):
            self.context.notify(
                f"{job.label} cannot be stopped: xl would leave the guest neither running nor saved",
                severity="warning",
            )
        self.show_jobs()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter reads all there is."""
        event.stop()
        if event.option_list.id == "jobs":
            if job := self._job():
                self.app.push_screen(ReportDialog(job.label, job_lines(job, self.context.word)))
        elif event.option.id is not None and int(event.option.id) < len(self._records):
            record = self._records[int(event.option.id)]
            self.app.push_screen(ReportDialog("Audit record", list(record_lines(record))))

    def _job(self) -> Job | None:
        option = self.query_one("#jobs", OptionList).highlighted_option
        return next((job for job in self.context.jobs.all if option and str(job.number) == option.id), None)

    async def _reload(self) -> None:
        listed = self.query_one("#audit", OptionList)
        try:
            self._records = list(reversed(await self.context.hypervisor.audit(_RECORDS)))
        except XentuiError as error:
            listed.clear_options()
            listed.add_option(Option(Text(error.headline), disabled=True))
            return
        listed.clear_options()
        rows = [Option(record_row(record), id=str(number)) for number, record in enumerate(self._records)]
        listed.add_options(rows or [Option(Text("empty", "dim"), disabled=True)])


def job_row(job: Job) -> Text:
    """Return a job as a line."""
    clock = time.strftime("%H:%M:%S", time.localtime(job.started))
    percent = (
        f" {job.percent}% {job.pace}".rstrip()
        if job.percent is not None and job.state is JobState.RUNNING
        else ""
    )
    ending = job.result or (job.error.headline if job.error else "") or job.state.value
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(
        f"{clock} {_SIGNS[job.state]} {job.seconds(time.time()):6.1f} s  {plain(job.label)}{percent}  "
    )
    text.append(plain(ending, 200))
    return text


def record_row(record: AuditRecord) -> Text:
    """Return an audit record as a line; any program can have written it, so a field may be anything."""
    data = record.data
    argv = data.get("argv")
    words = shlex.join(map(str, argv)) if isinstance(argv, list) else str(argv or "-")
    user = str(data.get("user") or "-").partition("@")[0]
    sign = {"running": "…", "outcome unknown": "?"}.get(record.open, "✓" if data.get("exit") == 0 else "✗")
    line = (
        f"{local_time(record.time, '%m-%d %H:%M:%S')} {sign} {user:<8} {data.get('domain') or '-'}  {words}"
        + (f"  {record.open}" if record.open else "")
    )
    return Text(plain(line, 500), no_wrap=True, overflow="ellipsis")


def record_lines(record: AuditRecord) -> Iterable[str]:
    """Yield all fields of an audit record."""
    yield f"time:     {local_time(record.time)}"
    if record.open:
        yield f"ended:    {record.open}"
    for key, value in record.data.items():
        if key != "time":
            shown = shlex.join(map(str, value)) if isinstance(value, list) else value
            yield f"{plain(str(key), 20) + ':':<10}{shown}"
