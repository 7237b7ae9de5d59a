"""A command on a pseudo-terminal, read and written by one thread: no event loop ever waits for it."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING

from xentui.console.exit_result import ExitResult, exit_result
from xentui.console.pty_process import PtyProcess, no_room
from xentui.console.user_terminal import LEAVE
from xentui.errors import XentuiError

if TYPE_CHECKING:
    from xentui.console.transcript import Transcript

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
LEAVE_PATIENCE = 1.0
"""Seconds a command has to end by itself once it is left."""
_LEAVE_BYTES = 2
_LEAVE_AGAIN = 0.5
_EXIT_PATIENCE = 5.0
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


class Hearing(Enum):
    """From when on output is overheard."""

    NOW = "what comes"
    LINE = "the line that is not ended yet"
    BEGINNING = "all there was, as far as it is known still: some kilobytes"


class PtySession:
    """Runs ``argv`` on a pseudo-terminal of ``columns`` by ``lines``.

    What it prints goes to the transcript, then to the tap, then to a buffer for :meth:`take`.  ``on_output`` is called
    from the thread when the buffer is no longer empty; where it is None nobody takes, and there is no buffer.
    ``on_end`` is called once when all is over, from the thread too.  With ``keep_child`` a command that has to be cut
    off is abandoned, not killed.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        columns: int,
        lines: int,
        keep_child: bool,
        on_end: Callable[[ExitResult], None],
        on_output: Callable[[], None] | None = None,
        transcript: Transcript | None = None,
    ) -> None:
        self._argv = tuple(argv)
        self._environment = dict(environment)
        self._size = (lines, columns)
        self._transcript = transcript
        self._keep_child = keep_child
        self._on_output = on_output
        self._on_end = on_end
        self._lock = threading.Lock()
        self._buffer = bytearray()
        self._full = False
        self._told = False
        self._typed = bytearray()
        self._typed_at = 0.0
        self._stuck = False
        self._left = False
        self._deadline: float | None = None
        """When a command that was left is cut off; None as long as it is not to leave."""
        self._leave_at = 0.0
        self._leave_bytes = 0
        self._sink: Callable[[bytes], None] | None = None
        self._ears: tuple[Callable[[bytes], None], ...] = ()
        self._open = False
        self._tail = b""
        self._child: PtyProcess | None = None
        self._thread: threading.Thread | None = None
        self._master = -1
        self._wake_read = self._wake_write = -1
        self.bytes_seen = 0

    def spawn(self) -> None:
        """Start the command, which is not read yet; may take as long as ``exec`` does.

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

    def start(self) -> None:
        """Start the command, unless :meth:`spawn` has, and the thread that reads it.

        Raises as :meth:`spawn` does.
        """
        if self._child is None:
            self.spawn()
        child = self._child
        assert child is not None  # noqa: S101 - spawn() raises where there is none
        thread = threading.Thread(target=self._run, args=(child,), name=f"console {child.pid}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._open = False
            self._close_wakers()
            child.end()
            raise no_room(self._argv[0], error) from error
        self._thread = thread

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes of output at most, b"" where there are none yet."""
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
        """Queue input; False where there is no room for all of it, or nobody to take it.

        A Ctrl-] that is typed alone is xenconsole's own: it leaves the console.
        """
        with self._lock:
            if not self._open or self._deadline is not None or len(self._typed) + len(data) > INPUT:
                return False
            self._left = self._left or data == LEAVE
            self._typed += data
            self._wake()
        return True

    @property
    def left(self) -> bool:
        """Whether it was left, by Ctrl-] that was typed alone or by :meth:`leave`."""
        return self._left

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

    def overhear(self, ear: Callable[[bytes], None], *, since: Hearing) -> Callable[[], None]:
        """Hand output to ``ear`` too, from the thread, which it must not hold up; returns what ends that."""
        with self._lock:
            if since is not Hearing.NOW:
                ear(self._tail.rpartition(b"\n")[2] if since is Hearing.LINE else self._tail)
            self._ears = (*self._ears, ear)

        def stop() -> None:
            with self._lock:
                self._ears = tuple(each for each in self._ears if each is not ear)

        return stop

    def leave(self, patience: float = LEAVE_PATIENCE, *, finish_input: bool = False) -> None:
        """Have the command leave by Ctrl-]; if it has not within ``patience`` seconds it is cut off.

        Input that waits is forgotten; with ``finish_input`` it goes first, as far as the command takes it.  ``on_end``
        is called within a second or so behind these.
        """
        with self._lock:
            if self._deadline is not None:
                return
            self._left = True
            now = time.monotonic()
            self._leave_at, self._leave_bytes, self._deadline = now, _LEAVE_BYTES, now + patience
            if not finish_input:
                self._typed.clear()
            self._wake()

    def cut_off(self, seconds: float) -> None:
        """End the command at once, or let go of it with ``keep_child``; waits for that for ``seconds`` at most."""
        with self._lock:
            self._leave_bytes, self._deadline = 0, time.monotonic()
            self._wake()
        if self._thread is not None:
            self._thread.join(seconds)
        elif self._child is not None and self._open:
            self._open = False
            self._close_wakers()
            self._child.end()

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
            result, pid = self._finish(child, by_itself=by_itself)
            self._on_end(result)
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
            if self._deadline is not None and now >= self._deadline:
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
            reading = select.POLLIN if self._deadline is not None or not self._full else 0
            return reading | (select.POLLOUT if self._typed else 0)

    def _patience(self, now: float) -> float:
        """Return seconds until something is to be done though nothing comes."""
        if self._deadline is None:
            return _QUIET
        waits = self._leave_bytes and not self._typed
        due = min(self._leave_due(), self._deadline) if waits else self._deadline
        return max(0.0, due - now) + 0.001

    def _leave_due(self) -> float:
        return max(self._leave_at, self._typed_at + _SETTLE)

    def _leave_when_due(self) -> None:
        """Write Ctrl-] where it arrives alone: behind all other input, and some time behind."""
        now = time.monotonic()
        if self._deadline is None or not self._leave_bytes or self._typed or now < self._leave_due():
            return
        self._leave_bytes -= 1
        self._leave_at = now + _LEAVE_AGAIN
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
        with self._lock:
            self._tail = (self._tail + data)[-_TAIL:]
            self.bytes_seen += len(data)
            sink, ears = self._sink, self._ears
            tell = False
            if self._on_output is not None and self._deadline is None:
                self._buffer += data
                self._full = self._full or len(self._buffer) >= BUFFER
                tell, self._told = not self._told, True
        if tell and self._on_output is not None:
            self._on_output()
        for ear in ears:
            ear(data)
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

    def _finish(self, child: PtyProcess, *, by_itself: bool) -> tuple[ExitResult, int]:
        """Close the terminal and reap the command; returns how it ended, and its pid if it lives on."""
        patience = time.monotonic() + _EXIT_PATIENCE
        while by_itself and child.alive() and time.monotonic() < patience and self._deadline is None:
            time.sleep(0.01)
        with self._lock:
            self._open = False
            self._close_wakers()
        pid = code = 0
        if self._keep_child and child.alive():
            pid = child.pid
            child.abandon()
        else:
            code = child.end()
        if self._left and not by_itself:
            code = 0
        return exit_result(code, self._left, self._tail), pid
