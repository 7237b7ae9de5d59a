"""Passing files: a text that a command of the host is to read once, and that nobody else may.

They lie in the host's folder for such files, not in the store: reading sessions check texts too, and leave no store
behind.  What a killed process left there is removed by the next one.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import time

from xentui.agent import fsio
from xentui.agent.errors import AgentError

PREFIX = "xentui-text-"
STALE = 3600.0
_SCAN_LIMIT = 200_000


def write_scratch(text: str) -> str:
    """Write an owner-only file with that text; returns its path."""
    folder = tempfile.gettempdir()
    _sweep(folder)
    fd, path = tempfile.mkstemp(prefix=PREFIX, suffix=".cfg", dir=folder)
    try:
        try:
            fsio.write_all(fd, text.encode("utf-8"))
        finally:
            os.close(fd)
    except (OSError, UnicodeEncodeError):
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise
    return path


def remove_scratch(path: str) -> None:
    """Remove a file :func:`write_scratch` made, if it is still there; any other is code ``permission``."""
    folder, name = os.path.split(path)
    if folder != tempfile.gettempdir() or not name.startswith(PREFIX):
        raise AgentError("permission", "is no passing file of xentui", path)
    with contextlib.suppress(FileNotFoundError):
        if _is_ours(os.lstat(path)):
            os.unlink(path)


def _sweep(folder: str) -> None:
    """Remove the files of processes that were killed before they could."""
    oldest = time.time() - STALE
    with contextlib.suppress(OSError), os.scandir(folder) as scan:
        for count, item in enumerate(scan):
            if count >= _SCAN_LIMIT:
                break
            if item.name.startswith(PREFIX):
                with contextlib.suppress(OSError):
                    status = item.stat(follow_symlinks=False)
                    if _is_ours(status) and status.st_mtime < oldest:
                        os.unlink(item.path)


def _is_ours(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
