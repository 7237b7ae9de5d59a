"""The guest's end of its console: reading keys and lines from a pseudo-terminal, with time limits."""

from __future__ import annotations

import os
import select
import termios
import time
import tty


class Terminal:
    """Standard input and output of a guest's program, in one of two modes: lines or keys."""

    def __init__(self) -> None:
        self._lines = termios.tcgetattr(0)
        # ^S would stop a guest that nobody knows how to start again.
        self._lines[0] &= ~termios.IXON
        self.lines()

    def lines(self) -> None:
        """Whole lines are read, echoed and edited by the line discipline; ^C interrupts."""
        termios.tcsetattr(0, termios.TCSANOW, self._lines)

    def keys(self) -> None:
        """Each key is read as it is typed, without echo."""
        tty.setraw(0, termios.TCSANOW)

    def write(self, text: str) -> None:
        """Print, waiting for room as long as it takes."""
        data = text.encode("utf-8", "replace")
        while data:
            data = data[os.write(1, data) :]

    def key(self, seconds: float | None) -> str | None:
        """The next key (escape sequences whole) within that many seconds; None where there was none."""
        if not select.select([0], [], [], seconds)[0]:
            return None
        data = os.read(0, 1)
        if data == b"\x1b":
            end = time.monotonic() + 0.05
            while len(data) < 6 and select.select([0], [], [], max(0.0, end - time.monotonic()))[0]:
                data += os.read(0, 1)
                if data[-1:].isalpha() and data != b"\x1bO":
                    break
        return data.decode("latin-1")

    def line(self) -> str:
        """The next line, without its end; raises EOFError for ^D on an empty one."""
        data = os.read(0, 4096)
        if not data:
            raise EOFError
        return data.decode("utf-8", "replace").rstrip("\n")
