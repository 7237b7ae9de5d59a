"""Finding text in scrollback and screen, across the rows a line is broken into."""

from __future__ import annotations

from collections.abc import Sequence

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


def find(entries: Sequence[Entry], wanted: str, *, match_case: bool, limit: int) -> list[Match]:
    """Return the last ``limit`` places of ``wanted``, oldest first; combining marks are left aside."""
    needle = _folded(wanted, match_case=match_case)
    found: list[Match] = []
    line: list[Entry] = []
    # From the newest on: past the limit nothing is looked at.
    for number in range(len(entries) - 1, -1, -1) if needle else ():
        line.append(entries[number])
        if number and len(line) < _LONGEST and _goes_on(entries[number - 1]):
            continue
        if len(line) > 1 or _may_have(line[0], needle, match_case=match_case):
            rows = [row_of(entry) for entry in reversed(line)]
            found += reversed(_in_line(rows, number, needle, match_case=match_case))
        line.clear()
        if len(found) >= limit:
            break
    return found[:limit][::-1]


def _goes_on(entry: Entry) -> bool:
    """Return whether its line goes on in the next row."""
    return not isinstance(entry, str) and entry.wrapped


def _may_have(entry: Entry, needle: str, *, match_case: bool) -> bool:
    return not isinstance(entry, str) or needle in _folded(
        entry.replace(RIGHT_HALF, ""), match_case=match_case
    )


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
