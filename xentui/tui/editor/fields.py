"""The fields of one section of the form."""

from __future__ import annotations

from collections.abc import Iterable

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Label, Static

from xentui.cli.candidates import Candidate
from xentui.config import Document
from xentui.text import plain
from xentui.tui.dialogs.form import suggester
from xentui.tui.editor import values
from xentui.tui.editor.rows import RowList
from xentui.tui.editor.sections import BOOT, BOOT_KEYS, OTHER, BootMethod, Section, boot_method, other_keys
from xentui.tui.widgets.completing_input import Complete, CompletingInput, Completions, Found

METHOD, ADD = "@method", "@add"
"""Fields that are no parameters: how the guest is booted; the parameter to add."""
_SUGGESTED = {
    "kernel": "kernel",
    "ramdisk": "ramdisk",
    "keymap": "keymap",
    "cpus": "cpu",
    "cpus_soft": "cpu",
    "pool": "pool",
    "bootloader": "bootloader",
}
_EXAMPLES = {
    BootMethod.DOMULOADER: '["--entry=xvda1:/boot/vmlinuz-xen,/boot/initrd-xen"]',
    BootMethod.PYGRUB: '["--entry=0"]',
}


class FieldLine(CompletingInput):
    """The line of one field."""

    def __init__(
        self, name: str, value: str, hint: str, complete: Complete | None, offered: Completions
    ) -> None:
        super().__init__(value, complete, offered, replaces=True)
        self.field = name
        self.placeholder = hint
        self.cursor_position = 0


class FieldPane(VerticalScroll, can_focus=False):
    """Shows a section; tells what is typed and what is settled."""

    class Settled(Message):
        """A field was left with another text than it had."""

        def __init__(self, name: str, text: str) -> None:
            super().__init__()
            self.name = name
            self.text = text

    class Entered(Message):
        """The cursor is in a field."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__(id="fields")
        self._offered = Completions()
        self._section: Section | None = None
        self._shown: dict[str, str] = {}
        self._rows: RowList | None = None

    def compose(self) -> ComposeResult:
        """The fields are made when a section is shown."""
        yield from ()

    async def show(self, section: Section, document: Document) -> None:
        """Show a section; where it is shown already with the same fields, only their texts are renewed."""
        names = field_names(section, document)
        if section is self._section and names == list(self._shown):
            self._renew(section, document)
            return
        focused = self.has_focus_within
        self._section = section
        self._shown = {name: text_of(document, name) for name in names}
        await self.remove_children()
        self._offered = Completions()
        self._rows = RowList(section.rows) if section.rows else None
        widgets = [self._row(name, document) for name in names]
        await self.mount_all([*widgets, *([self._rows] if self._rows else []), self._offered])
        if self._rows is not None:
            self._rows.show(document.strings(section.rows))
        if focused:
            self.enter()

    def enter(self) -> None:
        """Put the cursor into the first field."""
        first = next((widget for widget in self.query("FieldLine, RowList")), None)
        if first is not None:
            self.screen.set_focus(first)

    def settle(self) -> None:
        """Tell what stands in the field of the cursor, as leaving it would."""
        focused = self.screen.focused
        if isinstance(focused, FieldLine):
            self._settled(focused)

    def _renew(self, section: Section, document: Document) -> None:
        for line in self.query(FieldLine):
            text = text_of(document, line.field)
            if self._shown[line.field] != text and not (
                line.has_focus and line.value.strip() != self._shown[line.field]
            ):
                line.value = text
            self._shown[line.field] = text
        if self._rows is not None:
            self._rows.show(document.strings(section.rows))

    def _row(self, name: str, document: Document) -> Vertical:
        line = FieldLine(
            name, self._shown[name], _hint(name, document), self._completer(name, document), self._offered
        )
        label = Label(plain(label_of(name), 20), markup=False, classes="field-label")
        return Vertical(
            Horizontal(label, line, classes="field-row"), Static("", classes="field-problem"), classes="field"
        )

    def _completer(self, name: str, document: Document) -> Complete | None:
        if name in _SUGGESTED:
            return suggester(self.app, _SUGGESTED[name])
        words = _words(name, document)
        if not words:
            return None

        async def offer(before: str) -> Found:
            return Found(
                before, 0, [item for item in words if item.text.startswith(before) and item.text != before]
            )

        return offer

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say at once what cannot be."""
        event.stop()
        if isinstance(event.input, FieldLine):
            found = problem_of(event.input.field, event.value)
            mark = event.input.parent.parent.query_one(".field-problem", Static)  # type: ignore[union-attr]
            mark.update(Text(plain(found)))
            mark.display = bool(found)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field."""
        event.stop()
        if isinstance(event.input, FieldLine):
            self._settled(event.input)
            self.screen.focus_next()

    def on_completing_input_left(self, event: CompletingInput.Left) -> None:
        """Tab with nothing to complete goes on."""
        event.stop()
        if event.step > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Help is for the field of the cursor."""
        if isinstance(event.widget, FieldLine):
            self.post_message(self.Entered(event.widget.field))
        elif isinstance(event.widget, RowList):
            self.post_message(self.Entered(event.widget.rows))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """What was typed is settled."""
        if isinstance(event.widget, FieldLine):
            self._settled(event.widget)

    def _settled(self, line: FieldLine) -> None:
        text = line.value.strip()
        if text != self._shown.get(line.field, "") and not problem_of(line.field, text):
            self._shown[line.field] = text
            self.post_message(self.Settled(line.field, text))


def field_names(section: Section, document: Document) -> list[str]:
    """The fields of a section."""
    if section is BOOT:
        return [METHOD, *BOOT_KEYS[boot_method(document)]]
    if section is OTHER:
        return [*other_keys(document), ADD]
    return list(section.keys)


def text_of(document: Document, name: str) -> str:
    """What a field shows."""
    if name == METHOD:
        return boot_method(document).value
    return "" if name == ADD else values.shown(document, name)


def label_of(name: str) -> str:
    """What a field is called."""
    return {METHOD: "boots by", ADD: "add a key"}.get(name) or name


def problem_of(name: str, text: str) -> str:
    """Why a field cannot have that text."""
    if name == METHOD:
        return "" if text in list(BootMethod) else f"is one of {', '.join(BootMethod)}"
    return "" if name == ADD else values.problem(name, text)


def help_of(name: str) -> str:
    """The help of a field."""
    if name == METHOD:
        return f"How the guest is booted: {', '.join(BootMethod)}"
    if name == ADD:
        return "Another parameter by its name; Tab lists them"
    return values.about(name)


def _hint(name: str, document: Document) -> str:
    if name == "bootloader_args":
        example = _EXAMPLES.get(boot_method(document), "")
        return f"such as {example}" if example else ""
    key = values.key_of(name)
    return f"default {key.default}" if key.default and not name.startswith("@") else ""


def _words(name: str, document: Document) -> Iterable[Candidate]:
    if name == METHOD:
        return [Candidate(method.value) for method in BootMethod]
    if name == ADD:
        from xentui.tui.editor.sections import addable  # noqa: PLC0415 - reads the whole schema

        return [Candidate(key.name, key.doc) for key in addable(document)]
    key = values.key_of(name)
    if key.kind == "boolean":
        return [Candidate("0"), Candidate("1")]
    return [Candidate(word) for word in key.values]
