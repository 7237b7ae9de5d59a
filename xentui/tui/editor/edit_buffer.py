"""The configuration being edited: one text under form and raw view, with undo.  No Textual."""

from __future__ import annotations

from collections.abc import Callable

from xentui.config import Document, Problem, Severity, lint, parse
from xentui.errors import ConfigError

_UNDO = 500


class EditBuffer:
    """Holds the text; edits of the form go through :meth:`edit`, those of the raw view through :meth:`type`.

    ``document`` is None while the text cannot be parsed; ``fault`` says why.
    """

    def __init__(self, text: str) -> None:
        self.original = text
        self.text = text
        self.document: Document | None = None
        self.fault: ConfigError | None = None
        self._past: list[str] = []
        self._future: list[str] = []
        self._parse()

    @property
    def dirty(self) -> bool:
        """Whether something has been changed."""
        return self.text != self.original

    def edit(self, change: Callable[[Document], Document]) -> None:
        """Make one change of the form; raises ConfigError where no file can hold it, or the text is not parsed."""
        if self.document is None:
            raise self.fault or ConfigError("the text cannot be parsed")
        self.type(change(self.document).text)

    def type(self, text: str) -> None:
        """Take another text."""
        if text == self.text:
            return
        self._past = [*self._past[-_UNDO:], self.text]
        self._future = []
        self._take(text)

    def undo(self) -> bool:
        """Take the last change back; False where there is none."""
        if not self._past:
            return False
        self._future.append(self.text)
        self._take(self._past.pop())
        return True

    def redo(self) -> bool:
        """Make a change again that was taken back."""
        if not self._future:
            return False
        self._past.append(self.text)
        self._take(self._future.pop())
        return True

    def problems(self) -> tuple[Problem, ...]:
        """Return what the linter finds, or the one fault that keeps the text from being read."""
        if self.document is not None:
            return lint(self.document)
        fault = self.fault or ConfigError("the text cannot be parsed")
        return (Problem(Severity.ERROR, fault.line, fault.column, "", fault.message, fault.plain_hint),)

    def _take(self, text: str) -> None:
        self.text = text
        self._parse()

    def _parse(self) -> None:
        try:
            self.document, self.fault = parse(self.text), None
        except ConfigError as error:
            self.document, self.fault = None, error
