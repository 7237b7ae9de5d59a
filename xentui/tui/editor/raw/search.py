"""The search in a text: what is looked for, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xentui.tui.editor.raw.lines import TextLines
from xentui.tui.editor.raw.painting import Span
from xentui.tui.textual_compat.text_area import Location, Selection


class TextSearch:
    """What is looked for in a text."""

    def __init__(self) -> None:
        self._needle: re.Pattern[str] | None = None

    @property
    def begun(self) -> bool:
        """Whether anything is looked for."""
        return self._needle is not None

    def begin(self, text: str) -> None:
        """Look for ``text`` from now on, for nothing where it is empty; upper case counts where it has some."""
        flags = re.IGNORECASE if text == text.lower() else re.NOFLAG
        self._needle = re.compile(re.escape(text), flags) if text else None

    def count(self, lines: TextLines) -> int:
        """Return how often it stands in a text."""
        if self._needle is None:
            return 0
        return sum(1 for line in lines.lines for _match in self._needle.finditer(line))

    def following(
        self, lines: TextLines, selection: Selection, step: int, *, inclusive: bool
    ) -> Selection | None:
        """Return the next place from ``selection`` on (``step`` 1), or the one before (-1); None where there is none.

        Where ``inclusive`` one that begins where the selection does counts, too.
        """
        if self._needle is None:
            return None
        count = lines.line_count
        start: Location = min(selection)
        row, column = start
        for distance in range(count + 1):
            at = (row + step * distance) % count
            found = [match.span() for match in self._needle.finditer(lines[at])]
            if distance == 0:
                found = [
                    span
                    for span in found
                    if (span[0] - column) * step > 0 or (inclusive and span[0] == column)
                ]
            if found:
                begin, end = found[0] if step > 0 else found[-1]
                return Selection((at, begin), (at, end))
        return None

    def spans(self, line: str, first: int, last: int) -> Iterator[Span]:
        """Yield where it stands in a line, between two columns."""
        if self._needle is not None:
            reach = len(self._needle.pattern)
            for match in self._needle.finditer(line, max(0, first - reach), last + reach):
                yield (*match.span(), "match")
