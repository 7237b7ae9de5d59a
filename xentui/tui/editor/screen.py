"""The screen that edits a configuration: a form, and the raw text of the same document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import OptionList, Static

from xentui.config import Problem, Severity
from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.text import plain
from xentui.tui.bindings import GROUPS, Heading
from xentui.tui.context import UiContext
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.report import ReportDialog
from xentui.tui.editor import row_dialog
from xentui.tui.editor.boot_question import BootQuestion
from xentui.tui.editor.disk_question import DiskQuestion
from xentui.tui.editor.edit_buffer import EditBuffer
from xentui.tui.editor.field_words import help_of, label_of
from xentui.tui.editor.fields import FieldLine, FieldPane
from xentui.tui.editor.form_binding import FormBinding
from xentui.tui.editor.lines import KeysLine, ProblemLine, TitleLine
from xentui.tui.editor.problems_dialog import ProblemsDialog
from xentui.tui.editor.raw.editor import RawEditor
from xentui.tui.editor.rows import RowList
from xentui.tui.editor.save_flow import SaveFlow
from xentui.tui.editor.section_list import SectionList
from xentui.tui.editor.sections import (
    ADD,
    BOOT,
    FIRST_DISK,
    METHOD,
    OTHER,
    SECTIONS,
    Section,
    section_of,
)
from xentui.tui.editor.status_notices import StatusNotices
from xentui.tui.faults import FaultsTold
from xentui.tui.screens.help import OF_EDITOR, HelpScreen, sections
from xentui.tui.widgets.completing_input import Completions
from xentui.tui.widgets.notice_line import NoticeLine
from xentui.tui.widgets.prompt_line import PromptLine

if TYPE_CHECKING:
    from xentui.service.editing import Draft

_GROUP = GROUPS[Heading.MANAGED]
_SECTIONS_HELP = (
    "Enter goes into the section: Tab completes what is begun, Ctrl-Space shows\n"
    "the choices, arrows move, Esc comes back. F1 shows all keys."
)
_LINT_AFTER = 0.3
"""Seconds of rest after which the text is checked."""


def _key(key: str, action: str, label: str, tooltip: str) -> Binding:
    name = action.partition("(")[0].replace("_", "-")
    step = "-back" if "(-1)" in action else ""
    return Binding(key, action, label, tooltip=tooltip, id=f"edit.{name}{step}", group=_GROUP)


class EditorScreen(FaultsTold, Screen[None]):
    """Edits ``draft``; ``domain`` is the domain it belongs to, None for a new one."""

    keeps_notices = True
    """A notice here goes with the text it is about, not with the next key."""
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("f2,ctrl+s", "store", "Store", "Check, show what changes, and store it"),
        _key("f9", "other_view", "Raw text", "Switch between form and raw text"),
        _key("f4", "once", "Boot once", "Boot this text once, without storing it"),
        _key(
            "f6", "way", "Way of booting", "In the form: choose how the guest boots, filled in from its disk"
        ),
        _key("f5", "write", "Write file", "Write the text to a file on the host"),
        _key("f8", "problem(1)", "Problem", "Go to the next problem"),
        _key("shift+f8", "problem(-1)", "Previous problem", "Go to the previous problem"),
        _key("ctrl+l", "problems", "Problems", "List all problems, to go to one"),
        _key("ctrl+z", "undo", "Undo", "Undo the last change"),
        _key("ctrl+y", "redo", "Redo", "Redo it"),
        _key("ctrl+pagedown", "section(1)", "Next section", "Go to the next section"),
        _key("ctrl+pageup", "section(-1)", "Previous section", "Go to the previous section"),
        _key("f1", "help", "Help", "Show the keys"),
        _key("escape", "leave", "Back", "From a field to the sections, from there to the list"),
    ]

    def __init__(self, context: UiContext, draft: Draft, domain: Domain | None) -> None:
        super().__init__()
        self.context = context
        self.draft = draft
        self.domain = domain
        self.buffer = EditBuffer(draft.text)
        self.save_flow = SaveFlow(context, self)
        self.problems: tuple[Problem, ...] = ()
        self.offered = Completions()
        self.raw = RawEditor(completions=self.offered)
        self.fields = FieldPane(self.ask_row)
        self.notice = NoticeLine()
        self.notices = StatusNotices(context, self.notice, self._typed_by_now)
        self.prompt = PromptLine()
        self.title_line = TitleLine()
        self.problem = ProblemLine()
        self.keys = KeysLine()
        self._resting: Timer | None = None
        self.sections = SectionList(self.enter_section)
        self.binding = FormBinding(self.buffer, self.fields, self.notices)
        self.disk = DiskQuestion(context, self.buffer, self.fields, self.notices)
        self.boot = BootQuestion(context, self.buffer, self.notices)
        self._section: Section = SECTIONS[0]
        self._problem: int | None = None
        self._as_raw = self.buffer.document is None

    def compose(self) -> ComposeResult:
        """Title, form or text, help and problems, keys."""
        yield self.title_line
        with Horizontal(id="form"):
            yield self.sections
            with Vertical():
                yield self.fields
        yield self.raw
        yield self.offered
        yield Static(id="editor-help")
        yield self.problem
        yield self.notice
        yield self.prompt
        yield self.keys

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
        if self.domain is None and not self._as_raw:
            self.fields.enter()  # a new guest is asked for on this page: one types its name at once

    def _take_tried(self, draft: Draft, text: str) -> str:
        """Begin with a text that was booted once; returns what there is to say about it."""
        if draft.text == self.draft.text:
            said = "this is what was booted once, not yet stored; Ctrl-Z brings back what is stored"
        else:
            # Storing asks then: what has been stored since would be written over.
            self.draft = draft
            said = "this is what was booted once; another version has been stored since"
        self.buffer.type(text)
        return said

    # Form

    @on(OptionList.OptionHighlighted, "#sections")
    async def _section_chosen(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        # What is highlighted by now: the message may come late.
        section = SECTIONS[self.sections.highlighted or 0]
        if section is not self._section:
            await self._show_other(section)

    async def enter_section(self, index: int) -> None:
        """Put the cursor into the first field of a section."""
        await self._show_other(SECTIONS[index])
        self.fields.enter()

    async def _show_other(self, section: Section) -> None:
        """Show another section, with what was typed in this one taken over."""
        self.take()
        self._section = section
        await self._changed()

    async def _show_section(self, *, anew: bool = False) -> None:
        if self.buffer.document is not None:
            kept = {name: typed.text for name, typed in self.binding.kept.items()}
            await self.fields.show(self._section, self.buffer.document, self.binding.extra, kept, anew=anew)

    @on(FieldPane.Entered)
    def _entered(self, event: FieldPane.Entered) -> None:
        self._help(help_of(event.name, self.buffer.document))
        self._draw_problem(next((item for item in self.problems if item.key == event.name), self._worst))

    @on(FieldPane.Edited)
    def _field_edited(self) -> None:
        self.notices.edited()

    @on(FieldPane.Left)
    async def _left(self, event: FieldPane.Left) -> None:
        binding = self.binding
        before = binding.state
        self.take(event.name)
        if binding.state != before:
            await self._changed()
            if event.name == FIRST_DISK:
                self.run_worker(self._ask_about_disk(), group="disk")
        if binding.wanted:
            wanted, binding.wanted = binding.wanted, ""
            await self.go_to_key(wanted)

    async def _ask_about_disk(self) -> None:
        """Let the host say what the first disk is."""
        if not self._as_raw and await self.disk.ask():
            await self._changed()

    def take(self, name: str = "") -> None:
        """Take over what is in the fields (or in one), or in the raw text; what cannot be is kept for another try."""
        if self._as_raw:
            self.buffer.type(self.raw.text)
        else:
            self.binding.take(self._section, name)

    async def go_to_key(self, name: str) -> None:
        """Put the cursor into the field of a parameter, which is made where it has none."""
        if self.buffer.document is None or not name:
            return
        self._section = {METHOD: BOOT, ADD: OTHER}.get(name) or self.binding.section_of(name)
        self.sections.highlighted = SECTIONS.index(self._section)
        await self._show_section()
        self.fields.enter(name) or self.fields.enter()

    async def ask_row(self, rows: str, what: str, index: int) -> None:
        """Do something to a row; returns when it is done or asks something."""
        self.take()  # a field may have been left a moment ago
        await self.context.wait_until_prompted(self.run_worker(self._row(rows, what, index), group="row"))

    async def _row(self, rows: str, what: str, index: int) -> None:
        document = self.buffer.document
        if document is None:
            return
        try:
            made = await row_dialog.asked(self.context, document, rows, what, index)
        except XentuiError as error:
            self.notices.say(f"{error.message}: edit it as raw text (F9)", error=error, severity="warning")
            return
        if made is None:
            return
        self.buffer.type(made.text)
        await self._changed()
        listed = self.query_one(f"#rows-{rows}", RowList)
        if what in ("up", "down") and made.text != document.text:
            listed.highlighted = index + (1 if what == "down" else -1)
        elif what == "add":
            listed.highlighted = len(made.strings(rows)) - 1

    # Raw text

    def _typed_by_now(self) -> object:
        """All that stands there, also what is not taken over."""
        if self._as_raw:
            return self.raw.text
        typed = {item.name: item.text for item in self.fields.typed()}
        return (self.buffer.text, typed) if typed else self.buffer.text

    @on(RawEditor.Edited)
    def _typed(self) -> None:
        self.notices.edited()
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(_LINT_AFTER, self._take_raw)

    @on(RawEditor.PlaceChanged)
    def _moved(self) -> None:
        self._draw_problem(self.raw.problem_here or self._worst)

    @on(RawEditor.FindWanted)
    def _find_wanted(self) -> None:
        self.prompt.ask("find", "find ")

    @on(PromptLine.Entered)
    def _find(self, event: PromptLine.Entered) -> None:
        event.stop()
        self.set_focus(self.raw)
        found = self.raw.search(event.text)
        self.context.notify(f"{event.text}: {found} found" if found else f"{event.text}: not found")

    @on(PromptLine.Left)
    def _find_left(self, event: PromptLine.Left) -> None:
        event.stop()
        self.set_focus(self.raw)

    @on(PromptLine.Changed)
    def _find_typed(self, event: PromptLine.Changed) -> None:
        event.stop()

    def _take_raw(self) -> None:
        if self._as_raw:
            self.buffer.type(self.raw.text)
            self._lint()
            self._draw_title()

    # Actions

    async def action_other_view(self) -> None:
        """Between form and raw text."""
        self.take()
        if self._as_raw and self.buffer.document is None:
            self._lint()
            await self.action_problem(1)
            self.notices.say("the form needs a text that can be read: correct this first", severity="warning")
            return
        if not self._as_raw and not await self._sound():
            return
        self._as_raw = not self._as_raw
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

    async def action_way(self) -> None:
        """Choose how the guest of the form boots."""
        self.take()
        if not self._as_raw and await self._sound():
            await self.context.wait_until_prompted(self.run_worker(self._way(), group="row"))

    async def _way(self) -> None:
        if await self.boot.ask(self.draft.name or "the guest"):
            await self._changed()

    async def _save(self, way: Callable[[], Awaitable[None]]) -> None:
        """Go one of the ways out, once all that was typed is in the text."""
        self.take()
        await self._changed()
        if self.save_flow.busy:
            self.context.notify(f"{self.save_flow.busy} …")
        elif self._as_raw or await self._sound():
            await self.context.wait_until_prompted(self.run_worker(self._go(way), group="saving"))

    async def _go(self, way: Callable[[], Awaitable[None]]) -> None:
        await self._ask_about_disk()
        await way()

    async def _sound(self) -> bool:
        """Whether all fields could be taken over; the cursor is put into the first that could not."""
        missing = self.binding.missing
        if missing is None:
            return True
        await self.go_to_key(missing.name)
        self.notices.say(f"{label_of(missing.name)} {missing.problem}", severity="warning")
        return False

    async def action_undo(self) -> None:
        """Take the last change back."""
        if self._as_raw:
            self.raw.undo()
            return
        self.take()
        if self.binding.kept:
            self.binding.kept.clear()
        elif not self.buffer.undo():
            self.notices.say("there is nothing to undo")
        await self._changed(anew=True)

    async def action_redo(self) -> None:
        """Make it again."""
        if self._as_raw:
            self.raw.redo()
            return
        self.take()
        if not self.buffer.redo():
            self.notices.say("there is nothing to redo")
        await self._changed(anew=True)

    async def action_section(self, step: int) -> None:
        """Go to another section."""
        if not self._as_raw:
            index = (SECTIONS.index(self._section) + step) % len(SECTIONS)
            self.sections.highlighted = index
            await self._show_other(SECTIONS[index])

    async def action_problem(self, step: int) -> None:
        """Go to another problem: to its place in the raw text, to its field in the form."""
        if not await self._problems_by_now():
            return
        first = 0 if step > 0 else -1
        at = first if self._problem is None else self._problem + step
        self._problem = at % len(self.problems)
        await self._go_to_problem(self.problems[self._problem])

    async def action_problems(self) -> None:
        """List all problems, to go to one."""
        if await self._problems_by_now():
            await self.context.wait_until_prompted(self.run_worker(self._choose_problem(), group="problems"))

    async def _choose_problem(self) -> None:
        problems = self.problems
        start = 0 if self._problem is None else self._problem
        problem = await self.context.ask(ProblemsDialog(problems, start))
        if problem is not None:
            self._problem = problems.index(problem)
            await self._go_to_problem(problem)

    async def _problems_by_now(self) -> bool:
        """Whether there are any in what is typed by now; says so where there are none."""
        self.take()
        await self._changed()
        if not self.problems:
            self.notices.say("there is no problem")
        return bool(self.problems)

    async def _go_to_problem(self, problem: Problem) -> None:
        if self._as_raw:
            if problem.line:
                self.raw.go_to(problem.line, max(1, problem.column))
        elif problem.key:
            await self.go_to_key(problem.key)
        self.call_after_refresh(self._draw_problem, problem)

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen(sections(self, self.context.shown_key), OF_EDITOR))

    async def action_leave(self) -> None:
        """From a field to the sections, from there to the list; changes are asked about."""
        focused = self.focused
        if isinstance(focused, FieldLine) and focused.take_offer_back():
            return
        if not self._as_raw and focused is not self.sections:
            self.set_focus(self.sections)
            return
        self.take()
        if self.save_flow.busy and not self.save_flow.may_be_left:
            self.context.notify(f"{self.save_flow.busy} …")
            return
        await self.context.wait_until_prompted(
            self.run_worker(self._leave(), exclusive=True, group="leaving")
        )

    async def _leave(self) -> None:
        lines = ["What was changed and not stored is lost."]
        changed = self.buffer.dirty or bool(self.binding.kept)
        if changed and not await self.context.ask(ConfirmDialog("Leave without storing?", lines, "Leave")):
            return
        self.context.tried.pop(self.draft.uuid, None)
        self.close()

    def report(self, title: str, lines: Sequence[str]) -> None:
        """Show more than a line has room for."""
        self.app.push_screen(ReportDialog(title, lines))

    def close(self) -> None:
        """Leave the editor, and whatever stands on it."""
        self.context.close(self)

    async def go_on(self, draft: Draft) -> None:
        """Go on from what was stored as ``draft``, with what was typed since."""
        self.draft = draft
        self.buffer.original = draft.text
        await self._changed()

    def typed_since(self, text: str) -> bool:
        """Whether more stands in the editor than ``text``, also what could not be taken over."""
        self.take()
        return self.buffer.text != text or bool(self.binding.kept)

    # What is shown

    async def _changed(self, *, anew: bool = False) -> None:
        if self.buffer.document is None and not self._as_raw:
            # What was taken back was typed as raw text.
            self._as_raw = True
            await self._show_view()
        if not self._as_raw:
            await self._show_section(anew=anew)
        self._lint()
        self._draw_title()
        self.notices.edited()

    async def _show_view(self) -> None:
        self.set_class(self._as_raw, "-raw")
        self.keys.show("form" if self._as_raw else "text")
        if self._as_raw:
            if self.raw.text != self.buffer.text:
                self.raw.update_text(self.buffer.text)
            self.set_focus(self.raw)
            self._help(
                "The text as xl reads it; what is not touched stays byte for byte.\n"
                "Tab completes, Ctrl-F finds, F8 goes to the next problem, Ctrl-L lists all."
            )
        else:
            await self._show_section()
            self._help(_SECTIONS_HELP)
            if self.focused is None or self.focused is self.raw:
                self.set_focus(self.sections)

    @on(events.DescendantFocus, "#sections")
    def _at_sections(self) -> None:
        if not self._as_raw:
            self._help(_SECTIONS_HELP)

    def _lint(self) -> None:
        found = self.buffer.problems()
        if found != self.problems:
            self._problem = None
        self.problems = found
        if self._as_raw:
            self.raw.set_problems(self.problems)
        else:
            self._draw_sections()
        self._draw_problem(self._worst)

    @property
    def _worst(self) -> Problem | None:
        errors = (item for item in self.problems if item.severity is Severity.ERROR)
        return next(errors, self.problems[0] if self.problems else None)

    def _draw_problem(self, problem: Problem | None) -> None:
        self.problem.show(problem, len(self.problems))

    def _draw_title(self) -> None:
        origin = self.context.hypervisor.session.host.shown(self.draft.source)
        self.title_line.show(self.draft, origin, changed=self.buffer.dirty)

    def _draw_sections(self) -> None:
        document = self.buffer.document
        if document is not None:
            names = [problem.key for problem in self.problems if problem.key]
            names += [name for name in self.binding.kept if not name.startswith("@")]
            self.sections.draw(document, [section_of(name, document) for name in names])

    def _help(self, text: str) -> None:
        self.query_one("#editor-help", Static).update(
            Text("\n".join(plain(line, 500) for line in text.split("\n")))
        )
