"""The three ways out of the editor: stored, booted once, written to a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xentui.errors import StoreError, XentuiError
from xentui.model.domain import Domain
from xentui.service.editing import LiveChange, Stored
from xentui.service.host_files import whole_path
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.form import Field, FormDialog
from xentui.tui.dialogs.report import ReportDialog, error_lines, problem_line
from xentui.tui.editor.store_dialog import StoreDialog
from xentui.tui.jobs import Job
from xentui.tui.messages import Notice

if TYPE_CHECKING:
    from xentui.service.boot import BootPlan
    from xentui.tui.app import XentuiApp
    from xentui.tui.editor.screen import EditorScreen


_TOLD = 5
"""Errors of a text that are told before it is written all the same."""


class SaveFlow:
    """Works for one editor screen; what fails is told, and the text stays in the editor for another try.

    ``busy`` says what is being done, "" where nothing is; ``may_be_left`` whether the screen can go meanwhile.
    """

    def __init__(self, screen: EditorScreen) -> None:
        self._screen = screen
        self.busy = ""
        self.may_be_left = True

    @contextmanager
    def _doing(self, what: str, *, may_be_left: bool) -> Iterator[None]:
        self.busy, self.may_be_left = what, may_be_left
        said = f"{what} …"
        # At once: one that is still on its way could not be taken back.
        self._screen.app.notifications.notice(Notice(said, None, "information"))
        try:
            yield
        finally:
            self.busy, self.may_be_left = "", True
            self._screen.notice.withdraw(said)

    async def store(self) -> None:
        """Check the text by linter and host, show what it means, and store it."""
        try:
            await self._store()
        except XentuiError as error:
            self._tell(error)

    async def _store(self) -> None:
        screen, app = self._screen, self._screen.app
        editing = app.hypervisor.editing
        text, draft = screen.buffer.text, screen.draft
        app.hypervisor.session.require_writable()
        with self._doing("checking", may_be_left=True):
            checked = await editing.check_to_store(draft, text)
            domain = screen.domain and await app.hypervisor.inventory.current(screen.domain)
        if screen.buffer.text != text:
            app.tell("it was changed while it was checked: store it again", severity="warning")
            return
        meaning = None if checked.errors else editing.meaning(draft, text, domain)
        title = f"Store {draft.name or 'the new domain'}"
        pointless = meaning is not None and meaning.nothing and draft.entry is not None
        answer = await app.ask(StoreDialog("" if pointless else "Store", title, checked.problems, meaning))
        if answer is None:
            screen.notices.say("nothing to store" if pointless else "not stored")
            return
        try:
            with self._doing("storing", may_be_left=False):
                stored = await editing.store(draft, text, reason=answer.reason)
        except StoreError as error:
            if error.code != "conflict":
                raise
            if not await self._overwrite(error):
                app.tell("not stored", severity="warning")
                return
            with self._doing("storing", may_be_left=False):
                stored = await editing.store(draft, text, reason=answer.reason, overwrite=True)
        await self._stored(stored, text)
        if answer.live and domain is not None and not app.hypervisor.session.dry_run:
            self._apply(domain, answer.live)

    async def _stored(self, stored: Stored, text: str) -> None:
        screen, app = self._screen, self._screen.app
        if app.hypervisor.session.dry_run:
            app.tell(f"{stored.name}: a dry run: version {stored.version} was not stored")
            return
        app.tried.pop(screen.draft.uuid, None)
        app.poller.poke()
        done = "nothing has changed" if stored.unchanged else f"stored as version {stored.version}"
        if screen.typed_since(text):
            await screen.go_on(stored.draft)
            app.tell(f"{stored.name}: {done}; what was typed meanwhile is not in it", severity="warning")
            return
        app.close(screen)
        app.main_goes_to(stored.uuid)
        app.tell(f"{stored.name}: {done}")

    async def _overwrite(self, error: StoreError) -> bool:
        lines = [
            *error.report(),
            "",
            "Your text is still here. Store it over theirs? Both stay in the history.",
        ]
        return (
            await self._screen.app.ask(
                ConfirmDialog("Somebody else has stored it meanwhile", lines, "Store mine")
            )
            is True
        )

    def _apply(self, chosen: Domain, changes: tuple[LiveChange, ...]) -> None:
        app = self._screen.app

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
        title = "Boot once with this text"
        try:
            if await self._refused(title, screen.buffer.text):
                return
        except XentuiError as error:
            self._tell(error)
            return
        about = [
            "The experiment: this text boots once under the domain's identity;",
            "what is stored stays as it is, and boots at the next start.",
        ]
        fields = [
            Field("console", "Watch it boot", "yes", switch=True),
            Field("paused", "Leave it paused", switch=True),
        ]
        answer = await app.ask(FormDialog(title, fields, "Boot", about))
        if answer is None:
            return
        watched, paused = bool(answer["console"]), bool(answer["paused"])
        draft, text = screen.draft, screen.buffer.text
        try:
            with self._doing("booting", may_be_left=False):
                plan = await app.hypervisor.editing.boot_once(draft, text, paused=paused, console=watched)
        except XentuiError as error:
            self._tell(error)
            return
        if not watched:
            app.tell(f"{plan.name}: booted once with this text; F2 stores it")
            app.poller.poke()
            return
        if text != draft.text:
            # The experiment may be worth storing: the next edit begins with it.
            app.tried[draft.uuid] = draft, text
        # With the screen end its workers: this one would not see the console opened.
        app.run_worker(self._watch(app, plan))
        app.close(screen)

    async def _refused(self, title: str, text: str) -> bool:
        """Whether a text would be refused a boot; it is shown why then."""
        app = self._screen.app
        with self._doing("checking", may_be_left=True):
            checked = await app.hypervisor.editing.check(text)
        if checked.errors:
            await app.ask(StoreDialog("", title, checked.problems, None))
            self._screen.notices.say("not booted", severity="warning")
        return bool(checked.errors)

    @staticmethod
    async def _watch(app: XentuiApp, plan: BootPlan) -> None:
        try:
            await app.boot_console(plan, settle=app.hypervisor.editing.settle)
        except XentuiError as error:
            app.tell(error.report()[0], error=error, severity="error")

    async def write_file(self) -> None:
        """Write the text to a file on the host, never over another without asking, nor what xl would refuse."""
        screen, app = self._screen, self._screen.app
        checked = await app.hypervisor.editing.check(screen.buffer.text, on_host=False)
        if checked.errors:
            lines = [problem_line(problem) for problem in checked.errors[:_TOLD]]
            if len(checked.errors) > _TOLD:
                lines.append(f"and {len(checked.errors) - _TOLD} more")
            if not await app.ask(ConfirmDialog("Write what xl would refuse?", lines, "Go on")):
                return
        start = screen.draft.source or f"/etc/xen/{screen.draft.name or 'new'}.cfg"
        answer = await app.ask(
            FormDialog(
                "Write the text to a file",
                [Field("path", "File on the host", start, path=True, check=whole_path)],
                "Write",
            )
        )
        if answer is None:
            return
        path, text = answer["path"], screen.buffer.text
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
        app.push_screen(ReportDialog("Not done", error_lines(error)))
