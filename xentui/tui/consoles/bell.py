"""The bell of the guest in sight."""

from __future__ import annotations

import time

from xentui.terminal import Emulator

_BETWEEN_BELLS = 0.5
"""Seconds between two bells: a guest may ring without end, over a line that is slow."""


class GuestBell:
    """Hears the bell of one guest after the other."""

    def __init__(self) -> None:
        self._bells = 0
        """How often the guest had rung it when it was last heard."""
        self._rang = -_BETWEEN_BELLS

    def hear(self, emulator: Emulator | None) -> None:
        """Hear another guest, or none, from now on."""
        self._bells = emulator.bells if emulator is not None else 0

    def rung(self, emulator: Emulator) -> bool:
        """Return whether it has been rung since it was last heard, and that is to be told."""
        before, self._bells = self._bells, emulator.bells
        now = time.monotonic()
        if self._bells == before or now - self._rang < _BETWEEN_BELLS:
            return False
        self._rang = now
        return True
