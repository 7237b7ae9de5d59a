"""What the terminal says of itself when it is asked."""

from __future__ import annotations

import re

from textual.message import Message

MARGINS = 69
"""The mode of left and right margins (DECLRMM)."""
ASK_MARGINS = f"\x1b[?{MARGINS}$p"
"""DECRQM: which state a mode is in, or that it is not known."""
_SWITCHABLE = frozenset({1, 2})
"""Set, and reset; 0 is not known, 3 and 4 are set or reset for good."""


ANSWER = re.compile(r"\x1b\[[03]n")
"""What the terminal answers to DSR 5; no key sends it."""
ANSWER_BEGINS = frozenset({"\x1b[", "\x1b[0", "\x1b[3"})


class Answered(Message):
    """The terminal has processed what was sent before a question."""


class ModeReport(Message):
    """DECRPM: whether the terminal has a ``mode`` to switch on."""

    def __init__(self, mode: int, state: int) -> None:
        super().__init__()
        self.mode = mode
        self.known = state in _SWITCHABLE
