"""The user's own terminal bridged to a session that runs, and given back with the session left attached."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from concurrent.futures import Future

from xentui.console.bridge import TerminalBridge
from xentui.console.redraw import redraw
from xentui.console.session import ConsoleSession, Phase
from xentui.console.user_terminal import LEAVE, raw_terminal
from xentui.errors import HostError

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
    # The original streams, because a full-screen program puts its own in their place.
    with TerminalBridge(sys.__stdin__, sys.__stdout__) as bridge:
        follower = _Follower(session, bridge)

        def typed(data: bytes) -> bool:
            before, left, _ = data.partition(leave)
            if before:
                session.write(before)
            return bool(data) and not left

        with raw_terminal(bridge.stdin, bridge.stdout, bridge.output):
            try:
                follower.begin()
                bridge.copy(typed)
            finally:
                follower.end()
                bridge.close()


class _Follower:
    """Has the bridge show what the session shows, and end with it."""

    def __init__(self, session: ConsoleSession, bridge: TerminalBridge) -> None:
        self._session = session
        self._bridge = bridge
        self._unsubscribe: Callable[[], None] = lambda: None

    def begin(self) -> None:
        """Draw what the session shows, and have its further output follow without a gap."""
        snapshot: Future[bytes] = Future()

        def take() -> None:
            # On the loop: nothing is fed meanwhile, so that picture, unfed bytes and tap fit together.
            if snapshot.set_running_or_notify_cancel():
                self._unsubscribe = self._session.listen(self, watching=False)
                snapshot.set_result(
                    redraw(self._session.emulator) + self._session.tap_from(self._bridge.show)
                )

        with self._bridge.writing:
            if not self._on_loop(take):
                return
            try:
                self._bridge.show_now(snapshot.result(_SNAPSHOT_PATIENCE))
            except TimeoutError:
                snapshot.cancel()
                raise HostError("the console's screen cannot be had", hint="try again") from None
        if self._session.phase is Phase.ENDED:
            self._bridge.end()

    def end(self) -> None:
        """Let go of the session."""
        self._session.tap(None)
        self._on_loop(self._unsubscribe)

    def on_output(self, _session: ConsoleSession) -> None:
        """Nothing to do: the tap has shown it."""

    def on_ended(self, _session: ConsoleSession) -> None:
        """Give the terminal back."""
        self._bridge.end()

    def _on_loop(self, function: Callable[[], None]) -> bool:
        """Have the session's event loop call it; whether there is one."""
        if self._session.loop is None:
            return False
        # A loop that has been closed has nobody to tell.
        with contextlib.suppress(RuntimeError):
            self._session.loop.call_soon_threadsafe(function)
            return True
        return False
