"""An end of the line between a console and who has it elsewhere: the same at both
(:mod:`xentui.agent.console.line_frames`).
"""

from __future__ import annotations

import os
import time
from typing import List

from xentui.agent.console.line_frames import (
    COUNT,
    DATA,
    DONE,
    HERE,
    SIGN,
    SILENCE,
    Frame,
    Frames,
    number,
    packed,
)


class GoneError(Exception):
    """Nobody is at the other end any more."""


class LineEnd:
    """The way to the other side: what waits for it, and what came from it."""

    def __init__(self, fd_in: int, fd_out: int) -> None:
        self.fd_in, self.fd_out = fd_in, fd_out
        os.set_blocking(fd_in, False)
        os.set_blocking(fd_out, False)
        self._frames = Frames()
        self._waiting = bytearray()
        self._heard = self._said = time.monotonic()
        #: Bytes that the other side has not dealt with yet.
        self.under_way = 0

    @property
    def pending(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._waiting)

    def send(self, kind: bytes, content: bytes = b"") -> None:
        """Have a frame sent."""
        self.send_plainly(packed(kind, content))
        if kind == DATA:
            self.under_way += len(content)

    def send_plainly(self, data: bytes) -> None:
        """Have bytes sent that are no frame, before the first."""
        self._waiting += data

    def forget(self) -> None:
        """Send nothing of what waits."""
        self._waiting.clear()

    def write(self) -> None:
        """Send what the line takes; raises :class:`GoneError`."""
        try:
            del self._waiting[: os.write(self.fd_out, self._waiting)]
            self._said = time.monotonic()
        except BlockingIOError:
            pass
        except OSError:
            raise GoneError from None

    def read(self) -> List[Frame]:
        """Return what has come but signs of life and of what was dealt with; raises :class:`GoneError` and
        FrameError.
        """
        try:
            data = os.read(self.fd_in, 1 << 16)
        except BlockingIOError:
            return []
        except OSError:
            raise GoneError from None
        if not data:
            raise GoneError
        return self.take(data)

    def take(self, data: bytes) -> List[Frame]:
        """As :meth:`read`, of what was read already."""
        self._heard = time.monotonic()
        found = []
        for frame in self._frames.take(data):
            if frame.kind == DONE:
                self.under_way = max(0, self.under_way - number(COUNT, frame.content))
            elif frame.kind != HERE:
                found.append(frame)
        return found

    def live(self) -> float:
        """Give a sign of life where it is time; the seconds until the next.

        Raises :class:`GoneError` after silence.
        """
        now = time.monotonic()
        if now - self._heard > SILENCE:
            raise GoneError(f"the connection was silent for {SILENCE:g} s")
        if now - self._said >= SIGN and not self._waiting:
            self.send(HERE)
            self._said = now
        return SIGN
