"""A new size for the screen: the main screen's lines are broken anew, the alternate one's are cut."""

from __future__ import annotations

from xentui.terminal.reflow import broken, joined, lines_of
from xentui.terminal.row import Row
from xentui.terminal.screen import SavedCursor, Screen

_TAKEN_BACK = 256
"""Rows of a line that began in the scrollback, taken back at most to break it anew."""


def resize(screen: Screen, columns: int, lines: int) -> None:
    """Give ``screen`` another size.

    What the main screen shows above the cursor and does not fit goes to the scrollback, and comes back from it
    where there is room.  The cursor stays on its character.  Scroll regions end.
    """
    on_main = screen.rows is screen.main
    cursor = (screen.line, screen.column, screen.pending_wrap)
    saved = screen.saved_main
    if not on_main:
        cursor = (saved.line, saved.column, saved.pending_wrap) if saved else (0, 0, False)
    cursor = _resize_main(screen, columns, lines, cursor)
    if screen.alternate is not None:
        _resize_alternate(screen, columns, lines)
    if on_main:
        screen.rows = screen.main
        screen.line, screen.column, screen.pending_wrap = cursor
    else:
        assert screen.alternate is not None  # noqa: S101 - for the type checker
        screen.rows = screen.alternate
        screen.line = min(screen.line, lines - 1)
        behind = screen.column + screen.pending_wrap
        screen.column = min(behind, columns - 1)
        screen.pending_wrap = screen.pending_wrap and behind >= columns
        if saved is not None:
            screen.saved_main = SavedCursor(*cursor, saved.style, saved.origin, saved.charsets)
    screen.tab_stops.widen(screen.columns, columns)
    screen.columns, screen.lines = columns, lines
    screen.widen_region()


def _resize_main(
    screen: Screen, columns: int, lines: int, cursor: tuple[int, int, bool]
) -> tuple[int, int, bool]:
    """Give the main screen's rows the new size; returns where the cursor is then."""
    line, column, pending = cursor
    rows = screen.main
    used = len(rows)
    while used > line + 1 and rows[used - 1].is_blank():
        used -= 1
    rows = rows[:used]
    if columns != screen.columns:
        line += _take_back_begun(screen, rows)
        rows, line, column, pending = _broken_anew(rows, columns, (line, column, pending))
    screen.scrollback.change_width(columns)
    line += _fill_from_scrollback(screen, rows, columns, lines)
    above = min(max(0, len(rows) - lines), line)
    for row in rows[:above]:
        screen.scrollback.append(row)
    if len(rows) > above + lines:
        rows = rows[: above + lines]
        rows[-1].wrapped = False
    rows = rows[above:]
    rows += [Row() for _ in range(lines - len(rows))]
    screen.main = rows
    return line - above, column, pending


def _take_back_begun(screen: Screen, rows: list[Row]) -> int:
    """Put before ``rows`` those of their first line that are in the scrollback; returns how many."""
    taken: list[Row] = []
    while len(taken) < _TAKEN_BACK:
        row = screen.scrollback.take_last(only_wrapped=True)
        if row is None:
            break
        taken.append(row)
    rows[:0] = reversed(taken)
    return len(taken)


def _broken_anew(
    rows: list[Row], columns: int, cursor: tuple[int, int, bool]
) -> tuple[list[Row], int, int, bool]:
    """Return rows at the new width, and the cursor in them."""
    cursor_line, cursor_column, pending = cursor
    result: list[Row] = []
    place = (0, 0, False)
    number = 0
    for line in lines_of(rows):
        inside = number <= cursor_line < number + len(line)
        cell = 0
        if inside:
            cell = sum(len(row.text) for row in line[: cursor_line - number]) + cursor_column + pending
            _pad_to(line, cursor_line - number, cursor_column + pending)
        pieces = broken(joined(line), columns, keep=cell)
        if inside:
            place = _find_cell(pieces, cell, columns, len(result), pending=pending)
        result += pieces
        number += len(line)
    return result, *place


def _pad_to(line: list[Row], number: int, cells: int) -> None:
    """Let a row that a cursor stands in reach as far as the cursor."""
    if number < len(line):
        line[number].text = line[number].text.ljust(cells)


def _find_cell(
    pieces: list[Row], cell: int, columns: int, first: int, *, pending: bool
) -> tuple[int, int, bool]:
    """Return where a cell of a line is in the rows it was broken into."""
    for number, piece in enumerate(pieces):
        size = len(piece.text)
        if cell < size or number == len(pieces) - 1:
            break
        cell -= size
    if cell == columns and not pending and number == len(pieces) - 1:
        # Behind a line that fills its row the cursor waits, as if that had been written at this width.
        return first + number, columns - 1, True
    if cell > columns and not pending and number == len(pieces) - 1:
        pieces[-1].wrapped, wrapped = True, pieces[-1].wrapped
        pieces.append(Row(wrapped=wrapped))
        return first + number + 1, min(cell - columns, columns - 1), False
    return first + number, min(cell, columns - 1), pending and cell >= columns


def _fill_from_scrollback(screen: Screen, rows: list[Row], columns: int, lines: int) -> int:
    """Put the newest lines of the scrollback before ``rows`` while the screen has room; returns how many rows."""
    count = 0
    while len(rows) < lines and (row := screen.scrollback.take_last()) is not None:
        line = [row]
        while len(line) < _TAKEN_BACK and (row := screen.scrollback.take_last(only_wrapped=True)) is not None:
            line.insert(0, row)
        pieces = broken(joined(line), columns)
        rows[:0] = pieces
        count += len(pieces)
    return count


def _resize_alternate(screen: Screen, columns: int, lines: int) -> None:
    rows = screen.alternate
    assert rows is not None  # noqa: S101 - for the type checker
    for row in rows:
        row.cut(columns)
    excess = max(0, screen.line - lines + 1) if screen.rows is rows else 0
    rows = rows[excess : excess + lines]
    screen.alternate = rows + [Row() for _ in range(lines - len(rows))]
