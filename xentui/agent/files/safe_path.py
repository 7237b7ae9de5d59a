"""The way to a folder, walked from the top: nobody but root and the acting user may have had a hand in any of it.

Each folder is held by its descriptor, and no link is followed but one that root or the acting user made, in a folder
that nobody else may write to.
"""

from __future__ import annotations

import contextlib
import errno
import grp
import os
import pwd
import stat
from typing import List, NamedTuple, Optional, Tuple

from xentui.agent.errors import AgentError

FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LINKS = 40


class Step(NamedTuple):
    fd: int
    path: str


def walk(path: str, *, make: bool, last: bool) -> Tuple[int, str, str]:
    """Walk a path from the top; returns the descriptor of a folder, its path, and the name left to look up in it.

    The name is empty where the path led to a folder.  ``last`` tells whether a link at the very end is followed.
    """
    todo = _parts(os.path.join(os.getcwd(), path))
    here = _top()
    links = 0
    try:
        while todo:
            name = todo.pop()
            at_end = not todo
            status = _look(here, name)
            if status is None:
                if make:
                    _make(here, name)
                elif at_end:
                    return here.fd, here.path, name
                else:
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), _below(here, name))
            elif stat.S_ISLNK(status.st_mode) and not (at_end and not last):
                links += 1
                if links > _LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), _below(here, name))
                _require_link(here, status, _below(here, name))
                target = os.readlink(name, dir_fd=here.fd)
                todo += _parts(target)
                if target.startswith("/"):
                    os.close(here.fd)
                    here = _top()
                continue
            elif at_end and not stat.S_ISDIR(status.st_mode):
                return here.fd, here.path, name
            here = _enter(here, name)
    except BaseException:
        os.close(here.fd)
        raise
    return here.fd, here.path, ""


def readable(fd: int) -> int:
    """Open a folder that was walked to for reading: with O_PATH one may pass through where one may not read."""
    return os.open(".", os.O_RDONLY | FOLDER, dir_fd=fd)


def sync(fd: int) -> None:
    """Flush the names of a folder; a failure cannot undo what is done, and is left to the file system."""
    with contextlib.suppress(OSError):
        own = readable(fd)
        try:
            os.fsync(own)
        finally:
            os.close(own)


def _require_link(here: Step, status: os.stat_result, path: str) -> None:
    """Refuse a link that others may have put there: in a folder like ``/tmp`` even one that root has made.

    A second name for it (a hard link), or a link taken from a folder of their own, is theirs to place.
    """
    require_owner(status, path)
    if os.fstat(here.fd).st_mode & 0o022:
        raise untrusted("is a link in a folder that other users may write to", path)


def _parts(path: str) -> List[str]:
    """Return the components of a path, the last first."""
    return [part for part in path.split("/")[::-1] if part not in ("", ".")]


def _top() -> Step:
    fd = os.open("/", os.O_PATH | FOLDER)
    try:
        _require_sole(os.fstat(fd), "/")
    except BaseException:
        os.close(fd)
        raise
    return Step(fd, "/")


def _enter(here: Step, name: str) -> Step:
    path = _below(here, name)
    fd = os.open(name, os.O_PATH | FOLDER, dir_fd=here.fd)
    try:
        _require_sole(os.fstat(fd), path)
    except BaseException:
        os.close(fd)
        raise
    os.close(here.fd)
    return Step(fd, path)


def _below(here: Step, name: str) -> str:
    return os.path.normpath(os.path.join(here.path, name))


def _look(here: Step, name: str) -> Optional[os.stat_result]:
    try:
        return os.stat(name, dir_fd=here.fd, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OSError(error.errno, error.strerror, _below(here, name)) from None


def _make(here: Step, name: str) -> None:
    try:
        os.mkdir(name, 0o700, dir_fd=here.fd)
    except FileExistsError:
        return
    except OSError as error:
        raise OSError(error.errno, error.strerror, _below(here, name)) from None
    sync(here.fd)


def _require_sole(status: os.stat_result, path: str) -> None:
    """Refuse a folder whose entries others could exchange."""
    require_owner(status, path)
    if status.st_mode & stat.S_ISVTX:
        return
    loose = status.st_mode & 0o022
    if loose == 0o020 and os.geteuid() != 0 and status.st_gid == os.getegid():
        loose = 0  # the group that users have for themselves
    if loose:
        who = "everybody" if loose & 0o002 else f"group {_group(status.st_gid)}"
        raise untrusted(f"{who} may write to that folder (mode {mode_of(status)})", path)


def require_owner(status: os.stat_result, path: str) -> None:
    """Refuse what belongs to somebody but root and the acting user."""
    if status.st_uid not in (0, os.geteuid()):
        raise untrusted(f"belongs to {user_name(status.st_uid)}", path)


def untrusted(why: str, path: str) -> AgentError:
    """Return the error for what somebody else could exchange."""
    return AgentError("untrusted", f"{why}: other users could replace what is written there", path)


def mode_of(status: os.stat_result) -> str:
    """Return the permissions as they are written: ``0755``."""
    return f"{stat.S_IMODE(status.st_mode):04o}"


def user_name(number: int) -> str:
    """Return a user as an error names him."""
    try:
        return f"user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"user id {number}"


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return f"id {number}"
