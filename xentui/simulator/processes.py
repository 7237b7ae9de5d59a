"""``ps`` and ``who`` as far as they tell who has a console: the clients of consoles are the only processes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Sequence
from pathlib import Path

from xentui.simulator.call import Call
from xentui.simulator.console import server

_XENCONSOLE = "/usr/lib/xen-4.17/bin/xenconsole"
_COLUMNS = {"pid": 7, "ppid": 7, "user": 8, "tty": 8, "etime": 11, "args": 0}
_LIMIT = 4096


def claim(lock: int) -> None:
    """Note in a console's client lock, which is held, whose it is."""
    terminal = "?"
    with contextlib.suppress(OSError):
        terminal = os.ttyname(0).removeprefix("/dev/")
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()} {os.getppid()} {terminal} {time.time():.0f}\n".encode(), 0)


def ps(call: Call, words: Sequence[str]) -> int:
    """``ps -e|-C xenconsole -o COLUMN=,…`` with the columns pid, ppid, user, tty, etime and args."""
    given = list(words)
    columns = given[-1].split(",") if given else []
    names = [column.partition("=")[0].partition(":")[0] for column in columns]
    if given[:-1] not in (["-e", "-o"], ["-C", "xenconsole", "-o"]) or not set(names) <= set(_COLUMNS):
        call.err("error: unsupported SysV option\n")
        return 1
    clients = _clients(server.folder(call.files.folder))
    for client in clients:
        fields = [client[name].rjust(_COLUMNS[name]) for name in names]
        call.out(" ".join(fields) + "\n")
    return 0 if clients or given[0] == "-e" else 1


def who(call: Call, words: Sequence[str]) -> int:  # noqa: ARG001 - every command takes both
    """``who``: nobody has logged in."""
    return 0


def _clients(place: Path) -> list[dict[str, str]]:
    found = []
    for path in sorted(place.glob("*.client")):
        with contextlib.suppress(OSError), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                fields = file.read(_LIMIT).decode("ascii", "replace").split()
                if len(fields) == 4:
                    pid, parent, terminal, begun = fields
                    domid = path.name.partition("-")[0]
                    found.append(
                        {
                            "pid": pid,
                            "ppid": parent,
                            "user": "root",
                            "tty": terminal,
                            "etime": _etime(max(0, int(time.time() - float(begun)))),
                            "args": f"{_XENCONSOLE} {domid} --num 0 --type pv",
                        }
                    )
    return found


def _etime(seconds: int) -> str:
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    if days:
        return f"{days}-{hours:02}:{minutes:02}:{rest:02}"
    return f"{hours:02}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
