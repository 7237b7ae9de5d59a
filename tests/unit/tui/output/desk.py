"""A terminal beside what is written to it, for tests of the way there."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import termios
import time
import tty
from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.unit.tui.output.frames import look, whole
from xentui.terminal import Emulator
from xentui.tui.output.output import Output

COLUMNS, LINES = 80, 24
PATIENCE = 60.0


class Desk:
    """A terminal that is read when the test says so."""

    def __init__(self) -> None:
        self.near, self.far = pty.openpty()
        termios.tcsetwinsize(self.far, (LINES, COLUMNS))
        modes = termios.tcgetattr(self.far)
        modes[tty.OFLAG] &= ~termios.OPOST  # as the driver has it
        termios.tcsetattr(self.far, termios.TCSANOW, modes)
        self.output = Output(self.far, "xterm-256color")
        self.emulator = Emulator(COLUMNS, LINES, history=0)
        self.wanted = Emulator(COLUMNS, LINES, history=0)
        self.taken = b""

    def frame(self, *rows: str, style: Style | None = None) -> None:
        frame = whole([Strip([Segment(row[:COLUMNS], style)]) for row in rows], COLUMNS, LINES)
        self.output.write(frame)
        self.wanted.feed(frame.replace("\n", "\r\n").encode())

    def read(self, seconds: float = 0.05, most: int = 65536) -> bool:
        """Let the terminal take what there is."""
        if not select.select([self.near], [], [], seconds)[0]:
            return False
        data = os.read(self.near, most)
        self.taken += data
        self.emulator.feed(data)
        return True

    def until(self, seen: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not seen():
            assert time.monotonic() < deadline, "\n".join(self.emulator.text())
            self.read()

    def settled(self) -> None:
        """Read until the terminal shows what is wanted."""
        self.until(lambda: look(self.emulator) == look(self.wanted))

    def hang(self) -> None:
        """Write pictures that have nothing in common until the terminal takes no more."""
        for number in range(80):
            self.frame(*(f"{number * 24 + line:x} " * 20 for line in range(LINES)))
            time.sleep(0.005)
        while select.select([], [self.far], [], 0)[1]:
            self.frame(*(f"{time.monotonic_ns() + line:x} " * 20 for line in range(LINES)))
            time.sleep(0.005)

    def close(self) -> None:
        """Leave the terminal."""
        self.output.stop()
        for descriptor in (self.near, self.far):
            with contextlib.suppress(OSError):
                os.close(descriptor)
