"""The user's own terminal while a guest has it, and what gives it back whatever the guest has set in it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import termios
import tty
from collections.abc import Iterator

from xentui.console.output_filter import GuestFilter
from xentui.terminal import Emulator

LEAVE = b"\x1d"
"""Ctrl-], the byte xenconsole leaves at when it is read alone."""
# What may be left of a sequence or string, and of a frame that was to be shown at once.
_CUT_OFF = b"\x18\x1b\\\x1b[?2026l"
_LEAVE_ALTERNATE = b"\x1b[?1049l"
# Giving up the margins moves the cursor home: it is put back, which also brings back charset and colours as they were,
# so that these are reset behind it.
_MARGINS = b"\x1b[?69l\x1b7\x1b[r\x1b8"
# With the origin at the margins the saved place would be one of the old origin: the last line is safe.
_ORIGIN_AND_MARGINS = b"\x1b[?69l\x1b[?6l\x1b[r\x1b[999;1H"
# Charsets, colours, cursor, wrap, reversed screen, smooth scrolling, repeating keys, insertion, line feeds,
# cursor keys and keypad, Backspace, mouse, focus, paste.
_RESET = (
    b"\x0f\x1b(B\x1b)B\x1b*B\x1b+B\x1b[m\x1b[?25h\x1b[?7h\x1b[?5l\x1b[?4l\x1b[?8h\x1b[4l\x1b[20l"
    b"\x1b[?1l\x1b>\x1b[?67l\x1b[?41l\x1b[?45l\x1b[?1045l"
    b"\x1b[?9;1000;1002;1003l\x1b[?1005;1006;1015;1016l\x1b[?1004l\x1b[?2004l"
)
_EVERY = 8


def restoring(*, alternate_screen: bool = False, origin: bool = False, tab_stops: int = 0) -> bytes:
    """Return what takes back all a guest may have set in the terminal, the cursor staying where it is.

    ``alternate_screen`` and ``origin`` say whether it left these modes on; with ``origin`` the cursor goes to the
    last line.  ``tab_stops`` is in how many columns tab stops are to be set anew, 0 where they are as they were.
    """
    screen = _LEAVE_ALTERNATE if alternate_screen else b""
    margins = _ORIGIN_AND_MARGINS if origin else _MARGINS
    return _CUT_OFF + screen + margins + _tabs(tab_stops) + _RESET


def _tabs(columns: int) -> bytes:
    """Tab stops every eight columns, set in a way that every terminal knows."""
    if not columns:
        return b""
    stops = b"".join(b"\x1b[%dG\x1bH" % (column + 1) for column in range(_EVERY, columns, _EVERY))
    return b"\x1b7\x1b[3g" + stops + b"\x1b8"


class GuestOutput:
    """A guest's output on its way to the user's terminal, and what gives that back afterwards."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        terminal = os.environ.get("TERM", "")
        self._filter = GuestFilter(titles=terminal.startswith(("screen", "tmux")))
        self._emulator = Emulator(columns, lines, history=0)

    def passed(self, data: bytes) -> bytes:
        """Return what of a further piece of output the terminal is to get, which is noted."""
        data = self._filter.passed(data)
        self._emulator.feed(data)
        self._emulator.replies()
        return data

    def restoring(self, columns: int, lines: int) -> bytes:
        """Return what gives the terminal back, which has this size now."""
        self._emulator.resize(columns, lines)
        emulator, left = self._emulator, self._filter
        keyboard = b"\x1b[<%du" % left.keyboards if left.keyboards else b""
        keyboard += b"\x1b[=0u" if left.keyboard_set else b""
        restored = restoring(
            alternate_screen=emulator.alternate_screen,
            origin=emulator.origin_mode,
            tab_stops=0 if emulator.usual_tab_stops else emulator.columns,
        )
        # Each of the two screens has keyboard modes of its own.
        again = keyboard if emulator.alternate_screen else b""
        # The Linux console shows the ends of these: they go only to terminals a guest has sent such to.
        rarer = b"\x1b[>4m" if left.other_keys else b""
        rarer += b'\x1b[0"q\x1bW' if left.protecting else b""
        rarer += b"\x1b[0 q" if left.cursor_shaped else b""
        return _CUT_OFF + keyboard + restored + again + rarer


@contextlib.contextmanager
def raw_terminal(stdin: int, stdout: int, output: GuestOutput) -> Iterator[None]:
    """The terminal in raw mode; afterwards as it was before, with what a guest left taken back."""
    before = termios.tcgetattr(stdin)
    tty.setraw(stdin)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            lines, columns = size(stdin)
            write_all(stdout, output.restoring(columns, lines) + b"\r\n")
        with contextlib.suppress(termios.error):
            termios.tcsetattr(stdin, termios.TCSADRAIN, before)


def size(descriptor: int) -> tuple[int, int]:
    """Return rows and columns of a terminal; 24 and 80 where it does not say."""
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
