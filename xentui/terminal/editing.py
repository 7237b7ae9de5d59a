"""Control functions that erase, insert, delete and scroll.  Blanks take the current background colour."""

from __future__ import annotations

from xentui.terminal.parameters import Parameters, first
from xentui.terminal.screen import Screen


def erase_in_line(screen: Screen, parameters: Parameters) -> None:
    """EL: to the end (0), from the start (1), all (2); DECSEL the same, as no character is protected."""
    what = parameters[0] if parameters else 0
    columns = screen.columns
    row = screen.rows[screen.line]
    if what == 0:
        row.erase(screen.column, columns, screen.blank, columns)
    elif what == 1:
        row.erase(0, screen.column + 1, screen.blank, columns)
    elif what == 2:
        row.erase(0, columns, screen.blank, columns)
    screen.pending_wrap = False


def erase_in_display(screen: Screen, parameters: Parameters) -> None:
    """ED: below (0), above (1), all (2), the scrollback (3); DECSED the same."""
    what = parameters[0] if parameters else 0
    rows, line = screen.rows, screen.line
    if what == 0:
        erase_in_line(screen, (0,))
        rows[line + 1 :] = [screen.new_row() for _ in range(screen.lines - line - 1)]
    elif what == 1:
        rows[:line] = [screen.new_row() for _ in range(line)]
        erase_in_line(screen, (1,))
    elif what == 2:
        rows[:] = [screen.new_row() for _ in range(screen.lines)]
        screen.pending_wrap = False
    elif what == 3:
        screen.scrollback.clear()


def erase_characters(screen: Screen, parameters: Parameters) -> None:
    """ECH."""
    end = min(screen.columns, screen.column + first(parameters))
    screen.rows[screen.line].erase(screen.column, end, screen.blank, screen.columns)
    screen.pending_wrap = False


def insert_characters(screen: Screen, parameters: Parameters) -> None:
    """ICH."""
    screen.rows[screen.line].insert(screen.column, first(parameters), screen.blank, screen.columns)
    screen.pending_wrap = False


def delete_characters(screen: Screen, parameters: Parameters) -> None:
    """DCH."""
    screen.rows[screen.line].delete(screen.column, first(parameters), screen.blank, screen.columns)
    screen.pending_wrap = False


def insert_lines(screen: Screen, parameters: Parameters) -> None:
    """IL: nothing outside the scroll region."""
    if screen.top <= screen.line <= screen.bottom:
        screen.scroll_down(screen.line, first(parameters))
        screen.carriage_return()


def delete_lines(screen: Screen, parameters: Parameters) -> None:
    """DL: nothing outside the scroll region."""
    if screen.top <= screen.line <= screen.bottom:
        screen.delete_rows(screen.line, first(parameters))
        screen.carriage_return()


def scroll_up(screen: Screen, parameters: Parameters) -> None:
    """SU."""
    screen.scroll_up(screen.top, first(parameters))


def scroll_down(screen: Screen, parameters: Parameters) -> None:
    """SD.  With five parameters ``CSI T`` is xterm's highlight tracking, which is not kept."""
    if len(parameters) <= 1:
        screen.scroll_down(screen.top, first(parameters))


def repeat(screen: Screen, parameters: Parameters) -> None:
    """REP."""
    screen.repeat(first(parameters))


def insert_columns(screen: Screen, parameters: Parameters) -> None:
    """DECIC: ICH on every line of the scroll region."""
    if screen.top <= screen.line <= screen.bottom:
        for row in screen.rows[screen.top : screen.bottom + 1]:
            row.insert(screen.column, first(parameters), screen.blank, screen.columns)
        screen.pending_wrap = False


def delete_columns(screen: Screen, parameters: Parameters) -> None:
    """DECDC: DCH on every line of the scroll region."""
    if screen.top <= screen.line <= screen.bottom:
        for row in screen.rows[screen.top : screen.bottom + 1]:
            row.delete(screen.column, first(parameters), screen.blank, screen.columns)
        screen.pending_wrap = False


def back_index(screen: Screen) -> None:
    """DECBI: left a column, moving the region's text right at the first one."""
    if screen.column == 0:
        insert_columns(screen, (1,))
    else:
        screen.column -= 1
    screen.pending_wrap = False


def forward_index(screen: Screen) -> None:
    """DECFI: right a column, moving the region's text left at the last one."""
    if screen.column < screen.columns - 1:
        screen.column += 1
    elif screen.top <= screen.line <= screen.bottom:
        for row in screen.rows[screen.top : screen.bottom + 1]:
            row.delete(0, 1, screen.blank, screen.columns)
    screen.pending_wrap = False


def fill_with_e(screen: Screen) -> None:
    """DECALN: the screen full of E, no scroll region, the cursor home."""
    screen.top, screen.bottom = 0, screen.lines - 1
    screen.modes.origin = False
    for row in screen.rows:
        row.erase(0, screen.columns, screen.blank, screen.columns)
        row.put(0, "E" * screen.columns, "\0")
    screen.move_to(0, 0)
