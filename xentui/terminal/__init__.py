"""The terminal emulator: what a guest writes to its console, as a screen of cells.  No I/O, standard library only.

The names below are looked up when they are first used: the list of domains needs the widths of characters only.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xentui.terminal.emulator import Emulator
    from xentui.terminal.keys import MouseEvent
    from xentui.terminal.painting import Run
    from xentui.terminal.searching import Match
    from xentui.terminal.style import Cell, Colour, Style

__all__ = ["Cell", "Colour", "Emulator", "Match", "MouseEvent", "Run", "Style"]

# No module may be called like a name in here: importing it would hide the name.
_MODULES = {
    "Cell": "style",
    "Colour": "style",
    "Emulator": "emulator",
    "Match": "searching",
    "MouseEvent": "keys",
    "Run": "painting",
    "Style": "style",
}


def __getattr__(name: str) -> object:
    """Look one of the names up in its module; a name that is known is not asked for again."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = found
    return found
