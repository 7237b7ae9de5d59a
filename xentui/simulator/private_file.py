"""A file that only its owner reads, made beside other processes that use it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_PRIVATE = 0o600


def make_private(path: Path) -> None:
    """Make the file where there is none, and let nobody but its owner read it: configurations hold passwords.

    One that is there is not opened: to close it would end the locks of this process's other connections to it (SQLite,
    "How To Corrupt An SQLite Database File", 2.2).
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE))
    except FileExistsError:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, "it is no file", str(path)) from None
            if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) != _PRIVATE:
                os.chmod(f"/proc/self/fd/{descriptor}", _PRIVATE)  # noqa: PTH101 - the file, whatever its name is now
        finally:
            os.close(descriptor)
