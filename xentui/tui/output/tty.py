"""The user's terminal as it is written to: in pieces it takes at once, and never waited for without end."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import termios
import time
from collections.abc import Callable
from typing import Final, NamedTuple

try:
    import curses
except ImportError:  # a Python can be built without
    curses = None  # type: ignore[assignment]

_LOOK: Final = 0.2
"""Seconds between two looks whether to go on waiting."""
_PIECE: Final = 4096
_SMALL: Final = 512
"""Bytes a terminal that is ready surely takes, where writing would wait for it."""
_ERASE_SOME: Final = b"\x1b[%p1%dX"
_DEVICE_NUMBER: Final = 0x80045432
"""TIOCGDEV, ioctl_tty(2): which terminal it is; /dev/tty is another name of it."""


class TerminalWriter:
    """Writes to the terminal behind a descriptor.

    It has a description of its own, so that not to wait for the terminal does not become the way of the shell that
    started the program, nor of an editor it starts.
    """

    def __init__(self, descriptor: int) -> None:
        own = _opened_anew(descriptor)
        self._piece = _SMALL if own is None else _PIECE
        self._descriptor = os.dup(descriptor) if own is None else own
        self.gone = False
        """Whether nobody is there any more."""

    def close(self) -> None:
        """Let go of the terminal."""
        os.close(self._descriptor)

    def size(self) -> tuple[int, int] | None:
        """Return columns and lines; None where the terminal does not say."""
        try:
            columns, lines = os.get_terminal_size(self._descriptor)
        except OSError:
            return None
        return (columns, lines) if columns and lines else None

    def write(self, data: bytes, patient: Callable[[float], bool]) -> bytes:
        """Write as the terminal takes it; returns what is left where ``patient`` ends, or the terminal has gone.

        ``patient`` is asked every now and then, with the seconds nothing was taken in.
        """
        rest, taken = memoryview(data), time.monotonic()
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        while rest and not self.gone:
            try:
                events = poll.poll(_LOOK * 1000)
                if events and events[0][1] & (select.POLLERR | select.POLLHUP | select.POLLNVAL):
                    self.gone = True
                elif events and (count := os.write(self._descriptor, rest[: self._piece])):
                    rest, taken = rest[count:], time.monotonic()
            except BlockingIOError:
                time.sleep(_LOOK / 10)  # there is room, but for less than a character
            except OSError:
                self.gone = True
            if rest and not patient(time.monotonic() - taken):
                break
        return bytes(rest)

    def discard(self) -> None:
        """Have the terminal forget what it has not yet taken, where that can be."""
        with contextlib.suppress(termios.error):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)


def _opened_anew(descriptor: int) -> int | None:
    """Another description of the same terminal, which never waits; None where there is none to be had."""
    for path in (f"/proc/self/fd/{descriptor}", "/dev/tty"):
        try:
            opened = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
        if _device(opened) == _device(descriptor) is not None:
            return opened
        os.close(opened)
    return None


def _device(descriptor: int) -> bytes | None:
    try:
        return fcntl.ioctl(descriptor, _DEVICE_NUMBER, bytes(4))
    except OSError:
        return None


class Erasing(NamedTuple):
    """How a terminal erases: in the colour it writes on (``bce``), and a number of cells (``ech``)."""

    in_colour: bool = False
    some: bool = False


def erasing(name: str, descriptor: int) -> Erasing:
    """Return how a terminal of that name erases; neither where it is not known."""
    if curses is None:
        return Erasing()
    try:
        curses.setupterm(name, descriptor)
        return Erasing(curses.tigetflag("bce") == 1, curses.tigetstr("ech") == _ERASE_SOME)
    except curses.error:
        return Erasing()
