"""Breaking lines anew when the width changes: rows that belong together are joined, then cut at the new width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xentui.terminal.row import RIGHT_HALF, Entry, Row, entry_of, row_of
from xentui.terminal.style import PLAIN

_LONGEST = 4096
"""Rows joined to one line at most; a longer line is broken there, so that one line cannot cost all the memory."""


def reflowed(entries: Iterable[Entry], columns: int) -> Iterator[Entry]:
    """Yield rows that scrolled away, as they are ``columns`` wide."""
    line: list[Row] = []
    for entry in entries:
        if not line and isinstance(entry, str) and len(entry) <= columns:
            yield entry
            continue
        row = row_of(entry)
        line.append(row)
        if not row.wrapped or len(line) >= _LONGEST:
            yield from map(entry_of, broken(joined(line), columns))
            line = []
    if line:
        yield from map(entry_of, broken(joined(line), columns))


def lines_of(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield rows put together to the lines they are parts of."""
    line: list[Row] = []
    for row in rows:
        line.append(row)
        if not row.wrapped or len(line) >= _LONGEST:
            yield line
            line = []
    if line:
        yield line


def joined(line: list[Row]) -> Row:
    """Return a line in one row, as long as it takes; rows that wrap count with the cells written to."""
    texts, styles = [], []
    marks: dict[int, str] = {}
    start = 0
    for row in line[:-1]:
        cells = len(row.text)
        texts.append(row.text)
        styles.append(row.styles[:cells].ljust(cells, PLAIN))
        if row.marks:
            marks.update((start + at, signs) for at, signs in row.marks.items())
        start += cells
    last = line[-1]
    texts.append(last.text)
    styles.append(last.styles)
    if last.marks:
        marks.update((start + at, signs) for at, signs in last.marks.items())
    return Row("".join(texts), "".join(styles).rstrip(PLAIN), marks or None, wrapped=last.wrapped)


def broken(line: Row, columns: int, keep: int = 0) -> list[Row]:
    """Return a line cut into rows; plain blanks at its end are dropped as far as cell ``keep``.

    The last row's ``wrapped`` is the line's own.
    """
    text = line.text
    length = max(keep, len(text.rstrip(" ")), min(len(line.styles), len(text)))
    text = text[:length]
    rows = []
    start = 0
    while True:
        end = min(start + columns, len(text))
        if end < len(text) and text[end] == RIGHT_HALF:
            end -= 1
        if end == start and start < len(text):  # a wide character on a screen of one column
            text = text[:start] + " " + text[start + 2 :]
            continue
        last = end >= len(text)
        styles = line.styles[start : start + columns if last else end]
        marks = None
        if line.marks:
            marks = {at - start: signs for at, signs in line.marks.items() if start <= at < end} or None
        rows.append(Row(text[start:end], styles.rstrip(PLAIN), marks, wrapped=not last))
        if last:
            break
        start = end
    rows[-1].wrapped = line.wrapped
    return rows
