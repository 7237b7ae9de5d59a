"""A command of a simulated host whose work a fork of :mod:`tests.simulated` does: ``client.py SOCKET WORDS…``.

It is started by the thousand with ``-I -S``; what Python's library has above these modules would take as long to
import as all it does.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import marshal
import posix
import sys

_SIZE = 8
_WITH_CHILDREN = {"migrate", "xen-create-image"}
"""Words of commands that start a process which is looked for below theirs: they are started as users start them."""


def main() -> None:
    """Hand all over, hand on signals, and end as the command does."""
    if not _WITH_CHILDREN.isdisjoint(sys.argv):
        posix.execv(sys.executable, [sys.executable, "-m", "xentui.simulator", *sys.argv[2:]])
    line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    line.connect(sys.argv[1])
    mask = posix.umask(0)
    posix.umask(mask)
    told = marshal.dumps((posix.getcwd(), posix.environ, mask, sys.argv[2:]))
    data = len(told).to_bytes(_SIZE, "little") + told
    files = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    sent = line.sendmsg([data], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
    line.sendall(data[sent:])
    command = _number(line)
    for number in (_signal.SIGHUP, _signal.SIGINT, _signal.SIGTERM):
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, lambda number, _frame: posix.kill(command, number))
    status = _number(line)
    if status < 0:
        if -status != _signal.SIGKILL:
            _signal.signal(-status, _signal.SIG_DFL)
        posix.kill(posix.getpid(), -status)
    posix._exit(status)


def _number(line: _socket.socket) -> int:
    data = b""
    while len(data) < _SIZE:
        piece = line.recv(_SIZE - len(data))
        if not piece:  # the server is gone, with all that it ran
            posix.kill(posix.getpid(), _signal.SIGKILL)
        data += piece
    return int.from_bytes(data, "little", signed=True)


main()
