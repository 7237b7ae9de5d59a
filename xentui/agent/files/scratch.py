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

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, safe_folder
from xentui.agent.protocol.arguments import PATH, TEXT
from xentui.agent.protocol.operations import host_operation

PREFIX = "xentui-text-"
STALE = 3600.0


def folder() -> str:
    """Return the folder for passing files: ``$TMPDIR`` or the system's, where nobody else can exchange what is in it.

    A session taken over from another user (by su, say) may have that user's own.
    """
    places = [tempfile.gettempdir(), "/tmp", "/var/tmp"]  # noqa: S108 - what is made there is ours alone
    for place in places:
        if not safe_folder.problem(place):
            return place
    raise AgentError("untrusted", safe_folder.problem(places[0]), places[0])


@host_operation("write_scratch", text=TEXT)
def write_scratch(*, text: str) -> str:
    """Write an owner-only file with that text; returns its path."""
    data = text.encode("utf-8")
    with safe_folder.open_folder(folder()) as place:
        _sweep(place)
        name = f"{PREFIX}{os.urandom(8).hex()}.cfg"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(name, flags, 0o600, dir_fd=place.fd)
        try:
            try:
                fsio.write_all(fd, data)
            finally:
                os.close(fd)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=place.fd)
            raise
        return place.spelt(name)


@host_operation("remove_scratch", path=PATH)
def remove_scratch(*, path: str) -> None:
    """Remove a file :func:`write_scratch` made, if it is still there; any other is code ``permission``."""
    above, name = os.path.split(path)
    if not name.startswith(PREFIX):
        raise AgentError("permission", "is not a temporary file of xentui", path)
    with safe_folder.open_folder(folder()) as place:
        if above != place.path:
            raise AgentError("permission", "is not a temporary file of xentui", path)
        status = place.look(name)
        if status is not None and _is_ours(status):
            place.remove(name)


def _sweep(place: safe_folder.Folder) -> None:
    """Remove the files of processes that were killed before they could."""
    oldest = time.time() - STALE
    with contextlib.suppress(OSError):
        for name in place.names():
            if name.startswith(PREFIX):
                with contextlib.suppress(OSError, AgentError):
                    status = place.look(name)
                    if status is not None and _is_ours(status) and status.st_mtime < oldest:
                        place.remove(name)


def _is_ours(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
