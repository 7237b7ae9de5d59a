"""Writes to a terminal in as few characters as its place and look allow."""

from __future__ import annotations

import re
from typing import Final

from xentui.tui.output.grid import Picture
from xentui.tui.output.looks import PLAIN, Look, change, on_blanks

_RUN: Final = re.compile(r"(.)\1*", re.DOTALL)
_ERASE: Final = "\x1b[K"
_SETTLE: Final = "\x0f\x1b(B\x1b[m\x1b[r\x1b[?6l\x1b[?7l\x1b[4l"
"""Charset, look, scroll region, origin, wrap and insertion as they are taken for granted."""


class Pen:
    """Where the cursor of a terminal stands, None where that is not known, and how it writes.

    ``out`` is what is sent.  Lines and columns count from 0.  A terminal does not wrap: Textual switches that off.
    """

    __slots__ = ("column", "line", "look", "out")

    def __init__(self, line: int | None = None, column: int | None = None, look: Look = PLAIN) -> None:
        self.line = line
        self.column = column
        self.look = look
        self.out: list[str] = []

    def copy(self) -> Pen:
        """Another that has written nothing yet."""
        return Pen(self.line, self.column, self.look)

    def take(self, other: Pen) -> None:
        """Write what a copy has written."""
        self.line, self.column, self.look = other.line, other.column, other.look
        self.out += other.out

    def __len__(self) -> int:
        return sum(map(len, self.out))

    def settle(self) -> None:
        """Have the terminal write as is taken for granted, whatever others have set in it."""
        self.out.append(_SETTLE)
        self.line = self.column = None
        self.look = PLAIN

    def go(self, line: int, column: int) -> None:
        """Move the cursor."""
        if (line, column) == (self.line, self.column):
            return
        self.out.append(min(self._ways(line, column), key=len))
        self.line, self.column = line, column

    def _ways(self, line: int, column: int) -> list[str]:
        ways = [f"\x1b[{line + 1};{column + 1}H" if column else f"\x1b[{line + 1}H" if line else "\x1b[H"]
        if line == self.line:
            if not column:
                ways.append("\r")
            elif self.column is not None:
                steps = column - self.column
                ways.append(f"\x1b[{_count(steps)}C" if steps > 0 else f"\x1b[{_count(-steps)}D")
                if -4 < steps < 0:
                    ways.append("\b" * -steps)
        elif self.line is not None and line == self.line + 1 and not column:
            ways.append("\r\n")
        elif self.line is not None and column == self.column:
            steps = line - self.line
            ways.append(f"\x1b[{_count(abs(steps))}{'B' if steps > 0 else 'A'}")
        return ways

    def style(self, look: Look) -> None:
        """Write in a look from now on."""
        if look == self.look:
            return
        self.out.append(change(self.look, look))
        self.look = look

    def cells(self, text: str, looks: str, picture: Picture) -> None:
        """Write cells of a picture from where the cursor stands."""
        column = self.column or 0
        for run in _RUN.finditer(looks):
            start, end = run.span()
            piece, look = text[start:end], picture.table[run[1]]
            if not piece.strip(" "):
                look = on_blanks(self.look, look)
            self.style(look)
            self.out.append(piece if piece.isascii() else "".join(map(picture.clusters.text, piece)))
        column += len(text)
        # Past the last column it depends, as it does where terminals do not agree about a width.
        self.column = column if column < picture.columns and text.isascii() else None

    def erase(self, blank: Look) -> None:
        """Blank the rest of the line."""
        self.style(blank)
        self.out.append(_ERASE)

    def scroll(self, top: int, bottom: int, rows: int, blank: Look) -> None:
        """Move the lines from ``top`` to ``bottom`` up, or down where ``rows`` is negative, for blank ones."""
        self.style(blank)
        self.out.append(f"\x1b[{top + 1};{bottom + 1}r")
        self.line = self.column = None
        if rows > 0:
            self.go(bottom, 0)
            self.out.append("\n" * rows)
        else:
            self.go(top, 0)
            self.out.append("\x1bM" * -rows)
        self.out.append("\x1b[r")
        self.line = self.column = 0


def _count(steps: int) -> str:
    return str(steps) if steps > 1 else ""
