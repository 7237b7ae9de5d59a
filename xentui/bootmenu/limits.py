"""How much of a guest's word is taken: its files may be made to deceive."""

from __future__ import annotations

SECONDS = 5
"""What all reading together may take of the processor: as long as it lasts where nothing else is to do."""
TOO_LONG = "takes longer than"
"""What is said of a reading that was ended by them: what it would have found is not known."""
WALL = 20
"""Seconds that may pass meanwhile, on a host that is busy."""
MEMORY = 512 << 20
"""Bytes one reader may take."""
FILE = 1 << 20
"""Bytes of one configuration file (pygrub reads as much)."""
FILES = 64
"""Files read for one menu."""
BYTES = 4 << 20
"""Bytes read for one menu, a file as often as it is read."""
WORD = 4096
"""Characters of a value, a title, a line of arguments."""
WORDS = 1024
"""Words of one command."""
VARIABLES = 1000
STEPS = 20_000
"""Commands run for one menu, those in functions and loops each time."""
ENTRY_STEPS = 500
"""Commands run for one entry, for a submenu ten times as many."""
ALL_STEPS = 60_000
"""Commands run for all of a menu."""
DEPTH = 50
"""Blocks within blocks, files within files, functions calling functions."""
ENTRIES = 1000
NOTES = 20
INITRDS = 64
"""Files one entry loads besides its kernel."""
TOLD = 1 << 19
"""Bytes that the entries of one menu may have as JSON: each of them may have a title as long as a screen."""


class OverlongError(Exception):
    """All has taken too long; the argument says it.  No OSError, which a reader that fails is taken for, and no
    BootMenuError, behind which the next entry of a menu is looked at.
    """


class BootMenuError(Exception):
    """Why there is no menu, or no more of one; the argument says it.  ``line`` counts from 1, 0 where none is meant."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line
