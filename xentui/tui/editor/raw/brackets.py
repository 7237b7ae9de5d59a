"""The brackets of lists: which of them belong together."""

from __future__ import annotations

from xentui.config.tokens import TokenKind, tokens
from xentui.tui.editor.raw.lines import TextLines
from xentui.tui.textual_compat.text_area import Location

_PARTNER_LINES = 200
"""So many lines are looked through for the other bracket."""


def partner(lines: TextLines, bracket: str, place: Location) -> Location | None:
    """Return the place of the bracket that belongs to ``bracket``, which stands at ``place``; None where it is far
    away.
    """
    if bracket not in ("[", "]") or not bracket:
        return None
    row, column = place
    step, depth = (1, 0) if bracket == "[" else (-1, 0)
    for at in range(row, row + step * _PARTNER_LINES, step):
        if not 0 <= at < lines.line_count:
            return None
        line = lines[at]
        if "[" not in line and "]" not in line:
            continue
        brackets = [
            start for start, _end, kind in tokens(line, lines.state(at))[0] if kind is TokenKind.BRACKET
        ]
        for start in brackets[::step]:
            if at == row and (start - column) * step < 0:
                continue
            depth += 1 if line[start] == bracket else -1
            if not depth:
                return at, start
            if at == row and start == column and depth < 1:
                return None
    return None
