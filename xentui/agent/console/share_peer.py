"""One who is connected to a shared console: what it has asked for, and what waits to be sent to it."""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import Callable, Optional

from xentui.agent.console.line_frames import DATA, END, STATUS, packed
from xentui.agent.console.shares import PATIENCE, shown

#: Bytes that may wait for a watcher; of what is more only the newest is shown.
BUFFER = 64 << 10
#: So much of it.
NEWEST = 8 << 10
#: Bytes of a frame to a watcher.
_FRAME = 4096
#: Seconds a watcher may take nothing of what waits for it.
_STUCK = 60.0
_SKIPPED = "\x18\r\n--- {} not shown: this terminal reads too slowly ---\r\n"
#: The kernel's ``struct ucred`` (unix(7)): process, user, group.
_CREDENTIALS = struct.Struct("3i")


class SharePeer:
    """One who is connected."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.request = b""
        #: Whether it has said what is wanted, and whether it has got all it gets.
        self.asked = self.answered = False
        self.watches = False
        self.stop: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._sending = b""
        self._end = b""
        self._skipped = 0
        self._moved = time.monotonic()

    @property
    def pending(self) -> bool:
        """Whether something waits for it."""
        return bool(self._waiting or self._sending or self._end)

    @property
    def deadline(self) -> Optional[float]:
        """When it is let go of, unless it says or takes something; None while it watches."""
        if not self.asked:
            return self._moved + PATIENCE
        return self._moved + (PATIENCE if self.answered else _STUCK) if self.pending else None

    def hear_no_more(self) -> None:
        """End its hearing; what waits for it stays."""
        stop, self.stop = self.stop, lambda: None
        stop()

    def offer(self, data: bytes) -> bool:
        """Have it get this too, from any thread; whether there was nothing for it before.

        Of more than it reads in time it gets the newest: what nobody can see any more holds up what can be seen.
        """
        with self._lock:
            idle = not self.pending
            if idle:
                self._moved = time.monotonic()
            self._waiting += data
            if len(self._waiting) > BUFFER:
                newest = bytes(self._waiting[-NEWEST:])
                whole = newest.partition(b"\n")[2] or newest
                self._skipped += len(self._waiting) - len(whole)
                self._waiting[:] = whole
            return idle

    def end(self, code: int, words: str) -> None:
        """Have a watcher told, behind what waits for it, how it has ended."""
        with self._lock:
            if not self.pending:
                self._moved = time.monotonic()
            self._end = packed(END, STATUS.pack(code) + shown(words).encode("utf-8", "replace"))

    def send(self) -> None:
        """Send what the socket takes; raises OSError."""
        with self._lock:
            if not self._sending:
                self._sending = self._next()
            sent = self.socket.send(self._sending)
            if sent:
                self._moved = time.monotonic()
            self._sending = self._sending[sent:]

    def _next(self) -> bytes:
        """Return what is sent next: an answer as it is; to a watcher frames, the last of which tells the end."""
        if self._skipped:
            size = f"{self._skipped >> 10} KiB" if self._skipped >> 10 else f"{self._skipped} bytes"
            self._waiting[:0] = _SKIPPED.format(size).encode("ascii")
            self._skipped = 0
        if not self._waiting:
            end, self._end = self._end, b""
            return end
        piece = bytes(self._waiting[:_FRAME])
        del self._waiting[:_FRAME]
        return packed(DATA, piece) if self.watches else piece


def uid_of(connected: socket.socket) -> int:
    """Return the user number of who is at the other end, as the kernel knows it; raises OSError."""
    said = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _pid, uid, _gid = _CREDENTIALS.unpack(said)
    return int(uid)
