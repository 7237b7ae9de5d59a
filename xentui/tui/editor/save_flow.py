"""The three ways out of the editor: stored, booted once, written to a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

from xentui.errors import StoreCode, StoreError, XentuiError
from xentui.model.domain import Domain
from xentui.service.editing import LiveChange, SaveResult
from xentui.service.host_files import whole_path
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.dialogs.report import error_lines, problem_line
from xentui.tui.editor.store_dialog import StoreDialog
from xentui.tui.jobs import Job

if TYPE_CHECKING:
    from xentui.service.boot_plan import BootPlan
    from xentui.service.editing import Draft
    from xentui.tui.editor.disk_question import DiskQuestion
    from xentui.tui.editor.edit_buffer import EditBuffer
    from xentui.tui.editor.new_images import MadeImages
    from xentui.tui.editor.status_notices import StatusNotices
    from xentui.tui.widgets.notice_line import NoticeLine

_TOLD = 5
"""Errors of a text that are told before it is written all the same."""


class EditSession(Protocol):
    """The screen whose text goes one of the ways out."""

    draft: Draft
    domain: Domain | None
    buffer: EditBuffer
    notice: NoticeLine
    notices: StatusNotices
    disk: DiskQuestion
    made: MadeImages

    def typed_since(self, text: str) -> bool:
        """Return whether more stands in the editor than ``text``, also what could not be taken over."""

    async def go_on(self, draft: Draft) -> None:
        """Go on from what was stored as ``draft``, with what was typed since."""

    def report(self, title: str, lines: Sequence[str]) -> None:
        """Show more than a line has room for."""

    def close(self) -> None:
        """Leave the editor, and whatever stands on it."""


class SaveFlow:
    """Works for one edit session; what fails is told, and the text stays in the editor for another try.

    ``busy`` says what is being done, "" where nothing is; ``may_be_left`` whether the screen can go meanwhile.
    """

    def __init__(self, context: UiContext, session: EditSession) -> None:
        self._context = context
        self._session = session
        self.busy = ""
        self.may_be_left = True

    @contextmanager
    def _doing(self, what: str, *, may_be_left: bool) -> Iterator[None]:
        self.busy, self.may_be_left = what, may_be_left
        said = f"{what} …"
        # At once: one that is still on its way could not be taken back.
        self._context.notify_at_once(said)
        try:
            yield
        finally:
            self.busy, self.may_be_left = "", True
            self._session.notice.withdraw(said)

    async def store(self) -> None:
        """Check the text by linter and host, show what it means, and store it."""
        try:
            await self._store()
        except XentuiError as error:
            self._tell(error)

    async def _store(self) -> None:
        session, context = self._session, self._context
        editing = context.hypervisor.editing
        text, draft = session.buffer.text, session.draft
        context.hypervisor.session.require_writable()
        with self._doing("checking", may_be_left=True):
            checked = await editing.check_to_store(draft, text)
            domain = session.domain and await context.hypervisor.inventory.current(session.domain)
        if session.buffer.text != text:
            context.notify(
                "the text was changed while it was being checked: store it again", severity="warning"
            )
            return
        impact = None if checked.errors else editing.impact(draft, text, domain)
        title = f"Store {draft.name or 'the new domain'}"
        problems = (*checked.problems, *session.disk.problems)
        pointless = impact is not None and impact.nothing and draft.entry is not None
        answer = await context.ask(StoreDialog("" if pointless else "Store", title, problems, impact))
        if answer is None:
            session.notices.say("nothing to store" if pointless else "not stored")
            return
        try:
            with self._doing("storing", may_be_left=False):
                stored = await editing.store(draft, text, reason=answer.reason)
        except StoreError as error:
            if error.code != StoreCode.CONFLICT:
                raise
            if not await self._overwrite(error):
                context.notify("not stored", severity="warning")
                return
            with self._doing("storing", may_be_left=False):
                stored = await editing.store(draft, text, reason=answer.reason, overwrite=True)
        await self._stored(stored, text)
        if answer.live and domain is not None and not context.hypervisor.session.dry_run:
            self._apply(domain, answer.live, stored)

    async def _stored(self, stored: SaveResult, text: str) -> None:
        session, context = self._session, self._context
        if context.hypervisor.session.dry_run:
            context.notify(f"{stored.name}: a dry run: version {stored.version} was not stored")
            return
        session.made.keep(text)
        context.tried.pop(session.draft.uuid, None)
        context.refresh_host()
        done = _done(stored)
        if session.typed_since(text):
            await session.go_on(stored.draft)
            context.notify(
                f"{stored.name}: {done}; what you typed meanwhile is not included", severity="warning"
            )
            return
        session.close()
        context.select(stored.uuid)
        context.notify(f"{stored.name}: {done}")

    async def _overwrite(self, error: StoreError) -> bool:
        lines = [
            *error.report(self._context.word),
            "",
            "Your text is still here. Store it over theirs? Both stay in the history.",
        ]
        return (
            await self._context.ask(
                ConfirmDialog("Somebody else has stored a version meanwhile", lines, "Store mine")
            )
            is True
        )

    def _apply(self, chosen: Domain, changes: tuple[LiveChange, ...], stored: SaveResult) -> None:
        context = self._context

        async def work(job: Job) -> str:
            outcomes = await context.hypervisor.editing.apply_live(chosen, changes)
            failed = [outcome for outcome in outcomes if outcome.error is not None]
            job.output = [
                f"{outcome.change.title}: {'failed' if outcome.error else 'done'}" for outcome in outcomes
            ]
            if failed:
                details = [
                    line for outcome in failed if outcome.error for line in outcome.error.report(context.word)
                ]
                raise XentuiError(
                    f"{len(failed)} of {len(outcomes)} changes could not be applied now",
                    subject=chosen.label,
                    details=details,
                    hint="they are stored, and take effect at the next start",
                )
            job.output = []
            # The notice takes the place of the one that told of the version.
            applied = f"{len(outcomes)} change{'s' if len(outcomes) != 1 else ''} applied now"
            return f"{_done(stored)}, {applied}"

        context.jobs.start("apply to", chosen.label, work)

    async def boot_once(self) -> None:
        """Boot the text just once, watched in a console tab or not."""
        session, context = self._session, self._context
        title = "Boot once with this text"
        try:
            if await self._refused(title, session.buffer.text):
                return
        except XentuiError as error:
            self._tell(error)
            return
        about = [
            "This text boots once under the domain's identity;",
            "the stored configuration is not changed, and boots at the next start.",
        ]
        fields = [
            Field("console", "Open its console", "yes", switch=True),
            Field("paused", "Leave it paused", switch=True),
        ]
        draft, text = session.draft, session.buffer.text
        plans: list[BootPlan] = []

        async def attempt(answer: Mapping[str, str]) -> None:
            paused, watched = bool(answer["paused"]), bool(answer["console"])
            with self._doing("booting", may_be_left=False):
                plans.append(
                    await context.hypervisor.editing.boot_once(draft, text, paused=paused, console=watched)
                )

        answer = await context.ask(FormDialog(title, fields, "Boot", about, attempt=attempt, held=True))
        if answer is None:
            return
        session.made.keep(text)
        plan = plans[0]
        if not answer["console"]:
            context.notify(f"{plan.name}: booted once with this text; F2 stores it")
            context.refresh_host()
            return
        if text != draft.text:
            # The experiment may be worth storing: the next edit begins with it.
            context.tried[draft.uuid] = draft, text
        # With the screen end its workers: this one would not see the console opened.
        context.background(partial(self._watch, plan))
        session.close()

    async def _refused(self, title: str, text: str) -> bool:
        """Return whether a text would be refused a boot; it is shown why then."""
        context = self._context
        with self._doing("checking", may_be_left=True):
            checked = await context.hypervisor.editing.check(text)
        if checked.errors:
            await context.ask(StoreDialog("", title, checked.problems, None))
            self._session.notices.say("not booted", severity="warning")
        return bool(checked.errors)

    async def _watch(self, plan: BootPlan) -> None:
        context = self._context
        try:
            await context.boot_console(plan, record=context.hypervisor.editing.record_result)
        except XentuiError as error:
            context.notify_error(error)

    async def write_file(self) -> None:
        """Write the text to a file on the host, never over another without asking, nor what xl would refuse."""
        session, context = self._session, self._context
        checked = await context.hypervisor.editing.check(session.buffer.text, on_host=False)
        if checked.errors:
            lines = [problem_line(problem) for problem in checked.errors[:_TOLD]]
            if len(checked.errors) > _TOLD:
                lines.append(f"and {len(checked.errors) - _TOLD} more")
            if not await context.ask(
                ConfirmDialog("Write a configuration that xl would refuse?", lines, "Go on")
            ):
                return
        origin = context.hypervisor.session.host.shown(session.draft.source)
        start = origin or f"/etc/xen/{session.draft.name or 'new'}.cfg"
        answer = await context.ask(
            FormDialog(
                "Write the text to a file",
                [Field("path", "File on the host", start, path=True, check=whole_path)],
                "Write",
            )
        )
        if answer is None:
            return
        path, text = answer["path"], session.buffer.text
        editing = context.hypervisor.editing
        try:
            try:
                await editing.write_file(path, text)
            except StoreError as error:
                if error.code != StoreCode.EXISTS:
                    raise
                question = ConfirmDialog(
                    f"Overwrite {path}?", ["A file of that name already exists."], "Overwrite"
                )
                if not await context.ask(question):
                    return
                await editing.write_file(path, text, overwrite=True)
        except XentuiError as error:
            self._tell(error)
            return
        session.made.keep(text)
        context.notify(f"written to {path}")

    def _tell(self, error: XentuiError) -> None:
        context = self._context
        context.notify_error(error)
        self._session.report("Not done", error_lines(error, context.word))


def _done(stored: SaveResult) -> str:
    return "nothing has changed" if stored.unchanged else f"stored as version {stored.version}"
