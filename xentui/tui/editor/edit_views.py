"""The two ways to edit a configuration: by the fields of a form, and as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from textual.widget import Widget

from xentui.config import Problem
from xentui.tui.editor.edit_buffer import EditBuffer
from xentui.tui.editor.field_words import label_of
from xentui.tui.editor.form_view import FormView
from xentui.tui.editor.lines import HelpLines
from xentui.tui.editor.raw.editor import RawEditor
from xentui.tui.editor.status_notices import StatusNotices


class EditView(Protocol):
    """One of the two; ``other`` is what the key calls the other one."""

    other: str

    @property
    def home(self) -> Widget:
        """Where Esc goes to from a field, and whence it leaves."""

    @property
    def stops(self) -> Sequence[Widget]:
        """What a letter goes to."""

    def take(self) -> None:
        """Take over into the buffer what is typed."""

    def typed(self) -> object:
        """Return all that stands there, also what is not taken over."""

    async def ready(self) -> bool:
        """Return whether all could be taken over; where not, says so and goes to what could not."""

    async def show(self) -> None:
        """Show what the buffer holds, and what to do here."""

    async def draw(self, *, anew: bool) -> None:
        """Show what has changed in the buffer, and all of it ``anew`` where fields may say something else."""

    async def undo(self) -> bool:
        """Take the last change back; whether the buffer is to be drawn anew."""

    async def redo(self) -> bool:
        """Make it again; whether the buffer is to be drawn anew."""

    async def go_to(self, problem: Problem) -> None:
        """Go to where a problem is."""

    def mark(self, problems: Sequence[Problem]) -> None:
        """Mark where problems are."""


class EditedText:
    """A configuration as text, in ``raw``."""

    other = "form"

    def __init__(self, raw: RawEditor, buffer: EditBuffer, help_lines: HelpLines) -> None:
        self._raw = raw
        self._buffer = buffer
        self._help = help_lines

    @property
    def home(self) -> Widget:
        """The text."""
        return self._raw

    @property
    def stops(self) -> Sequence[Widget]:
        """The text."""
        return [self._raw]

    def take(self) -> None:
        """The text is what the buffer is to hold."""
        self._buffer.type(self._raw.text)

    def typed(self) -> object:
        """Return the text."""
        return self._raw.text

    async def ready(self) -> bool:
        """Any text can be taken over."""
        return True

    async def show(self) -> None:
        """Show the text as one that can be undone."""
        if self._raw.text != self._buffer.text:
            self._raw.update_text(self._buffer.text)
        self._help.show_text()

    async def draw(self, *, anew: bool) -> None:
        """It shows itself."""

    async def undo(self) -> bool:
        """Take back what was typed last."""
        self._raw.undo()
        return False

    async def redo(self) -> bool:
        """Type it again."""
        self._raw.redo()
        return False

    async def go_to(self, problem: Problem) -> None:
        """Go to its line, where it has one."""
        if problem.line:
            self._raw.go_to(problem.line, max(1, problem.column))

    def mark(self, problems: Sequence[Problem]) -> None:
        """Mark their places in the text."""
        self._raw.set_problems(problems)


class EditedForm:
    """A configuration by the sections and fields of ``form``."""

    other = "text"

    def __init__(
        self, form: FormView, buffer: EditBuffer, notices: StatusNotices, help_lines: HelpLines
    ) -> None:
        self._form = form
        self._buffer = buffer
        self._notices = notices
        self._help = help_lines

    @property
    def home(self) -> Widget:
        """The sections."""
        return self._form.sections

    @property
    def stops(self) -> Sequence[Widget]:
        """The sections, and the fields of the one that is shown."""
        return [self._form.sections, *self._form.fields.query("FieldLine, RowList")]

    def take(self) -> None:
        """Take over what the fields say."""
        self._form.take()

    def typed(self) -> object:
        """Return the text, and what the fields say that is not taken over."""
        typed = {item.name: item.text for item in self._form.fields.typed()}
        return (self._buffer.text, typed) if typed else self._buffer.text

    async def ready(self) -> bool:
        """Return whether all fields could be taken over; the cursor is put into the first that could not."""
        missing = self._form.binding.missing
        if missing is None:
            return True
        await self._form.go_to_key(missing.name)
        self._notices.say(f"{label_of(missing.name)} {missing.problem}", severity="warning")
        return False

    async def show(self) -> None:
        """Show the section one was in."""
        await self._form.show_section()
        self._help.show_sections()

    async def draw(self, *, anew: bool) -> None:
        """Draw the section, its fields ``anew``."""
        await self._form.show_section(anew=anew)

    async def undo(self) -> bool:
        """Take back what could not be taken over, else the last change of the text."""
        self.take()
        if self._form.binding.kept:
            self._form.binding.kept.clear()
        elif not self._buffer.undo():
            self._notices.say("nothing to undo")
        return True

    async def redo(self) -> bool:
        """Make the change again that was taken back last."""
        self.take()
        if not self._buffer.redo():
            self._notices.say("nothing to redo")
        return True

    async def go_to(self, problem: Problem) -> None:
        """Go to the field of its parameter."""
        if problem.key:
            await self._form.go_to_key(problem.key)

    def mark(self, problems: Sequence[Problem]) -> None:
        """Mark the sections they are in."""
        self._form.draw_sections(problem.key for problem in problems if problem.key)
