"""What the user is told: notices, how jobs have ended, and what has gone wrong lately."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence

from xentui.errors import CommandError, XentuiError, worded
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.text import plain, printable
from xentui.tui import dialogs
from xentui.tui.domain_list.row import DomainRow
from xentui.tui.event_words import HostEvent
from xentui.tui.host_state import HostState
from xentui.tui.jobs import STORED, Job, JobState, on_host
from xentui.tui.messages import Notice
from xentui.tui.screens.main import MainScreen
from xentui.tui.widgets.notice_line import WORDS, NoticeLine

_WEIGHTS = ("error", "warning", "information")
KEPT = 30
"""Errors and warnings that can still be read."""


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """Something that went wrong, and how bad it was; ``at`` is seconds since the epoch."""

    at: float
    severity: str
    error: XentuiError


class Notifications:
    """Leaves notices on the screen that is on top; ``errors`` are the last that went wrong, the newest last."""

    def __init__(self, main: MainScreen) -> None:
        self._main = main
        self.errors: deque[ShownNotice] = deque(maxlen=KEPT)
        self._standing = ""

    def post(self, text: str, *, severity: str = "information", error: XentuiError | None = None) -> None:
        """Leave a notice when its turn comes; it stays until the next, or the next action."""
        self._main.app.post_message(Notice(text, error, severity))

    def clear(self) -> None:
        """Take the notice back for what holds as long as nothing else is told: which filter is in force."""
        text, severity = self._in_force()
        self._standing = text
        # At once: one on its way would take back what the action has told meanwhile.
        self.show(Notice(text, None, severity))

    def refresh(self) -> None:
        """Have what stands there of the filter agree with the list."""
        if self._standing and self._main.notice.shows(self._standing):
            text, _ = self._in_force()
            if text != self._standing:
                self.clear()

    def _in_force(self) -> tuple[str, str]:
        table = self._main.table
        text = table.filter_text
        if problem := table.model.filter.problem:
            return f"filter: {problem}", "warning"
        if not text:
            return "", "standing"
        shown, known, control = table.counts
        more = " and Domain-0" if control else ""
        return f"filter {text}: {shown} of {known}{more} (Esc shows all)", "standing"

    def tell_hidden(self, rows: Sequence[DomainRow]) -> None:
        """Tell of rows that the filter hides as soon as they are there, beside what was told of them."""
        line, key = self._main.notice, self._main.key_of("list.clear")
        names = plain(rows[0].domain.label, 40) + (f" and {len(rows) - 1} more" if len(rows) > 1 else "")
        if line.severity in _WEIGHTS:
            line.add(f"(the filter hides {names}, {key} shows all)")
        else:
            self.show(Notice(f"{names}: hidden by the filter ({key} shows all)"))

    def record(self, error: XentuiError, severity: str = "error") -> None:
        """Keep what went wrong, to be read on asking; what is told again and again is kept once."""
        last = self.errors[-1].error if self.errors else None
        if last is not None and (last.headline, last.details) == (error.headline, error.details):
            self.errors.pop()
        self.errors.append(ShownNotice(time.time(), severity, error))

    def show(self, notice: Notice) -> None:
        """Show a notice; it stays until the next, or the next action."""
        if notice.severity in ("error", "warning") and notice.text != self._standing:
            self.record(notice.error or XentuiError(notice.text), notice.severity)
        main = self._main
        if not main.app.is_running:
            return
        text = self._line(notice)
        # A screen on top that has no line for notices leaves them to the one below.
        for screen in reversed(main.app.screen_stack):
            if isinstance(line := getattr(screen, "notice", None), NoticeLine):
                # Elsewhere the key is another, or typed text; there a report was shown.
                tells = notice.severity in ("error", "warning") and screen is main
                more = f"({main.key_of('view.error')} tells more)" if tells else ""
                deep = isinstance(notice.error, CommandError) or bool(notice.error and notice.error.details)
                line.show_text(text, notice.severity, more, deep=deep, name=notice.text)
                if screen is main and main.complete:
                    main.console.bar.show_text("" if main.notice_in_sight else text, notice.severity)
                break

    def clear_others(self) -> None:
        """Take back what a screen other than the main one tells: a key was pressed there since."""
        top = self._main.app.screen
        if top is self._main or getattr(top, "keeps_notices", False):
            return
        if isinstance(line := getattr(top, "notice", None), NoticeLine):
            line.show_text("")

    def report_events(self, events: Sequence[HostEvent], host: str = "") -> str:
        """Tell of what nobody here has asked for, the weightiest first; returns the sentence where it is an alarm.

        ``host`` is what the list calls the host it happened on, "" for the only one.
        """
        if not events:
            return ""
        ordered = sorted(events, key=lambda event: _WEIGHTS.index(event.weight))
        names = [plain(event.name, 40) for event in ordered]
        text = "; ".join(
            f"{on_host(name, host)} {event.text}" for name, event in zip(names, ordered, strict=True)
        )
        severity = ordered[0].weight
        shown = self._main.notice.severity
        if severity == "information" and self._main.app.screen is not self._main:
            return ""  # who edits, or reads, is told of alarms only
        if shown in _WEIGHTS and _WEIGHTS.index(shown) < _WEIGHTS.index(severity):
            return ""  # what matters more stands there, and nobody has done anything since
        key = self._main.key_of
        hint = f"{key('view.events')} shows events"
        if any(event.printed for event in ordered):
            hint = f"{key('view.go')} goes there"
        elif severity == "error":
            hint = f"{key('console.look')} shows its console, {hint}"
        self.show(Notice(text, None, severity, hint))
        return text if severity != "information" else ""

    def _line(self, notice: Notice) -> str:
        """Return a notice as one line: what happened to what, and behind an arrow what to do."""
        text = self.shown(notice.text)
        hint = worded(notice.error.hint, self._main.context.word) if notice.error is not None else notice.hint
        return f"{text} → {hint}" if hint else text

    def shown(self, text: str) -> str:
        """Return a line as it is told: paths are the host's own, and a file of the store is the name of its domain."""
        context = self._main.context
        hosts = list(context.hosts.values())
        names = {domain.uuid: domain.label for host in hosts for domain in _known(host.host_state)}
        text = STORED.sub(
            lambda found: names.get(found[1], "its configuration"),
            context.here.hypervisor.session.host.shown(text),
        )
        head, colon, rest = text.partition(": ")
        return rest if colon and rest.startswith(f"{head}: ") else text

    def report(self, now: float) -> Iterator[tuple[ShownNotice, list[str]]]:
        """Yield what went wrong lately, the newest first; a host that does not answer now before all else.

        With each come lines that are true only now.
        """
        state = self._main.context.here.host_state
        away = state.trouble
        if away is not None:
            yield ShownNotice(now, "error", away), [state.stale(now)]
        for told in reversed(self.errors):
            if away is None or told.error.headline != away.headline:
                yield told, []

    def end_of(self, job: Job) -> None:
        """Tell how a job has ended."""
        what = job.about if job.subject else f"{job.host}: {job.title}" if job.host else job.title
        if job.error is not None:
            self.post(job.complaint, error=job.error, severity="error")
        elif job.state is JobState.CANCELLED and job.result:
            self.post(f"{what}: {job.result}")
        elif job.state is JobState.CANCELLED:
            self.post(f"{job.label}: cancelled", severity="warning")
        elif job.warnings:
            message = f"{job.title}: done, with warnings"
            error = XentuiError(message, subject=job.about, details=job.warnings)
            self.post(
                f"{what}: {job.result}; {job.warnings[0].removeprefix('warning: ')}",
                error=error,
                severity="warning",
            )
        elif job.steps and job.output:
            # How it stands; all it has said is in the log.
            self.post(f"{job.output[-1]} ({self._main.key_of('view.log')} tells more)")
        elif len(job.output) > 1 or any(len(line) > self._main.app.size.width for line in job.output):
            self._main.app.push_screen(dialogs.report.ReportDialog(job.label, job.output))
        else:
            self.post(job.output[0] if job.output else f"{what}: {job.result or 'done'}")

    def settings(self, problems: list[str]) -> None:
        """Tell what of config.toml is not followed."""
        hint = "correct it and start again"
        error = XentuiError("config.toml has settings that are not used", details=problems, hint=hint)
        self.post(f"config.toml: {problems[0]}", error=error, severity="warning")


def title(told: ShownNotice) -> str:
    """Return when something went wrong, and how bad it was."""
    return printable(f"{time.strftime('%H:%M:%S', time.localtime(told.at))} {WORDS[told.severity]}")


def _known(state: HostState) -> Iterator[Domain]:
    if state.snapshot is not None:
        yield from state.snapshot.domains
