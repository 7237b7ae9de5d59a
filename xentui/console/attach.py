"""The user's own terminal attached to a command on a pseudo-terminal, and given back whatever happens."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from xentui.console.user_terminal import LEAVE, GuestOutput, raw_terminal, size, write_all
from xentui.errors import UsageError
from xentui.text import lines

_LEAVE_PATIENCE = 3.0
_TAIL = 8192
_CHUNK = 65536
_UNTAKEN = 65536
"""Bytes typed at most that wait for a command that reads nothing; what is typed beyond them is dropped."""
_APART = 0.05
"""Seconds before the leave key, which xenconsole knows only when it is all that one read returns."""


@dataclass(frozen=True, slots=True)
class Attached:
    """How a session ended: the command's exit code, whether the user left it, and the last lines it printed."""

    exit_code: int
    left: bool
    tail: tuple[str, ...]


def attach(
    argv: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    keep_child: bool = False,
    read_only: bool = False,
) -> Attached:
    """Run ``argv`` on a pseudo-terminal of the size of the user's, copying both ways until it ends.

    Ctrl-] is passed on, so that the command can end by itself; if it has not within three seconds (a host that
    hangs), the terminal is given back all the same, and the command killed unless ``keep_child``: ``xl create -c``
    must live on to act on the guest's reboot.  With ``read_only`` nothing that is typed is passed on but Ctrl-].

    Raises UsageError where standard input or output is no terminal, or the program is missing.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("a console needs a terminal", hint="run this in a terminal, without pipes")
    import pexpect  # noqa: PLC0415 - only consoles need it

    stdin, stdout = sys.stdin.fileno(), sys.stdout.fileno()
    rows, columns = size(stdin)
    try:
        child: Any = pexpect.spawn(
            argv[0],
            list(argv[1:]),
            env={**os.environ, **(environment or {})},
            dimensions=(rows, columns),
            timeout=None,
        )
    except pexpect.ExceptionPexpect as error:
        raise UsageError(f"cannot run `{argv[0]}`: {error}") from error
    child.delayafterclose = child.delayafterterminate = child.ptyproc.delayafterclose = 0.05
    session = _Session(child, stdin, stdout, rows, columns, read_only=read_only)
    try:
        with raw_terminal(stdin, stdout, session.output), _following_size(child, stdin), _signals_raise():
            session.copy()
        return session.end(keep_child=keep_child)
    finally:
        if keep_child:
            session.abandon()


class _Interrupted(BaseException):
    """SIGTERM or SIGHUP while attached."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Session:
    def __init__(
        self, child: Any, stdin: int, stdout: int, rows: int, columns: int, *, read_only: bool = False
    ) -> None:
        self._child = child
        self._read_only = read_only
        self._stdin = stdin
        self._stdout = stdout
        self._tail = b""
        self._typed: deque[bytes] = deque()
        self._written_at = 0.0
        self._left_at: float | None = None
        self._ended = False
        self.output = GuestOutput(columns, rows)

    def copy(self) -> None:
        """Copy both ways until the command ends, or the user has left and it does not follow."""
        master = self._child.child_fd
        # The leave key must be seen whatever the command does not read.
        os.set_blocking(master, False)
        sources = [master, self._stdin]
        while True:
            wait = None
            if self._left_at is not None:
                wait = self._left_at + _LEAVE_PATIENCE - time.monotonic()
                if wait <= 0:
                    return
            ready, takes, _ = select.select(sources, [master] if self._typed else [], [], wait)
            if takes:
                self._to_child(master)
            if master in ready and not self._from_child(master):
                self._ended = True
                return
            if self._stdin in ready and not self._from_user():
                sources.remove(self._stdin)
                self._left_at = self._left_at or time.monotonic()

    def end(self, *, keep_child: bool) -> Attached:
        """Reap the command; returns how the session ended."""
        said = lines(self._tail.decode("utf-8", "replace"))
        tail = tuple(line.strip() for line in said if line.strip())[-8:]
        if not self._ended and keep_child:
            return Attached(0, left=True, tail=tail)
        if self._ended:
            self._child.wait()
        self._child.close(force=True)
        if self._child.exitstatus is not None:
            code = int(self._child.exitstatus)
        else:
            code = 128 + int(self._child.signalstatus or 0)
        left = self._left_at is not None
        return Attached(0 if left and not self._ended else code, left=left, tail=tail)

    def abandon(self) -> None:
        """Let go of a command that still runs without ending it: pexpect would kill it when collected."""
        if not self._child.closed:
            self._child.ptyproc.fileobj.close()
            self._child.closed = self._child.ptyproc.closed = True

    def _from_child(self, master: int) -> bool:
        try:
            data = os.read(master, _CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False  # EIO: the last process on the pseudo-terminal has gone
        if not data:
            return False
        self._tail = (self._tail + data)[-_TAIL:]
        write_all(self._stdout, self.output.passed(data))
        return True

    def _from_user(self) -> bool:
        data = os.read(self._stdin, _CHUNK)
        if not data:
            return False
        before, leave, _after = data.partition(LEAVE)
        if before and not self._read_only and sum(map(len, self._typed)) + len(before) <= _UNTAKEN:
            self._typed.append(before)
        if leave:
            self._typed.append(LEAVE)
            self._left_at = self._left_at or time.monotonic()
        return True

    def _to_child(self, master: int) -> None:
        """Write what the command takes of what was typed."""
        chunk = self._typed.popleft()
        if chunk == LEAVE:
            time.sleep(max(0.0, self._written_at + _APART - time.monotonic()))
        try:
            rest = chunk[os.write(master, chunk) :]
        except BlockingIOError:
            rest = chunk
        except OSError:
            return  # it has ended: what it has printed is read to its end
        self._written_at = time.monotonic()
        if rest:
            self._typed.appendleft(rest)


@contextlib.contextmanager
def _following_size(child: Any, stdin: int) -> Iterator[None]:
    def resized(_number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(OSError):
            child.setwinsize(*size(stdin))

    with _handling(signal.SIGWINCH, resized):
        yield


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    """End the session by an exception at SIGTERM and SIGHUP, so that the terminal is given back first."""

    numbers = (signal.SIGTERM, signal.SIGHUP)

    def interrupted(number: int, _frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise _Interrupted(number)

    before = {number: signal.signal(number, interrupted) for number in numbers}
    try:
        yield
    except _Interrupted as error:
        # A shell that loses its terminal hangs up on its jobs once more: what is left to do is still done.
        del before[signal.SIGHUP]
        raise SystemExit(128 + error.number) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _handling(number: signal.Signals, handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
