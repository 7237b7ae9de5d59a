"""The host's end of a console whose holder, or watcher, sits elsewhere: ``xl console`` runs below this process.

So it is shared on the host itself, as one that is held there, and let go of soon after the line is cut: sshd of its own
accord notices that after hours.  What was begun to live on, a boot, lives on.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import threading
import time
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional, Tuple

from xentui.agent.console import line_frames, shares
from xentui.agent.console.line_end import GoneError, LineEnd
from xentui.agent.console.line_frames import (
    COUNT,
    CUT,
    DATA,
    DONE,
    END,
    LEFT,
    OVER,
    SIZE,
    STATUS,
    TAKEN,
    TAKEN_WORDS,
    TYPED_WINDOW,
    WATCH_WINDOW,
    WINDOW,
    FrameError,
)
from xentui.agent.console.share_server import ConsoleShare

_PIECE = 4096
_TAIL = 8192
_LEAVE = b"\x1d"
#: xenconsole leaves where Ctrl-] comes alone: nothing is typed so long before and after.
_ALONE = 0.05
#: Seconds a command has to end by itself once it was asked to, or has lost its terminal.
_PATIENCE = 1.0
#: Seconds the other side has for the last words.
_LAST_WORDS = 5.0
#: Where root has its programs, and a login of another user none.
_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_FAILED, _NOT_FOUND = 1, 127


def main(root: str, first: bytes) -> None:
    """Serve what the first line wants: ``{"names", "who", "argv"}`` and more to hold a console, without argv to watch.

    One that is held is shared by its first name, and not where it has none.

    Ends with the line, or when the console has ended; the last frame tells how.
    """
    try:
        wanted = json.loads(first)
    except ValueError:
        return
    line = LineEnd(0, 1)
    with contextlib.suppress(GoneError, FrameError):
        if wanted.get("argv"):
            HeldConsole(root, wanted, line).serve()
        else:
            watch(shares.folder_of(root), [str(name) for name in wanted["names"]], str(wanted["who"]), line)


class HeldConsole:
    """A console that is held for who is at the other end, and shared meanwhile."""

    def __init__(self, root: str, wanted: Dict[str, Any], line: LineEnd) -> None:
        self._line = line
        self._keep = bool(wanted.get("keep"))
        """Whether the command lives on where nobody looks any more."""
        self._argv = [str(word) for word in wanted["argv"]]
        self._size = (int(wanted.get("lines", 24)), int(wanted.get("columns", 80)))
        self._term = str(wanted.get("term") or "xterm-256color")
        self._tail = b""
        self._ears: Tuple[Callable[[bytes], None], ...] = ()
        self._lock = threading.Lock()
        self._typed: Deque[bytes] = deque()
        self._typed_at = self._quiet_until = 0.0
        self._left = False
        self._taken_by = ""
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._pid, self._master = self._begun()
        self._code = _FAILED
        who = _with_origin(str(wanted.get("who", "")))
        self._share: Optional[ConsoleShare] = None
        for name in wanted["names"][:1]:
            folder = shares.folder_of(root)
            self._share = ConsoleShare(folder, str(name), self._overhear, self._taken, who=who)

    def _begun(self) -> Tuple[int, int]:
        pid, master = pty.fork()
        if pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", *self._size, 0, 0))
                if self._keep:
                    signal.signal(signal.SIGHUP, signal.SIG_IGN)
                os.environ["TERM"] = self._term
                os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), *_FOLDERS])
                os.execvp(self._argv[0], self._argv)  # noqa: S606 - no shell is wanted
            except OSError as error:
                os.write(2, f"{self._argv[0]}: {error.strerror or error}\r\n".encode())
            finally:
                os._exit(_NOT_FOUND)
        os.set_blocking(master, False)
        return pid, master

    def serve(self) -> None:
        """Copy both ways until the command has ended, somebody takes the console over, or the line has gone."""
        if self._share is not None:
            self._share.open()
        code: Optional[int] = None
        how = CUT
        try:
            code = self._copy()
            how = LEFT if self._left else OVER
        finally:
            # First the console, which others may wait for.
            ended = code if code is not None else self._let_go()
            if self._share is not None:
                self._share.close(how, self._taken_by)
        if self._taken_by:
            _finish(self._line, TAKEN, TAKEN_WORDS + self._taken_by)
        else:
            _finish(self._line, ended)

    def _copy(self) -> Optional[int]:
        """Return the command's exit status; None where it is to be ended."""
        line = self._line
        while not self._taken_by:
            patience = line.live()
            poll = select.poll()
            poll.register(line.fd_in, select.POLLIN)
            poll.register(self._wake_read, select.POLLIN)
            wants = select.POLLIN if line.under_way < WINDOW else 0
            now = time.monotonic()
            if self._typed:
                due = self._due()
                wants |= select.POLLOUT if now >= due else 0
                patience = min(patience, max(0.0, due - now)) if now < due else patience
            if wants:
                poll.register(self._master, wants)
            if line.pending:
                poll.register(line.fd_out, select.POLLOUT)
            events = dict(poll.poll(min(patience, _PATIENCE) * 1000 + 1))
            if line.fd_out in events:
                line.write()
            if line.fd_in in events:
                for frame in line.read():
                    self._take(frame)
            what = events.get(self._master, 0)
            if what & select.POLLOUT:
                self._type()
            # What is left of one that has ended waits in its terminal until the line takes it.
            ended = not events and wants & select.POLLIN and not self._lives()
            if ended or (what & ~select.POLLOUT and not self._hear()):
                return self._reaped(_PATIENCE)
        return None

    def _take(self, frame: line_frames.Frame) -> None:
        if frame.kind == DATA:
            self._typed.append(frame.content)
            if sum(map(len, self._typed)) > 2 * TYPED_WINDOW:
                raise FrameError("more is typed than was let")
        elif frame.kind == SIZE and len(frame.content) == line_frames.PAIR.size:
            lines, columns = line_frames.PAIR.unpack(frame.content)
            with contextlib.suppress(OSError):
                fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _due(self) -> float:
        """Return when what is typed next may be."""
        alone = self._typed_at + _ALONE if self._typed[0] == _LEAVE else 0.0
        return max(self._quiet_until, alone)

    def _type(self) -> None:
        piece = self._typed.popleft()
        try:
            written = os.write(self._master, piece)
        except BlockingIOError:
            written = 0
        except OSError:
            written = len(piece)  # it has ended
        self._typed_at = time.monotonic()
        if piece == _LEAVE:
            self._left = True
            self._quiet_until = self._typed_at + _ALONE
        if written < len(piece):
            self._typed.appendleft(piece[written:])
        if written:
            self._line.send(DONE, COUNT.pack(written))

    def _hear(self) -> bool:
        """Read what the guest prints; False where the command has closed its terminal."""
        try:
            data = os.read(self._master, _PIECE)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not data:
            return False
        with self._lock:
            self._tail = (self._tail + data)[-_TAIL:]
            ears = self._ears
        for ear in ears:
            ear(data)
        self._line.send(DATA, data)
        return True

    # The end

    def _lives(self) -> bool:
        return self._pid > 0 and self._reaped(0) is None

    def _reaped(self, seconds: float) -> Optional[int]:
        """Return the exit status of the command, None where it has not ended within so long."""
        until = time.monotonic() + seconds
        while self._pid > 0:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(self._pid, os.WNOHANG)
                if pid == 0:
                    if time.monotonic() >= until:
                        return None
                    time.sleep(0.01)
                    continue
                self._pid = 0
                self._code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
                break
            self._pid, self._code = 0, _FAILED
        return self._code

    def _let_go(self) -> int:
        """Have the command leave the console, or end it; one that is to live on only loses its terminal."""
        if self._taken_by:
            time.sleep(_ALONE)
            with contextlib.suppress(OSError):
                os.write(self._master, _LEAVE)
            self._drain(_PATIENCE)
        if self._lives() and not self._keep:
            os.kill(self._pid, signal.SIGHUP)
        os.close(self._master)
        if self._keep:
            code = self._reaped(0)
            return 0 if code is None else code
        code = self._reaped(_PATIENCE)
        if code is None:
            os.kill(self._pid, signal.SIGKILL)
            code = self._reaped(_PATIENCE)
        return 0 if code is None else code

    def _drain(self, seconds: float) -> None:
        """Read what a command that leaves still prints: it must not wait for its terminal."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._lives():
            if select.select([self._master], [], [], 0.05)[0] and not self._hear():
                break

    # The share, in its thread

    def _overhear(self, ear: Callable[[bytes], None]) -> Callable[[], None]:
        with self._lock:
            ear(self._tail)
            self._ears = (*self._ears, ear)

        def stop() -> None:
            with self._lock:
                self._ears = tuple(each for each in self._ears if each is not ear)

        return stop

    def _taken(self, who: str) -> None:
        self._taken_by = self._taken_by or who or "somebody"
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b".")


def watch(folder: str, names: List[str], who: str, line: LineEnd) -> None:
    """Show what somebody of this host shares, until that ends."""
    try:
        shared = shares.connected(folder, names, shares.WATCH, _with_origin(who))
    except OSError as error:
        _finish(line, _FAILED, f"the console is not shared: {error.strerror or error}")
        return
    frames = line_frames.Frames()
    with shared:
        while True:
            patience = line.live()
            poll = select.poll()
            poll.register(line.fd_in, select.POLLIN)
            if line.under_way < WATCH_WINDOW:
                poll.register(shared, select.POLLIN)
            if line.pending:
                poll.register(line.fd_out, select.POLLOUT)
            events = dict(poll.poll(patience * 1000 + 1))
            if line.fd_out in events:
                line.write()
            if line.fd_in in events:
                line.read()
            if shared.fileno() in events:
                try:
                    data = shared.recv(_PIECE)
                except OSError:
                    data = b""
                if not data:
                    _finish(line, CUT, shares.GONE)
                    return
                for frame in frames.take(data):
                    if frame.kind == END:
                        line.send(END, frame.content)
                        _flush(line)
                        return
                    line.send(DATA, frame.content)


def _finish(line: LineEnd, code: int, words: str = "") -> None:
    """Tell the end, and wait until all was sent; raises :class:`GoneError`."""
    line.send(END, STATUS.pack(code) + shares.shown(words).encode("utf-8", "replace"))
    _flush(line)


def _flush(line: LineEnd) -> None:
    """Wait until all was sent, for some seconds at most; raises :class:`GoneError`."""
    until = time.monotonic() + _LAST_WORDS
    while line.pending and time.monotonic() < until:
        select.select([], [line.fd_out], [], 0.2)
        line.write()


def _with_origin(who: str) -> str:
    """Return who it is, and from where: that this host knows better."""
    origin = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]
    known = who.partition(", from ")[0] if origin else who
    return f"{known}, from {origin}" if origin else known


def serve(opening: Dict[str, Any], first: bytes) -> None:
    """What a far Python runs for a console (:func:`xentui.agent.server.main`)."""
    sys.stdout.buffer.write(b"\n" + str(opening["greeting"]).encode("ascii") + b"\n")
    sys.stdout.buffer.flush()
    main(str(opening["root"]), first)
