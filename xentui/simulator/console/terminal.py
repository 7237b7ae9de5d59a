"""The guest's end of its console: reading keys and lines from a pseudo-terminal, with time limits."""

from __future__ import annotations

import os
import select
import termios
import time
import tty

_ARROWS = {"\x1b[A": -1, "\x1bOA": -1, "\x1b[B": 1, "\x1bOB": 1}
_LONGEST = 1000
_FOLLOWING = {0xC: 1, 0xD: 1, 0xE: 2, 0xF: 3}
"""How many bytes follow the first of a character in UTF-8, by that one's upper half."""


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
        """Return the next key (escape sequences whole) within that many seconds; None where there was none."""
        if not select.select([0], [], [], seconds)[0]:
            return None
        data = os.read(0, 1)
        if data == b"\x1b":
            end = time.monotonic() + 0.05
            while len(data) < 12 and select.select([0], [], [], max(0.0, end - time.monotonic()))[0]:
                data += os.read(0, 1)
                if data[-1:].isalpha() and data != b"\x1bO":
                    break
        else:
            end = time.monotonic() + 0.05
            more = _FOLLOWING.get(data[0] >> 4, 0) if data else 0
            while len(data) <= more and select.select([0], [], [], max(0.0, end - time.monotonic()))[0]:
                data += os.read(0, 1)
        return data.decode("utf-8", "replace")

    def line(self, history: list[str], *, echo: bool = True) -> str:
        """Return a line edited as busybox's shell does it; ``history`` is what the arrows bring back, latest last.

        Without ``echo`` what is typed is not shown.

        Raises EOFError for ^D on an empty line, KeyboardInterrupt for ^C.  What a terminal answers when it is asked
        for its cursor is taken for no typing.
        """
        self.keys()
        text, at = "", len(history)
        try:
            while True:
                key = self.key(None) or ""
                if key in ("\r", "\n"):
                    self.write("\r\n")
                    return text
                if key == "\x03":
                    self.write("^C\r\n")
                    raise KeyboardInterrupt
                if key == "\x04" and not text:
                    raise EOFError
                if key in _ARROWS:
                    at = max(0, min(len(history), at + _ARROWS[key]))
                    text = self._replace(text, history[at] if at < len(history) else "")
                elif key in ("\x7f", "\x08"):
                    text = self._replace(text, text[:-1])
                elif key == "\x15":
                    text = self._replace(text, "")
                elif len(key) == 1 and key >= " " and len(text) < _LONGEST:
                    text += key
                    self.write(key if echo else "")
        finally:
            self.lines()

    def _replace(self, old: str, new: str) -> str:
        self.write("\b" * len(old) + new + " " * (len(old) - len(new)) + "\b" * max(0, len(old) - len(new)))
        return new
