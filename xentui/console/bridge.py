"""The user's own terminal bridged to a running session, with nothing of xentui in between."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sys
import threading
from concurrent.futures import Future
from typing import TextIO

from xentui.console.redraw import redraw
from xentui.console.session import ConsoleSession, Phase
from xentui.console.user_terminal import LEAVE, GuestOutput, raw_terminal, size
from xentui.errors import HostError, UsageError

_LOOK = 0.2
"""Seconds between two looks whether the session has ended."""
_PIECE = 4096
_SMALL = 512
"""Bytes a terminal that is ready surely takes without blocking."""
_SNAPSHOT_PATIENCE = 10.0


def attach_live(session: ConsoleSession, *, leave: bytes = LEAVE) -> None:
    """Bridge the user's terminal to ``session`` until the ``leave`` byte is typed or the session ends.

    The terminal first shows what the session's emulator holds.  ``leave`` is not passed on: the session stays
    attached.  The session keeps its size.  Afterwards the terminal is as it was before.

    Blocks: it is to run in a worker thread while the session's event loop goes on.  Raises UsageError where
    standard input or output is no terminal.
    """
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop()
        raise AssertionError("the bridge would block the event loop: run it in a worker thread")
    stdin, stdout = _descriptor(sys.__stdin__), _descriptor(sys.__stdout__)
    bridge = _Bridge(session, stdin, stdout)
    with raw_terminal(stdin, stdout, bridge.output):
        try:
            bridge.begin()
            bridge.copy(leave)
        finally:
            bridge.end()


class _Bridge:
    def __init__(self, session: ConsoleSession, stdin: int, stdout: int) -> None:
        self._session = session
        self._stdin = stdin
        self._stdout = stdout
        self._writing = threading.Lock()
        self._over = threading.Event()
        rows, columns = size(stdin)
        self.output = GuestOutput(columns, rows)

    def begin(self) -> None:
        """Draw what the session shows, and have its further output follow without a gap."""
        loop = self._session.loop
        if loop is None:
            return
        snapshot: Future[bytes] = Future()

        def take() -> None:
            # On the loop: nothing is fed meanwhile, so that picture, unfed bytes and tap fit together.
            if snapshot.set_running_or_notify_cancel():
                snapshot.set_result(redraw(self._session.emulator) + self._session.tap_from(self._sink))

        with self._writing:
            loop.call_soon_threadsafe(take)
            try:
                self._show(snapshot.result(_SNAPSHOT_PATIENCE))
            except TimeoutError:
                snapshot.cancel()
                raise HostError("the console's screen cannot be had", hint="try again") from None

    def copy(self, leave: bytes) -> None:
        """Pass on what is typed until the leave byte, or the session's end."""
        while self._session.phase is Phase.OPEN and not self._over.is_set():
            if not select.select([self._stdin], [], [], _LOOK)[0]:
                continue
            data = os.read(self._stdin, _PIECE)
            before, left, _ = data.partition(leave)
            if before:
                self._session.write(before)
            if left or not data:
                return

    def end(self) -> None:
        """Let go of the session; nothing more is written to the terminal."""
        self._session.tap(None)
        self._over.set()
        with self._writing:
            pass

    def _sink(self, data: bytes) -> None:
        """Called from the session's thread, which must never hang on a terminal that takes nothing."""
        with self._writing:
            self._show(data)

    def _show(self, data: bytes) -> None:
        rest = memoryview(self.output.passed(data))
        while rest and not self._over.is_set():
            if select.select([], [self._stdout], [], _LOOK)[1]:
                with contextlib.suppress(BlockingIOError):
                    rest = rest[os.write(self._stdout, rest[:_SMALL]) :]


def _descriptor(stream: TextIO | None) -> int:
    """A stream's descriptor; the original streams, because a full-screen program puts its own in their place."""
    if stream is None or not stream.isatty():
        raise UsageError("a console needs a terminal", hint="run this in a terminal, without pipes")
    return stream.fileno()
