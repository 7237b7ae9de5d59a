"""xenconsoled's part: a guest as a child process on a pseudo-terminal, one client at a time, a backlog for
the first.

The server lives as long as its domain.  A restarted domain has another domid and another server.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pty
import select
import signal
import socket
import struct
import termios
import time
from pathlib import Path

from xentui.simulator.console import kernel
from xentui.simulator.console.guest import main as be_guest
from xentui.simulator.guest import NO_REASON, SUSPEND, Guest
from xentui.simulator.simulator import Simulator

#: xenconsoled keeps that many bytes for a client to come, then drops the older half (console/limit).
BACKLOG = 1 << 20
_PIECE = 65536
#: Seconds between two looks at the domain, with a client and without.
_TURN, _LAZY = 0.2, 0.5
#: Seconds after which a console nobody looks at is given up; the next client starts it anew.
IDLE = 900.0


def folder(root: Path) -> Path:
    """Return where the consoles of the host in ``root`` have their sockets and locks."""
    path = root / "consoles"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def stem(guest: Guest) -> str:
    """Return the name of a domain's socket and locks: no two domains ever share it, not even after a reset."""
    return f"{guest.domid}-{int(guest.born * 1000)}"


def address(descriptor: int, name: str) -> str:
    """Return a socket's address through its folder's descriptor: paths of UNIX sockets are short of room."""
    return f"/proc/self/fd/{descriptor}/{name}.sock"


class Server:
    """Runs one guest's console until its domain is gone."""

    def __init__(self, simulator: Simulator, guest: Guest) -> None:
        self._simulator = simulator
        self._guest = guest
        self._backlog = bytearray()
        self._typed = bytearray()
        self._client: socket.socket | None = None
        self._child = 0
        self._master = -1
        self._frozen = False
        self._down = False
        self._wanted = time.monotonic()

    def run(self) -> None:
        """Serve; returns when the domain is gone, or at once where another process serves it already."""
        place = folder(self._simulator.folder)
        name = stem(self._guest)
        lock = os.open(place / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{name}.sock", dir_fd=descriptor)
        try:
            self._spawn()
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
                listener.bind(address(descriptor, name))
                listener.listen(2)
                self._serve(listener)
        finally:
            self._kill()
            for suffix in ("sock", "lock", "client"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"{name}.{suffix}", dir_fd=descriptor)

    def _spawn(self) -> None:
        # The child opens its own database: a connection must not cross a fork.
        self._simulator.close()
        self._child, self._master = pty.fork()
        if self._child == 0:
            be_guest(self._simulator.folder, self._guest.domid)
            os._exit(0)
        self._simulator = Simulator(self._simulator.folder)
        os.set_blocking(self._master, False)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def _serve(self, listener: socket.socket) -> None:
        while self._look():
            readers: list[int | socket.socket] = [listener]
            if self._master >= 0 and len(self._backlog) < BACKLOG:
                readers.append(self._master)
            writers: list[int | socket.socket] = []
            if self._client is not None:
                readers.append(self._client)
                if self._backlog:
                    writers.append(self._client)
            if self._typed and self._master >= 0:
                writers.append(self._master)
            ready, able, _ = select.select(readers, writers, [], _TURN if self._client is not None else _LAZY)
            if listener in ready:
                self._accept(listener)
            if self._master in ready:
                self._hear()
            if self._client is not None and self._client in ready:
                self._listen()
            if self._client is not None and self._client in able:
                self._tell()
            if self._master in able:
                self._type()
            if self._client is None and len(self._backlog) >= BACKLOG:
                del self._backlog[: BACKLOG // 2]
        self._hear()
        self._last_words()

    def _look(self) -> bool:
        """See what has become of the domain; False when it is gone."""
        if self._client is not None:
            self._wanted = time.monotonic()
        elif time.monotonic() - self._wanted > IDLE or not self._simulator.state.path.exists():
            return False
        self._simulator.machine.advance_to(self._simulator.clock())
        now = self._simulator.state.guest(self._guest.domid)
        gone = now is None or now.born != self._guest.born
        stopped = now is None or gone or now.reason not in (NO_REASON, SUSPEND)
        if stopped and not self._down:
            self._down = True
            self._hear()
            self._kill()
            end = self._simulator.machine.end_of(self._guest)
            lines = kernel.farewell(*end) if end else []
            self._backlog += "".join(f"{line}\r\n" for line in lines).encode()
        if now is None or gone:
            return False
        frozen = now.paused or now.reason == SUSPEND
        booting = now.phase in ("menu", "building")
        if self._child and frozen != self._frozen and not booting:
            self._frozen = frozen
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                if frozen:
                    self._freeze()
                else:
                    os.killpg(self._child, signal.SIGCONT)
        return True

    def _freeze(self) -> None:
        """Stop the guest's process while it has no lock of the host's state, which it would keep."""
        with self._simulator.state.alone():
            os.killpg(self._child, signal.SIGSTOP)
            os.waitid(os.P_PID, self._child, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def _accept(self, listener: socket.socket) -> None:
        client, _ = listener.accept()
        client.setblocking(False)
        if self._client is not None:
            client.close()
            return
        self._client = client

    def _hear(self) -> None:
        """Take what the guest has printed."""
        if self._master < 0:
            return
        try:
            piece = os.read(self._master, _PIECE)
        except OSError as error:
            if error.errno == errno.EIO:
                self._kill()
            return
        self._backlog += piece

    def _listen(self) -> None:
        """Take what the client has typed."""
        client = self._client
        if client is None:
            return
        try:
            piece = client.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._drop()
        elif len(self._typed) < _PIECE:
            self._typed += piece

    def _tell(self) -> None:
        """Hand the client what the guest has printed."""
        client = self._client
        if client is None:
            return
        try:
            sent = client.send(self._backlog[:_PIECE])
        except BlockingIOError:
            return
        except OSError:
            self._drop()
            return
        del self._backlog[:sent]

    def _type(self) -> None:
        """Hand the guest what the client has typed."""
        try:
            sent = os.write(self._master, self._typed)
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._typed)
        del self._typed[:sent]

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _last_words(self) -> None:
        """Give a client that is there the rest, within reason."""
        if self._client is not None and self._backlog:
            with contextlib.suppress(OSError):
                self._client.settimeout(1.0)
                self._client.sendall(self._backlog)
        self._drop()

    def _kill(self) -> None:
        """End the child and close its terminal."""
        if self._child:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._child, 0)
            self._child = 0
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
