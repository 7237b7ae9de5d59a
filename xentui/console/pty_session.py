"""A command on a pseudo-terminal, read and written by one thread: no event loop ever waits for it."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xentui.console.pty_process import PtyProcess, no_room
from xentui.console.transcript import Transcript
from xentui.console.user_terminal import LEAVE
from xentui.errors import XentuiError

BUFFER = 256 << 10
"""Bytes read ahead of the emulator at most; past them the guest has to wait."""
INPUT = 1 << 20
"""Bytes of input that may wait for the guest."""
_PIECE = 4096
_TAIL = 8192
_QUIET = 1.0
"""Seconds without output after which it is looked whether the command still lives."""
_SETTLE = 0.05
"""Seconds between earlier input and the leaving byte, which must arrive alone."""
_LEAVE_PATIENCE = 1.0
_LEAVE_AGAIN = 0.5
_EXIT_PATIENCE = 5.0
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


@dataclass(frozen=True, slots=True)
class LineEnd:
    """How a command ended: its exit code (0 if it lives on), whether by itself, and the last it printed."""

    exit_code: int
    by_itself: bool
    tail: bytes


class PtySession:
    """Runs ``argv`` on a pseudo-terminal of ``columns`` by ``lines``.

    What it prints goes to the transcript, then to the tap, then to a buffer for :meth:`take`.  ``heard`` is called
    from the thread when the buffer is no longer empty, ``ended`` once when all is over.  With ``keep_child`` a
    command that has to be cut off is abandoned, not killed.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        columns: int,
        lines: int,
        transcript: Transcript | None,
        keep_child: bool,
        heard: Callable[[], None],
        ended: Callable[[LineEnd], None],
    ) -> None:
        self._argv = tuple(argv)
        self._environment = dict(environment)
        self._size = (lines, columns)
        self._transcript = transcript
        self._keep_child = keep_child
        self._heard = heard
        self._ended = ended
        self._lock = threading.Lock()
        self._buffer = bytearray()
        self._full = False
        self._told = False
        self._typed = bytearray()
        self._typed_at = 0.0
        self._stuck = False
        self._leave_times: list[float] | None = None
        self._deadline = 0.0
        self._sink: Callable[[bytes], None] | None = None
        self._open = False
        self._tail = b""
        self._child: PtyProcess | None = None
        self._master = -1
        self._wake_read = self._wake_write = -1
        self.bytes_seen = 0

    def start(self) -> None:
        """Spawn the command and its thread; may take as long as ``exec`` does.

        Raises UsageError where the program is missing, HostError where this machine has no room for one more.
        """
        try:
            self._wake_read, self._wake_write = os.pipe()
            os.set_blocking(self._wake_read, False)
            os.set_blocking(self._wake_write, False)
            child = PtyProcess(self._argv, self._environment, self._size)
        except OSError as error:
            self._close_wakers()
            raise no_room(self._argv[0], error) from error
        except XentuiError:
            self._close_wakers()
            raise
        self._child, self._master, self._open = child, child.master, True
        try:
            threading.Thread(
                target=self._run, args=(child,), name=f"console {child.pid}", daemon=True
            ).start()
        except RuntimeError as error:
            self._open = False
            self._close_wakers()
            child.end()
            raise no_room(self._argv[0], error) from error

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes of output at most, b"" where there are none yet."""
        with self._lock:
            data = bytes(self._buffer[:size])
            del self._buffer[:size]
            if not self._buffer:
                self._told = False
            if self._full and len(self._buffer) <= BUFFER // 2:
                self._full = False
                self._wake()
        return data

    def discard(self) -> None:
        """Forget the output that has not been taken."""
        self.take(len(self._buffer) + _PIECE)

    def write(self, data: bytes) -> bool:
        """Queue input; False where there is no room for all of it, or nobody to take it."""
        with self._lock:
            if not self._open or self._leave_times is not None or len(self._typed) + len(data) > INPUT:
                return False
            self._typed += data
            self._wake()
        return True

    @property
    def waiting(self) -> bool:
        """Whether there is output to take."""
        return bool(self._buffer)

    @property
    def crowded(self) -> bool:
        """Whether earlier input waits for the guest, so that what is queued now might be cut in two on its way."""
        return bool(self._typed) and (self._stuck or len(self._typed) > _PIECE // 2)

    def resize(self, columns: int, lines: int) -> None:
        """Give the pseudo-terminal another size."""
        with self._lock, contextlib.suppress(OSError):
            if self._child is not None and self._open:
                self._child.resize((lines, columns))

    def tap(self, sink: Callable[[bytes], None] | None) -> bytes:
        """Hand further output to ``sink`` too, from the thread; returns the output not taken yet.

        What is returned, and what the sink gets, follow each other without a gap.  A sink that raises OSError is
        forgotten.
        """
        with self._lock:
            self._sink = sink
            return bytes(self._buffer)

    @property
    def tapped(self) -> bool:
        """Whether a sink listens."""
        return self._sink is not None

    def leave(self) -> None:
        """Have the command leave by Ctrl-], then be cut off; ``ended`` is called within two seconds or so."""
        with self._lock:
            if self._leave_times is not None:
                return
            now = time.monotonic()
            first = max(now, self._typed_at + _SETTLE)
            self._leave_times = [first, first + _LEAVE_AGAIN]
            self._deadline = first + _LEAVE_PATIENCE
            self._typed.clear()
            self._wake()

    def _wake(self) -> None:
        if self._wake_write >= 0:
            with contextlib.suppress(BlockingIOError):
                os.write(self._wake_write, b".")

    # The thread

    def _run(self, child: PtyProcess) -> None:
        by_itself = False
        try:
            by_itself = self._relay(child)
        finally:
            end, pid = self._finish(child, by_itself=by_itself)
            self._ended(end)
            if pid:
                # It lives on; when it ends at last it must not stay a zombie.
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def _relay(self, child: PtyProcess) -> bool:
        """Copy both ways; True when the command has ended by itself, False when it is to be cut off."""
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        asked = 0
        while True:
            now = time.monotonic()
            if self._leave_times is not None and now >= self._deadline:
                return False
            wanted = self._wanted()
            if wanted != asked:
                if wanted:
                    poll.register(self._master, wanted)
                else:
                    poll.unregister(self._master)
                asked = wanted
            events = dict(poll.poll(self._patience(now) * 1000))
            if self._wake_read in events:
                os.read(self._wake_read, _PIECE)
            what = events.get(self._master, 0)
            if what & select.POLLOUT:
                self._type()
            if what & (select.POLLIN | _GONE):
                if not self._hear():
                    return True
            elif not events and asked & select.POLLIN and not child.alive():
                return True  # something it has started keeps the terminal open
            self._leave_when_due()

    def _wanted(self) -> int:
        with self._lock:
            closing = self._leave_times is not None
            reading = select.POLLIN if closing or not self._full else 0
            return reading | (select.POLLOUT if self._typed else 0)

    def _patience(self, now: float) -> float:
        if self._leave_times is None:
            return _QUIET
        return max(0.0, min([*self._leave_times, self._deadline]) - now) + 0.001

    def _leave_when_due(self) -> None:
        times = self._leave_times
        if times and time.monotonic() >= times[0]:
            del times[0]
            with contextlib.suppress(OSError):
                os.write(self._master, LEAVE)

    def _hear(self) -> bool:
        try:
            data = os.read(self._master, _PIECE)
        except BlockingIOError:
            return True
        except OSError:
            return False  # EIO: the last process on the pseudo-terminal has gone
        if not data:
            return False
        if self._transcript is not None:
            self._transcript.write(data)
        self._tail = (self._tail + data)[-_TAIL:]
        with self._lock:
            self.bytes_seen += len(data)
            sink = self._sink
            tell = False
            if self._leave_times is None:
                self._buffer += data
                self._full = self._full or len(self._buffer) >= BUFFER
                tell, self._told = not self._told, True
        if tell:
            self._heard()
        if sink is not None:
            try:
                sink(data)
            except OSError:
                self._sink = None
        return True

    def _type(self) -> None:
        with self._lock:
            piece = self._typed[:_PIECE]
            try:
                written = os.write(self._master, piece)
            except BlockingIOError:
                written = 0
            except OSError:
                written = len(piece)
            self._stuck = written < len(piece)
            del self._typed[:written]
            self._typed_at = time.monotonic()

    def _close_wakers(self) -> None:
        for descriptor in (self._wake_read, self._wake_write):
            if descriptor >= 0:
                os.close(descriptor)
        self._wake_read = self._wake_write = -1

    def _finish(self, child: PtyProcess, *, by_itself: bool) -> tuple[LineEnd, int]:
        """Close the terminal and reap the command; returns how it ended, and its pid if it lives on."""
        patience = time.monotonic() + _EXIT_PATIENCE
        while by_itself and child.alive() and time.monotonic() < patience and self._leave_times is None:
            time.sleep(0.01)
        with self._lock:
            self._open = False
            self._close_wakers()
        if self._keep_child and child.alive():
            child.abandon()
            return LineEnd(0, by_itself, self._tail), child.pid
        return LineEnd(child.end(), by_itself, self._tail), 0
