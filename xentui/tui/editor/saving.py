"""The three ways out of the editor: stored, booted once, written to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.config import Severity
from xentui.errors import StoreError, XentuiError
from xentui.service.editing import Draft, LiveChange
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.form import Field, FormDialog
from xentui.tui.editor.store_dialog import StoreDialog
from xentui.tui.jobs import Job

if TYPE_CHECKING:
    from xentui.tui.editor.screen import EditorScreen


class Saving:
    """Works for one editor screen; what fails is told, and the text stays in the editor for another try."""

    def __init__(self, screen: EditorScreen) -> None:
        self._screen = screen

    async def store(self) -> None:
        """Check the text by linter and host, show what it means, and store it."""
        screen, app = self._screen, self._screen.app
        editing = app.hypervisor.editing
        text, draft = screen.working.text, screen.draft
        try:
            app.hypervisor.session.require_writable()
            app.tell("checking …")
            checked = await editing.check(text)
            meaning = None
            if not any(problem.severity is Severity.ERROR for problem in checked.problems):
                meaning = editing.meaning(draft, text, screen.domain)
            title = f"Store {draft.name or 'the new domain'}"
            answer = await app.ask(StoreDialog("Store", title, checked.problems, meaning))
            if answer is None:
                app.tell("not stored")
                return
            stored = await editing.store(draft, text, reason=answer.reason)
        except StoreError as error:
            if error.code == "conflict" and await self._overwrite(error):
                await self._store_over(draft, text)
                return
            self._tell(error)
            return
        except XentuiError as error:
            self._tell(error)
            return
        app.tell(f"{stored.name}: stored as version {stored.version}")
        if answer.live and screen.domain is not None:
            self._apply(answer.live)
        app.feed.poke()
        app.main_goes_to(stored.uuid)
        app.pop_screen()

    async def _overwrite(self, error: StoreError) -> bool:
        lines = [*error.report(), "Your text is still here. Store it over theirs? Both stay in the history."]
        return (
            await self._screen.app.ask(
                ConfirmDialog("Somebody else has stored it meanwhile", lines, "Store mine")
            )
            is True
        )

    async def _store_over(self, draft: Draft, text: str) -> None:
        app = self._screen.app
        try:
            stored = await app.hypervisor.editing.store(draft, text, overwrite=True)
        except XentuiError as error:
            self._tell(error)
            return
        app.tell(f"{stored.name}: stored as version {stored.version}")
        app.feed.poke()
        app.pop_screen()

    def _apply(self, changes: tuple[LiveChange, ...]) -> None:
        app, domain = self._screen.app, self._screen.domain
        if domain is None:
            return
        chosen = domain

        async def work(job: Job) -> str:
            outcomes = await app.hypervisor.editing.apply_live(chosen, changes)
            failed = [outcome for outcome in outcomes if outcome.error is not None]
            job.output = [
                f"{outcome.change.title}: {'failed' if outcome.error else 'done'}" for outcome in outcomes
            ]
            if failed:
                details = [line for outcome in failed if outcome.error for line in outcome.error.report()]
                raise XentuiError(
                    f"{len(failed)} of {len(outcomes)} changes could not be applied now",
                    subject=chosen.label,
                    details=details,
                    hint="they are stored, and take effect at the next start",
                )
            job.output = []
            return f"{len(outcomes)} changes applied now"

        app.jobs.start("apply to", chosen.label, work)

    async def boot_once(self) -> None:
        """Boot the text just once, watched in a console tab or not."""
        screen, app = self._screen, self._screen.app
        about = [
            "The experiment: this text boots once under the domain's identity;",
            "what is stored stays as it is, and boots at the next start.",
        ]
        fields = [
            Field("console", "Watch it boot", "yes", switch=True),
            Field("paused", "Leave it paused", switch=True),
        ]
        answer = await app.ask(FormDialog("Boot once with this text", fields, "Boot", about))
        if answer is None:
            return
        watched, paused = bool(answer["console"]), bool(answer["paused"])
        try:
            plan = await app.hypervisor.editing.boot_once(
                screen.draft, screen.working.text, paused=paused, console=watched
            )
        except XentuiError as error:
            self._tell(error)
            return
        app.pop_screen()
        if watched:
            await app.boot_console(plan, settle=app.hypervisor.editing.settle)
        else:
            app.tell(f"{plan.name}: booted once with this text")
            app.feed.poke()

    async def write_file(self) -> None:
        """Write the text to a file on the host, never over another without asking."""
        screen, app = self._screen, self._screen.app
        start = screen.draft.source or f"/etc/xen/{screen.draft.name or 'new'}.cfg"
        answer = await app.ask(
            FormDialog(
                "Write the text to a file", [Field("path", "File on the host", start, path=True)], "Write"
            )
        )
        if answer is None:
            return
        path, text = answer["path"], screen.working.text
        editing = app.hypervisor.editing
        try:
            try:
                await editing.write_file(path, text)
            except StoreError as error:
                if error.code != "exists":
                    raise
                question = ConfirmDialog(
                    f"Overwrite {path}?", ["A file of that name is there already."], "Overwrite"
                )
                if not await app.ask(question):
                    return
                await editing.write_file(path, text, overwrite=True)
        except XentuiError as error:
            self._tell(error)
            return
        app.tell(f"written to {path}")

    def _tell(self, error: XentuiError) -> None:
        app = self._screen.app
        app.tell(error.report()[0], error=error, severity="error")
        from xentui.tui.dialogs.report import ReportDialog, error_lines  # noqa: PLC0415 - only on failures

        app.push_screen(ReportDialog("Not done", error_lines(error)))
