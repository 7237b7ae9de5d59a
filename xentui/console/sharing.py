"""A console shared with others of this host who may have it too: they watch it, or ask that it be let go of.

Who holds a console listens on a socket in a folder for its owner only; who connects is known to the kernel
(``SO_PEERCRED``) and has to be that owner, or root.  A line says what is wanted; a watcher then gets the bytes the
guest prints, and nothing it sends goes anywhere.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

from xentui.agent import AgentError, guarded, walking
from xentui.console.pty_session import Hearing
from xentui.errors import HostError
from xentui.hosts.privilege import login_name
from xentui.text import plain

WATCH: Final = "watch"
TAKE: Final = "take"
BUFFER: Final = 256 << 10
"""Bytes that may wait for a watcher; one that reads more slowly is dropped."""
_WATCHERS: Final = 16
"""Connections at a time, at most."""
_REQUEST: Final = 300
_PATIENCE: Final = 5.0
"""Seconds to say what is wanted, and to take the last words."""
_CREDENTIALS: Final = struct.Struct("3i")
_LAST_WORDS: Final = 1.0
"""Seconds watchers have to take what was printed before the end."""
_NO_ROOM: Final = 1.0
"""Seconds until one that there was no room for is looked at again."""
_LETTING_GO: Final = 10.0
"""Seconds a holder has to let go of a console."""
_DROPPED: Final = b"\x18\r\n--- no longer shown: this terminal reads too slowly ---\r\n"


class Heard(Protocol):
    """What is shared."""

    def overhear(self, ear: Callable[[bytes], None], *, since: Hearing) -> Callable[[], None]:
        """As :meth:`xentui.console.pty_session.PtySession.overhear`."""


class ConsoleShare:
    """Shares what ``heard`` prints as the console of a domid, in ``folder``; ``taken`` is told who asks for it.

    It is told in a thread.  Nothing here raises: where nothing can be shared nobody watches.  A watcher is fed from a
    buffer of its own, so that the guest and who holds its console never wait for one.
    """

    def __init__(self, folder: Path, domid: int, heard: Heard, taken: Callable[[str], None]) -> None:
        self._folder = folder
        self._name = _name(domid)
        self._heard = heard
        self._taken = taken
        self._socket: socket.socket | None = None
        self._bound = (0, 0)
        self._peers: dict[int, _Peer] = {}
        self._lock = threading.Lock()
        self._over = False
        self._deaf_until = 0.0
        """Until when nobody is let in, for want of room in this process."""
        self._turn_lock = threading.Lock()
        """Held by who begins or ends it."""
        self._wake_read = self._wake_write = -1
        self._thread: threading.Thread | None = None

    def open(self) -> bool:
        """Begin; False where somebody shares it already, the folder is not one's own alone, or it was closed before.

        Blocks briefly.
        """
        with self._turn_lock:
            return not self._over and self._begin()

    def _begin(self) -> bool:
        try:
            with _locked(self._folder) as folder:
                if _answers(folder, self._name):
                    return False
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._name, dir_fd=folder)  # what a crash has left
                listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                try:
                    listening.bind(_path(folder, self._name))
                    try:
                        self._start(listening, folder)
                    except BaseException:
                        os.unlink(self._name, dir_fd=folder)
                        raise
                except BaseException:
                    listening.close()
                    raise
        except (OSError, AgentError, RuntimeError):
            return False
        return True

    def _start(self, listening: socket.socket, folder: int) -> None:
        """Listen, in a thread; raises OSError, and RuntimeError where there is no room for a thread."""
        os.chmod(self._name, 0o600, dir_fd=folder)
        listening.listen(_WATCHERS)
        listening.setblocking(False)
        status = os.stat(self._name, dir_fd=folder, follow_symlinks=False)
        self._socket, self._bound = listening, (status.st_dev, status.st_ino)
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        thread = threading.Thread(target=self._serve, name=f"shares {self._name}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._close_wakers()
            raise
        self._thread = thread

    def close(self) -> None:
        """End it: watchers see the end of the console.  Blocks briefly, for one that begins too."""
        with self._turn_lock:
            self._over = True
            self._finish()

    def _finish(self) -> None:
        if self._thread is None:
            return
        self._wake()
        self._thread.join(_PATIENCE)
        self._thread = None
        with contextlib.suppress(OSError, AgentError), _locked(self._folder) as folder:
            status = os.stat(self._name, dir_fd=folder, follow_symlinks=False)
            if (status.st_dev, status.st_ino) == self._bound:
                os.unlink(self._name, dir_fd=folder)

    def _wake(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._wake_write >= 0:
                os.write(self._wake_write, b".")

    # The thread

    def _serve(self) -> None:
        assert self._socket is not None  # noqa: S101 - it is begun with one
        try:
            while not self._over:
                self._turn(self._socket)
        finally:
            # Who comes now finds nobody; who is here gets the last words.
            self._socket.close()
            self._take_leave()
            self._close_wakers()

    def _close_wakers(self) -> None:
        with self._lock:
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._wake_write = -1

    def _turn(self, listening: socket.socket) -> None:
        # No selector: one takes a descriptor, and the process may have none left.
        waiting = select.poll()
        waiting.register(self._wake_read, select.POLLIN)
        deaf = max(0.0, self._deaf_until - time.monotonic())
        listens = len(self._peers) < _WATCHERS and not deaf
        if listens:
            waiting.register(listening, select.POLLIN)
        for number, peer in self._peers.items():
            waiting.register(number, select.POLLIN | (select.POLLOUT if peer.pending else 0))
        impatient = any(peer.deadline is not None for peer in self._peers.values())
        patience = min(deaf or _PATIENCE, _PATIENCE) if deaf or impatient else None
        for number, what in waiting.poll(None if patience is None else patience * 1000 + 1):
            if number == self._wake_read:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
            elif number != listening.fileno():
                peer = self._peers[number]
                if not self._served(peer, what):
                    self._forget(peer)
            else:
                self._accept(listening)
        now = time.monotonic()
        for peer in list(self._peers.values()):
            if peer.deadline is not None and (now > peer.deadline or (peer.dropped and not peer.pending)):
                self._forget(peer)

    def _take_leave(self) -> None:
        """Send watchers what waits for them, as far as they take it in time, and let go of all."""
        for peer in self._peers.values():
            peer.hear_no_more()
        deadline = time.monotonic() + _LAST_WORDS
        while (left := deadline - time.monotonic()) > 0:
            waiting = select.poll()
            behind = {number: peer for number, peer in self._peers.items() if peer.pending}
            for number in behind:
                waiting.register(number, select.POLLOUT)
            if not behind:
                break
            for number, _what in waiting.poll(left * 1000 + 1):
                try:
                    behind[number].send()
                except OSError:
                    self._forget(behind[number])
        for peer in list(self._peers.values()):
            self._forget(peer)

    def _accept(self, listening: socket.socket) -> None:
        try:
            accepted, _ = listening.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                self._deaf_until = time.monotonic() + _NO_ROOM  # who waits would be announced without end
            return
        try:
            known = _uid_of(accepted) in (0, os.geteuid())
            accepted.setblocking(False)
        except OSError:
            known = False
        if known:
            self._peers[accepted.fileno()] = _Peer(accepted)
        else:
            accepted.close()

    def _served(self, peer: _Peer, what: int) -> bool:
        """Read and write what there is; False where it has gone."""
        try:
            if what & ~select.POLLOUT:
                data = peer.socket.recv(_REQUEST)
                if not data:
                    return False
                if not peer.asked and not self._ask(peer, data):
                    return False
            return not what & select.POLLOUT or peer.send()
        except BlockingIOError:
            return True
        except OSError:
            return False

    def _ask(self, peer: _Peer, data: bytes) -> bool:
        """Take in what is wanted; False where it is nothing known."""
        peer.request += data
        line, ended, _rest = peer.request.partition(b"\n")
        if not ended:
            return len(peer.request) < _REQUEST
        word, _, who = line.decode("utf-8", "replace").partition(" ")
        if word not in (WATCH, TAKE):
            return False
        peer.asked, peer.deadline = True, None
        if word == TAKE:
            self._taken(plain(who, 100))
        else:
            peer.stop = self._heard.overhear(self._ear(peer), since=Hearing.BEGINNING)
        return True

    def _ear(self, peer: _Peer) -> Callable[[bytes], None]:
        def ear(data: bytes) -> None:
            if peer.offer(data):
                self._wake()

        return ear

    def _forget(self, peer: _Peer) -> None:
        self._peers.pop(peer.socket.fileno(), None)
        peer.hear_no_more()
        with contextlib.suppress(OSError):
            peer.socket.close()


class _Peer:
    """One who is connected."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.request = b""
        self.asked = False
        self.dropped = False
        self.deadline: float | None = time.monotonic() + _PATIENCE
        """When it is let go of; None while it watches."""
        self.stop: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._waiting = bytearray()

    @property
    def pending(self) -> bool:
        """Whether something waits for it."""
        return bool(self._waiting)

    def hear_no_more(self) -> None:
        """End its hearing; what waits for it stays."""
        stop, self.stop = self.stop, lambda: None
        stop()

    def offer(self, data: bytes) -> bool:
        """Have it get this too, from any thread; whether there was nothing for it before."""
        with self._lock:
            if self.dropped:
                return False
            idle = not self._waiting
            self._waiting += data
            if len(self._waiting) > BUFFER:
                self._waiting[:] = _DROPPED
                self.dropped, self.deadline = True, time.monotonic() + _PATIENCE
                return True
            return idle

    def send(self) -> bool:
        """Send what the socket takes; False where that was the last of it."""
        with self._lock:
            sent = self.socket.send(self._waiting)
            del self._waiting[:sent]
            return bool(self._waiting) or not self.dropped


