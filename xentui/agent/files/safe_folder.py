"""Writing outside the store: in folders that other users of the host may write to, or even own.

Whatever root does there by path, another user can turn against it: exchange the folder, a link or the passing file
between two system calls.  So a path is walked from the top (:mod:`xentui.agent.files.safe_path`), the folder is held by
its descriptor, and what could be exchanged is refused (code ``untrusted``) before anything is written.  What is then
written has a random name nobody could have taken, its mode is set on the open file, and nothing is ever removed but
single files of one's own.

Nothing is locked that others may open: a lock of theirs would stay for good.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
from typing import Callable, List, Optional, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, safe_path

_SCAN_LIMIT = 100_000
_TRIES = 20
#: Passing files; the second is what xentui made before their names were random.
_PASSING = re.compile(r"\.xentui-[0-9a-f]{16}\Z|\..+\.xentui-new\Z")


class Folder:
    """A folder that nobody else can exchange, open; close it when done (it is a context manager).

    In one with the sticky bit, as ``/tmp``, others have files of their own: what belongs to them is refused there.
    """

    def __init__(self, fd: int, path: str) -> None:
        self.fd = fd
        self.path = path

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *_why: object) -> None:
        os.close(self.fd)

    @property
    def shared(self) -> bool:
        """Whether others may put files of their own into it."""
        return bool(os.fstat(self.fd).st_mode & 0o022)

    def spelt(self, name: str) -> str:
        """Return the path of an entry, for messages."""
        return os.path.join(self.path, name)

    def look(self, name: str) -> Optional[os.stat_result]:
        """Return the status of an entry, of a link itself; None where there is none."""
        try:
            return os.stat(name, dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def names(self) -> List[str]:
        """Return the first 100,000 names in it, sorted."""
        fd = safe_path.readable(self.fd)
        try:
            found: List[str] = []
            with os.scandir(fd) as scan:
                for item in scan:
                    if len(found) >= _SCAN_LIMIT:
                        break
                    found.append(item.name)
            return sorted(found)
        finally:
            os.close(fd)

    def open_file(self, name: str, flags: int) -> int:
        """Open a regular file of root's or the acting user's own; links are not followed, and nothing else blocks.

        ``flags`` are those of :func:`os.open`; a file that is made is nobody else's to read.
        """
        safe = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        try:
            fd = os.open(name, flags | safe, 0o600, dir_fd=self.fd)
        except OSError as error:
            raise OSError(error.errno, error.strerror, self.spelt(name)) from None
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise AgentError("invalid", "is not a regular file", self.spelt(name))
            safe_path.require_owner(status, self.spelt(name))
        except BaseException:
            os.close(fd)
            raise
        return fd

    def open_own(self, name: str, flags: int) -> int:
        """Open, or make, a file that nobody else reads, as :meth:`open_file`: its mode is set to 0600."""
        fd = self.open_file(name, flags | os.O_CREAT)
        try:
            status = os.fstat(fd)
            if status.st_nlink > 1:
                raise safe_path.untrusted(
                    "has a second name (a hard link), which another user may have made", self.spelt(name)
                )
            if status.st_mode & 0o177:
                os.fchmod(fd, 0o600)
        except BaseException:
            os.close(fd)
            raise
        return fd

    def move(self, name: str, to: str) -> None:
        """Give a file another name in this folder, in place of one that has it; raises FileNotFoundError."""
        os.rename(name, to, src_dir_fd=self.fd, dst_dir_fd=self.fd)

    def sync(self) -> None:
        """Flush its names; a failure cannot undo what is done, and is left to the file system."""
        safe_path.sync(self.fd)

    def remove(self, name: str) -> bool:
        """Take away a file or link of one's own or root's, never a folder; whether it was there."""
        status = self.look(name)
        if status is None:
            return False
        safe_path.require_owner(status, self.spelt(name))
        try:
            os.unlink(name, dir_fd=self.fd)
        except FileNotFoundError:
            return False
        return True

    def link_to(self, target: str, name: str) -> None:
        """Make a symbolic link of that name, flushed, in place of one that is there."""
        for _attempt in range(_TRIES):
            passing = passing_name()
            try:
                os.symlink(target, passing, dir_fd=self.fd)
            except FileExistsError:
                continue
            try:
                os.rename(passing, name, src_dir_fd=self.fd, dst_dir_fd=self.fd)
            except FileNotFoundError:
                continue  # another's sweep was quicker: a link cannot be locked
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(passing, dir_fd=self.fd)
                raise
            self.sync()
            return
        raise AgentError("busy", "no name for a temporary file is free", self.path)

    def write(self, name: str, data: bytes, *, exclusive: bool, mode: int = 0o600) -> None:
        """Write a file whole or not at all, flushed; with ``exclusive`` one that is there is code ``exists``.

        A file that is replaced keeps its permissions and, for root, its owner.  It must be a regular one of root or
        the acting user that not everybody may write to.  What a killed writer left is swept.
        """
        before = self.look(name)
        if before is not None:
            if exclusive:
                raise AgentError("exists", "the file exists already", self.spelt(name))
            if not stat.S_ISREG(before.st_mode):
                raise AgentError("invalid", "is not a regular file", self.spelt(name))
            safe_path.require_owner(before, self.spelt(name))
            if before.st_mode & 0o002:
                raise safe_path.untrusted(
                    f"every user may write to it (mode {safe_path.mode_of(before)})", self.spelt(name)
                )
        self.sweep()
        fd, passing = self._passing_file()
        try:
            fsio.write_all(fd, data)
            if before is not None:
                _take_over(fd, before)
            elif mode != 0o600:
                os.fchmod(fd, mode)
            os.fsync(fd)
            if exclusive:
                # Unlike a rename, this never replaces.
                os.link(passing, name, src_dir_fd=self.fd, dst_dir_fd=self.fd, follow_symlinks=False)
                os.unlink(passing, dir_fd=self.fd)
            else:
                os.rename(passing, name, src_dir_fd=self.fd, dst_dir_fd=self.fd)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(passing, dir_fd=self.fd)
            raise
        finally:
            os.close(fd)
        self.sync()

    def write_new(self, name: str, fill: Callable[[int], None]) -> None:
        """Have ``fill`` write a new file, whole or not at all, flushed; code ``exists`` where there is one."""
        if self.look(name) is not None:
            raise AgentError("exists", "the file exists already", self.spelt(name))
        self.sweep()
        fd, passing = self._passing_file()
        try:
            fill(fd)
            os.fsync(fd)
            os.link(passing, name, src_dir_fd=self.fd, dst_dir_fd=self.fd, follow_symlinks=False)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(passing, dir_fd=self.fd)
            os.close(fd)
        self.sync()

    def _passing_file(self) -> Tuple[int, str]:
        """Return a new file nobody else can open, locked: as long as it is, somebody is writing it."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        for _attempt in range(_TRIES):
            passing = passing_name()
            try:
                fd = os.open(passing, flags, 0o600, dir_fd=self.fd)
            except FileExistsError:
                continue
            if _locked(fd) and os.fstat(fd).st_nlink:
                return fd, passing
            os.close(fd)  # another's sweep was quicker than our lock
        raise AgentError("busy", "no name for a temporary file is free", self.path)

    def sweep(self) -> None:
        """Remove the passing files of writers that were killed: one's own, and only those nobody has locked."""
        with contextlib.suppress(OSError):
            for name in self.names():
                if _PASSING.match(name):
                    with contextlib.suppress(OSError):
                        self._sweep_one(name)

    def _sweep_one(self, name: str) -> None:
        status = self.look(name)
        if status is None or status.st_uid != os.geteuid():
            return
        if stat.S_ISLNK(status.st_mode):
            os.unlink(name, dir_fd=self.fd)
            return
        if not stat.S_ISREG(status.st_mode):
            return
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self.fd)
        try:
            if os.path.samestat(os.fstat(fd), status) and _locked(fd):
                os.unlink(name, dir_fd=self.fd)
        finally:
            os.close(fd)


