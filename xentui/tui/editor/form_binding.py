"""What is typed into the fields, on its way into the text."""

from __future__ import annotations

from xentui.errors import XentuiError
from xentui.tui.editor import field_codec, first_devices
from xentui.tui.editor.edit_buffer import EditBuffer
from xentui.tui.editor.fields import FieldPane, PendingEdit
from xentui.tui.editor.sections import (
    ADD,
    METHOD,
    OTHER,
    BootMethod,
    Section,
    boot_method,
    section_of,
    with_method,
)
from xentui.tui.editor.status_notices import StatusNotices


class FormBinding:
    """Takes over what the fields say; what cannot be taken over is ``kept`` for another try.

    ``extra`` are parameters that have a field though they are not set; ``wanted`` is the one whose name was typed to be
    gone to, "" where none was.
    """

    def __init__(self, buffer: EditBuffer, fields: FieldPane, notices: StatusNotices) -> None:
        self._buffer = buffer
        self._fields = fields
        self._notices = notices
        self.kept: dict[str, PendingEdit] = {}
        self.extra: list[str] = []
        self.wanted = ""

    @property
    def state(self) -> object:
        """Differs from what it was before where something was taken over or kept."""
        return self._buffer.text, dict(self.kept), list(self.extra)

    @property
    def missing(self) -> PendingEdit | None:
        """The first field that could not be taken over, or has to be filled in yet."""
        for typed in self.kept.values():
            return typed
        document = self._buffer.document
        if (
            document is not None
            and boot_method(document) is BootMethod.LOADER
            and not document.string("bootloader")
        ):
            return PendingEdit("bootloader", "", "is missing: name the program that boots the guest")
        return None

    def take(self, section: Section, name: str = "") -> None:
        """Take over what the fields of a section say, or the one of that name."""
        typed = {item.name: item for item in self._fields.typed(name)}
        for line in self._fields.lines:
            if line.field not in typed and name in ("", line.field):
                self.kept.pop(line.field, None)
        for item in typed.values():
            self._settle(item, section)

    def section_of(self, name: str) -> Section:
        """Return the section that has a field of that name; where none has, one is added to the other keys."""
        document = self._buffer.document
        assert document is not None  # noqa: S101 - there is a form
        section = section_of(name, document)
        if section is OTHER and not document.parts(name) and name not in self.extra:
            self.extra.append(name)
        return section

    def _settle(self, typed: PendingEdit, section: Section) -> None:
        """Take over what one field says."""
        name, text = typed.name, typed.text
        if typed.problem:
            self.kept[name] = typed
            return
        self.kept.pop(name, None)
        self._fields.accept(name)
        if name == ADD:
            self.wanted = text
            return
        if section is OTHER and not text and name not in self.extra:
            self.extra.append(name)  # its field stays, for who thinks better of it
        try:
            if name == METHOD:
                self._boot_by(BootMethod(text))
            elif name in first_devices.FIELDS:
                self._buffer.edit(lambda document: first_devices.changed(document, name, text))
            else:
                self._buffer.edit(lambda document: field_codec.changed(document, name, text))
        except XentuiError as error:
            self.kept[name] = PendingEdit(name, text, error.message)
            self._notices.say(error.headline, error=error, severity="warning")

    def _boot_by(self, method: BootMethod) -> None:
        before = self._buffer.document
        self._buffer.edit(lambda document: with_method(document, method))
        now = self._buffer.document
        if before is not None and now is not None:
            gone = [key for key in before.keys() if not now.parts(key)]  # noqa: SIM118 - not a dict
            if gone:
                self._notices.say(f"boot method {method}: removed {', '.join(gone)} (Ctrl-Z undoes that)")
