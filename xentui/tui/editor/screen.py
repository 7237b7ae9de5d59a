"""The screen that edits a configuration: a form, and the raw text of the same document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.timer import Timer

from xentui.config import Problem
from xentui.model.domain import Domain
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.report import ReportDialog
from xentui.tui.editor.boot_question import BootQuestion
from xentui.tui.editor.edit_buffer import EditBuffer
from xentui.tui.editor.edit_views import EditedForm, EditedText, EditView
from xentui.tui.editor.field_words import help_of
from xentui.tui.editor.fields import FieldLine, FieldPane
from xentui.tui.editor.find_line import FindLine
from xentui.tui.editor.form_view import FormView
from xentui.tui.editor.lines import HelpLines, KeysLine, ProblemLine, TitleLine
from xentui.tui.editor.problem_guide import ProblemGuide
from xentui.tui.editor.problem_tour import ProblemTour
from xentui.tui.editor.raw.editor import RawEditor
from xentui.tui.editor.rows import RowList
from xentui.tui.editor.save_flow import SaveFlow
from xentui.tui.editor.screen_keys import BINDINGS
from xentui.tui.editor.side_text import SideText
from xentui.tui.editor.status_notices import StatusNotices
from xentui.tui.faults import FaultReporting
from xentui.tui.jobs import on_host
from xentui.tui.jump import at, jump
from xentui.tui.layout import WIDE
from xentui.tui.screens.help import OF_EDITOR, HelpScreen, sections
from xentui.tui.widgets.beside import BesidePane
from xentui.tui.widgets.completions import Completions
from xentui.tui.widgets.line_in_form import LineInForm
from xentui.tui.widgets.notice_line import NoticeLine

if TYPE_CHECKING:
    from xentui.service.editing import Draft

_LETTER = 3
"""Cells of a jump letter: it stands before the field, not on its value."""
_LINT_AFTER = 0.3
"""Seconds of rest after which the text is checked."""


class EditorScreen(FaultReporting, Screen[None]):
    """Edits ``draft``; ``domain`` is the domain it belongs to, None for a new one."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
    keeps_notices = True
    """A notice here goes with the text it is about, not with the next key."""
    BINDINGS: ClassVar[list[BindingType]] = list(BINDINGS)

    def __init__(self, context: UiContext, draft: Draft, domain: Domain | None) -> None:
        super().__init__()
        self.context = context
        self.draft = draft
        self.domain = domain
        self.buffer = EditBuffer(draft.text)
        self.save_flow = SaveFlow(context, self)
        self.offered = Completions()
        self.raw = RawEditor(completions=self.offered)
        self.notice = NoticeLine()
        self.notices = StatusNotices(context, self.notice, self._typed_by_now)
        self.form = FormView(context, self.buffer, self.notices, self._changed)
        self.disk = self.form.disk
        self.made = self.form.made
        self.boot = BootQuestion(context, self.buffer, self.notices)
        self.beside = BesidePane()
        self.find = FindLine(context, self.raw)
        self.title_line = TitleLine()
        self.problem = ProblemLine()
        self.guide = ProblemGuide(self.buffer, self.problem)
        self._tour = ProblemTour(
            context, self.guide, self.notices, take=self._all_taken, go_to=self._go_to_problem
        )
        self.keys = KeysLine()
        self.about = HelpLines()
        self._resting: Timer | None = None
        self.side = SideText(self.buffer, self.beside)
        self._form_view = EditedForm(self.form, self.buffer, self.notices, self.about)
        self._text_view = EditedText(self.raw, self.buffer, self.about)
        self._view: EditView = self._text_view if self.buffer.document is None else self._form_view

    def compose(self) -> ComposeResult:
        """Title, form or text, help and problems, keys."""
        yield self.title_line
        with Horizontal(id="editor-body"):
            yield self.form
            yield self.raw
            yield self.beside
        yield self.offered
        yield self.about
        yield self.problem
        yield self.notice
        yield self.find
        yield self.keys

    @property
    def as_text(self) -> bool:
        """Whether the text is edited, not the form."""
        return self._view is self._text_view

    async def on_mount(self) -> None:
        """Show the form, or the text where that cannot be read."""
        notice = self.draft.notice
        if tried := self.context.tried.get(self.draft.uuid):
            notice = self._take_tried(*tried)
        self.raw.load_text(self.draft.text)
        await self._show_view()
        self._lint()
        self._draw_title()
        if notice:
            self.notices.say(notice)
        if self.domain is None and not self.as_text:
            self.form.fields.enter()  # a new guest is asked for on this page: one types its name at once

    def _take_tried(self, draft: Draft, text: str) -> str:
        """Begin with a text that was booted once; returns what there is to say about it."""
        if draft.text == self.draft.text:
            said = "this is what was booted once, not stored yet; Ctrl-Z restores the stored text"
        else:
            # Storing asks then: what has been stored since would be written over.
            self.draft = draft
            said = "this is what was booted once; another version has been stored since"
        self.buffer.type(text)
        return said

    # Form

    @on(FieldPane.Entered)
    def _entered(self, event: FieldPane.Entered) -> None:
        self.about.show(help_of(event.name, self.buffer.document))
        self.guide.show_of(event.name)
        self._draw_beside()

    @on(FieldPane.Edited)
    def _field_edited(self) -> None:
        self.notices.edited()

    def take(self) -> None:
        """Take over what is in the fields, or in the raw text."""
        self._view.take()

    # Raw text

    def _typed_by_now(self) -> object:
        """Return all that stands there, also what is not taken over."""
        return self._view.typed()

    @on(RawEditor.Edited)
    def _typed(self) -> None:
        self.notices.edited()
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(_LINT_AFTER, self._take_raw)

    @on(RawEditor.PlaceChanged)
    def _moved(self) -> None:
        self.guide.show(self.raw.problem_here)

    @on(RawEditor.FindWanted)
    def _find_wanted(self) -> None:
        self.find.begin()

    def _take_raw(self) -> None:
        if self.as_text:
            self.take()
            self._lint()
            self._draw_title()

    # Actions

    async def action_other_view(self) -> None:
        """Between form and raw text."""
        self.take()
        if self.as_text and self.buffer.document is None:
            self._lint()
            await self._tour.step(1)
            self.notices.say(
                "the form needs a text without syntax errors: correct this first", severity="warning"
            )
            return
        if not await self._view.ready():
            return
        self._view = self._form_view if self.as_text else self._text_view
        await self._show_view()
        self._lint()
        self._draw_title()

    async def action_store(self) -> None:
        """Check and store."""
        await self._save(self.save_flow.store)

    async def action_once(self) -> None:
        """Boot this text just once."""
        await self._save(self.save_flow.boot_once)

    async def action_write(self) -> None:
        """Write the text to a file."""
        await self._save(self.save_flow.write_file)

    async def action_new_disk(self) -> None:
        """Ask for a disk with a new image."""
        self.take()
        if not self.as_text and await self._view.ready():
            await self.form.new_disk()

    async def action_way(self) -> None:
        """Choose how the guest of the form boots."""
        self.take()
        if not self.as_text and await self._view.ready():
            await self.context.wait_until_prompted(self.run_worker(self._way(), group="row"))

    async def _way(self) -> None:
        if await self.boot.ask(self.draft.name or "the guest"):
            await self._changed()

    async def _save(self, way: Callable[[], Awaitable[None]]) -> None:
        """Go one of the ways out, once all that was typed is in the text."""
        await self._all_taken()
        if self.save_flow.busy:
            self.context.notify(f"{self.save_flow.busy} …")
        elif await self._view.ready():
            await self.context.wait_until_prompted(self.run_worker(self._go(way), group="saving"))

    async def _go(self, way: Callable[[], Awaitable[None]]) -> None:
        await self.form.ask_about_disk()
        await way()

    async def action_undo(self) -> None:
        """Take the last change back."""
        if await self._view.undo():
            await self._changed(anew=True)

    async def action_redo(self) -> None:
        """Make it again."""
        if await self._view.redo():
            await self._changed(anew=True)

    async def action_section(self, step: int) -> None:
        """Go to another section."""
        if not self.as_text:
            await self.form.next_section(step)

    async def action_problem(self, step: int) -> None:
        """Go to another problem: to its place in the raw text, to its field in the form."""
        await self._tour.step(step)

    async def action_problems(self) -> None:
        """List all problems, to go to one."""
        if await self._tour.any_by_now():
            await self.context.wait_until_prompted(self.run_worker(self._tour.choose(), group="problems"))

    async def _all_taken(self) -> None:
        self.take()
        await self._changed()

    async def _go_to_problem(self, problem: Problem) -> None:
        await self._view.go_to(problem)
        self.call_after_refresh(self.guide.show, problem)

    def action_beside(self) -> None:
        """Show beside the form what has changed, or the text."""
        self.take()
        self.side.other()
        self._draw_beside()
        if self.size.width < WIDE:
            self.notices.say(f"this needs a terminal of {WIDE} columns or more; F9 shows the text")

    def action_jump(self) -> None:
        """Show letters on fields and panes, and go where one is typed."""
        found = [
            target
            for stop in self._view.stops
            for target in at(
                stop, partial(self.set_focus, stop), before=_LETTER * isinstance(stop, FieldLine)
            )
        ]
        jump(self.app, [*found, *at(self.beside, self.beside.enter)])

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen(sections(self, self.context.shown_key), OF_EDITOR))

    async def action_leave(self) -> None:
        """From a field to the sections, from there to the list; changes are asked about."""
        focused = self.focused
        if isinstance(focused, FieldLine) and focused.take_offer_back():
            return
        home = self._view.home
        if focused is not home and not (self.as_text and focused is None):
            self.set_focus(home)
            return
        self.take()
        if self.save_flow.busy and not self.save_flow.may_be_left:
            self.context.notify(f"{self.save_flow.busy} …")
            return
        await self.context.wait_until_prompted(
            self.run_worker(self._leave(), exclusive=True, group="leaving")
        )

    async def _leave(self) -> None:
        self.made.keep(self.draft.text)
        lines = ["Changes that are not stored will be lost."]
        lines += [f"{path} was made here, and is removed again." for path in self.made.paths]
        changed = self.buffer.dirty or bool(self.form.binding.kept)
        if changed and not await self.context.ask(ConfirmDialog("Leave without storing?", lines, "Leave")):
            return
        self.context.tried.pop(self.draft.uuid, None)
        self.close()

    def report(self, title: str, lines: Sequence[str]) -> None:
        """Show more than a line has room for."""
        self.app.push_screen(ReportDialog(title, lines))

    def close(self) -> None:
        """Leave the editor, and whatever stands on it; images made here that nothing names go with it."""
        self.made.take_back()
        self.context.close(self)

    async def go_on(self, draft: Draft) -> None:
        """Go on from what was stored as ``draft``, with what was typed since."""
        self.draft = draft
        self.buffer.original = draft.text
        await self._changed()

    def typed_since(self, text: str) -> bool:
        """Return whether more stands in the editor than ``text``, also what could not be taken over."""
        self.take()
        return self.buffer.text != text or bool(self.form.binding.kept)

    # What is shown

    async def _changed(self, *, anew: bool = False) -> None:
        if self.buffer.document is None and not self.as_text:
            # What was taken back was typed as raw text.
            self._view = self._text_view
            await self._show_view()
        await self._view.draw(anew=anew)
        self._lint()
        self._draw_title()
        self.notices.edited()

    async def _show_view(self) -> None:
        self.set_class(self.as_text, "-raw")
        self.form.shown = not self.as_text
        self.keys.show(self._view.other)
        await self._view.show()
        if self.as_text or self.focused is None or self.focused is self.raw:
            self.set_focus(self._view.home)

    @on(events.DescendantFocus)
    @on(LineInForm.KeysChanged)
    def _show_field_keys(self) -> None:
        """Say what Tab does in the field one is in."""
        field = self.focused
        self.keys.show_field(field.keys if isinstance(field, (LineInForm, RowList)) else ())

    @on(events.DescendantFocus, "#sections")
    def _at_sections(self) -> None:
        if not self.as_text:
            self.about.show_sections()

    def _lint(self) -> None:
        self.guide.look()
        self._view.mark(self.guide.found)
        self._draw_beside()

    def on_resize(self) -> None:
        """What stands beside is worked out only where there is room for it."""
        self.call_after_refresh(self._draw_beside)

    def _draw_beside(self) -> None:
        if self.size.width >= WIDE:
            self.side.draw(self._field, raw=self.as_text)

    def _draw_title(self) -> None:
        origin = on_host(self.context.hypervisor.session.host.shown(self.draft.source), self.context.label)
        self.title_line.show(self.draft, origin, changed=self.buffer.dirty)

    @property
    def _field(self) -> str:
        """The parameter of the field one is in, "" elsewhere."""
        focused = self.focused
        if isinstance(focused, FieldLine):
            return focused.field
        return focused.rows if isinstance(focused, RowList) else ""