def open_folder(path: str, *, make: bool = False) -> Folder:
    """Walk to a folder and open it; with ``make`` what is missing of it is made, owner-only.

    Raises code ``untrusted`` where on the way somebody but root and the acting user could exchange something.
    """
    fd, spelt, name = safe_path.walk(path, make=make, last=True)
    if name:
        os.close(fd)
        raise AgentError("invalid", "is not a folder", os.path.join(spelt, name))
    return Folder(fd, spelt)


def private_folder(path: str) -> Folder:
    """Open a folder of one's own, made where it is missing, that nobody else enters: its mode is set to 0700.

    Raises as :func:`open_folder`, and code ``untrusted`` for anybody else's folder, root's too.
    """
    folder = open_folder(path, make=True)
    try:
        status = os.fstat(folder.fd)
        if status.st_uid != os.geteuid():
            raise safe_path.untrusted(f"belongs to {safe_path.user_name(status.st_uid)}", folder.path)
        if status.st_mode & 0o077:
            fd = safe_path.readable(folder.fd)
            try:
                os.fchmod(fd, 0o700)
            finally:
                os.close(fd)
    except BaseException:
        os.close(folder.fd)
        raise
    return folder


def open_parent(path: str, *, follow: bool) -> Tuple[Folder, str]:
    """Return the folder of a file, and the file's name in it; with ``follow`` links of root's or one's own are
    followed.

    Raises as :func:`open_folder`; code ``invalid`` where the path is a folder's.
    """
    if not os.path.basename(path):
        raise AgentError("invalid", "is not a file name", path)
    fd, spelt, name = safe_path.walk(path, make=False, last=follow)
    if not name:
        os.close(fd)
        raise AgentError("invalid", "is not a regular file", path)
    return Folder(fd, spelt), name


def problem(path: str) -> str:
    """Return why another user could exchange what is written into a folder, made where it is missing; "" where none
    could.

    What cannot be used for another reason is left to whoever uses it.
    """
    above = os.path.dirname(os.path.abspath(path))
    try:
        with open_folder(path):
            return ""
    except AgentError as error:
        return f"{error.path or path} {error.message}" if error.code == "untrusted" else ""
    except FileNotFoundError:
        return "" if above == path else problem(above)
    except OSError:
        return ""


def _take_over(fd: int, before: os.stat_result) -> None:
    """Give a new file the owner and the permissions of the one it replaces, but never the right to be somebody else."""
    own = os.fstat(fd)
    if (own.st_uid, own.st_gid) != (before.st_uid, before.st_gid):
        try:
            os.fchown(fd, before.st_uid, before.st_gid)
        except PermissionError:
            # The group's rights were another group's.
            os.fchmod(fd, stat.S_IMODE(before.st_mode) & 0o704)
            return
    os.fchmod(fd, stat.S_IMODE(before.st_mode) & 0o777)


def passing_name() -> str:
    """Return a name nobody could have taken, for a file that is being written; :meth:`Folder.sweep` knows it."""
    return f".xentui-{os.urandom(8).hex()}"


def _locked(fd: int) -> bool:
    """Lock a file nobody else can open, if nobody has."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
