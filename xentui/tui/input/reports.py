"""What the terminal says of itself when it is asked."""

from __future__ import annotations

from textual.message import Message

MARGINS = 69
"""The mode of left and right margins (DECLRMM)."""
ASK_MARGINS = f"\x1b[?{MARGINS}$p"
"""DECRQM: which state a mode is in, or that it is not known."""
_SWITCHABLE = frozenset({1, 2})
"""Set, and reset; 0 is not known, 3 and 4 are set or reset for good."""


class ModeReport(Message):
    """DECRPM: whether the terminal has a ``mode`` to switch on."""

    def __init__(self, mode: int, state: int) -> None:
        super().__init__()
        self.mode = mode
        self.known = state in _SWITCHABLE
