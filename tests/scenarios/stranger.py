"""What a local user tries who is after consoles that are not his; run as ``python3 stranger.py UID JSON``.

JSON is ``{"folders", "processes", "terminals", "sockets"}``, lists of paths and process ids: folders with all below
them.  What he got is printed in JSON, as ``[[what, where], …]``; an empty list is how it should be.  Root, who gets it
all, must be told of each.  Standard library only: it runs on the host.
"""

from __future__ import annotations

import json
import os
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from typing import Any

_MARK = "left-by-a-stranger"


def main(uid: int, wanted: dict[str, list[Any]]) -> list[list[str]]:
    """Try all of it as ``uid``; what was got."""
    # Root finds what there is; the stranger may know all the names, and has to be refused all the same.
    places = [place for folder in wanted["folders"] for place in _below(folder)]
    kinds = {place: os.lstat(place).st_mode for place in places}
    ends = [
        f"/proc/{process}/{name}"
        for process in wanted["processes"]
        for name in ("environ", "mem", "maps", "fd", "cwd/.", "root/.", "fdinfo", "io", "stack")
    ]
    # As if the way into the folders were open: the sockets themselves are closed, too.
    folders = {
        place: os.open(os.path.dirname(place), os.O_PATH) for place in places if stat.S_ISSOCK(kinds[place])
    }
    if uid:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    got: list[list[str]] = []

    def tries(what: str, where: str, how: Callable[[], object]) -> None:
        try:
            how()
        except (OSError, ValueError):
            return
        got.append([what, where])

    for place, mode in kinds.items():
        if stat.S_ISDIR(mode):
            tries("list", place, lambda place=place: os.listdir(place))  # type: ignore[misc]
            tries("put a file into", place, lambda place=place: _put(place))  # type: ignore[misc]
        elif stat.S_ISSOCK(mode):
            tries("connect to", place, lambda place=place: _connect(place))  # type: ignore[misc]
            by = f"/proc/self/fd/{folders[place]}/{os.path.basename(place)}"
            tries("connect by its folder to", place, lambda by=by: _connect(by))  # type: ignore[misc]
        else:
            tries("read", place, lambda place=place: _open(place, os.O_RDONLY))  # type: ignore[misc]
            tries("write", place, lambda place=place: _open(place, os.O_WRONLY))  # type: ignore[misc]
    for place in wanted["sockets"]:
        tries("connect to", place, lambda place=place: _connect(place))  # type: ignore[misc]
    for place in wanted["terminals"]:
        tries("read", place, lambda place=place: _open(place, os.O_RDONLY))  # type: ignore[misc]
        tries("type into", place, lambda place=place: _open(place, os.O_WRONLY))  # type: ignore[misc]
    for place in ends:
        if place.endswith(("fd", "fdinfo", "/.")):
            tries("list", place, lambda place=place: os.listdir(place))  # type: ignore[misc]
        elif place.endswith("/mem"):
            tries("write", place, lambda place=place: _open(place, os.O_RDWR))  # type: ignore[misc]
        else:
            tries("read", place, lambda place=place: _read(place))  # type: ignore[misc]
    for process in wanted["processes"]:
        tries("signal", str(process), lambda process=process: os.kill(process, 0))  # type: ignore[misc]
    return got


def _below(folder: str) -> Iterator[str]:
    yield folder
    for top, folders, files in os.walk(folder):
        for name in folders + files:
            yield os.path.join(top, name)


def _open(path: str, how: int) -> None:
    os.close(os.open(path, how | os.O_NOCTTY | os.O_NONBLOCK | os.O_NOFOLLOW))


def _read(path: str) -> None:
    with open(path, "rb", buffering=0) as file:
        if not file.read(1):  # anybody may open the map of a process that has ended, in which nothing is
            raise ValueError


def _put(folder: str) -> None:
    path = os.path.join(folder, _MARK)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    os.unlink(path)


def _connect(path: str) -> None:
    # The address of a socket is short; what is open is reached all the same.
    folder = os.open(os.path.dirname(path), os.O_PATH)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
    finally:
        os.close(folder)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]), json.loads(sys.argv[2]))))
