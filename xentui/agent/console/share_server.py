"""A console shared with others of this host who may have it too: they watch it, or ask that it be let go of.

Who holds a console listens on a socket in a folder for its owner only (:mod:`xentui.agent.console.shares`); who
connects is known to the kernel (``SO_PEERCRED``) and has to be that owner, or root.  A watcher gets the bytes the
guest prints, and nothing it sends goes anywhere.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import socket
import threading
import time
from typing import Callable, Dict, Iterator, Optional

from xentui.agent.console.line_frames import (
    END_WORDS,
    FULL,
    LEFT,
    TAKEN,
    TAKEN_WORDS,
)
from xentui.agent.console.share_peer import SharePeer, uid_of
from xentui.agent.console.shares import PATIENCE, REQUEST, TAKE, WATCH, WHO, address, answers, shown
from xentui.agent.errors import AgentError
from xentui.agent.files import safe_folder, safe_path

#: Watchers at a time, at most; and of others, who ask something and go.
_WATCHERS, _ASKERS = 16, 8
#: Bytes the system keeps for a watcher besides: what waits there cannot be passed over any more.
_SOCKET = 16 << 10
#: Seconds watchers have to take what was printed before the end.
_LAST_WORDS = 1.0
#: Seconds until one that there was no room for is looked at again.
_NO_ROOM = 1.0

Ear = Callable[[bytes], None]
#: Has an ear hear what was printed last and all that follows; returns what ends that.
Overhear = Callable[[Ear], Callable[[], None]]


class ConsoleShare:
    """Shares what is overheard as the console ``name`` (:func:`xentui.agent.console.shares.of_domid`), in ``folder``.

    ``taken`` is told who asks for it, in a thread; ``who`` is what others are told of who holds it.  Nothing here
    raises: where nothing can be shared nobody watches.  A watcher is fed from a buffer of its own, so that the guest
    and who holds its console never wait for one.
    """

    def __init__(
        self, folder: str, name: str, overhear: Overhear, taken: Callable[[str], None], *, who: str = ""
    ) -> None:
        self._folder = folder
        self._name = name
        self._overhear = overhear
        self._taken = taken
        self._who = who
        self._since = time.monotonic()
        self._socket: Optional[socket.socket] = None
        self._bound = (0, 0)
        self._peers: Dict[int, SharePeer] = {}
        self._lock = threading.Lock()
        self._over = False
        self._code, self._taken_by = LEFT, ""
        """How it ends."""
        self._deaf_until = 0.0
        """Until when nobody is let in, for want of room in this process."""
        self._turn_lock = threading.Lock()
        """Held by who begins or ends it."""
        self._wake_read = self._wake_write = -1
        self._thread: Optional[threading.Thread] = None

    def open(self) -> bool:
        """Begin; False where somebody shares it already, the folder is not one's own alone, or it was closed before.

        Blocks briefly.
        """
        with self._turn_lock:
            return not self._over and self._begin()

    def _begin(self) -> bool:
        try:
            with _locked(self._folder) as folder:
                if answers(folder, self._name):
                    return False
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._name, dir_fd=folder)  # what a crash has left
                listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                try:
                    listening.bind(address(folder, self._name))
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
        listening.listen(_WATCHERS + _ASKERS)
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

    def close(self, code: int = LEFT, taken_by: str = "") -> None:
        """End it: watchers are told how, by one of the exit statuses of :mod:`xentui.agent.console.line_frames`.

        Blocks briefly, for one that begins too.
        """
        with self._turn_lock:
            self._code, self._taken_by = (TAKEN, taken_by) if taken_by else (code, "")
            self._over = True
            self._finish()

    def _finish(self) -> None:
        if self._thread is None:
            return
        self._wake()
        self._thread.join(PATIENCE)
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
        now = time.monotonic()
        deaf = max(0.0, self._deaf_until - now)
        listens = len(self._peers) < _WATCHERS + _ASKERS and not deaf
        if listens:
            waiting.register(listening, select.POLLIN)
        for number, peer in self._peers.items():
            waiting.register(number, select.POLLIN | (select.POLLOUT if peer.pending else 0))
        deadlines = [peer.deadline for peer in self._peers.values()]
        due = [deadline - now for deadline in deadlines if deadline is not None]
        patience = max(0.0, min([*due, deaf] if deaf else due, default=0.0))
        for number, what in waiting.poll(patience * 1000 + 1 if due or deaf else None):
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
            deadline = peer.deadline
            if deadline is not None and now > deadline:
                self._forget(peer)

    def _take_leave(self) -> None:
        """Send watchers what waits for them, as far as they take it in time, and let go of all."""
        words = f"{TAKEN_WORDS}{self._taken_by}" if self._taken_by else END_WORDS[self._code]
        for peer in self._peers.values():
            peer.hear_no_more()
            if peer.watches:
                peer.end(self._code, words)
        deadline = time.monotonic() + _LAST_WORDS
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                break
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
            known = uid_of(accepted) in (0, os.geteuid())
            accepted.setblocking(False)
            accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET)
        except OSError:
            known = False
        if known:
            self._peers[accepted.fileno()] = SharePeer(accepted)
        else:
            accepted.close()

    def _served(self, peer: SharePeer, what: int) -> bool:
        """Read and write what there is; False where it has gone."""
        try:
            if what & ~select.POLLOUT:
                data = peer.socket.recv(REQUEST)
                if not data:
                    return False
                if not peer.asked and not self._ask(peer, data):
                    return False
            if what & select.POLLOUT:
                peer.send()
            return not peer.answered or peer.pending
        except BlockingIOError:
            return True
        except OSError:
            return False

    def _ask(self, peer: SharePeer, data: bytes) -> bool:
        """Take in what is wanted; False where it is nothing known."""
        peer.request += data
        line, ended, _rest = peer.request.partition(b"\n")
        if not ended:
            return len(peer.request) < REQUEST
        word, _, who = line.decode("utf-8", "replace").partition(" ")
        if word not in (WATCH, TAKE, WHO):
            return False
        peer.asked = True
        if word == TAKE:
            self._taken(shown(who))
        elif word == WATCH and sum(each.watches for each in self._peers.values()) >= _WATCHERS:
            peer.end(FULL, END_WORDS[FULL])
            peer.answered = True
        elif word == WATCH:
            peer.watches = True
            peer.stop = self._overhear(self._ear(peer))
        else:
            seconds = int(time.monotonic() - self._since)
            peer.offer(f"{seconds} {shown(self._who)}\n".encode("utf-8", "replace"))
            peer.answered = True
        return True

    def _ear(self, peer: SharePeer) -> Callable[[bytes], None]:
        def ear(data: bytes) -> None:
            if peer.offer(data):
                self._wake()

        return ear

    def _forget(self, peer: SharePeer) -> None:
        self._peers.pop(peer.socket.fileno(), None)
        peer.hear_no_more()
        with contextlib.suppress(OSError):
            peer.socket.close()


@contextlib.contextmanager
def _locked(path: str) -> Iterator[int]:
    """The folder, for its owner only, and held against others who begin or end at the same time."""
    with safe_folder.private_folder(path) as folder:
        readable = safe_path.readable(folder.fd)
        try:
            fcntl.flock(readable, fcntl.LOCK_EX)
            yield folder.fd
        finally:
            os.close(readable)
