"""The only questions of a guest that are answered: what it is (DA), whether it is well and where the cursor is (DSR).

An answer is typed into the guest, so nothing that the guest chose (titles, screen contents) is ever in one.
"""

from __future__ import annotations

from xentui.terminal.parameters import Parameters
from xentui.terminal.screen import Screen

PRIMARY_ATTRIBUTES = b"\x1b[?62;6;22c"
"""A VT220 with selective erase and ANSI colour."""
SECONDARY_ATTRIBUTES = b"\x1b[>1;10;0c"


def primary_attributes(screen: Screen, parameters: Parameters) -> None:
    """DA, and DECID."""
    if not any(parameters):
        screen.answer(PRIMARY_ATTRIBUTES)


def secondary_attributes(screen: Screen, parameters: Parameters) -> None:
    """DA2."""
    if not any(parameters):
        screen.answer(SECONDARY_ATTRIBUTES)


def status(screen: Screen, parameters: Parameters) -> None:
    """DSR: 5 is answered "well", 6 with the cursor's position (CPR)."""
    if parameters == (5,):
        screen.answer(b"\x1b[0n")
    elif parameters == (6,):
        screen.answer(b"\x1b[%d;%dR" % _position(screen))


def private_status(screen: Screen, parameters: Parameters) -> None:
    """DECXCPR."""
    if parameters == (6,):
        screen.answer(b"\x1b[?%d;%dR" % _position(screen))


def _position(screen: Screen) -> tuple[int, int]:
    top, left = (screen.top, screen.left) if screen.modes.origin else (0, 0)
    return screen.line - top + 1, screen.column - left + 1
