"""Completion in the raw editor: what is offered for the word at the cursor, and which of it is written."""

from __future__ import annotations

from dataclasses import dataclass

from textual.widgets import TextArea

from xentui.commands.completion import Candidate
from xentui.config.tokens import Completion, begins_statement, complete
from xentui.tui.editor.raw.lines import TextLines
from xentui.tui.widgets.completions import Completions

_LINES_BACK = 5000


@dataclass(slots=True)
class _Offer:
    """Candidates for the word of a line that goes from ``start`` up to ``end``; ``typed`` stood there before."""

    row: int
    start: int
    end: int
    typed: str
    candidates: tuple[tuple[str, str], ...]
    taken: int | None = None


class Completer:
    """Completes words of one text area, and shows what there is to choose from in ``completions``."""

    def __init__(self, area: TextArea, completions: Completions | None) -> None:
        self._area = area
        self._completions = completions
        self._offer: _Offer | None = None
        self._writing = False

    @property
    def _lines(self) -> TextLines:
        document = self._area.document
        assert isinstance(document, TextLines)  # noqa: S101 - the raw editor makes no other
        return document

    @property
    def offering(self) -> bool:
        """Whether candidates are shown."""
        return self._offer is not None

    @property
    def taken(self) -> bool:
        """Whether one of them is written."""
        return self._offer is not None and self._offer.taken is not None

    def step(self, step: int) -> bool:
        """Take the next candidate, or look for some; returns False where there is nothing to complete."""
        offer = self._offer
        if offer is None:
            return self.begin()
        count = len(offer.candidates)
        first = 0 if step > 0 else count - 1
        offer.taken = first if offer.taken is None else (offer.taken + step) % count
        self._write(offer, offer.candidates[offer.taken][0])
        self._show()
        return True

    def begin(self, *, anything: bool = False) -> bool:
        """Offer what may stand at the cursor; ``anything``: even where no word is begun."""
        row, column = self._area.cursor_location
        if not self._area.selection.is_empty:
            return False
        found = self._look()
        lead = self._lines[row][:column]
        if not found.candidates or (not anything and found.start == column and not lead.strip()):
            return False
        offer = self._offer = _Offer(row, found.start, column, lead[found.start :], found.candidates)
        if len(offer.candidates) == 1:
            self._write(offer, self._whole(offer))
            self.finish()
            return True
        common = _common_start([text for text, _meta in offer.candidates])
        if len(common) > len(offer.typed) and common.startswith(offer.typed):
            self._write(offer, common)
            offer.typed = common
        self._show()
        return True

    def edited(self) -> None:
        """The text has changed: what is offered follows the word, or goes."""
        if self._offer is None or self._writing:
            return
        offer, (row, column) = self._offer, self._area.cursor_location
        found = self._look() if row == offer.row and column > offer.start else Completion(column)
        if not found.candidates or found.start != offer.start:
            self.finish()
            return
        typed = self._lines[row][offer.start : column]
        self._offer = _Offer(row, offer.start, column, typed, found.candidates)
        self._show()

    def moved(self) -> None:
        """The cursor has moved: nothing is offered for a word it is not at the end of."""
        if self._offer is None or self._writing:
            return
        row, column = self._area.cursor_location
        if row != self._offer.row or abs(column - self._offer.end) > 1:
            self.finish()

    def cancel(self) -> None:
        """Restore what was typed, and offer nothing."""
        if self._offer is not None and self._offer.taken is not None:
            self._write(self._offer, self._offer.typed)
        self.finish()

    def finish(self) -> None:
        """Offer nothing any more."""
        self._offer = None
        if self._completions is not None:
            self._completions.display = False

    def _whole(self, offer: _Offer) -> str:
        """Return the only candidate; a parameter that nothing follows gets its operator."""
        text = offer.candidates[0][0]
        line = self._lines[offer.row]
        alone = not line[offer.end :].strip() and text[:1].isalpha() and not text.endswith("=")
        return f"{text} = " if alone and not line[: offer.start].strip() and self._at_start(offer) else text

    def _at_start(self, offer: _Offer) -> bool:
        return not self._lines.state(offer.row).depth

    def _write(self, offer: _Offer, text: str) -> None:
        self._writing = True
        try:
            place = (offer.row, offer.start)
            if self._lines[offer.row][offer.start : offer.end] != text:
                result = self._area.replace(
                    text, place, (offer.row, offer.end), maintain_selection_offset=False
                )
                self._area.move_cursor(result.end_location)
            offer.end = offer.start + len(text)
        finally:
            self._writing = False

    def _look(self) -> Completion:
        """Return what may stand at the cursor, found from the lines of its statement."""
        lines = self._lines
        row, column = self._area.cursor_location
        first = row
        while first and row - first < _LINES_BACK and not begins_statement(lines[first]):
            first -= 1
        lead = "".join(f"{line}\n" for line in lines.lines[first:row])
        found = complete(lead + lines[row], len(lead) + column)
        return Completion(found.start - len(lead), found.candidates)

    def _show(self) -> None:
        if self._completions is None or self._offer is None:
            return
        self._completions.offer(
            [Candidate(text, meta) for text, meta in self._offer.candidates], self._offer.taken
        )


def _common_start(texts: list[str]) -> str:
    first, last = min(texts), max(texts)
    same = next((at for at, sign in enumerate(first) if not last.startswith(sign, at)), len(first))
    return first[:same]
