"""The user's own terminal between a guest's output and what is typed, with nothing of xentui in between."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from xentui.console.user_terminal import GuestOutput, size
from xentui.errors import UsageError

_LOOK = 0.2
"""Seconds between two looks whether a terminal that takes nothing is to be given back."""
_PIECE = 4096
_SMALL = 512
"""Bytes a terminal that is ready surely takes without blocking."""


class TerminalBridge:
    """Shows output on the user's terminal from any thread, and hands over what is typed in one.

    ``stdin`` and ``stdout`` are descriptors.  A context manager: at its end it is closed, and its pipe given back.

    Raises UsageError where one of the streams is no terminal.
    """

    def __init__(self, stdin: TextIO | None, stdout: TextIO | None) -> None:
        self.stdin, self.stdout = _descriptor(stdin), _descriptor(stdout)
        lines, columns = size(self.stdin)
        self.output = GuestOutput(columns, lines)
        self.writing = threading.Lock()
        """Held while something is shown; whoever holds it makes what :meth:`show` is given wait."""
        self._closed = threading.Event()
        self._waking = threading.Lock()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()
        with self._waking:
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._wake_read = self._wake_write = -1

    def show(self, data: bytes) -> None:
        """Show output of the guest, from any thread; waits for the terminal to take it, until it is ended.

        Raises OSError where the terminal has gone.
        """
        with self.writing:
            self.show_now(data)

    def show_now(self, data: bytes) -> None:
        """As :meth:`show`, for who holds :attr:`writing`."""
        rest = memoryview(self.output.passed(data))
        while rest and not self._closed.is_set():
            if select.select([], [self.stdout], [], _LOOK)[1]:
                with contextlib.suppress(BlockingIOError):
                    rest = rest[os.write(self.stdout, rest[:_SMALL]) :]

    def copy(
        self,
        typed: Callable[[bytes], bool],
        *,
        seconds: float | None = None,
        woken: Callable[[], None] = lambda: None,
    ) -> None:
        """Hand over what is typed until ``typed`` says False, the bridge is ended, or ``seconds`` are over.

        At the end of standard input ``typed`` is called once with ``b""``.  ``woken`` is called in this thread after
        each :meth:`wake`.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        sources = [self._wake_read, self.stdin]
        while not self._closed.is_set():
            wait = None if deadline is None else deadline - time.monotonic()
            if wait is not None and wait <= 0:
                return
            ready = select.select(sources, [], [], wait)[0]
            if self._wake_read in ready:
                os.read(self._wake_read, _PIECE)
                woken()
            if self.stdin in ready:
                data = _read(self.stdin)
                if not data:
                    sources.remove(self.stdin)
                if not typed(data):
                    return

    def wake(self) -> None:
        """Have :meth:`copy` call ``woken``; from any thread, and from a signal handler."""
        if self._wake_write >= 0:
            with contextlib.suppress(BlockingIOError):
                os.write(self._wake_write, b".")

    def end(self) -> None:
        """Have :meth:`copy` return and nothing more be shown; from any thread, without waiting."""
        self._closed.set()
        with self._waking:
            self.wake()

    def close(self) -> None:
        """As :meth:`end`; when it returns nothing is written to the terminal any more."""
        self.end()
        with self.writing:
            pass  # what is being written comes to its end


def _read(descriptor: int) -> bytes:
    """Read what was typed; ``b""`` where the terminal has gone."""
    try:
        return os.read(descriptor, _PIECE)
    except OSError:
        return b""


def _descriptor(stream: TextIO | None) -> int:
    if stream is None or not stream.isatty():
        raise UsageError("a console needs a terminal", hint="run this in a terminal, without pipes")
    return stream.fileno()
