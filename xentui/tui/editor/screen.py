"""The screen that edits a configuration: a form, and the raw text of the same document."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from xentui.config import Problem, Severity
from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.text import plain
from xentui.tui.actions import GROUPS, Group
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.dialogs.report import problem_line
from xentui.tui.editor import devices, values
from xentui.tui.editor.fields import ADD, METHOD, FieldPane, help_of
from xentui.tui.editor.raw import RawEditor
from xentui.tui.editor.rows import TITLES, RowList
from xentui.tui.editor.saving import Saving
from xentui.tui.editor.sections import SECTIONS, BootMethod, Section, other_keys, with_method
from xentui.tui.editor.working import Working
from xentui.tui.widgets.completing_input import Completions
from xentui.tui.widgets.notice_line import NoticeLine
from xentui.tui.widgets.prompt_line import PromptLine

if TYPE_CHECKING:
    from xentui.service.editing import Draft
    from xentui.tui.app import XentuiApp

_GROUP = GROUPS[Group.MANAGED]
_LINT_AFTER = 0.3
"""Seconds of rest after which the text is checked."""


def _key(key: str, action: str, label: str, tooltip: str) -> Binding:
    name = action.partition("(")[0].replace("_", "-")
    step = "-back" if "(-1)" in action else ""
    return Binding(key, action, label, tooltip=tooltip, id=f"edit.{name}{step}", group=_GROUP)


class EditorScreen(Screen[None]):
    """Edits ``draft``; ``domain`` is the domain it belongs to, None for a new one."""

    app: XentuiApp
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("f2,ctrl+s", "store", "Store", "Check, show what changes, and store it"),
        _key("f9", "other_view", "Raw text", "Between the form and the raw text"),
        _key("f4", "once", "Boot once", "Boot this text just once; what is stored stays"),
        _key("f5", "write", "Write file", "Write the text to a file on the host"),
        _key("f8", "problem(1)", "Problem", "Go to the next problem"),
        _key("shift+f8", "problem(-1)", "Problem before", "Go to the problem before"),
        _key("ctrl+z", "undo", "Undo", "Take the last change back"),
        _key("ctrl+y", "redo", "Redo", "Make it again"),
        _key("ctrl+pagedown", "section(1)", "Next section", "Go to the next section"),
        _key("ctrl+pageup", "section(-1)", "Section before", "Go to the section before"),
        _key("f1", "help", "Help", "Show the keys"),
        _key("escape", "leave", "Back", "From a field to the sections, from there to the list"),
    ]

    def __init__(self, draft: Draft, domain: Domain | None) -> None:
        super().__init__()
        self.draft = draft
        self.domain = domain
        self.working = Working(draft.text)
        self.saving = Saving(self)
        self.problems: tuple[Problem, ...] = ()
        self.offered = Completions()
        self.raw = RawEditor(completions=self.offered)
        self.fields = FieldPane()
        self.notice = NoticeLine()
        self.prompt = PromptLine()
        self._resting: Timer | None = None
        self.sections = OptionList(
            *(Option(section.title, id=section.id) for section in SECTIONS), id="sections"
        )
        self._section: Section = SECTIONS[0]
        self._problem = -1
        self._as_raw = self.working.document is None

    def compose(self) -> ComposeResult:
        """Title, form or text, help and problems, keys."""
        yield Static(id="editor-title")
        with Horizontal(id="form"):
            yield self.sections
            with Vertical():
                yield self.fields
        yield self.raw
        yield self.offered
        yield Static(id="editor-help")
        yield Static(id="editor-problem")
        yield self.notice
        yield self.prompt
        yield Static(
            Text(
                " F2 store · F9 form/text · F4 boot once · F5 to file · F8 problem · Ctrl-Z undo · Esc back",
                no_wrap=True,
            ),
            id="editor-keys",
        )

    async def on_mount(self) -> None:
        """Show the form, or the text where that cannot be read."""
        self.raw.load_text(self.working.text)
        await self._show_view()
        self._lint()
        self._draw_title()
        if self.draft.notice:
            self.app.tell(self.draft.notice)

    # Form

    @on(OptionList.OptionHighlighted, "#sections")
    async def _section_chosen(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._section = SECTIONS[event.option_index]
        await self._show_section()

    @on(OptionList.OptionSelected, "#sections")
    def _section_entered(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.fields.enter()

    async def _show_section(self) -> None:
        if self.working.document is not None:
            await self.fields.show(self._section, self.working.document)
            self._draw_sections()

    @on(FieldPane.Entered)
    def _entered(self, event: FieldPane.Entered) -> None:
        self._help(help_of(event.name))

    @on(FieldPane.Settled)
    async def _settled(self, event: FieldPane.Settled) -> None:
        await self.settle(event.name, event.text)

    async def settle(self, name: str, text: str) -> None:
        """Take over what a field says now."""
        try:
            if name == METHOD:
                self.working.edit(lambda document: with_method(document, BootMethod(text)))
            elif name == ADD:
                if text:
                    key = values.key_of(text)
                    start = (
                        key.default if key.kind in ("number", "boolean") and key.default.isdecimal() else ""
                    )
                    self.working.edit(
                        lambda document: document.set(
                            text, int(start) if start else ("" if key.kind != "list" else [])
                        )
                    )
            else:
                self.working.edit(lambda document: values.changed(document, name, text))
        except XentuiError as error:
            self.app.tell(error.report()[0], error=error, severity="warning")
        await self._changed()

    @on(RowList.Asked)
    async def _row_asked(self, event: RowList.Asked) -> None:
        self.run_worker(self._row(event.rows, event.what, event.index))

    async def _row(self, rows: str, what: str, index: int) -> None:
        document = self.working.document
        if document is None:
            return
        specs = list(document.strings(rows))
        if what in ("add", "edit"):
            spec = specs[index] if what == "edit" else ""
            try:
                fields = devices.fields(rows, spec, document)
            except XentuiError as error:
                self.app.tell(f"{error.message}: edit it as raw text (F9)", error=error, severity="warning")
                return
            title = f"{'Change' if spec else 'Add'} a {TITLES[rows]}"
            dialog = FormDialog(title, fields, "OK", check=lambda answer: devices.spec_of(rows, answer, spec))
            answer = await self.app.ask(dialog)
            if answer is None:
                return
            made = devices.spec_of(rows, answer, spec)
            specs[index if spec else len(specs) :][:1] = [made]
            specs = [*specs[:index], made, *specs[index + 1 :]] if spec else [*specs, made]
        elif what == "remove":
            del specs[index]
        else:
            other = index + (1 if what == "down" else -1)
            if not 0 <= other < len(specs):
                return
            specs[index], specs[other] = specs[other], specs[index]
            self.query_one(f"#rows-{rows}", RowList).highlighted = other
        self.working.edit(lambda now: now.set(rows, specs))
        await self._changed()

    # Raw text

    @on(RawEditor.Edited)
    def _typed(self) -> None:
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(_LINT_AFTER, self._take_raw)

    @on(RawEditor.PlaceChanged)
    def _moved(self) -> None:
        self._draw_problem(self.raw.problem_here or (self.problems[0] if self.problems else None))

    @on(RawEditor.FindWanted)
    def _find_wanted(self) -> None:
        self.prompt.ask("find", "find ")

    @on(PromptLine.Entered)
    def _find(self, event: PromptLine.Entered) -> None:
        event.stop()
        self.set_focus(self.raw)
        found = self.raw.search(event.text)
        self.app.tell(f"{event.text}: {found} found" if found else f"{event.text}: not found")

    @on(PromptLine.Left)
    def _find_left(self, event: PromptLine.Left) -> None:
        event.stop()
        self.set_focus(self.raw)

    @on(PromptLine.Changed)
    def _find_typed(self, event: PromptLine.Changed) -> None:
        event.stop()

    def _take_raw(self) -> None:
        if self._as_raw:
            self.working.type(self.raw.text)
            self._lint()
            self._draw_title()

    # Actions

    async def action_other_view(self) -> None:
        """Between form and raw text."""
        self.take()
        if self._as_raw and self.working.document is None:
            self.app.tell(
                "the form needs a text that can be read: correct the problem first", severity="warning"
            )
            await self.action_problem(1)
            return
        self._as_raw = not self._as_raw
        await self._show_view()

    def take(self) -> None:
        """Take over what is in the field of the cursor, or in the raw text."""
        if self._as_raw:
            self.working.type(self.raw.text)
        else:
            self.fields.settle()

    def action_store(self) -> None:
        """Check and store."""
        self.take()
        self.run_worker(self.saving.store(), exclusive=True, group="saving")

    def action_once(self) -> None:
        """Boot this text just once."""
        self.take()
        self.run_worker(self.saving.boot_once(), exclusive=True, group="saving")

    def action_write(self) -> None:
        """Write the text to a file."""
        self.take()
        self.run_worker(self.saving.write_file(), exclusive=True, group="saving")

    async def action_undo(self) -> None:
        """Take the last change back."""
        if self._as_raw:
            self.raw.undo()
        elif self.working.undo():
            await self._changed()

    async def action_redo(self) -> None:
        """Make it again."""
        if self._as_raw:
            self.raw.redo()
        elif self.working.redo():
            await self._changed()

    def action_section(self, step: int) -> None:
        """Go to another section."""
        self.sections.highlighted = (SECTIONS.index(self._section) + step) % len(SECTIONS)

    async def action_problem(self, step: int) -> None:
        """Show another problem; in the raw text go there."""
        if not self.problems:
            self.app.tell("there is no problem")
            return
        self._problem = (self._problem + step) % len(self.problems)
        problem = self.problems[self._problem]
        self._draw_problem(problem)
        if self._as_raw and problem.line:
            self.raw.go_to(problem.line, max(1, problem.column))

    def action_help(self) -> None:
        """Show the keys."""
        from xentui.tui.screens.help import HelpScreen, sections  # noqa: PLC0415 - made when it is asked for

        self.app.push_screen(HelpScreen(sections(self, self.app.shown_key)))

    async def action_leave(self) -> None:
        """From a field to the sections, from there to the list; changes are asked about."""
        if not self._as_raw and self.focused is not self.sections:
            self.fields.settle()
            self.set_focus(self.sections)
            return
        self.take()
        self.run_worker(self._leave(), exclusive=True, group="leaving")

    async def _leave(self) -> None:
        lines = ["What was changed and not stored is lost."]
        if self.working.dirty and not await self.app.ask(
            ConfirmDialog("Leave without storing?", lines, "Leave")
        ):
            return
        self.app.pop_screen()

    # What is shown

    async def _changed(self) -> None:
        await self._show_section()
        self._lint()
        self._draw_title()

    async def _show_view(self) -> None:
        self.set_class(self._as_raw, "-raw")
        if self._as_raw:
            if self.raw.text != self.working.text:
                self.raw.update_text(self.working.text)
            self.raw.set_problems(self.problems)
            self.set_focus(self.raw)
            self._help("The text as xl reads it. Tab completes keys and values, F8 goes to the next problem.")
        else:
            await self._show_section()
            if self.focused is None or self.focused is self.raw:
                self.set_focus(self.sections)

    def _lint(self) -> None:
        self.problems = self.working.problems()
        self._problem = -1
        if self._as_raw:
            self.raw.set_problems(self.problems)
        self._draw_problem(self.problems[0] if self.problems else None)

    def _draw_problem(self, problem: Problem | None) -> None:
        widget = self.query_one("#editor-problem", Static)
        if problem is None:
            widget.update("")
            return
        sign = "✗" if problem.severity is Severity.ERROR else "!"
        count = f" ({len(self.problems)}, F8 next)" if len(self.problems) > 1 else ""
        widget.update(Text(f" {sign} {problem_line(problem)}{count}"))

    def _draw_title(self) -> None:
        draft = self.draft
        kind = "new domain" if not draft.uuid else "managed" if draft.version is not None else "transient"
        version = f" · version {draft.version}" if draft.version is not None else ""
        source = f" · from {draft.source}" if draft.source else ""
        changed = " · changed" if self.working.dirty else ""
        self.query_one("#editor-title", Static).update(
            Text(
                plain(f" {draft.name or 'new'} · {kind}{version}{changed}{source}", 500),
                no_wrap=True,
                overflow="ellipsis",
            )
        )

    def _draw_sections(self) -> None:
        document = self.working.document
        if document is None:
            return
        for index, section in enumerate(SECTIONS):
            count = len(document.strings(section.rows)) if section.rows else 0
            count = len(other_keys(document)) if section.id == "other" else count
            label = f"{section.title} {count}" if count else section.title
            if str(self.sections.get_option_at_index(index).prompt) != label:
                self.sections.replace_option_prompt_at_index(index, label)

    def _help(self, text: str) -> None:
        self.query_one("#editor-help", Static).update(Text(plain(text, 1000)))
