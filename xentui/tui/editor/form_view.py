"""The form of a configuration: its sections, and the fields of the one that is shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import OptionList

from xentui.errors import XentuiError
from xentui.tui.context import UiContext
from xentui.tui.editor import first_devices, row_dialog
from xentui.tui.editor.disk_question import DiskQuestion
from xentui.tui.editor.edit_buffer import EditBuffer
from xentui.tui.editor.fields import FieldPane
from xentui.tui.editor.form_binding import FormBinding
from xentui.tui.editor.new_images import MadeImages
from xentui.tui.editor.rows import RowList
from xentui.tui.editor.section_list import SectionList
from xentui.tui.editor.sections import ADD, BOOT, FIRST_DISK, METHOD, OTHER, SECTIONS, Section, section_of
from xentui.tui.faults import FaultReporting

if TYPE_CHECKING:
    from xentui.tui.editor.status_notices import StatusNotices


class FormView(FaultReporting, Horizontal):
    """Edits a buffer by fields; what is typed is taken over when a field is left.

    ``changed`` is awaited when the text, or what could not be taken over, is another or another section is to be
    shown.  ``shown`` is False while one edits the raw text.
    """

    def __init__(
        self,
        context: UiContext,
        buffer: EditBuffer,
        notices: StatusNotices,
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(id="form")
        self._ui = context
        self._buffer = buffer
        self._notices = notices
        self._changed = changed
        self.sections = SectionList(self.enter_section)
        self.fields = FieldPane(self.ask_row)
        self.binding = FormBinding(buffer, self.fields, notices)
        self.disk = DiskQuestion(context, buffer, self.fields, notices)
        self.made = MadeImages(context)
        self.section: Section = SECTIONS[0]
        self.shown = True

    def compose(self) -> ComposeResult:
        """Sections and fields."""
        yield self.sections
        with Vertical():
            yield self.fields

    @on(OptionList.OptionHighlighted, "#sections")
    async def _section_chosen(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        # What is highlighted by now: the message may come late.
        section = SECTIONS[self.sections.highlighted or 0]
        if section is not self.section:
            await self._show_other(section)

    async def enter_section(self, index: int) -> None:
        """Put the cursor into the first field of a section."""
        await self._show_other(SECTIONS[index])
        self.fields.enter()

    async def next_section(self, step: int) -> None:
        """Go to another section."""
        index = (SECTIONS.index(self.section) + step) % len(SECTIONS)
        self.sections.highlighted = index
        await self._show_other(SECTIONS[index])

    async def _show_other(self, section: Section) -> None:
        """Show another section, with what was typed in this one taken over."""
        if self.shown:
            self.take()
        self.section = section
        await self._changed()

    async def show_section(self, *, anew: bool = False) -> None:
        """Show what the text says in the section; also in fields that are typed in where it is ``anew``."""
        if self._buffer.document is not None:
            kept = {name: typed.text for name, typed in self.binding.kept.items()}
            await self.fields.show(self.section, self._buffer.document, self.binding.extra, kept, anew=anew)

    @on(FieldPane.Left)
    async def _left(self, event: FieldPane.Left) -> None:
        if not self.shown:
            return
        binding = self.binding
        before = binding.state
        self.take(event.name)
        if binding.state != before:
            await self._changed()
            if event.name == FIRST_DISK:
                self.run_worker(self.ask_about_disk(), group="disk")
        if binding.wanted:
            wanted, binding.wanted = binding.wanted, ""
            await self.go_to_key(wanted)

    async def ask_about_disk(self) -> None:
        """Let the host say what the first disk is."""
        if self.shown and await self.disk.ask():
            await self._changed()

    def take(self, name: str = "") -> None:
        """Take over what is in the fields, or in one; what cannot be is kept for another try."""
        self.binding.take(self.section, name)

    async def go_to_key(self, name: str) -> None:
        """Put the cursor into the field of a parameter, in the section shown if that has it; it is made where it has
        none.
        """
        if self._buffer.document is None or not name:
            return
        if not any(line.field == name for line in self.fields.lines):
            self.section = {METHOD: BOOT, ADD: OTHER}.get(name) or self.binding.section_of(name)
        self.sections.highlighted = SECTIONS.index(self.section)
        await self.show_section()
        self.fields.enter(name) or self.fields.enter()

    async def ask_row(self, rows: str, what: str, index: int) -> None:
        """Do something to a row; returns when it is done or asks something."""
        self.take()  # a field may have been left a moment ago
        await self._ui.wait_until_prompted(self.run_worker(self._row(rows, what, index), group="row"))

    async def new_disk(self) -> None:
        """Ask for a disk with a new image: the first one where the host does not have it, else another."""
        await self._ui.wait_until_prompted(self.run_worker(self._new_disk(), group="row"))

    async def _new_disk(self) -> None:
        await self.ask_about_disk()
        document = self._buffer.document
        if document is not None:
            await self._row("disk", "new", first_devices.disk_index(document) if self.disk.missing else -1)

    async def _row(self, rows: str, what: str, index: int) -> None:
        document = self._buffer.document
        if document is None:
            return
        try:
            made = await row_dialog.asked(self._ui, document, rows, what, index, images=self.made)
        except XentuiError as error:
            self._notices.say(f"{error.message}: edit it as raw text (F9)", error=error, severity="warning")
            return
        if made is None:
            return
        self._buffer.type(made.text)
        for path in self.made.paths:
            self.disk.made(path)
        await self._changed()
        for listed in self.query(f"#rows-{rows}").results(RowList):
            if what in ("up", "down") and made.text != document.text:
                listed.highlighted = index + (1 if what == "down" else -1)
            elif what == "add" or (what == "new" and index < 0):
                listed.highlighted = len(made.strings(rows)) - 1

    def draw_sections(self, faulty: Iterable[str]) -> None:
        """Show how many parameters each section has; those that have a parameter of ``faulty`` are marked."""
        document = self._buffer.document
        if document is not None:
            names = [*faulty, *(name for name in self.binding.kept if not name.startswith("@"))]
            self.sections.draw(document, [section_of(name, document) for name in names])
