"""Which control function a character or sequence is; all others are ignored."""

from __future__ import annotations

from collections.abc import Callable

from xentui.terminal import editing, movement, reports, switching
from xentui.terminal.parameters import Parameters
from xentui.terminal.screen import Screen

CONTROL_SEQUENCES: dict[str, Callable[[Screen, Parameters], None]] = {
    "@": editing.insert_characters,
    "A": movement.cursor_up,
    "B": movement.cursor_down,
    "C": movement.cursor_forward,
    "D": movement.cursor_back,
    "E": movement.next_line,
    "F": movement.previous_line,
    "G": movement.to_column,
    "H": movement.to_place,
    "I": movement.forward_tab,
    "J": editing.erase_in_display,
    "K": editing.erase_in_line,
    "L": editing.insert_lines,
    "M": editing.delete_lines,
    "P": editing.delete_characters,
    "S": editing.scroll_up,
    "T": editing.scroll_down,
    "X": editing.erase_characters,
    "Z": movement.back_tab,
    "^": editing.scroll_down,
    "`": movement.to_column,
    "a": movement.right_by_columns,
    "b": editing.repeat,
    "c": reports.primary_attributes,
    "d": movement.to_line,
    "e": movement.down_by_lines,
    "f": movement.to_place,
    "g": movement.clear_tabs,
    "h": switching.set_mode,
    "l": switching.reset_mode,
    "n": reports.status,
    "r": movement.scroll_region,
    "s": movement.save_cursor_or_margins,
    "u": movement.restore_cursor,
    "?J": editing.erase_selectively_in_display,
    "?K": editing.erase_selectively_in_line,
    "?h": switching.set_private_mode,
    "?l": switching.reset_private_mode,
    "?r": switching.restore_private_modes,
    "?s": switching.save_private_modes,
    "?n": reports.private_status,
    ">c": reports.secondary_attributes,
    "!p": switching.soft_reset,
    '"q': editing.protect,
    "'}": editing.insert_columns,
    "'~": editing.delete_columns,
}
"""By what is not a parameter: private marker, intermediates and final.  SGR is the parser's: it takes text."""


def _next_line(screen: Screen) -> None:
    screen.index()  # first: right of the region nothing scrolls
    screen.carriage_return()


def _index(screen: Screen) -> None:
    screen.pending_wrap = False
    screen.index()


def _keypad(*, application: bool) -> Callable[[Screen], None]:
    def switch(screen: Screen) -> None:
        screen.modes.application_keypad = application

    return switch


ESCAPE_SEQUENCES: dict[str, Callable[[Screen], None]] = {
    "6": editing.back_index,
    "7": Screen.save_cursor,
    "8": Screen.restore_cursor,
    "9": editing.forward_index,
    "=": _keypad(application=True),
    ">": _keypad(application=False),
    "D": _index,
    "E": _next_line,
    "H": lambda screen: screen.tab_stops.set(screen.column),
    "M": Screen.reverse_index,
    "N": lambda screen: screen.charsets.single_shift(2),
    "O": lambda screen: screen.charsets.single_shift(3),
    "V": lambda screen: screen.protect("iso", on=True),
    "W": lambda screen: screen.protect("iso", on=False),
    "Z": lambda screen: reports.primary_attributes(screen, ()),
    "c": Screen.reset,
    "n": lambda screen: screen.charsets.shift(2),
    "o": lambda screen: screen.charsets.shift(3),
    "#8": editing.fill_with_e,
}
"""By intermediates and final; those that designate character sets are told by their intermediate."""


def _line_end(screen: Screen) -> None:
    screen.carriage_return()
    screen.line_feed()


def _bell(screen: Screen) -> None:
    screen.bells += 1


CONTROLS: dict[str, Callable[[Screen], None]] = {
    "\a": _bell,
    "\b": movement.back,
    "\t": lambda screen: screen.tab(1),
    "\n": Screen.line_feed,
    "\v": Screen.line_feed,
    "\f": Screen.line_feed,
    "\r": Screen.carriage_return,
    "\r\n": _line_end,
    "\x0e": lambda screen: screen.charsets.shift(1),
    "\x0f": lambda screen: screen.charsets.shift(0),
}
