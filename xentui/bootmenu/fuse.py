"""A file that is not there until it is read: mounted for this process and its children only, served by one of them.

Nothing of it is seen by the rest of the host, and it goes with the process that serves it, however that ends.  Source
of the protocol: include/uapi/linux/fuse.h.
"""

from __future__ import annotations

import errno
import os
import stat
import struct

from xentui.domuloader.tuples import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import ctypes
except ImportError:  # some Pythons are built without
    ctypes = None  # type: ignore[assignment]

_IN = struct.Struct("=IIQQIIII")
_OUT = struct.Struct("=IiQ")
_ATTR = struct.Struct("=QII6Q10I")
_INIT_OUT = struct.Struct("=IIIIHHIIHHI28x")
_OPEN_OUT = struct.Struct("=QII")
_READ_IN = struct.Struct("=QQI")
_FORGET, _GETATTR, _OPEN, _READ, _RELEASE, _FLUSH, _INIT, _INTERRUPT, _DESTROY, _FORGETS = (
    2, 3, 14, 15, 18, 25, 26, 36, 38, 42
)  # fmt: skip
_MAJOR, _MINOR = 7, 26
_BUFFER, _WRITTEN = 1 << 18, 4096
_KEEP_CACHE = 2
_FOREVER = 3600
_NEWNS, _NEWUSER, _NEWNET = 0x00020000, 0x10000000, 0x40000000
_NOSUID, _NODEV, _NOEXEC, _READ_ONLY, _REC, _PRIVATE, _DETACH = 2, 4, 8, 1, 1 << 14, 1 << 18, 2
_alone = False


def mounted(path: str) -> int:
    """Mount a file over the one at ``path``; returns what :func:`serve` takes.

    From the first call on, mounts of this process are its own.  Raises OSError where the host does not let it.
    """
    _be_alone()
    fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={fd},rootmode={stat.S_IFREG:o},user_id={os.geteuid()},group_id={os.getegid()},allow_other"
    try:
        _mount("xentui", path, "fuse", _NOSUID | _NODEV | _NOEXEC | _READ_ONLY, options)
    except BaseException:
        os.close(fd)
        raise
    return fd


def unmount(path: str) -> None:
    """Take away what :func:`mounted` made."""
    _checked("umount2", os.fsencode(path), _DETACH)


def without_network() -> None:
    """Take the network from this process, and from those it begins; does nothing where that is not allowed."""
    try:
        _checked("unshare", _NEWNET)
    except OSError:
        return


def serve(fd: int, size: int, read: Callable[[int, int], bytes]) -> None:
    """Answer for the file until it is unmounted; ``read`` gives the bytes from a place, OSError what is wrong."""
    while True:
        try:
            asked = os.read(fd, _BUFFER)
        except OSError as error:
            if error.errno in (errno.EINTR, errno.ENOENT):  # what was asked has been given up
                continue
            if error.errno == errno.ENODEV:
                return
            raise
        _length, what, unique = _IN.unpack_from(asked)[:3]
        if what in (_FORGET, _FORGETS, _INTERRUPT):
            continue
        said, problem = b"", 0
        try:
            said = _answer(what, asked[_IN.size :], size, read)
        except OSError as error:
            problem = error.errno or errno.EIO
        try:
            os.write(fd, _OUT.pack(_OUT.size + len(said), -problem, unique) + said)
        except FileNotFoundError:
            continue  # it waits no more
        if what == _DESTROY:
            return


def _answer(what: int, words: bytes, size: int, read: Callable[[int, int], bytes]) -> bytes:
    if what == _INIT:
        return _INIT_OUT.pack(_MAJOR, _MINOR, 1 << 17, 0, 1, 1, _WRITTEN, 1, 0, 0, 0)
    if what == _GETATTR:
        mode = stat.S_IFREG | 0o444
        return _ATTR.pack(
            _FOREVER, 0, 0, 1, size, (size + 511) // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0
        )
    if what == _OPEN:
        return _OPEN_OUT.pack(0, _KEEP_CACHE, 0)
    if what == _READ:
        _handle, start, length = _READ_IN.unpack_from(words)
        return read(start, min(length, _BUFFER))
    if what in (_RELEASE, _FLUSH, _DESTROY):
        return b""
    raise OSError(errno.ENOSYS, "")


def _be_alone() -> None:
    """Have mounts of one's own; without root in a user namespace in which one is oneself."""
    global _alone  # noqa: PLW0603 - it is so of the process
    if _alone:
        return
    user, group = os.geteuid(), os.getegid()
    _checked("unshare", _NEWNS if user == 0 else _NEWNS | _NEWUSER)
    if user != 0:
        for name, words in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(words)
    _mount("none", "/", "", _REC | _PRIVATE, "")
    _alone = True


def _mount(source: str, target: str, kind: str, flags: int, options: str) -> None:
    _checked(
        "mount",
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() or None,
        flags,
        options.encode() or None,
    )


def _checked(name: str, *words: object) -> None:
    """Call a function of the C library; raises OSError."""
    if ctypes is None:
        raise OSError(errno.ENOSYS, "its Python has no ctypes")
    library = ctypes.CDLL(None, use_errno=True)
    given = [ctypes.c_ulong(word) if isinstance(word, int) else word for word in words]
    if getattr(library, name)(*given) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
