"""What a terminal here runs for a console on a host that is reached by a command, ssh mostly: this end of the line.

The other end is :mod:`xentui.agent.console.host_end`.  Where the host has no Python for it the console is had as plain
``ssh -tt`` has it, and not shared.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import tty
from typing import Any, Final, NoReturn

from xentui import agent
from xentui.agent.console.line_end import GoneError, LineEnd
from xentui.agent.console.line_frames import (
    COUNT,
    DATA,
    DONE,
    END,
    LOST,
    PAIR,
    SIZE,
    STATUS,
    TYPED_WINDOW,
    WINDOW,
    Frame,
    FrameError,
    number,
)
from xentui.text import plain

_LEAVE: Final = b"\x1d"
_PIECE: Final = 4096
_BEGIN: Final = 90.0
"""Seconds the host has to begin."""
_BANNER: Final = 64 << 10
"""Bytes a login shell may print before."""
_SAID: Final = 4096
_ENDING: Final = 2.0


class _LostError(Exception):
    """The line was cut, or what comes makes no sense; says so."""


class _NoPythonError(Exception):
    """The other end has not begun: the argument is its exit status."""


def main(words: str) -> int:
    """Join the terminal to the console that ``words``, in JSON, tell of; returns the exit status of what ran there."""
    told = json.loads(words)
    before = None
    with contextlib.suppress(OSError, termios.error):
        before = termios.tcgetattr(0)
        tty.setraw(0, termios.TCSANOW)  # what was typed before stays
    line = _NearEnd(told)
    try:
        line.begin()
        return line.copy()
    except _NoPythonError:
        if told["plain"]:
            _become(told["plain"], before)
        line.print_reason("the host does not run python3, by which a console is watched")
        return LOST
    except (_LostError, FrameError) as error:
        line.print_reason(str(error))
        return LOST
    finally:
        line.close()


def _become(argv: list[str], before: Any) -> NoReturn:
    """Be the plain command."""
    if before is not None:
        with contextlib.suppress(OSError, termios.error):
            termios.tcsetattr(0, termios.TCSANOW, before)
    os.execvp(argv[0], argv)  # noqa: S606 - no shell is wanted


class _NearEnd:
    """This end of the line, and the terminal at it."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self._watching = "argv" not in told["wanted"]
        self._ssh = subprocess.Popen(
            told["command"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # what reads the terminal is this process alone
        )
        assert self._ssh.stdin and self._ssh.stdout and self._ssh.stderr  # noqa: S101 - pipes were asked for
        self._line = LineEnd(self._ssh.stdout.fileno(), self._ssh.stdin.fileno())
        self._words = self._ssh.stderr.fileno()
        os.set_blocking(self._words, False)
        self._said = b""
        self._speaks = True
        self._showing = bytearray()
        self._shown = 0
        """Bytes shown that the other end does not know of yet."""
        self._resized = False
        self._end: tuple[int, str] | None = None

    # Beginning

    def begin(self) -> None:
        """Have the other end begin; raises _NoPythonError and _LostError."""
        greeting, needed = (f"xentui-console {os.urandom(16).hex()}" for _ in range(2))
        opening = agent.opening(
            self._told["root"],
            self._told["sha256"],
            greeting=greeting,
            wanted=needed,
            keep=self._told["keep"],
            console=True,
        )
        lines, columns = _size()
        more = {"term": os.environ.get("TERM", ""), "lines": lines, "columns": columns}
        self._line.send_plainly(
            opening + json.dumps({**self._told["wanted"], **more}).encode("ascii") + b"\n"
        )
        until = time.monotonic() + _BEGIN
        read = b""
        ours, wants = greeting.encode("ascii"), needed.encode("ascii")
        while True:
            left = until - time.monotonic()
            if left <= 0:
                raise _LostError(f"the host does not begin within {_BEGIN:g} s")
            came = self._exchange(left)
            if came == b"":
                raise self._not_begun()
            read += came or b""
            while b"\n" in read:
                text, _, read = read.partition(b"\n")
                if text == wants:
                    self._line.send_plainly(self._program())
                elif text == ours:
                    signal.signal(signal.SIGWINCH, self._note_size)
                    self._take(self._line.take(read))
                    return
            if len(read) > _BANNER:
                raise _LostError("other output comes without end before the console")

    def _program(self) -> bytes:
        """Return what the host is to run, which is not there yet; raises _LostError where it is another by now."""
        source = agent.program()
        if agent.digest(source) != self._told["sha256"]:
            raise _LostError("xentui was replaced by another version: start it again")
        return agent.packed(source)

    def _exchange(self, seconds: float) -> bytes | None:
        """Send and read a piece; None where nothing has come, b"" at the end."""
        poll = select.poll()
        poll.register(self._line.fd_in, select.POLLIN)
        if self._speaks:
            poll.register(self._words, select.POLLIN)
        if self._line.pending:
            poll.register(self._line.fd_out, select.POLLOUT)
        events = dict(poll.poll(min(seconds, 1.0) * 1000 + 1))
        self._listen(events)
        if self._line.fd_out in events:
            self._send()
        if self._line.fd_in in events:
            return os.read(self._line.fd_in, 1 << 16)
        return None

    def _not_begun(self) -> Exception:
        code = self._ended()
        return _NoPythonError(code) if code != LOST else _LostError("")

    # The console

    def copy(self) -> int:
        """Copy both ways until the end; returns the exit status.  Raises _LostError and FrameError."""
        os.set_blocking(0, False)
        os.set_blocking(1, False)
        while self._end is None or self._showing:
            try:
                patience = self._line.live()
            except GoneError as error:
                raise _LostError(str(error)) from None
            if self._resized:
                self._resized = False
                self._line.send(SIZE, PAIR.pack(*_size()))
            events = self._events(patience)
            self._listen(events)
            if self._line.fd_out in events:
                self._send()
            if self._line.fd_in in events:
                self._receive()
            if 1 in events or self._showing:
                self._show()
            if 0 in events and not self._type():
                return 0
        code, words = self._end
        if words:
            self.print_reason(words)
        return code

    def _events(self, seconds: float) -> dict[int, int]:
        """Return what can be done, when something can."""
        poll = select.poll()
        if self._end is None:
            poll.register(self._line.fd_in, select.POLLIN)
            if self._speaks:
                poll.register(self._words, select.POLLIN)
        if self._line.under_way < TYPED_WINDOW:
            poll.register(0, select.POLLIN)
        if self._showing:
            poll.register(1, select.POLLOUT)
        if self._line.pending:
            poll.register(self._line.fd_out, select.POLLOUT)
        return dict(poll.poll(seconds * 1000))

    def _receive(self) -> None:
        try:
            frames = self._line.read()
        except GoneError:
            self._ended()
            raise _LostError("") from None
        self._take(frames)

    def _take(self, frames: list[Frame]) -> None:
        for kind, content in frames:
            if kind == DATA:
                self._showing += content
                if len(self._showing) > 2 * WINDOW:
                    raise FrameError("the host sends more than it was let")
            elif kind == END:
                self._end = (
                    number(STATUS, content) & 0xFF,
                    content[STATUS.size :].decode("utf-8", "replace"),
                )

    def _show(self) -> None:
        try:
            shown = os.write(1, self._showing[:_PIECE])
        except BlockingIOError:
            return
        except OSError:
            raise _LostError("") from None
        del self._showing[:shown]
        self._shown += shown
        if not self._showing or self._shown >= _PIECE:
            self._line.send(DONE, COUNT.pack(self._shown))
            self._shown = 0

    def _type(self) -> bool:
        """Pass on what was typed; False where nobody types any more."""
        try:
            data = os.read(0, _PIECE)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data or (self._watching and data == _LEAVE):
            return False
        if not self._watching:
            self._line.send(DATA, data)
        return True

    def _send(self) -> None:
        try:
            self._line.write()
        except GoneError:
            self._line.forget()  # its end says why

    def _listen(self, events: dict[int, int]) -> None:
        """Keep the last of what is said beside the console."""
        if self._words in events:
            with contextlib.suppress(BlockingIOError):
                more = os.read(self._words, _PIECE)
                self._said = (self._said + more)[-_SAID:]
                self._speaks = bool(more)

    def _note_size(self, _number: int, _frame: object) -> None:
        self._resized = True

    # Ending

    def _ended(self) -> int:
        """Return the exit status of the line, which has ended or is ended now; what it has said is read to its end."""
        with contextlib.suppress(OSError):
            if self._ssh.stdin is not None:
                self._ssh.stdin.close()
        try:
            code = self._ssh.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self._ssh.kill()
            code = self._ssh.wait()
        with contextlib.suppress(OSError):
            while more := os.read(self._words, _PIECE):
                self._said = (self._said + more)[-_SAID:]
        return code

    def print_reason(self, words: str) -> None:
        """Say on the terminal why it has ended; where that is not known, what the line has said."""
        text = f"--- {plain(words, 200)} ---" if words else self._said.decode("utf-8", "replace").strip()
        if text:
            with contextlib.suppress(OSError):
                os.set_blocking(1, True)
                os.write(1, b"\r\n" + text.replace("\n", "\r\n").encode("utf-8", "replace") + b"\r\n")

    def close(self) -> None:
        """End the line where it has not ended."""
        if self._ssh.poll() is None:
            self._ended()


def _size() -> tuple[int, int]:
    """Return lines and columns of the terminal."""
    try:
        lines, columns, _, _ = struct.unpack("HHHH", fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8))
    except OSError:
        return 24, 80
    return lines or 24, columns or 80


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
