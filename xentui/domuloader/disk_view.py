"""A guest's disk as a child may see it that has no rights of its own: to read, and this disk only.

The group of a disk or of an image (``disk``, as a rule) may write it, and every disk of the host besides.  So the child
gets a block device node of its own: root's, with a group that nobody else has, which may read.  A node of the child's
would be one whose mode it may change.  An image in a file is a read-only loop device for as long.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import signal
import stat
import struct
import time

from xentui.domuloader.children import ChildUser, may_read, stranger
from xentui.domuloader.tuples import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_PLACE = "/dev"
"""Where nodes are devices; ``/tmp`` and ``/run`` may be mounted ``nodev``."""
_PREFIX, _NODE = "xentui-domuloader-", "image"
_LOOK = 0.25
"""Seconds between two looks whether a process still lives."""
_STALE = 3600.0
"""Seconds until what a killed one left is removed."""
_SET_FD, _CLR_FD, _SET_STATUS64, _GET_FREE = 0x4C00, 0x4C01, 0x4C04, 0x4C82
_AUTOCLEAR = 4
_INFO = struct.Struct("=5Q4I64s64s32s2Q")
"""``struct loop_info64`` (linux/loop.h)."""
_TRIES = 20


class View(NamedTuple):
    """The image as it is called, where a child finds it, and who the child is (None: who we are).

    ``servers`` are the processes that answer for it, where it is not read as it is.
    """

    image: str
    path: str
    who: ChildUser | None
    servers: tuple[int, ...] = ()


class ViewError(Exception):
    """A disk no child without rights could be shown; the argument says why."""


@contextlib.contextmanager
def viewed(image: str) -> Iterator[View]:
    """The view of an image; raises ViewError, also for what is no file and no device, and OSError where there is none.

    Without root there are no rights to give up.  What everybody may read is read as it is.
    """
    if os.geteuid() != 0:
        os.close(opened(image))
        yield View(image, image, None)
        return
    who = stranger()
    with contextlib.ExitStack() as left:
        fd = opened(image)
        left.callback(os.close, fd)
        if os.fstat(fd).st_mode & stat.S_IROTH and may_read(image, who):
            yield View(image, image, who)
            return
        try:
            path = _node(_device(fd, image, left), who, left)
            if not may_read(path, who):
                raise PermissionError(errno.EACCES, "its node is not a device, or cannot be used", path)
        except OSError as error:
            raise ViewError(
                f"{image} cannot be shown to a reader without root privileges ({error}); "
                "load the loop module, or let others read the image"
            ) from None
        yield View(image, path, who)


def opened(path: str) -> int:
    """Open a file or a block device for reading; raises ViewError for what is neither, OSError where it cannot be.

    Nothing else is opened, whatever a path leads to by now: a FIFO would wait for its other end, and there are devices
    that do something when they are opened, such as a watchdog.
    """
    found = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        mode = os.fstat(found).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not (stat.S_ISREG(mode) or stat.S_ISBLK(mode)):
            raise ViewError(f"{path} is neither a file nor a block device")
        return os.open(f"/proc/self/fd/{found}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    finally:
        os.close(found)


def _device(fd: int, image: str, left: contextlib.ExitStack) -> int:
    """Return the number of a block device that is the image."""
    status = os.fstat(fd)
    if stat.S_ISBLK(status.st_mode):
        return status.st_rdev
    loop = _loop(fd, image)
    left.callback(os.close, loop)
    return os.fstat(loop).st_rdev


def _loop(fd: int, image: str) -> int:
    """Return a loop device of an open file, read-only as that is.  It goes when the descriptor returned is closed."""
    info = _INFO.pack(0, 0, 0, 0, 0, 0, 0, 0, _AUTOCLEAR, os.fsencode(image)[:63], b"", b"", 0, 0)
    control = os.open("/dev/loop-control", os.O_RDWR)
    try:
        for _ in range(_TRIES):
            loop = os.open(f"/dev/loop{fcntl.ioctl(control, _GET_FREE)}", os.O_RDONLY)
            try:
                fcntl.ioctl(loop, _SET_FD, fd)
            except OSError as error:
                os.close(loop)
                if error.errno != errno.EBUSY:  # somebody else took it meanwhile
                    raise
                continue
            try:
                fcntl.ioctl(loop, _SET_STATUS64, info)
            except OSError:
                fcntl.ioctl(loop, _CLR_FD)
                os.close(loop)
                raise
            return loop
    finally:
        os.close(control)
    raise OSError(errno.EBUSY, "no loop device is free")


def sweep(place: str, prefix: str, names: Iterable[str]) -> None:
    """Remove the folders in ``place`` that killed processes left: one's own, old, and locked by nobody.

    Nothing in them is removed but files of these ``names``: one that has more stays.
    """
    with contextlib.suppress(OSError):
        for name in os.listdir(place):
            if name.startswith(prefix):
                with contextlib.suppress(OSError):
                    _sweep_one(os.path.join(place, name), names)


def _sweep_one(folder: str, names: Iterable[str]) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        status = os.fstat(fd)
        if status.st_uid == os.geteuid() and status.st_mtime < time.time() - _STALE:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=fd)
            os.rmdir(folder)
    finally:
        os.close(fd)


def held_folder(
    place: str,
    prefix: str,
    left: contextlib.ExitStack,
    names: Iterable[str],
    *,
    release: Callable[[str], None] = lambda _path: None,
) -> str:
    """Make a folder in ``place`` that :func:`sweep` keeps as long as it is used; ``left`` removes it once it is empty.

    A child keeps it too, unless it lets go of what it has open.  Where this process is killed, another removes the
    files of these ``names`` in it, each after ``release``, and the folder.
    """
    folder = os.path.join(place, f"{prefix}{os.urandom(8).hex()}")
    os.mkdir(folder, 0o700)
    left.callback(os.rmdir, folder)
    left.callback(_relieve, _heir(folder, tuple(names), release))
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    left.callback(os.close, lock)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return folder


def _heir(folder: str, names: tuple[str, ...], release: Callable[[str], None]) -> int:
    """Begin the process that removes a folder when this one is killed; returns its number, 0 where there is no room."""
    parent = os.getpid()
    try:
        child = os.fork()
    except OSError:
        return 0
    if child:
        return child
    try:
        # What ends the parent and all its group is not for it; nor does it keep who reads what that says.
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        nothing = os.open(os.devnull, os.O_RDWR)
        for each in range(3):
            os.dup2(nothing, each)
        while os.getppid() == parent:
            time.sleep(_LOOK)
        for name in names:
            with contextlib.suppress(OSError):
                release(os.path.join(folder, name))
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
    finally:
        os._exit(0)


def _relieve(heir: int) -> None:
    if heir:
        os.kill(heir, signal.SIGKILL)
        os.waitpid(heir, 0)


def _node(device: int, who: ChildUser, left: contextlib.ExitStack) -> str:
    """Return a node of a block device that ``who`` may read, in a folder that only ``who`` may enter."""
    sweep(_PLACE, _PREFIX, [_NODE])
    folder = held_folder(_PLACE, _PREFIX, left, [_NODE])
    node = os.path.join(folder, _NODE)
    os.mknod(node, stat.S_IFBLK, device)
    left.callback(os.unlink, node)
    for path, mode in ((node, 0o440), (folder, 0o710)):
        os.chown(path, 0, who.group)
        os.chmod(path, mode)
    return node
