"""What the editor shows beside itself: what has changed, or the text with the parameter of the field one is in."""

from __future__ import annotations

from xentui.config.secrets import masked
from xentui.service.text_diff import unified
from xentui.text import lines
from xentui.tui.editor.edit_buffer import EditBuffer
from xentui.tui.widgets.beside import BesidePane


class SideText:
    """Fills a pane from a buffer; while nothing has changed, and where it is not to show that, it has the text."""

    def __init__(self, buffer: EditBuffer, pane: BesidePane) -> None:
        self._buffer = buffer
        self._pane = pane
        self._difference = True

    def other(self) -> None:
        """Show the text in the place of what has changed, or the other way round."""
        self._difference = not self._difference

    def draw(self, name: str, *, raw: bool) -> None:
        """Show what is to be seen by now; ``name`` is the parameter one is at, ``raw`` says that the text is edited."""
        text, document = self._buffer.text, self._buffer.document
        if raw or (self._difference and self._buffer.dirty):
            found = unified(self._buffer.original, text, "before", "now")[2:]
            self._pane.show("What has changed", found or ["nothing yet"])
            return
        line = document.place(name)[0] if document is not None and document.parts(name) else 0
        self._pane.show("Text", [masked(each) for each in lines(text)], at=line)