def is_shared(folder: Path | None, domid: int) -> bool:
    """Whether who holds the console of a domid shares it.  Blocks briefly."""
    if folder is None:
        return False
    try:
        with _entered(folder) as opened:
            return _answers(opened, _name(domid))
    except (OSError, AgentError):
        return False


def connected(folder: Path, domid: int, word: str, who: str) -> socket.socket:
    """Connect to who holds the console of a domid, and say what is wanted.  Raises OSError where nobody shares it."""
    try:
        with _entered(folder) as opened:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                made.settimeout(_PATIENCE)
                made.connect(_path(opened, _name(domid)))
                made.sendall(f"{word} {plain(who, 100)}\n".encode("utf-8", "replace"))
            except BaseException:
                made.close()
                raise
            made.settimeout(None)
            return made
    except AgentError as error:
        raise OSError(error.message) from error


def _uid_of(connected: socket.socket) -> int:
    """Who is at the other end, as the kernel knows it."""
    said = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _pid, uid, _gid = _CREDENTIALS.unpack(said)
    return int(uid)


def watching_argv(folder: Path, domid: int) -> list[str]:
    """The command that shows on a terminal what is shared, until Ctrl-]."""
    # -P: the folder it is called from may be anybody's, and is no place to load root's modules from.
    return [sys.executable, "-P", "-m", "xentui.console.share_client", str(folder), str(domid), asker()]


