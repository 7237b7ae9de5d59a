"""Finding text in scrollback and screen, across the rows a line is broken into."""

from __future__ import annotations

from collections.abc import Iterable

from xentui.frozen import dataclass
from xentui.terminal.row import RIGHT_HALF, Entry, Row, row_of

_LONGEST = 4096
"""Rows of one line searched together at most."""


@dataclass(frozen=True, slots=True)
class Match:
    """Where a text was found: row (0 is the oldest of the scrollback), column, and columns it takes.

    One that runs over the end of its row goes on at the start of the next.
    """

    row: int
    column: int
    cells: int


def find(entries: Iterable[Entry], wanted: str, *, match_case: bool, limit: int) -> list[Match]:
    """The first ``limit`` places of ``wanted``, combining marks left aside."""
    needle = _folded(wanted, match_case=match_case)
    found: list[Match] = []
    if not needle:
        return found
    line: list[Row] = []
    first = 0
    for number, entry in enumerate(entries, start=1):
        if (
            line
            or not isinstance(entry, str)
            or needle in _folded(entry.replace(RIGHT_HALF, ""), match_case=match_case)
        ):
            line.append(row_of(entry))
            if line[-1].wrapped and len(line) < _LONGEST:
                continue
            found += _in_line(line, first, needle, match_case=match_case)
            line = []
            if len(found) >= limit:
                break
        first = number
    if line:
        found += _in_line(line, first, needle, match_case=match_case)
    return found[:limit]


def _in_line(line: list[Row], number: int, needle: str, *, match_case: bool) -> list[Match]:
    text = "".join(row.text for row in line)
    cells = range(len(text))
    if RIGHT_HALF in text:
        positions = [at for at in cells if text[at] != RIGHT_HALF]
        text = text.replace(RIGHT_HALF, "")
    else:
        positions = list(cells) if needle in _folded(text, match_case=match_case) else []
    text = _folded(text, match_case=match_case)
    matches = []
    at = text.find(needle)
    while at >= 0:
        start = positions[at]
        after = at + len(needle)
        end = positions[after] if after < len(positions) else cells.stop
        row = number
        column = start
        for part in line[:-1]:
            if column < len(part.text):
                break
            column -= len(part.text)
            row += 1
        matches.append(Match(row, column, end - start))
        at = text.find(needle, after)
    return matches


def _folded(text: str, *, match_case: bool) -> str:
    """``text`` without case where that keeps its length, so that positions stay true."""
    if match_case:
        return text
    folded = text.lower()
    return folded if len(folded) == len(text) else text
