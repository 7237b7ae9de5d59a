"""The few file-system steps every transaction is made of.

Each is written so that a process killed between two system calls, or a machine losing power, finds either the
old file or the new one.  Data is flushed before the name that makes it visible, and folders are flushed
after.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Callable, List, Optional, Tuple

from xentui.agent.errors import AgentError

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK


def write_all(fd: int, data: bytes) -> None:
    """Write all of ``data``; raises OSError as os.write does."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_at(fd: int, data: bytes, at: int) -> None:
    """Write all of ``data``, from a place of a file or device on."""
    view = memoryview(data)
    while view:
        count = os.pwrite(fd, view, at)
        view, at = view[count:], at + count


def write_new(path: str, data: bytes, mode: int = 0o600) -> None:
    """Create ``path`` with ``data``, flushed to the disk.  Nothing is left of it when that fails."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    try:
        try:
            write_all(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def sync_folder(path: str) -> None:
    """Flush the names in a folder to the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def try_sync_folder(path: str) -> None:
    """Flush a folder whose change is done: a failure cannot undo it, and is left to the file system."""
    with contextlib.suppress(OSError):
        sync_folder(path)


def sync_file(path: str) -> None:
    """Flush a file somebody else wrote."""
    fd = os.open(path, _READ)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def append(path: str, data: bytes, size: Optional[int] = None) -> None:
    """Append ``data`` in one write and flush it; on failure the file is as long as before.

    Code ``uncertain`` where that fails too: ``data`` may be there, now or after the next start of the machine.
    ``size`` is where the valid part of the file ends: what lies past it (a torn record) is cut first.
    The caller holds the lock that keeps other writers out.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        end = os.fstat(fd).st_size
        if size is not None and size < end:
            os.ftruncate(fd, size)
            end = size
        try:
            write_all(fd, data)
            os.fsync(fd)
        except OSError as error:
            try:
                os.ftruncate(fd, end)
            except OSError:
                reason = error.strerror or str(error)
                again = "and again when the change was to be undone: it may be stored or not"
                raise AgentError("uncertain", f"the disk failed ({reason.lower()}), {again}", path) from error
            raise
    finally:
        os.close(fd)


def open_regular(path: str) -> Tuple[int, os.stat_result]:
    """Open a regular file for reading; the caller closes it.  Anything else is code ``invalid``, and not opened."""
    return open_kind(path, stat.S_ISREG, "regular file")


def open_kind(path: str, is_kind: Callable[[int], bool], kind: str) -> Tuple[int, os.stat_result]:
    """Open what is of a kind for reading; the caller closes it.

    To open a pipe lets its writer go on, to open a device may do what cannot be undone (a watchdog starts to run, a
    tape winds back), and a path that others may change can lead to one at any moment.  So the place is held first,
    looked at, and opened only then.
    """
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        status = os.fstat(place)
        if not is_kind(status.st_mode):
            raise AgentError("invalid", f"is not a {kind}", path)
        try:
            return os.open(f"/proc/self/fd/{place}", _READ), status
        except FileNotFoundError:  # there is no /proc here
            fd = os.open(path, _READ)
        except OSError as error:
            raise OSError(error.errno, error.strerror, path) from None
    finally:
        os.close(place)
    status = os.fstat(fd)
    if not is_kind(status.st_mode):
        os.close(fd)
        raise AgentError("invalid", f"is not a {kind}", path)
    return fd, status


def read_bounded(path: str, limit: int) -> bytes:
    """Return all of a regular file of at most ``limit`` bytes; code ``large`` where it is longer."""
    fd, _status = open_regular(path)
    try:
        return read_fd(fd, limit, path)
    finally:
        os.close(fd)


def read_fd(fd: int, limit: int, path: str) -> bytes:
    """Return what is left to read of ``fd``, at most ``limit`` bytes."""
    chunks: List[bytes] = []
    left = limit + 1
    while left > 0:
        chunk = os.read(fd, min(left, 1 << 18))
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        left -= len(chunk)
    raise AgentError("large", f"is longer than {limit} bytes", path)


def discard(path: str) -> None:
    """Remove a file or a small folder of our own making, if it is there."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):
        for name in os.listdir(path):
            discard(os.path.join(path, name))
        os.rmdir(path)
