"""One live console: a command on a pseudo-terminal, its bytes logged, then fed to a terminal emulator."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Protocol

from xentui.console.exit_result import ExitResult
from xentui.console.pty_session import Hearing, PtySession
from xentui.console.row_times import LiveRowTimes
from xentui.console.scheduler import Scheduler, scheduler_of
from xentui.console.transcript import Transcript
from xentui.console.user_terminal import LEAVE
from xentui.errors import NotAllowedError
from xentui.terminal import Emulator

_LEAVE_FOR_GUEST = LEAVE + b"\x11"
# What the emulator answers to is xterm's; a program below is told so.
_TERM = "xterm-256color"
_SMALLEST, _LARGEST = 4, 512
"""Bytes fed in a slice: the dearest take a third of a millisecond each on 200x50, two on 1000x1000 between margins."""
_FAST, _SLOW = 0.00025, 0.001


class Phase(StrEnum):
    """Whether the command still runs."""

    OPEN = "open"
    ENDED = "ended"


class Listener(Protocol):
    """Told of a session's output and end, always on the event loop."""

    def on_output(self, session: ConsoleSession) -> None:
        """The emulator has taken output; called once a frame at most."""

    def on_ended(self, session: ConsoleSession) -> None:
        """The session has ended; called once, after the last output."""