def taken_over(folder: Path, domid: int, subject: str) -> None:
    """Have who holds the console of a domid let go of it, and wait until that is done.

    Blocks for some seconds at most.  Raises HostError where it is not let go of.
    """
    try:
        with connected(folder, domid, TAKE, asker()) as asked:
            asked.settimeout(_LETTING_GO)
            # Cut off without an answer it was let go of, too.
            with contextlib.suppress(ConnectionError):
                while asked.recv(_REQUEST):
                    pass
    except OSError as error:
        raise HostError(
            f"who holds its console does not let go of it: {error.strerror or error}", subject=subject
        ) from error


def asker() -> str:
    """Who asks, for the other's eyes: user, terminal, and from where."""
    tty = ""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        tty = os.ttyname(sys.__stdin__.fileno()).removeprefix("/dev/")  # type: ignore[union-attr]
    origin = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]
    words = f"{login_name()}{f' on {tty}' if tty else ''}{f', from {origin}' if origin else ''}"
    return plain(words, 100)


def _name(domid: int) -> str:
    return f"{domid}.sock"


def _path(folder: int, name: str) -> str:
    """The address of a socket in an open folder: paths of sockets have 107 bytes at most."""
    return f"/proc/self/fd/{folder}/{name}"


def _answers(folder: int, name: str) -> bool:
    """Whether somebody listens; one with no room for another does, too.  Raises OSError where this process has none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PATIENCE)
        try:
            probe.connect(_path(folder, name))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            return True
        return True


@contextlib.contextmanager
def _entered(path: Path) -> Iterator[int]:
    """The folder, where there is one of one's own.  Raises OSError and AgentError."""
    with guarded.open_folder(str(path)) as folder:
        if os.fstat(folder.fd).st_uid != os.geteuid():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), folder.path)
        yield folder.fd


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The folder, for its owner only, and held against others who begin or end at the same time."""
    with guarded.private_folder(str(path)) as folder:
        readable = walking.readable(folder.fd)
        try:
            fcntl.flock(readable, fcntl.LOCK_EX)
            yield folder.fd
        finally:
            os.close(readable)


__all__ = ["ConsoleShare", "asker", "connected", "is_shared", "taken_over", "watching_argv"]
