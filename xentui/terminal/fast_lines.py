"""Whole lines of plain text, the bulk of what guests write, a screenful or more at a time.

Of a guest that floods its console most lines only pass through the screen; they go to the scrollback at once.
"""

from __future__ import annotations

from xentui.terminal.row import Entry, Row, row_of
from xentui.terminal.screen import Screen
from xentui.terminal.style import PLAIN


def draw_lines(screen: Screen, block: str) -> None:
    """Write lines of printable ASCII, each ended by CR LF, as they would be written one by one."""
    lines = block.split("\r\n")
    lines.pop()
    at_once = _scrolls_plainly(screen)
    for number, line in enumerate(lines, start=1):
        scrolls = screen.line == screen.bottom
        if line:
            screen.draw(line)
        screen.carriage_return()
        screen.line_feed()
        if scrolls and at_once:
            _pass_through(screen, lines[number:])
            return


def _scrolls_plainly(screen: Screen) -> bool:
    """Return whether all that lines can do is scroll the whole screen."""
    return (
        screen.style == PLAIN
        and screen.top == 0
        and screen.bottom == screen.lines - 1
        and screen.whole_width
        and screen.charsets.current is None
        and screen.modes.autowrap
        and not screen.modes.insert
    )


def _pass_through(screen: Screen, lines: list[str]) -> None:
    """Scroll lines in from the bottom, where the cursor is at the start of an empty row."""
    columns = screen.columns
    coming: list[Entry] = []
    for line in lines:
        if len(line) <= columns:
            coming.append(line)
        else:
            pieces = [line[at : at + columns] for at in range(0, len(line), columns)]
            coming.extend(Row(piece, wrapped=True) for piece in pieces[:-1])
            coming.append(pieces[-1])
    keep = screen.lines - 1
    passing = max(0, len(coming) - keep)
    if screen.rows is screen.main:
        for row in screen.rows[: min(len(coming), keep)]:
            screen.scrollback.append(row)
        screen.scrollback.extend(coming[:passing])
    staying = [row_of(entry) for entry in coming[passing:]]
    screen.rows[:] = [*screen.rows[len(staying) : keep], *staying, Row()]
