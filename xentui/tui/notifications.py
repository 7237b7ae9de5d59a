"""What the user is told: notices, and how jobs have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.errors import XentuiError
from xentui.tui.jobs import Job, JobState
from xentui.tui.messages import Notice
from xentui.tui.widgets.notice_line import NoticeLine

if TYPE_CHECKING:
    from xentui.tui.app import XentuiApp


class Notifications:
    """Leaves notices on the screen that is on top; ``last_error`` is the last one there is more to say about."""

    def __init__(self, app: XentuiApp) -> None:
        self._app = app
        self.last_error: XentuiError | None = None
        self._standing = ""

    def standing(self) -> None:
        """Take the notice back for what holds as long as nothing else is told: which filter is in force."""
        text, severity = self._in_force()
        self._standing = text
        self._app.tell(text, severity=severity)

    def refresh(self) -> None:
        """Have what stands there of the filter agree with the list."""
        if self._standing and self._app.main.notice.shows(self._standing):
            text, _ = self._in_force()
            if text != self._standing:
                self.standing()

    def _in_force(self) -> tuple[str, str]:
        text, table = self._app.filter_text, self._app.main.table
        if problem := table.model.filter.problem:
            return f"filter: {problem}", "warning"
        if not text:
            return "", "information"
        shown, known, control = table.counts
        more = " and Domain-0" if control else ""
        return f"filter {text}: {shown} of {known}{more} (Esc shows all)", "information"

    def notice(self, event: Notice) -> None:
        """Show a notice; it stays until the next, or the next action."""
        if event.error is not None:
            self.last_error = event.error
        elif event.severity != "information":
            self.last_error = XentuiError(event.text)  # there may be no room for all of it
        if not self._app.is_running:
            return
        main = self._app.main
        # A screen on top that has no line for notices leaves them to the one below.
        for screen in reversed(self._app.screen_stack):
            if isinstance(line := getattr(screen, "notice", None), NoticeLine):
                # Elsewhere the key is another, or typed text; there a report was shown.
                tells = event.severity != "information" and screen is main
                more = f"({main.key_of('view.error')} tells more)" if tells else ""
                line.tell(event.text, event.severity, more, always=event.error is not None)
                if screen is main and main.complete:
                    main.console.tell("" if main.notice_in_sight else event.text, event.severity)
                break

    def end_of(self, job: Job) -> None:
        """Tell how a job has ended."""
        tell = self._app.tell
        if job.error is not None:
            tell(job.complaint, error=job.error, severity="error")
        elif job.state is JobState.CANCELLED:
            tell(f"{job.label}: cancelled", severity="warning")
        elif job.warnings:
            message = f"{job.title}: done, with warnings"
            error = XentuiError(message, subject=job.subject, details=job.warnings)
            tell(f"{job.subject}: {job.result}; warning: {job.warnings[0]}", error=error, severity="warning")
        elif len(job.output) > 1 or any(len(line) > self._app.size.width for line in job.output):
            from xentui.tui.dialogs.report import ReportDialog  # noqa: PLC0415 - only for what prints much

            self._app.push_screen(ReportDialog(job.label, job.output))
        else:
            tell(job.output[0] if job.output else f"{job.subject or job.title}: {job.result or 'done'}")

    def settings(self, problems: list[str]) -> None:
        """Tell what of config.toml is not followed."""
        hint = "correct it and start again"
        error = XentuiError("config.toml is not followed in all", details=problems, hint=hint)
        self._app.tell(f"config.toml: {problems[0]}", error=error, severity="warning")
