"""What a job on an image does: room taken for it, a copy of its data alone, or a command that writes it.

Every function here ends its job, with the image whole under its name, or with nothing left of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import stat
import time
from typing import Callable, Dict, Iterator, List, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.images import disk_images, image_jobs
from xentui.agent.jobs import records
from xentui.agent.jobs.worker import JobWork

_WHOLE = "whole"
_NOTHING = "nothing is left of it"
_CHUNK = 1 << 20
_GRAIN = 4096
_ZEROS = b"\0" * _CHUNK
_GRAIN_ZEROS = b"\0" * _GRAIN
_STEP = 1 << 32
#: So many bytes are written before they are flushed: what is told to be done is on the disk, nearly.
_FLUSHED = 256 << 20
_TOLD_SECONDS = 0.2
_FICLONE = 0x40049409  # linux/fs.h
_UNSUPPORTED = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


class CancelledError(Exception):
    """Somebody has asked the job to stop."""


class ProgressReport:
    """How far the job is, told in a file of its folder; each call of it may be where the job is told to stop."""

    def __init__(self, work: JobWork, total: int) -> None:
        self._place = work.place
        self._total = total
        self._told = 0.0
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._fd = os.open(os.path.join(work.place, records.PROGRESS), flags, 0o600)
        self(0)

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if self._told and now - self._told < _TOLD_SECONDS:
            return
        self._told = now
        os.pwrite(self._fd, b"%20d %20d\n" % (done, self._total), 0)
        if os.path.exists(os.path.join(self._place, records.CANCEL)):
            raise CancelledError


def fill(work: JobWork) -> None:
    """Make an image whose room on the disk is its own from the start."""
    size = int(image_jobs.made(work.record)["size"])

    def write(fd: int) -> int:
        take_room(fd, size, ProgressReport(work, size))
        return 0

    _make(work, ["xentui-image", "fill", str(size)], write)


def copy(work: JobWork) -> None:
    """Copy an image or a device: what is nothing but zeros there takes no room here."""
    image = image_jobs.made(work.record)
    source = str(image["source"])

    def write(fd: int) -> int:
        from_fd, size = open_source(source)
        try:
            os.ftruncate(fd, size)
            if not cloned(from_fd, fd):
                copied(from_fd, fd, size, ProgressReport(work, data_of(from_fd, size)))
        finally:
            os.close(from_fd)
        return 0

    _make(work, ["xentui-image", "copy", source], write)


def command(work: JobWork) -> None:
    """Have a command write an image."""
    image = image_jobs.made(work.record)
    passing = work.path
    argv = [passing if word == image_jobs.PASSING else word for word in image["argv"]]
    cancel = os.path.join(work.place, records.CANCEL)

    def write(_fd: int) -> int:
        code = work.execute([*work.record["prefix"], *argv], stop=lambda: os.path.exists(cancel))
        if os.path.exists(cancel):
            raise CancelledError
        return code

    _make(work, argv, write)


def settle(work: JobWork) -> None:
    """Leave nothing of a job that was cut short, unless its image was whole."""
    image = image_jobs.made(work.record)
    with disk_images.parent(str(image["path"]))[0] as folder:
        name, passing = os.path.basename(str(image["path"])), os.path.basename(work.path)
        whole, rest = folder.look(name), folder.look(passing)
        if whole is not None and rest is not None and os.path.samestat(whole, rest):
            os.unlink(passing, dir_fd=folder.fd)
            folder.sync()
            work.end(0)
            return
        if whole is not None and rest is None and stat.S_ISREG(whole.st_mode) and work.marked(_WHOLE):
            work.end(0)
            return
    image_jobs.drop(work.record)
    work.end(1, f"it was interrupted: {_NOTHING}")


def _make(work: JobWork, argv: List[str], write: Callable[[int], int]) -> None:
    """Have an image written under its passing name and give it its own."""
    path = str(image_jobs.made(work.record)["path"])
    stopped = False
    folder, name = disk_images.parent(path)
    with folder:
        passing = os.path.basename(work.path)
        fd = folder.open_own(passing, os.O_RDWR | os.O_EXCL)
        try:
            disk_images.hold(fd)

            def do() -> int:
                nonlocal stopped
                try:
                    code = write(fd)
                    if not code:
                        os.fsync(fd)
                    return code
                except CancelledError:
                    stopped = True
                    return records.CANCELLED

            code = work.on_record([*argv, path] if argv[0] == "xentui-image" else argv, do)
            if code:
                folder.remove(passing)
                work.end(code, f"it was cancelled: {_NOTHING}" if stopped else _NOTHING)
                return
            work.mark(_WHOLE)
            image_jobs.finish(folder, passing, name)
        except BaseException:
            with contextlib.suppress(AgentError, OSError):
                folder.remove(passing)
            raise
        finally:
            os.close(fd)
    work.end(0)


def take_room(fd: int, size: int, report: ProgressReport) -> None:
    """Give an empty file ``size`` bytes whose room on the disk is its own; ``report`` is told how many have it."""
    if not _allocated(fd, size, report):
        _zeros(fd, size, report)


def _allocated(fd: int, size: int, report: ProgressReport) -> bool:
    """Have the file system set room aside; False where it cannot (ZFS, old NFS)."""
    libc = ctypes.CDLL(None, use_errno=True)
    call = getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", None)
    if call is None:
        return False
    call.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_longlong, ctypes.c_longlong]
    at = 0
    while at < size:
        report(at)
        length = min(_STEP, size - at)
        if call(fd, 0, at, length) != 0:
            number = ctypes.get_errno()
            if number == errno.EINTR:
                continue
            if number in _UNSUPPORTED and not at:
                return False
            raise OSError(number, os.strerror(number))
        at += length
    return True


def _zeros(fd: int, size: int, report: ProgressReport) -> None:
    at = flushed = 0
    while at < size:
        at += os.pwrite(fd, _ZEROS[: min(_CHUNK, size - at)], at)
        if at - flushed >= _FLUSHED:
            os.fdatasync(fd)
            flushed = at
        report(at)


def open_source(path: str) -> Tuple[int, int]:
    """Return a file or block device to be copied, open, and its size."""

    def is_disk(mode: int) -> bool:
        return stat.S_ISREG(mode) or stat.S_ISBLK(mode)

    fd, _status = fsio.open_kind(path, is_disk, "file or block device")
    return fd, os.lseek(fd, 0, os.SEEK_END)


def cloned(source: int, fd: int) -> bool:
    """Have the file system share the data until one of both is written to, where it can (Btrfs, XFS)."""
    try:
        fcntl.ioctl(fd, _FICLONE, source)
    except OSError:
        return False
    return True


def extents(source: int, size: int) -> Iterator[Tuple[int, int]]:
    """Yield where there is data: first byte and the one past the last."""
    at = 0
    while at < size:
        try:
            begin = os.lseek(source, at, os.SEEK_DATA)
            end = os.lseek(source, begin, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return  # nothing but a hole is left
            begin, end = at, size  # a device knows of no holes
        yield begin, min(end, size)
        at = max(end, begin + 1)


def data_of(source: int, size: int) -> int:
    """Return how many bytes of it are no holes."""
    return sum(end - begin for begin, end in extents(source, size))


def pieces(source: int, size: int, most: int) -> Iterator[Tuple[int, bytes]]:
    """Yield what is no hole of a file or device, in pieces of ``most`` bytes at most, each with where it begins."""
    for begin, end in extents(source, size):
        at = begin
        while at < end:
            data = os.pread(source, min(most, end - at), at)
            if not data:
                raise OSError(errno.EIO, "the source is shorter than its size")
            yield at, data
            at += len(data)


def copied(source: int, fd: int, size: int, report: Callable[[int], None]) -> None:
    """Copy the data of a file or device to a file that is empty; what is nothing but zeros takes no room there."""
    done = flushed = 0
    for at, data in pieces(source, size, _CHUNK):
        if data != _ZEROS[: len(data)]:
            _written(fd, data, at)
        done += len(data)
        if done - flushed >= _FLUSHED:
            os.fdatasync(fd)
            flushed = done
        report(done)


def _written(fd: int, data: bytes, at: int) -> None:
    """Write a piece, and leave out the blocks of it that are nothing but zeros."""
    if _GRAIN_ZEROS not in data:
        fsio.write_at(fd, data, at)  # no block can be: most of an image is as full as that
        return
    start = None
    for offset in range(0, len(data), _GRAIN):
        block = data[offset : offset + _GRAIN]
        if block == _GRAIN_ZEROS[: len(block)]:
            if start is not None:
                fsio.write_at(fd, data[start:offset], at + start)
                start = None
        elif start is None:
            start = offset
    if start is not None:
        fsio.write_at(fd, data[start:], at + start)


DO: Dict[str, Callable[[JobWork], None]] = {
    "image-create": command,
    "image-fill": fill,
    "image-copy": copy,
    "image-convert": command,
}
