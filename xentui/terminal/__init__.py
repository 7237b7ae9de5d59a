"""The terminal emulator: what a guest writes to its console, as a screen of cells.  No I/O, standard library only."""

from __future__ import annotations

from xentui.terminal.emulator import Emulator
from xentui.terminal.keys import MouseEvent
from xentui.terminal.painting import Run
from xentui.terminal.searching import Match
from xentui.terminal.style import Cell, Colour, Style

__all__ = ["Cell", "Colour", "Emulator", "Match", "MouseEvent", "Run", "Style"]
