"""What a process does that may never come back: it looks at paths on whatever is mounted there, and leaves probes.

It is a child of the agent's, which waits for each of its lines so long and no longer
(:mod:`xentui.agent.storage.timed_child`).  Whatever it is about to touch that lies on another mount than before it
names first: where nothing more is heard of it, that one hangs.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import stat
import sys
from typing import Any, Callable, Dict, Iterator, List, Optional, Set

from xentui.agent.errors import AgentError, failure_of
from xentui.agent.files import mounts, safe_folder

PROBE = re.compile(r"\.xentui-probe-[0-9a-f]{32}\Z")
_PREFIX = ".xentui-probe-"
_STALE = 3600.0
_LINKS = 40
_BYTES = 32
_ERRORS = (OSError, AgentError, ValueError)


def main(arguments: List[str]) -> None:
    """Do one task, told by a line on standard input; answers are lines on standard output."""
    task = json.loads(sys.stdin.buffer.readline())
    _say(touches="")  # it has begun
    {"look": _look, "leave": _leave, "find": _find, "remove": _remove}[arguments[0]](task)


def _say(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


# Looking


class _HangsError(Exception):
    """What is to be looked at lies on a mount that is known to hang."""


def _look(task: Dict[str, Any]) -> None:
    points = {str(point): mounts.Mount(str(point), "", "", "", "", "") for point in task["points"]}
    avoid = set(task["avoid"])
    for number, place in enumerate(task["paths"]):
        root = task["root"] if place.startswith(task["root"] + "/") else ""
        try:
            facts = _Walk(root, points, avoid).look(place[len(root) :] or "/")
        except _HangsError as error:
            facts = {"kind": "hanging", "hangs": str(error)}
        except _ERRORS as error:
            reason = error.strerror if isinstance(error, OSError) else ""
            facts = {"kind": "missing", "error": reason or str(error)}
        _say(number=number, facts=facts)


class _Walk:
    """The way to a path, link by link as the kernel goes it; ``root`` is before what a simulated host calls its own."""

    def __init__(self, root: str, points: Dict[str, mounts.Mount], avoid: Set[str]) -> None:
        self.root, self.points, self.avoid = root, points, avoid
        self.on: Optional[str] = None

    def look(self, path: str) -> Dict[str, Any]:
        """Return what is there."""
        real = self._resolved(path)
        place = self.root + real
        status = os.stat(place)
        facts = {"real": real, "inode": status.st_ino, "size": status.st_size, "kind": "other"}
        for kind, is_kind in (("file", stat.S_ISREG), ("block", stat.S_ISBLK), ("dir", stat.S_ISDIR)):
            if is_kind(status.st_mode):
                facts["kind"] = kind
        if facts["kind"] == "block":
            facts["number"] = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
        elif facts["kind"] in ("file", "dir"):
            room = os.statvfs(place)
            facts["free"], facts["room"] = room.f_bavail * room.f_frsize, room.f_blocks * room.f_frsize
            facts["writable"] = os.access(place, os.W_OK)
        return facts

    def _resolved(self, path: str) -> str:
        here, links = "/", 0
        todo = path.split("/")[::-1]
        self._touch(here)
        while todo:
            name = todo.pop()
            if name in ("", "."):
                continue
            if name == "..":
                here = os.path.dirname(here)
                continue
            there = os.path.join(here, name)
            self._touch(there)
            # On a mount point it is the mounted file system that is seen, never a link.
            if there not in self.points and stat.S_ISLNK(os.lstat(self.root + there).st_mode):
                links += 1
                if links > _LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), there)
                target = os.readlink(self.root + there)
                todo += target.split("/")[::-1]
                here = "/" if target.startswith("/") else here
                continue
            here = there
        return here

    def _touch(self, path: str) -> None:
        """Say which mount is touched next, where it is another."""
        point = mounts.point_of(path, self.points)
        if point in self.avoid:
            raise _HangsError(point)
        if point != self.on:
            self.on = point
            _say(touches=point)


# Probes


def _leave(task: Dict[str, Any]) -> None:
    _answer(lambda: _left(task["folder"]))


def _left(path: str) -> Dict[str, Any]:
    """Write a file that nobody else could have written; returns its name, what is in it, and whose it has become."""
    with safe_folder.open_folder(path) as folder:
        name, data = _PREFIX + os.urandom(16).hex(), os.urandom(_BYTES)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(name, flags, 0o600, dir_fd=folder.fd)
        try:
            os.write(fd, data)
            os.fsync(fd)
            status = os.fstat(fd)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=folder.fd)
            raise
        finally:
            os.close(fd)
        _sweep(folder, status)
        return {
            "name": name,
            "data": data.hex(),
            "owner": status.st_uid,
            "own": status.st_uid == os.geteuid(),
        }


def _sweep(folder: safe_folder.Folder, newest: os.stat_result) -> None:
    """Remove the probes of who was cut off an hour ago and more, by the clock of who keeps the files."""
    for name in _probes(folder):
        with contextlib.suppress(OSError):
            status = folder.look(name)
            if status is None or not stat.S_ISREG(status.st_mode) or status.st_uid != newest.st_uid:
                continue
            if status.st_mtime < newest.st_mtime - _STALE:
                os.unlink(name, dir_fd=folder.fd)


def _probes(folder: safe_folder.Folder) -> Iterator[str]:
    with contextlib.suppress(OSError):
        yield from (name for name in folder.names() if PROBE.match(name))


def _find(task: Dict[str, Any]) -> None:
    _answer(lambda: _found(task["folder"], task["name"]))


def _found(path: str, name: str) -> Dict[str, Any]:
    """Return whether a probe is there, and what is in it, "" where that may not be read."""
    with safe_folder.open_folder(path) as folder:
        status = folder.look(name)
        if status is None:
            return {"found": False, "data": "", "error": ""}
        if not stat.S_ISREG(status.st_mode):
            return {"found": False, "data": "", "error": "is not a regular file"}
        try:
            fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder.fd)
        except OSError as error:
            return {"found": True, "data": "", "error": error.strerror or "cannot be read"}
        try:
            return {"found": True, "data": os.read(fd, 2 * _BYTES).hex(), "error": ""}
        finally:
            os.close(fd)


def _remove(task: Dict[str, Any]) -> None:
    _answer(lambda: _removed(task["folder"], task["name"]))


def _removed(path: str, name: str) -> Dict[str, Any]:
    with safe_folder.open_folder(path) as folder, contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder.fd)
    return {}


def _answer(work: Callable[[], Dict[str, Any]]) -> None:
    try:
        _say(ok=work())
    except _ERRORS as error:
        failure = failure_of(error) if isinstance(error, (OSError, AgentError)) else None
        _say(error=failure.to_json() if failure else {"code": "invalid", "message": str(error), "path": ""})
