"""Control functions that move the cursor or the tab stops.  Parameters as ECMA-48 has them; 0 stands for 1."""

from __future__ import annotations

from xentui.terminal.parameters import Parameters, first
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
    """CUF."""
    screen.column = min(screen.edge(), screen.column + first(parameters))
    screen.pending_wrap = False


def cursor_back(screen: Screen, parameters: Parameters) -> None:
    """CUB; in reverse-wraparound mode on into the lines above."""
    back(screen, first(parameters))


def back(screen: Screen, count: int = 1) -> None:
    """BS and CUB."""
    if screen.modes.reverse_wrap and screen.modes.autowrap:
        if screen.pending_wrap:  # the cursor counts as standing behind the last column
            count -= 1
        _back_across_lines(screen, count)
    else:
        screen.column = max(screen.left if screen.column >= screen.left else 0, screen.column - count)
    screen.pending_wrap = False


def _back_across_lines(screen: Screen, count: int) -> None:
    """Back by cells of the region, from its first one on to its last."""
    inside = screen.top <= screen.line <= screen.bottom
    top, bottom = (screen.top, screen.bottom) if inside else (0, screen.lines - 1)
    left, right = (screen.left, screen.right) if screen.column <= screen.right else (0, screen.columns - 1)
    width, height = right - left + 1, bottom - top + 1
    if screen.column < left:
        if count <= screen.column:
            screen.column -= count
            return
        count -= screen.column
        screen.column = left
    here = (screen.line - top) * width + screen.column - left
    line, column = divmod((here - count) % (width * height), width)
    screen.line, screen.column = top + line, left + column


def next_line(screen: Screen, parameters: Parameters) -> None:
    """CNL."""
    cursor_down(screen, parameters)
    screen.carriage_return()


def previous_line(screen: Screen, parameters: Parameters) -> None:
    """CPL."""
    cursor_up(screen, parameters)
    screen.carriage_return()


def to_column(screen: Screen, parameters: Parameters) -> None:
    """CHA, HPA."""
    screen.move_to(_line_in_region(screen), first(parameters) - 1)


def right_by_columns(screen: Screen, parameters: Parameters) -> None:
    """HPR."""
    screen.move_to(_line_in_region(screen), _column_in_region(screen) + first(parameters))


def to_line(screen: Screen, parameters: Parameters) -> None:
    """VPA."""
    screen.move_to(first(parameters) - 1, _column_in_region(screen))


def down_by_lines(screen: Screen, parameters: Parameters) -> None:
    """VPR."""
    screen.move_to(_line_in_region(screen) + first(parameters), _column_in_region(screen))


def _line_in_region(screen: Screen) -> int:
    """Return the cursor's line as positions count now."""
    return screen.line - (screen.top if screen.modes.origin else 0)


def _column_in_region(screen: Screen) -> int:
    return screen.column - (screen.left if screen.modes.origin else 0)


def to_place(screen: Screen, place: Parameters) -> None:
    """CUP, HVP with line and column counted from 0."""
    line, column = place
    if screen.modes.origin:
        screen.move_to(line, column)
        return
    screen.line = line if line < screen.lines else screen.lines - 1
    screen.column = column if column < screen.columns else screen.columns - 1
    screen.pending_wrap = False


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
        screen.tab_stops.clear(screen.column)
    elif what == 3:
        screen.tab_stops.clear_all()


def scroll_region(screen: Screen, parameters: Parameters) -> None:
    """DECSTBM: a region of two lines or more; the cursor goes home."""
    top = first(parameters)
    bottom = parameters[1] if len(parameters) > 1 else 0
    bottom = min(bottom or screen.lines, screen.lines)
    if top < bottom:
        screen.top, screen.bottom = top - 1, bottom - 1
        screen.move_to(0, 0)


def save_cursor_or_margins(screen: Screen, parameters: Parameters) -> None:
    """SCOSC; in left-right margin mode DECSLRM, the region's first and last column."""
    if not screen.modes.left_right_margins:
        if not any(parameters):
            screen.save_cursor()
        return
    left = first(parameters)
    right = parameters[1] if len(parameters) > 1 else 0
    right = min(right or screen.columns, screen.columns)
    if left < right:
        screen.set_margins(left - 1, right - 1)
        screen.move_to(0, 0)


def restore_cursor(screen: Screen, parameters: Parameters) -> None:
    """SCORC."""
    if not any(parameters):
        screen.restore_cursor()
