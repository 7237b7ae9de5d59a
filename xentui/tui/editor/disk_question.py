"""What the host says of the disk that was named: its format is taken over, and what can be no disk is said at once."""

from __future__ import annotations

import asyncio

from xentui.config import Problem, Severity
from xentui.errors import XentuiError
from xentui.tui.context import UiContext
from xentui.tui.editor import first_devices
from xentui.tui.editor.edit_buffer import EditBuffer
from xentui.tui.editor.fields import FieldPane
from xentui.tui.editor.sections import FIRST_DISK
from xentui.tui.editor.status_notices import StatusNotices

_MISSING = "does not exist on the host: F3 makes it, or correct the path"


class DiskQuestion:
    """Asks the host about the first disk, once for each path; not about the one the text began with.

    ``problems`` is what it said of the path that stands there now.
    """

    def __init__(
        self, context: UiContext, buffer: EditBuffer, fields: FieldPane, notices: StatusNotices
    ) -> None:
        self._context = context
        self._buffer = buffer
        self._fields = fields
        self._notices = notices
        self._asked = self._path
        self._problem = ""
        self._missing = False
        self._turn = asyncio.Lock()

    @property
    def _path(self) -> str:
        document = self._buffer.document
        return "" if document is None else first_devices.path_of(document)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """A warning where the host has no such disk: it may be made before the guest is started."""
        path = self._path
        if not self._problem or path != self._asked:
            return ()
        assert self._buffer.document is not None  # noqa: S101 - it has the path
        line, column = self._buffer.document.place("disk")
        problem, _, hint = self._problem.partition(": ")
        return (Problem(Severity.WARNING, line, column, "disk", f"{path} {problem}", hint),)

    @property
    def missing(self) -> bool:
        """Whether the host has said that it has nothing at the path that stands there."""
        return self._missing and self._path == self._asked

    def made(self, path: str) -> None:
        """Know that an image is made at a path, or about to be."""
        document = self._buffer.document
        if document is not None and self._path == path:
            self._asked, self._problem, self._missing = path, "", False
            self._fields.show_answer(FIRST_DISK, first_devices.shown(document, FIRST_DISK), "")

    async def ask(self) -> bool:
        """Ask about the path that stands there; True where the document has been changed for the answer."""
        async with self._turn:  # who leaves the field and stores at once waits for one answer
            return await self._ask()

    async def _ask(self) -> bool:
        path = self._path
        if not path or path == self._asked:
            return False
        try:
            found = await self._context.hypervisor.editing.disk_at(path)
        except XentuiError:
            return False  # a host that does not answer is told of by whatever is done next
        document = self._buffer.document
        if document is None or self._path != path:
            return False
        self._asked, self._missing = path, found.missing
        self._problem = _MISSING if found.missing else found.problem
        self._fields.show_answer(FIRST_DISK, first_devices.shown(document, FIRST_DISK), self._problem)
        if found.problem or found.format == first_devices.format_of(document):
            return False
        self._buffer.edit(lambda now: first_devices.with_format(now, found.format))
        self._notices.say(f"first disk: format {found.format}, as the host says of {path}")
        return True
