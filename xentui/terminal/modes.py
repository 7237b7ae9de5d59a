"""Modes: what guests set and reset with ``CSI h``/``l`` (ANSI) and ``CSI ? h``/``l`` (DEC and xterm)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Modes:
    """Every mode kept, as after a reset.  ``mouse`` is 0 or the number of the tracking mode in force."""

    insert: bool = False
    """IRM: characters push those after them to the right."""
    new_line: bool = False
    """LNM: LF also returns to the first column, Enter sends CR LF."""
    application_cursor: bool = False
    """DECCKM: arrow keys send SS3."""
    application_keypad: bool = False
    """DECKPAM."""
    backspace_sends_bs: bool = False
    """DECBKM."""
    allow_column_mode: bool = False
    more_fix: bool = False
    """A tab at the end of a line wraps first, as old versions of more(1) expect."""
    reverse_screen: bool = False
    """DECSCNM: the whole screen in reverse."""
    origin: bool = False
    """DECOM: lines count from the top of the scroll region."""
    autowrap: bool = True
    """DECAWM."""
    reverse_wrap: bool = False
    left_right_margins: bool = False
    """DECLRMM: ``CSI s`` sets the region's first and last column."""
    cursor_visible: bool = True
    """DECTCEM."""
    mouse: int = 0
    """9 (presses), 1000 (and releases), 1002 (and drags) or 1003 (all motion)."""
    mouse_sgr: bool = False
    focus_events: bool = False
    bracketed_paste: bool = False


ANSI_MODES = {4: "insert", 20: "new_line"}
DEC_MODES = {
    1: "application_cursor",
    5: "reverse_screen",
    25: "cursor_visible",
    40: "allow_column_mode",
    41: "more_fix",
    45: "reverse_wrap",
    66: "application_keypad",
    67: "backspace_sends_bs",
    1045: "reverse_wrap",
    1004: "focus_events",
    1006: "mouse_sgr",
    2004: "bracketed_paste",
}
"""DEC modes that are kept and have no effect of their own when they change."""
MOUSE_MODES = frozenset({9, 1000, 1002, 1003})
