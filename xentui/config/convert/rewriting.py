"""A text that is changed piece by piece while it is still known which line each piece came from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

from xentui.config.convert.records import ConvertedLine
from xentui.config.secrets import HIDDEN, is_secret
from xentui.frozen import dataclass

_STATEMENT = re.compile(r"^[ \t]*([A-Za-z_][A-Za-z0-9_.]*)[ \t]*\+?=(?!=)", re.MULTILINE)
_AFTER = re.compile(r"[ \t]*(?:#[^\n]*)?(?=\n|\Z)")


@dataclass(frozen=True, slots=True)
class Edit:
    """One piece to put in the place of another.

    ``before`` and ``after`` are what is told of it (default: the pieces); an edit without ``reason`` goes with
    another and is not told.  ``telling`` is false for what a file of xl may have too, such as DOS line ends;
    ``whole`` is true for what belongs to no line.
    """

    start: int
    end: int
    new: str
    reason: str = ""
    before: str | None = None
    after: str | None = None
    telling: bool = True
    whole: bool = False


class Rewriting:
    """A text on its way, and the changes made so far; immutable but for :attr:`changes`."""

    def __init__(self, text: str, changes: list[ConvertedLine] | None = None) -> None:
        self.text = text
        self.changes = [] if changes is None else changes
        self.of_xm = False
        self._lines: list[int] = []

    def apply(self, edits: Iterable[Edit]) -> None:
        """Make the edits, which must not overlap; what is told of them counts lines of the first text."""
        ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
        if not ordered:
            return
        starts = _line_starts(self.text)
        known = self._lines or list(range(1, len(starts) + 1))
        pieces: list[str] = []
        lines: list[int] = [known[0]]
        position = 0
        for edit in ordered:
            if edit.start < position:
                continue
            kept = self.text[position : edit.start]
            first = bisect_right(starts, position) - 1
            lines += known[first + 1 : first + 1 + kept.count("\n")]
            line = known[bisect_right(starts, edit.start) - 1]
            lines += [line] * edit.new.count("\n")
            pieces += (kept, edit.new)
            position = edit.end
            if edit.new.endswith("\n") or not edit.new:
                lines[-1] = known[bisect_right(starts, position) - 1]
            if edit.reason:
                before = self.text[edit.start : edit.end] if edit.before is None else edit.before
                after = edit.new if edit.after is None else edit.after
                if self._in_secret(edit.start):
                    before, after = (HIDDEN if piece else "" for piece in (before, after))
                self.changes.append(ConvertedLine(0 if edit.whole else line, before, after, edit.reason))
                self.of_xm = self.of_xm or edit.telling
        first = bisect_right(starts, position) - 1
        rest = self.text[position:]
        lines += known[first + 1 : first + 1 + rest.count("\n")]
        self.text = "".join((*pieces, rest))
        self._lines = lines

    def _in_secret(self, at: int) -> bool:
        """Return whether a place is within the value of a password."""
        if "passw" not in self.text.lower():
            return False
        keys = [match.group(1) for match in _STATEMENT.finditer(self.text, 0, at)]
        return bool(keys) and is_secret(keys[-1])

    def note(self, change: ConvertedLine) -> None:
        """Tell of a change that is no edit of one place."""
        self.changes.append(change)


def commented_out(text: str, start: int, end: int, reason: str, *, telling: bool = True) -> list[Edit]:
    """Edits that make a comment of a statement; one with others on its lines is taken out.

    Raises nothing; the statement runs from ``start`` to ``end``.
    """
    line_start = text.rfind("\n", 0, start) + 1
    after = _AFTER.match(text, end)
    if text[line_start:start].strip() or after is None:
        return [Edit(start, end, "", reason, telling=telling)]
    whole = text[start:end]
    edits = [Edit(start, start, "# ", reason, before=whole, after="", telling=telling)]
    offset = start
    while (offset := text.find("\n", offset, end)) >= 0:
        offset += 1
        edits.append(Edit(offset, offset, "# "))
    return edits


def _line_starts(text: str) -> list[int]:
    starts = [0]
    offset = 0
    while (offset := text.find("\n", offset) + 1) > 0:
        starts.append(offset)
    return starts
