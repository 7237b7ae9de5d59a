"""Control functions that erase, insert, delete and scroll.  Blanks take the current background colour."""

from __future__ import annotations

from xentui.terminal.parameters import Parameters, first
from xentui.terminal.row import Row
from xentui.terminal.screen import Screen


def erase_in_line(screen: Screen, parameters: Parameters) -> None:
    """EL: to the end (0), from the start (1), all (2)."""
    _erase_in_line(screen, parameters, selectively=_spa_in_force(screen))


def erase_selectively_in_line(screen: Screen, parameters: Parameters) -> None:
    """DECSEL: EL of unprotected characters."""
    _erase_in_line(screen, parameters, selectively=True)


def _erase_in_line(screen: Screen, parameters: Parameters, *, selectively: bool) -> None:
    what = parameters[0] if parameters else 0
    start = screen.column if what == 0 else 0
    end = screen.column + 1 if what == 1 else screen.columns
    if what <= 2:
        _erase(screen, screen.rows[screen.line], start, end, selectively=selectively)
    screen.pending_wrap = False


def erase_in_display(screen: Screen, parameters: Parameters) -> None:
    """ED: below (0), above (1), all (2), the scrollback (3)."""
    _erase_in_display(screen, parameters, selectively=_spa_in_force(screen))


def erase_selectively_in_display(screen: Screen, parameters: Parameters) -> None:
    """DECSED: ED of unprotected characters."""
    _erase_in_display(screen, parameters, selectively=True)


def _erase_in_display(screen: Screen, parameters: Parameters, *, selectively: bool) -> None:
    what = parameters[0] if parameters else 0
    if what == 3:
        screen.scrollback.clear()
        return
    if what == 2:
        first_line, end_line = 0, screen.lines
    elif what == 1:
        first_line, end_line = 0, screen.line
    else:
        first_line, end_line = screen.line + 1, screen.lines
    if what in (0, 1):
        _erase_in_line(screen, (what,), selectively=selectively)
    if what <= 2:
        _erase_rows(screen, first_line, end_line, selectively=selectively)
    screen.pending_wrap = False


def erase_characters(screen: Screen, parameters: Parameters) -> None:
    """ECH."""
    end = min(screen.columns, screen.column + first(parameters))
    _erase(screen, screen.rows[screen.line], screen.column, end, selectively=_spa_in_force(screen))
    screen.pending_wrap = False


def _spa_in_force(screen: Screen) -> bool:
    """Return whether plain erasing leaves protected characters too: protected by SPA they do, by DECSCA not."""
    return screen.protection == "iso"


def _erase_rows(screen: Screen, start: int, end: int, *, selectively: bool) -> None:
    if selectively:
        for row in screen.rows[start:end]:
            _erase(screen, row, 0, screen.columns, selectively=True)
    else:
        screen.rows[start:end] = [screen.new_row() for _ in range(end - start)]


def _erase(screen: Screen, row: Row, start: int, end: int, *, selectively: bool) -> None:
    """Blank cells of a row; ``selectively`` the unprotected ones only."""
    protected = screen.styles.protected
    if selectively and not protected.isdisjoint(row.styles):
        row.erase_except(protected, start, end, screen.blank)
    else:
        row.erase(start, end, screen.blank, screen.columns)


def protect(screen: Screen, parameters: Parameters) -> None:
    """DECSCA: protected (1) or not (0, 2)."""
    what = parameters[0] if parameters else 0
    if what <= 2:
        screen.protect("dec", on=what == 1)


def insert_characters(screen: Screen, parameters: Parameters) -> None:
    """ICH: within the region's columns, nothing outside of them."""
    if screen.left <= screen.column <= screen.right:
        row = screen.rows[screen.line]
        row.insert(screen.column, first(parameters), screen.blank, screen.right + 1)
    screen.pending_wrap = False


def delete_characters(screen: Screen, parameters: Parameters) -> None:
    """DCH: within the region's columns, nothing outside of them."""
    if screen.left <= screen.column <= screen.right:
        row = screen.rows[screen.line]
        row.delete(screen.column, first(parameters), screen.blank, screen.right + 1)
    screen.pending_wrap = False


def insert_lines(screen: Screen, parameters: Parameters) -> None:
    """IL: nothing outside the scroll region."""
    if _in_region(screen):
        screen.scroll_down(screen.line, first(parameters))
        screen.carriage_return()


def delete_lines(screen: Screen, parameters: Parameters) -> None:
    """DL: nothing outside the scroll region."""
    if _in_region(screen):
        screen.delete_rows(screen.line, first(parameters))
        screen.carriage_return()


def scroll_up(screen: Screen, parameters: Parameters) -> None:
    """SU."""
    screen.scroll_up(first(parameters))


def scroll_down(screen: Screen, parameters: Parameters) -> None:
    """SD; none by 0.  With five parameters ``CSI T`` is xterm's highlight tracking, which is not kept."""
    if len(parameters) <= 1 and parameters != (0,):
        screen.scroll_down(screen.top, first(parameters))


def repeat(screen: Screen, parameters: Parameters) -> None:
    """REP."""
    screen.repeat(first(parameters))


def _in_region(screen: Screen) -> bool:
    return screen.top <= screen.line <= screen.bottom and screen.left <= screen.column <= screen.right


def insert_columns(screen: Screen, parameters: Parameters) -> None:
    """DECIC: ICH on every line of the scroll region."""
    if _in_region(screen):
        for row in screen.rows[screen.top : screen.bottom + 1]:
            row.insert(screen.column, first(parameters), screen.blank, screen.right + 1)
        screen.pending_wrap = False


def delete_columns(screen: Screen, parameters: Parameters) -> None:
    """DECDC: DCH on every line of the scroll region."""
    if _in_region(screen):
        for row in screen.rows[screen.top : screen.bottom + 1]:
            row.delete(screen.column, first(parameters), screen.blank, screen.right + 1)
        screen.pending_wrap = False


def back_index(screen: Screen) -> None:
    """DECBI: left a column, moving the region's text right at the first one."""
    if screen.column == screen.left:
        insert_columns(screen, (1,))
    elif screen.column > 0:
        screen.column -= 1
    screen.pending_wrap = False


def forward_index(screen: Screen) -> None:
    """DECFI: right a column, moving the region's text left at the last one."""
    if screen.column < screen.edge():
        screen.column += 1
    elif screen.column == screen.right and _in_region(screen):
        for row in screen.rows[screen.top : screen.bottom + 1]:
            row.delete(screen.left, 1, screen.blank, screen.right + 1)
    screen.pending_wrap = False


def fill_with_e(screen: Screen) -> None:
    """DECALN: the screen full of E, no scroll region, the cursor home."""
    screen.modes.left_right_margins = screen.modes.origin = False
    screen.widen_region()
    for row in screen.rows:
        row.erase(0, screen.columns, screen.blank, screen.columns)
        row.put(0, "E" * screen.columns, "\0")
    screen.move_to(0, 0)
