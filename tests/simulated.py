"""Commands of simulated hosts, each run by a fork of one process that has the simulator loaded.

A job starts a command of its host a dozen times, and most of what that takes is to load Python and the simulator anew.
Here what is started is :mod:`tests.simulated_client`, which loads nothing: it hands its arguments, folder, environment
and standard files to a server, hands on the signals it gets, and ends as the command has.  The command is a process of
its own that begins with the simulator loaded and nothing else, as ``python -m xentui.simulator`` does; it is gone when
its client ends, and killed a moment after its client was.

A test that kills a command needs that at once: it starts real ones.
"""

from __future__ import annotations

import array
import contextlib
import marshal
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

from xentui.hosts.sim import SimHost

CLIENT = str(Path(__file__).with_name("simulated_client.py"))
_SIZE = 8
_LOADED = (
    *("simulator.program", "simulator.xl.create", "simulator.xl.images", "simulator.xl.lifecycle"),
    *("simulator.xl.listing", "simulator.xl.migrate", "simulator.xl.dispatch", "simulator.virsh.dispatch"),
)
"""What commands of jobs load; what another needs besides it loads itself."""
SERVER = "XENTUI_TESTS_SIMULATED"
"""Tells a process that a test has started which server it is to use."""
_kept: list[subprocess.Popen[bytes]] = []
"""The server: its standard input stays open as long as this process lives."""


@contextlib.contextmanager
def forked_commands() -> Iterator[None]:
    """Have the jobs of simulated hosts run their commands so, those of processes that are started meanwhile too."""
    served = patch.dict(os.environ, {SERVER: _server()})
    with served, patch.object(SimHost, "command_prefix", property(lambda host: _prefix(host._folder))):
        yield


def _prefix(folder: Path) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", CLIENT, os.environ[SERVER], "--state", str(folder))


@cache
def _server() -> str:
    """The server's socket: that of whoever has started this process, else one of its own."""
    return os.environ.get(SERVER) or _begin()


def _begin() -> str:
    """Start the server of this process, with which it ends; returns its socket."""
    place = tempfile.mkdtemp(prefix="xt-")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.simulated", place],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n", "the server of simulated commands does not start"
    _kept.append(process)
    return f"{place}/socket"


class Server:
    """Forks for each client, tells it how its command has ended, and kills the command of one that is gone."""

    def __init__(self, place: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(f"{place}/socket")
        self._listener.listen(64)
        self._clients: dict[int, socket.socket] = {}
        """Each with the process of its command."""
        self._woken, waker = socket.socketpair()
        self._woken.setblocking(False)
        waker.setblocking(False)
        self._waker = waker
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def serve(self) -> None:
        """Serve until standard input ends."""
        while True:
            sockets: list[int | socket.socket] = [0, self._listener, self._woken, *self._clients.values()]
            ready, _, _ = select.select(sockets, [], [])
            if 0 in ready:
                return
            if self._woken in ready:
                self._woken.recv(4096)
                self._reap()
            for number, client in list(self._clients.items()):
                if client in ready and not client.recv(1):
                    os.kill(number, signal.SIGKILL)
                    client.close()
                    del self._clients[number]
            if self._listener in ready:
                self._accept()

    def _reap(self) -> None:
        """Tell the clients of commands that have ended how."""
        while True:
            try:
                number, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not number:
                return
            client = self._clients.pop(number, None)
            if client is not None:
                _tell(client, os.waitstatus_to_exitcode(status))
                client.close()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            told, files = _received(client)
        except (EOFError, OSError):
            client.close()
            return
        number = os.fork()
        if not number:
            self._be_command(client, told, files)
        for file in files:
            os.close(file)
        self._clients[number] = client
        _tell(client, number)

    def _be_command(self, client: socket.socket, told: tuple[object, ...], files: Sequence[int]) -> None:
        """Run the command in this process, and end with its exit status."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in (client, self._listener, self._woken, self._waker, *self._clients.values()):
                other.close()
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            folder, environment, mask, words = told
            os.chdir(folder)  # type: ignore[arg-type]
            os.environb.clear()
            os.environb.update(environment)  # type: ignore[call-overload]
            os.umask(mask)  # type: ignore[arg-type]
            status = import_module("xentui.simulator.program").main(words)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except Exception:  # noqa: BLE001 - told as Python tells it
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)


def _tell(client: socket.socket, number: int) -> None:
    try:
        client.sendall(number.to_bytes(_SIZE, "little", signed=True))
    except OSError:  # it is gone, and that is seen next
        return


def _received(client: socket.socket) -> tuple[tuple[object, ...], list[int]]:
    """Read what a client hands over: folder, environment, mask of files and words; its standard files."""
    files = array.array("i")
    data, ancillary, _, _ = client.recvmsg(1 << 16, socket.CMSG_SPACE(3 * files.itemsize))
    for _level, _kind, piece in ancillary:
        files.frombytes(piece)
    while len(data) < _SIZE or len(data) < _SIZE + int.from_bytes(data[:_SIZE], "little"):
        more = client.recv(1 << 16)
        if not more:
            raise EOFError
        data += more
    return marshal.loads(data[_SIZE:]), list(files)  # noqa: S302 - from our own client


def main(place: str) -> None:
    for name in _LOADED:
        import_module(f"xentui.{name}")
    server = Server(place)
    os.write(1, b"ready\n")
    server.serve()
    shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
