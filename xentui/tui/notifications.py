"""What the user is told: notices, and how jobs have ended."""

from __future__ import annotations

from xentui.errors import XentuiError
from xentui.tui.jobs import Job, JobState
from xentui.tui.messages import Notice
from xentui.tui.screens.main import MainScreen
from xentui.tui.widgets.notice_line import NoticeLine


class Notifications:
    """Leaves notices on the screen that is on top; ``last_error`` is the last one there is more to say about."""

    def __init__(self, main: MainScreen) -> None:
        self._main = main
        self.last_error: XentuiError | None = None
        self._standing = ""

    def post(self, text: str, *, severity: str = "information", error: XentuiError | None = None) -> None:
        """Leave a notice when its turn comes; it stays until the next, or the next action."""
        self._main.app.post_message(Notice(text, error, severity))

    def standing(self) -> None:
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
                self.standing()

    def _in_force(self) -> tuple[str, str]:
        table = self._main.table
        text = table.filter_text
        if problem := table.model.filter.problem:
            return f"filter: {problem}", "warning"
        if not text:
            return "", "information"
        shown, known, control = table.counts
        more = " and Domain-0" if control else ""
        return f"filter {text}: {shown} of {known}{more} (Esc shows all)", "information"

    def show(self, notice: Notice) -> None:
        """Show a notice; it stays until the next, or the next action."""
        if notice.error is not None:
            self.last_error = notice.error
        elif notice.severity != "information":
            self.last_error = XentuiError(notice.text)  # there may be no room for all of it
        main = self._main
        if not main.app.is_running:
            return
        # A screen on top that has no line for notices leaves them to the one below.
        for screen in reversed(main.app.screen_stack):
            if isinstance(line := getattr(screen, "notice", None), NoticeLine):
                # Elsewhere the key is another, or typed text; there a report was shown.
                tells = notice.severity != "information" and screen is main
                more = f"({main.key_of('view.error')} tells more)" if tells else ""
                line.tell(notice.text, notice.severity, more, always=notice.error is not None)
                if screen is main and main.complete:
                    main.console.tell("" if main.notice_in_sight else notice.text, notice.severity)
                break

    def end_of(self, job: Job) -> None:
        """Tell how a job has ended."""
        if job.error is not None:
            self.post(job.complaint, error=job.error, severity="error")
        elif job.state is JobState.CANCELLED:
            self.post(f"{job.label}: cancelled", severity="warning")
        elif job.warnings:
            message = f"{job.title}: done, with warnings"
            error = XentuiError(message, subject=job.subject, details=job.warnings)
            self.post(
                f"{job.subject}: {job.result}; warning: {job.warnings[0]}", error=error, severity="warning"
            )
        elif len(job.output) > 1 or any(len(line) > self._main.app.size.width for line in job.output):
            from xentui.tui.dialogs.report import ReportDialog  # only for what prints much

            self._main.app.push_screen(ReportDialog(job.label, job.output))
        else:
            self.post(job.output[0] if job.output else f"{job.subject or job.title}: {job.result or 'done'}")

    def settings(self, problems: list[str]) -> None:
        """Tell what of config.toml is not followed."""
        hint = "correct it and start again"
        error = XentuiError("config.toml is not followed in all", details=problems, hint=hint)
        self.post(f"config.toml: {problems[0]}", error=error, severity="warning")