class ConsoleSession:
    """Runs ``argv`` on a pseudo-terminal; only the event loop touches :attr:`emulator`.

    ``environment`` is added to this process's own; ``transcript`` gets every byte and stays the caller's to close;
    ``history`` is in lines.  With ``keep_child`` a command that does not end when it is left is abandoned, not
    killed: ``xl create -c`` must live on.  A given ``emulator`` goes on with its screen and scrollback, in its size,
    and with the ``times`` of its rows.
    Without ``answers`` the terminal is silent where the guest asks it something.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        transcript: Transcript | None = None,
        columns: int = 80,
        lines: int = 24,
        history: int = 100_000,
        keep_child: bool = False,
        emulator: Emulator | None = None,
        times: LiveRowTimes | None = None,
        read_only: bool = False,
        answers: bool = True,
    ) -> None:
        self.read_only = read_only
        """Whether nothing reaches the guest: neither what is typed, nor what the terminal would answer it."""
        if emulator is None:
            emulator = Emulator(columns, lines, history)
        self.emulator = emulator
        self.times = times or LiveRowTimes(emulator)
        """When the rows of scrollback and screen came."""
        self.phase = Phase.OPEN
        self.result: ExitResult | None = None
        """How it ended; None while it is open."""
        self.dropped_input = 0
        """Bytes of input that found no room because the guest does not read."""
        self.transcript = transcript
        self._answers = answers and not read_only
        self._line = PtySession(
            argv,
            environment={**os.environ, "TERM": _TERM, **(environment or {})},
            columns=emulator.columns,
            lines=emulator.lines,
            transcript=transcript,
            keep_child=keep_child,
            on_output=partial(self._from_thread, self._on_output),
            on_end=partial(self._from_thread, self._on_end),
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scheduler: Scheduler | None = None
        self._listeners: dict[object, tuple[Listener, contextvars.Context, bool]] = {}
        self._line_result: ExitResult | None = None
        self._closing = False
        self._slice = _LARGEST // 2
        self._over = asyncio.Event()

    async def start(self) -> None:
        """Run the command.

        Raises UsageError where its program is missing, HostError where this machine has no room for one more.
        """
        self._loop = asyncio.get_running_loop()
        self._scheduler = scheduler_of(self._loop)
        starting = self._loop.run_in_executor(None, self._line.start)
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(lambda done: self._line.leave() if not done.exception() else None)
            raise
        except BaseException:
            self.phase, self.result = Phase.ENDED, ExitResult(1, left=False)
            self._over.set()
            raise

    @property
    def bytes_seen(self) -> int:
        """Bytes the command has printed so far."""
        return self._line.bytes_seen

    def listen(self, listener: Listener, *, watching: bool = True) -> Callable[[], None]:
        """Have ``listener`` told of output and end; returns what ends that.

        It is called in the context of this call.  With ``watching`` false it does not count as somebody who looks:
        a session without such is fed more lazily.
        """
        key = object()
        self._listeners[key] = (listener, contextvars.copy_context(), watching)
        if watching and self._scheduler is not None:
            self._scheduler.hasten(self)

        def unsubscribe() -> None:
            self._listeners.pop(key, None)

        return unsubscribe

    def write(self, data: bytes) -> None:
        """Queue input for the guest, in order; from any thread.

        What finds no room, more than 1 MiB waiting already, is dropped whole and counted in ``dropped_input``.
        A Ctrl-] that is typed alone is xenconsole's own: it leaves the console.  Of one that is read-only nothing is.
        """
        if self.read_only:
            return
        if data and not self._line.write(data):
            self.dropped_input += len(data)

    def send_leave(self) -> None:
        """Type Ctrl-] into the guest.

        xenconsole leaves when one read returns exactly that byte, and has no way to quote it.  So Ctrl-Q comes along
        in the same write: a guest's terminal takes that for "resume output" and drops it; a program that has
        switched flow control off reads it as a key.

        Raises NotAllowedError where they might not arrive together: the session has ended, or earlier input still
        waits here for the guest (what waits on the far side of an SSH connection is not known).
        """
        if self.read_only:
            raise NotAllowedError("cannot type into the guest: this session is read-only")
        if self.phase is Phase.ENDED:
            raise NotAllowedError("Ctrl-] cannot be sent: the console has ended", hint="attach to it again")
        if self._line.crowded or not self._line.write(_LEAVE_FOR_GUEST):
            raise NotAllowedError(
                "Ctrl-] cannot be sent now: the guest has not read earlier input, and behind that it might leave"
                " the console",
                hint="wait until the guest reads its console again",
            )

    def resize(self, columns: int, lines: int) -> None:
        """Give pseudo-terminal and emulator another size; the guest is not told, Xen has no way to."""
        if columns != self.emulator.columns:
            self.times.forget()  # lines are broken anew
        self.emulator.resize(columns, lines)
        self._line.resize(self.emulator.columns, self.emulator.lines)

    def tap(self, sink: Callable[[bytes], None] | None) -> None:
        """Hand the raw bytes to ``sink`` too, from the reading thread, or to nobody any more.

        While there is a sink the emulator's answers to the guest's questions are not sent: the terminal behind the
        sink answers.
        """
        self._line.tap(sink)

    def tap_from(self, sink: Callable[[bytes], None]) -> bytes:
        """As :meth:`tap`; returns the bytes the emulator has not taken yet.  On the event loop only."""
        return self._line.tap(sink)

    def overhear(self, ear: Callable[[bytes], None], *, since: Hearing = Hearing.NOW) -> Callable[[], None]:
        """Hand the raw bytes to ``ear`` too, from the reading thread, which it must not hold up; returns what ends it.

        Unlike a sink, it changes nothing else, and there may be several.
        """
        return self._line.overhear(ear, since=since)

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop it was started on."""
        return self._loop

    async def close(self) -> None:
        """Leave: Ctrl-] first, so that the command can end by itself; a second later it is cut off.

        With ``keep_child`` it is abandoned instead.  Output that was not fed by then is in the transcript only.
        """
        if self._scheduler is None:
            self.phase, self.result = Phase.ENDED, self.result or ExitResult(0, left=True)
            self._over.set()
        if self.phase is Phase.OPEN:
            self._closing = True
            if self._line_result is None:
                self._line.leave()
            else:
                self._finish(self._line_result)
        await self._over.wait()

    async def wait_ended(self) -> None:
        """Wait until the command has ended."""
        await self._over.wait()

    # Called by the scheduler

    @property
    def watched(self) -> bool:
        """Whether somebody looks at it."""
        return any(watching for _, _, watching in self._listeners.values())

    def feed(self) -> bool:
        """Feed the emulator one slice; whether more waits."""
        data = self._line.take(self._slice)
        if data:
            begin = time.perf_counter()
            self.times.come(begin)
            self.emulator.feed(data)
            self._adapt(time.perf_counter() - begin)
            answers = self.emulator.replies()
            if answers and self._answers and not self._line.tapped:
                self._line.write(answers)
        more = self._line.waiting
        if not more and self._line_result is not None and self.phase is Phase.OPEN:
            # The last output is announced before the end.
            asyncio.get_running_loop().call_soon(self._finish, self._line_result)
        return more

    def announce(self) -> None:
        """Tell the listeners that it was fed."""
        self._tell(lambda listener: listener.on_output(self))

    # The rest

    def _adapt(self, seconds: float) -> None:
        if seconds > _SLOW:
            self._slice = max(_SMALLEST, self._slice // 2)
        elif seconds < _FAST:
            self._slice = min(_LARGEST, self._slice * 2)

    def _from_thread(self, function: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None:
            # A loop that has been closed has nobody to tell.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function, *arguments)

    def _on_output(self) -> None:
        if self._scheduler is not None and self.phase is Phase.OPEN:
            self._scheduler.ready(self)

    def _on_end(self, result: ExitResult) -> None:
        self._line_result = result
        if self._closing:
            self._finish(result)
        else:
            self._on_output()

    def _finish(self, result: ExitResult) -> None:
        if self.phase is Phase.ENDED:
            return
        self._line.discard()
        self.phase = Phase.ENDED
        self.result = replace(result, left=result.left or self._closing)
        if self._scheduler is not None:
            self._scheduler.forget(self)
        self._over.set()
        self._tell(lambda listener: listener.on_ended(self))

    def _tell(self, what: Callable[[Listener], None]) -> None:
        for key, (listener, context, _) in list(self._listeners.items()):
            asyncio.get_running_loop().call_soon(self._tell_one, key, listener, what, context=context)

    def _tell_one(self, key: object, listener: Listener, what: Callable[[Listener], None]) -> None:
        if key in self._listeners:
            what(listener)
