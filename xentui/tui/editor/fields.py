"""The fields of one section of the form."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from xentui.commands.completion import Candidate
from xentui.config import Document
from xentui.frozen import dataclass
from xentui.text import plain, sign_for_sign
from xentui.tui.completers import path_completer, suggester, word_completer
from xentui.tui.editor.field_words import (
    field_names,
    hint_of,
    label_lines,
    label_of,
    may_become,
    problem_of,
    text_of,
    words_of,
)
from xentui.tui.editor.rows import RowList
from xentui.tui.editor.sections import ADD, FIRST_BRIDGE, FIRST_DISK, Section
from xentui.tui.widgets.completions import Complete, Completions
from xentui.tui.widgets.line_in_form import LineInForm

_AT_ONCE = 24
"""Fields made without a pause: a hundred would hold up everything else for half a second."""
_SUGGESTED = {
    "kernel": "kernel",
    "ramdisk": "ramdisk",
    "keymap": "keymap",
    "cpus": "cpu",
    "cpus_soft": "cpu",
    "pool": "pool",
    "bootloader": "bootloader",
    FIRST_BRIDGE: "bridge",
}


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """What a field says that the document does not; ``problem`` is why it cannot be taken over."""

    name: str
    text: str
    problem: str = ""


class FieldLine(LineInForm):
    """The line of one field; ``shown`` is what the document says, ``mark`` where a problem is shown."""

    def __init__(
        self, name: str, value: str, hint: str, complete: Complete | None, offered: Completions
    ) -> None:
        super().__init__(value, complete, offered, replaces=True)
        self.field = name
        self.mark = Static("", classes="field-problem")
        self.placeholder = hint
        self.cursor_position = 0

    @property
    def drawn(self) -> Text:
        """What is drawn of the value: nothing in it moves the cursor of the terminal."""
        return Text(sign_for_sign(self.value), no_wrap=True, overflow="ignore", end="")

    def _offer(self, candidates: Sequence[Candidate], taken: int | None) -> None:
        """Candidates are shown below the field they are for."""
        row, pane = self.parent, self._completions.parent
        if not self._completions.display and isinstance(row, Widget) and isinstance(pane, Widget):
            pane.move_child(self._completions, after=row)
        super()._offer(candidates, taken)

    def submit(self) -> None:
        """Enter goes on to the next field, or asks for the one that was named."""
        if self.field == ADD and self.value.strip():
            self.post_message(FieldPane.Left(ADD))
        else:
            super().submit()


class FieldPane(VerticalScroll, can_focus=False):
    """Shows a section; knows what its fields say that the document does not.

    ``ask`` is called for what is wanted of a row; see :class:`RowList`.
    """

    class Left(Message):
        """A field was left."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Edited(Message):
        """Something was typed."""

    class Entered(Message):
        """The cursor is in a field."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, ask: Callable[[str, str, int], Awaitable[None]]) -> None:
        super().__init__(id="fields")
        self._ask = ask
        self._offered = Completions()
        self._showing = asyncio.Lock()
        """Keys and messages come from two sides: a section is shown whole before the next."""
        self._section: Section | None = None
        self._names: list[str] = []
        self._rows: RowList | None = None
        self._told: dict[str, tuple[str, str]] = {}

    def compose(self) -> ComposeResult:
        """Yield nothing: the fields are made when a section is shown."""
        yield from ()

    async def show(
        self,
        section: Section,
        document: Document,
        extra: Iterable[str] = (),
        kept: Mapping[str, str] | None = None,
        *,
        anew: bool = False,
    ) -> None:
        """Show a section; where it is shown already with the same fields, only their texts are renewed.

        ``extra`` are parameters that have a field though they are not set; ``kept`` are texts that could not be taken
        over and are shown in the place of what the document says.  What is being typed stays, unless ``anew``.
        """
        async with self._showing:
            await self._show(section, document, field_names(section, document, extra), kept or {}, anew=anew)

    async def _show(
        self, section: Section, document: Document, names: list[str], kept: Mapping[str, str], *, anew: bool
    ) -> None:
        if section is self._section and names == self._names:
            self._renew(section, document, kept, anew=anew)
            return
        typed = {item.name: item.text for item in self.typed()} if section is self._section else {}
        place = self._place() if section is self._section else None
        focused = self.has_focus_within
        self._section = section
        self._names = names
        self._offered = Completions()
        self._rows = RowList(section.rows, self._ask) if section.rows else None
        rows = [self._row(name, document) for name in names]
        below = [*([self._rows] if self._rows else []), self._offered]
        if focused:
            # Textual would give it to the list of sections, and keys with it.
            self.screen.set_focus(None)
        with self.app.batch_update():
            await self.remove_children()
            await self.mount_all([*rows[:_AT_ONCE], *below])
        for start in range(_AT_ONCE, len(rows), _AT_ONCE):
            await self.mount_all(rows[start : start + _AT_ONCE], before=below[0])
        if self._rows is not None:
            self._rows.show(document.strings(section.rows))
        for line in self.query(FieldLine):
            text = kept.get(line.field, typed.get(line.field) if line.field in names and not anew else None)
            if text is not None and line.field != ADD:
                line.value = text
        if focused and self.screen.focused is None:
            self._focus_near(place)

    @property
    def lines(self) -> list[FieldLine]:
        """The fields that are shown."""
        return list(self.query(FieldLine))

    def enter(self, name: str = "") -> bool:
        """Put the cursor into a field or list, the first one where no name is said; False where there is none."""
        for widget in self._stops():
            if not name or _name_of(widget) == name:
                self.screen.set_focus(widget)
                return True
        return False

    def typed(self, name: str = "") -> list[PendingEdit]:
        """Return what the fields say that the document does not; with ``name`` only that one."""
        found = []
        for line in self.lines:
            if name not in ("", line.field):
                continue
            text = line.value
            if line.changed:
                found.append(PendingEdit(line.field, text.strip(), problem_of(line.field, text)))
        return found

    def accept(self, name: str) -> None:
        """What a field says has been taken over."""
        for line in self.lines:
            if line.field == name:
                line.shown = line.value

    def show_answer(self, name: str, text: str, problem: str) -> None:
        """Show what the host says of a field's text, as long as that stands there; "" where there is nothing to say."""
        self._told[name] = text, problem
        for line in self.lines:
            if line.field == name:
                self._mark(line, self._problem_of(line))

    def _stops(self) -> list[Widget]:
        return list(self.query("FieldLine, RowList"))

    def _place(self) -> tuple[str, int] | None:
        """Return the name and number of the field of the cursor."""
        for number, widget in enumerate(self._stops()):
            if widget.has_focus:
                return _name_of(widget), number
        return None

    def _focus_near(self, place: tuple[str, int] | None) -> None:
        name, number = place or ("", 0)
        if not (name and self.enter(name)) and (stops := self._stops()):
            self.screen.set_focus(stops[min(number, len(stops) - 1)])

    def _renew(self, section: Section, document: Document, kept: Mapping[str, str], *, anew: bool) -> None:
        for line in self.lines:
            text = text_of(document, line.field)
            # What was typed and is not taken over yet stays: the message that says so is on its way.
            if line.value != text and (anew or not (line.changed or line.field in kept)):
                line.value = text
            line.shown = text
            if not line.has_focus:
                self._mark(line, self._problem_of(line))
        if self._rows is not None:
            self._rows.show(document.strings(section.rows))

    def _row(self, name: str, document: Document) -> Horizontal:
        line = FieldLine(
            name,
            text_of(document, name),
            hint_of(name),
            self._completer(name, document),
            self._offered,
        )
        label = Label(label_lines(label_of(name)), markup=False, classes="field-label")
        return Horizontal(label, line, classes="field-row")

    def _completer(self, name: str, document: Document) -> Complete | None:
        if name in _SUGGESTED:
            return suggester(self.app, _SUGGESTED[name])
        if name == FIRST_DISK:
            return path_completer(self.app, "image block-device")
        words = words_of(name, document)
        return word_completer(words) if words else None

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say at once what cannot be; of what the document has already the linter speaks."""
        event.stop()
        line = event.input
        if isinstance(line, FieldLine):
            becoming = line.has_focus and may_become(line.field, event.value)
            self._mark(line, "" if becoming else self._problem_of(line))
            self.post_message(self.Edited())

    def _problem_of(self, line: FieldLine) -> str:
        """Return what is wrong with what was typed, or what the host says of what stands there."""
        if line.changed:
            return problem_of(line.field, line.value)
        text, problem = self._told.get(line.field, ("", ""))
        return problem if text == line.value.strip() else ""

    def _mark(self, line: FieldLine, problem: str) -> None:
        row = line.parent
        if problem and line.mark.parent is None and isinstance(row, Widget) and row.parent is self:
            self.mount(line.mark, after=row)  # most fields never need it
        if line.mark.parent is not None:
            line.mark.update(Text(plain(f"{label_of(line.field)} {problem}")))
            line.mark.display = bool(problem)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Help is for the field of the cursor."""
        # Of two fields that get it one after the other, the messages come in any order.
        if isinstance(event.widget, FieldLine | RowList) and event.widget is self.screen.focused:
            self.post_message(self.Entered(_name_of(event.widget)))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """What was typed is taken over."""
        if isinstance(event.widget, FieldLine):
            self.post_message(self.Left(event.widget.field))


def _name_of(widget: Widget) -> str:
    if isinstance(widget, FieldLine):
        return widget.field
    return widget.rows if isinstance(widget, RowList) else ""
