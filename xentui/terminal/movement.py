"""Control functions that move the cursor or the tab stops.  Parameters as ECMA-48 has them; 0 stands for 1."""

from __future__ import annotations

from xentui.terminal.parameters import Parameters, first, number
from xentui.terminal.screen import Screen


def cursor_up(screen: Screen, parameters: Parameters) -> None:
    """CUU: stops at the top of the region if the cursor is not above it."""
    limit = screen.top if screen.line >= screen.top else 0
    screen.line = max(limit, screen.line - first(parameters))
    screen.pending_wrap = False


def cursor_down(screen: Screen, parameters: Parameters) -> None:
    """CUD: stops at the bottom of the region if the cursor is not below it."""
    limit = screen.bottom if screen.line <= screen.bottom else screen.lines - 1
    screen.line = min(limit, screen.line + first(parameters))
    screen.pending_wrap = False


def cursor_forward(screen: Screen, parameters: Parameters) -> None:
    """CUF, HPR."""
    screen.column = min(screen.columns - 1, screen.column + first(parameters))
    screen.pending_wrap = False


def cursor_back(screen: Screen, parameters: Parameters) -> None:
    """CUB; in reverse-wraparound mode on into the lines above."""
    back(screen, first(parameters))


def back(screen: Screen, count: int) -> None:
    """BS and CUB."""
    if screen.modes.reverse_wrap and screen.modes.autowrap:
        if screen.pending_wrap:  # the cursor counts as standing behind the last column
            count -= 1
        _back_across_lines(screen, count)
    else:
        screen.column = max(0, screen.column - count)
    screen.pending_wrap = False


def _back_across_lines(screen: Screen, count: int) -> None:
    top, lines = (screen.top, screen.bottom + 1 - screen.top)
    if not screen.top <= screen.line <= screen.bottom:
        top, lines = 0, screen.lines
    here = (screen.line - top) * screen.columns + screen.column
    there = (here - count) % (lines * screen.columns)
    screen.line, screen.column = top + there // screen.columns, there % screen.columns


def next_line(screen: Screen, parameters: Parameters) -> None:
    """CNL."""
    cursor_down(screen, parameters)
    screen.column = 0


def previous_line(screen: Screen, parameters: Parameters) -> None:
    """CPL."""
    cursor_up(screen, parameters)
    screen.column = 0


def to_column(screen: Screen, parameters: Parameters) -> None:
    """CHA, HPA."""
    screen.column = min(first(parameters), screen.columns) - 1
    screen.pending_wrap = False


def to_line(screen: Screen, parameters: Parameters) -> None:
    """VPA."""
    screen.move_to(first(parameters) - 1, screen.column)


def down_to_line(screen: Screen, parameters: Parameters) -> None:
    """VPR."""
    line = screen.line - (screen.top if screen.modes.origin else 0)
    screen.move_to(line + first(parameters), screen.column)


def to_position(screen: Screen, parameters: Parameters) -> None:
    """CUP, HVP."""
    screen.move_to(first(parameters) - 1, number(parameters, 1) - 1)


def forward_tab(screen: Screen, parameters: Parameters) -> None:
    """CHT."""
    screen.tab(first(parameters))


def back_tab(screen: Screen, parameters: Parameters) -> None:
    """CBT."""
    screen.back_tab(first(parameters))


def clear_tabs(screen: Screen, parameters: Parameters) -> None:
    """TBC: the stop here (0) or all of them (3)."""
    what = parameters[0] if parameters else 0
    if what == 0:
        screen.clear_tab_stop()
    elif what == 3:
        screen.tab_stops.clear()


def scroll_region(screen: Screen, parameters: Parameters) -> None:
    """DECSTBM: a region of two lines or more; the cursor goes home."""
    top = first(parameters)
    bottom = parameters[1] if len(parameters) > 1 else 0
    bottom = min(bottom or screen.lines, screen.lines)
    if top < bottom:
        screen.top, screen.bottom = top - 1, bottom - 1
        screen.move_to(0, 0)


def save_cursor(screen: Screen, parameters: Parameters) -> None:
    """SCOSC; with parameters it would be DECSLRM (left and right margins), which is not kept."""
    if not any(parameters):
        screen.save_cursor()


def restore_cursor(screen: Screen, parameters: Parameters) -> None:
    """SCORC."""
    if not any(parameters):
        screen.restore_cursor()
