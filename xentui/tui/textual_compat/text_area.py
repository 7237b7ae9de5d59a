"""The text area: public classes of private modules, and what it does with the whole text at every key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.document._document import Document, EditResult, Location, Newline, Selection
from textual.document._document_navigator import DocumentNavigator
from textual.document._edit import Edit
from textual.document._wrapped_document import WrappedDocument

if TYPE_CHECKING:
    from textual.document._document import Document as _Document
    from textual.widgets import TextArea as _TextArea
else:
    _Document = _TextArea = object

__all__ = [
    "Document",
    "DocumentNavigator",
    "Edit",
    "EditResult",
    "Location",
    "Newline",
    "Selection",
    "WrappedDocument",
]


class DocumentParts(_Document):
    """A document that keeps its lines as it likes; before the class of Textual's."""

    def keep(self, lines: list[str], newline: Newline) -> None:
        """Take the lines ``Document.lines`` has, and what stands between them."""
        self._lines = lines
        self._newline = newline


class TextAreaParts(_TextArea):
    """A text area without what Textual does with the whole text at every key: it has documents of 2,000 lines."""

    def take_text(self, text: str) -> None:
        """Make a text the document: Textual would make a document, wrap it, and have it parsed."""
        raise NotImplementedError

    def fit_text(self) -> None:
        """Fit what can be scrolled to the text, which Textual would measure line by line."""
        raise NotImplementedError

    def text_edited(self) -> None:
        """An edit is done: paint what it has touched, where Textual would paint all."""
        raise NotImplementedError

    def edits_moved(self) -> None:
        """Edits were undone or made again, of which no message tells."""
        raise NotImplementedError

    def _set_document(self, text: str, language: str | None) -> None:
        del language
        self.take_text(text)

    def _watch_language(self, _language: str | None) -> None:
        """There is only one, and it needs no other document."""

    def _build_highlight_map(self) -> None:
        self.text_edited()

    def _rewrap_and_refresh_virtual_size(self) -> None:
        self.fit_text()

    def _refresh_size(self) -> None:
        self.fit_text()

    def _undo_batch(self, edits: Sequence[Edit]) -> None:
        super()._undo_batch(edits)
        self.edits_moved()

    def _redo_batch(self, edits: Sequence[Edit]) -> None:
        super()._redo_batch(edits)
        self.edits_moved()

    def refresh_scrollbars(self) -> None:
        """Have the scroll bars follow the virtual size at once, not with the next layout."""
        self._refresh_scrollbars()

    @property
    def draws_cursor(self) -> bool:
        """Whether the cursor is seen now, as it blinks and goes with the focus."""
        return self._draw_cursor
