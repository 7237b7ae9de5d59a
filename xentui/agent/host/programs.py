"""Programs that xentui keeps on a host, below the store: they are as trusted as the configurations there."""

from __future__ import annotations

import contextlib
import os
import re
import stat

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import BYTES, NAME
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import layout

FOLDER = "bin"
_LIMIT = 1 << 20
_NAME = re.compile(r"[a-z][a-z-]{0,60}\Z")


@store_operation("put_program", name=NAME, data=BYTES)
def put_program(root: str, *, name: str, data: bytes) -> str:
    """Have ``data`` as an owner-only program of that name; returns its path.  The same program is not written again.

    Whoever runs the old one meanwhile is not disturbed.
    """
    if not _NAME.match(name) or len(data) > _LIMIT:
        raise AgentError("invalid", "is not a program of xentui", name)
    folder = os.path.join(root, FOLDER)
    path = os.path.join(folder, name)
    if layout.usable(root) and _is_there(path, data):
        return path
    with layout.writing(root):
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        building = layout.staging(root, name)
        fsio.discard(building)
        fsio.write_new(building, data, 0o700)
        os.chmod(building, 0o700)
        os.rename(building, path)
        fsio.try_sync_folder(folder)
    return path


def _is_there(path: str, data: bytes) -> bool:
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or stat.S_IMODE(status.st_mode) != 0o700:
            return False
        return fsio.read_bounded(path, _LIMIT) == data
    except (OSError, AgentError):
        return False
