"""The user's own terminal attached to a command, and given back whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from xentui.console.bridge import TerminalBridge
from xentui.console.exit_result import ExitResult
from xentui.console.pty_session import PtySession
from xentui.console.user_terminal import LEAVE, raw_terminal, size

if TYPE_CHECKING:
    from xentui.console.transcript import Transcript

Share = Callable[[PtySession], AbstractContextManager[object]]
"""Shares a session while it is entered."""
_LEAVE_PATIENCE = 3.0
"""Seconds a command has to end by itself once it is left."""
_STALLED = 0.5
"""Seconds beyond these after which the terminal takes nothing of what the command still says."""
_CUT_OFF = 2.0


def attach(
    argv: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    keep_child: bool = False,
    read_only: bool = False,
    transcript: Transcript | None = None,
    share: Share | None = None,
) -> ExitResult:
    """Run ``argv`` on a pseudo-terminal of the size of the user's, copying both ways until it ends.

    Ctrl-] is passed on, behind what was typed before it, so that the command can end by itself; if it has not within
    three seconds (a host that hangs), the terminal is given back all the same, and the command killed unless
    ``keep_child``: ``xl create -c`` must live on to act on the guest's reboot.  With ``read_only`` nothing that is
    typed is passed on but Ctrl-].  ``transcript`` gets what is printed, and stays the caller's to close; ``share``
    shares it as long as it is attached.  At SIGTERM and SIGHUP the terminal is given back too, then SystemExit raised.

    Raises UsageError where standard input or output is no terminal, or the program is missing; HostError where this
    machine has no room for one more.
    """
    with TerminalBridge(sys.stdin, sys.stdout) as bridge:
        begun = BegunConsole(argv, environment, keep_child=keep_child, transcript=transcript, share=share)
        return begun.attach_to(bridge, read_only=read_only)


class BegunConsole:
    """A command that runs before the user's terminal is attached to it; what it prints until then is kept for that.

    Arguments are those of :func:`attach`.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str] | None = None,
        *,
        keep_child: bool = False,
        transcript: Transcript | None = None,
        share: Share | None = None,
    ) -> None:
        self._share = share or (lambda _session: contextlib.nullcontext())
        self._ended: Future[ExitResult] = Future()
        self._bridge: TerminalBridge | None = None
        self._running = False
        lines, columns = _terminal_size()
        self._session = PtySession(
            argv,
            environment={**os.environ, **(environment or {})},
            columns=columns,
            lines=lines,
            keep_child=keep_child,
            on_end=self._end,
            on_output=lambda: None,
            transcript=transcript,
        )

    def begin(self) -> None:
        """Run it.  Raises UsageError and HostError as :func:`attach`."""
        self._session.start()
        self._running = True

    def attach(self, *, read_only: bool = False) -> ExitResult:
        """Attach the terminal to it, as :func:`attach` does."""
        try:
            with TerminalBridge(sys.stdin, sys.stdout) as bridge:
                return self.attach_to(bridge, read_only=read_only)
        finally:
            self.close()

    def close(self) -> None:
        """End it where nobody is attached to it."""
        if self._running:
            self._running = False
            self._session.cut_off(_CUT_OFF)

    def attach_to(self, bridge: TerminalBridge, *, read_only: bool) -> ExitResult:
        """Attach a terminal that is bridged already."""
        session, begun = self._session, self._running
        if not begun:
            # Before the terminal is touched: a program that is missing is told on it as it is.
            session.spawn()
        try:
            with (
                raw_terminal(bridge.stdin, bridge.stdout, bridge.output),
                _Signals(bridge, session) as signals,
            ):
                self._show(bridge)
                if not begun:
                    session.start()
                with self._share(session):
                    _copy(bridge, session, signals, read_only=read_only)
                bridge.close()
                result = self._ended.result()
                signals.act()
                return result
        finally:
            self._running = False
            bridge.close()
            session.cut_off(_CUT_OFF)

    def _show(self, bridge: TerminalBridge) -> None:
        """Have the terminal show what was printed so far, and all that follows."""
        lines, columns = size(bridge.stdin)
        self._session.resize(columns, lines)

        def show(data: bytes) -> None:
            bridge.show(data)
            self._session.discard()

        with bridge.writing:
            bridge.show_now(self._session.tap(show))
            self._session.discard()
        self._bridge = bridge
        if self._ended.done():
            bridge.end()

    def _end(self, result: ExitResult) -> None:
        self._ended.set_result(result)
        if self._bridge is not None:
            self._bridge.end()


def _terminal_size() -> tuple[int, int]:
    """Return rows and columns of the user's terminal."""
    return size(sys.stdin.fileno()) if sys.stdin is not None and sys.stdin.isatty() else (24, 80)


def _copy(bridge: TerminalBridge, session: PtySession, signals: _Signals, *, read_only: bool) -> None:
    """Copy both ways until the command ends, or the user has left and it does not follow."""

    def typed(data: bytes) -> bool:
        before, leave, _after = data.partition(LEAVE)
        if before and not read_only:
            session.write(before)
        return bool(data) and not leave

    bridge.copy(typed, woken=signals.act)
    session.leave(_LEAVE_PATIENCE, finish_input=True)
    # What is typed meanwhile is nobody's: neither the guest's any more, nor already the shell's.
    bridge.copy(lambda _data: True, seconds=_LEAVE_PATIENCE + _STALLED, woken=signals.act)


class _Interrupted(BaseException):
    """SIGTERM or SIGHUP while attached."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Signals:
    """Signals while attached: they are noted, and acted upon where the bridge waits.

    A new size is passed on.  SIGTERM and SIGHUP end the session by an exception, so that the terminal is given back
    first; around the block it is SystemExit.
    """

    _FATAL = (signal.SIGTERM, signal.SIGHUP)

    def __init__(self, bridge: TerminalBridge, session: PtySession) -> None:
        self._bridge = bridge
        self._session = session
        self._fatal = 0
        self._resized = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._before = {
            number: signal.signal(number, self._note) for number in (signal.SIGWINCH, *self._FATAL)
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if isinstance(error, _Interrupted):
            # A shell that loses its terminal hangs up on its jobs once more: what is left to do is still done.
            del self._before[signal.SIGHUP]
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if isinstance(error, _Interrupted):
            raise SystemExit(128 + error.number) from None

    def act(self) -> None:
        """Act upon what has come; raises what ends the session."""
        if self._resized:
            self._resized = False
            lines, columns = size(self._bridge.stdin)
            self._session.resize(columns, lines)
        if self._fatal:
            raise _Interrupted(self._fatal)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGWINCH:
            self._resized = True
        else:
            self._fatal = number
            for each in self._FATAL:
                signal.signal(each, signal.SIG_IGN)
        self._bridge.wake()
