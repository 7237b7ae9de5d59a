"""The user's own terminal while a guest has it, and what gives it back whatever the guest has set in it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import termios
import tty
from collections.abc import Iterator

LEAVE = b"\x1d"
"""Ctrl-], the byte xenconsole leaves at when it is read alone."""
_MODES = re.compile(rb"\x1b\[\?([\d;]{1,60})([hl])")
_OVERLAP = 64
"""Bytes of earlier output in which a sequence may have begun."""
_ALTERNATE = frozenset({b"47", b"1047", b"1049"})
_ORIGIN = b"6"
_LEAVE_ALTERNATE = b"\x1b[?1049l"
# Giving up the margins moves the cursor home: it is put back, which also brings back charset and colours as they were,
# so that these are reset behind it.
_MARGINS = b"\x1b7\x1b[r\x1b8"
# With the origin at the margins the saved place would be one of the old origin: the last line is safe.
_ORIGIN_AND_MARGINS = b"\x1b[?6l\x1b[r\x1b[999;1H"
# Charsets, colours, cursor, wrap, reversed screen, insertion, cursor keys and keypad, mouse, focus, paste.
_RESET = (
    b"\x0f\x1b(B\x1b)B\x1b[m\x1b[?25h\x1b[?7h\x1b[?5l\x1b[4l\x1b[?1l\x1b>"
    b"\x1b[?1000;1002;1003;1006l\x1b[?1004l\x1b[?2004l"
)


def restoring(*, alternate_screen: bool = False, origin: bool = False) -> bytes:
    """What takes back all a guest may have set in the terminal, the cursor staying where it is.

    ``alternate_screen`` and ``origin`` say whether it left these modes on; with ``origin`` the cursor goes to the
    last line.
    """
    screen = _LEAVE_ALTERNATE if alternate_screen else b""
    return screen + (_ORIGIN_AND_MARGINS if origin else _MARGINS) + _RESET


class ModesLeftOn:
    """Follows the modes that decide how the terminal is given back, however the output is cut."""

    def __init__(self, *, alternate_screen: bool = False) -> None:
        self.alternate_screen = alternate_screen
        self.origin = False
        self._before = b""

    def follow(self, data: bytes) -> None:
        """Take note of a further piece of output."""
        data = self._before + data
        for match in _MODES.finditer(data):
            modes, on = match[1].split(b";"), match[2] == b"h"
            if not _ALTERNATE.isdisjoint(modes):
                self.alternate_screen = on
            if _ORIGIN in modes:
                self.origin = on
        self._before = data[-_OVERLAP:]

    def restoring(self) -> bytes:
        """What gives the terminal back."""
        return restoring(alternate_screen=self.alternate_screen, origin=self.origin)


@contextlib.contextmanager
def raw_terminal(stdin: int, stdout: int, modes: ModesLeftOn) -> Iterator[None]:
    """The terminal in raw mode; afterwards as it was before, with the modes a guest left on taken back."""
    before = termios.tcgetattr(stdin)
    tty.setraw(stdin)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            write_all(stdout, modes.restoring() + b"\r\n")
        with contextlib.suppress(termios.error):
            termios.tcsetattr(stdin, termios.TCSADRAIN, before)


def size(descriptor: int) -> tuple[int, int]:
    """Rows and columns of a terminal; 24 and 80 where it does not say."""
    try:
        packed = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, b"\0" * 8)
    except OSError:
        return 24, 80
    rows, columns, _, _ = struct.unpack("HHHH", packed)
    return rows or 24, columns or 80


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of ``data``, waiting for room as long as it takes; raises OSError where nobody takes it."""
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            select.select([], [descriptor], [], 1.0)
