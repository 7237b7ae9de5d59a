"""The agent's own source, kept in the store of a host: it is sent there once.

It is run only by its digest, which the caller tells (:mod:`xentui.agent.remote`): what is damaged is sent again.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from typing import List, Tuple

from xentui.agent import remote
from xentui.agent.errors import AgentError
from xentui.agent.files import guarded
from xentui.agent.store import layout

#: So many versions are kept: who works from several machines has not the same one on each.
KEPT = 4
_NAME = re.compile(r"[0-9a-f]{64}\Z")


def keep(root: str, sha256: str, source: bytes) -> None:
    """Keep a source for the next connection, where there is a store that can be written; forget the oldest ones."""
    if not _NAME.match(sha256) or len(source) >= remote.LIMIT:
        return
    # Whatever is wrong with the store is for those to say who ask for something of it.
    with contextlib.suppress(OSError, AgentError):
        if layout.usable(root):
            with guarded.private_folder(os.path.join(root, remote.FOLDER)) as folder:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(sha256, dir_fd=folder.fd)  # whosever it is: the folder is ours alone
                folder.write(sha256, source, exclusive=True)
                _sweep(folder, sha256)


def _sweep(folder: guarded.Folder, newest: str) -> None:
    """Remove the oldest sources, but never the ``newest``, whatever the clock was when the others came."""
    found: List[Tuple[int, str]] = []
    for name in folder.names():
        status = folder.look(name) if _NAME.match(name) and name != newest else None
        if status is not None and stat.S_ISREG(status.st_mode):
            found.append((status.st_mtime_ns, name))
    for _when, name in sorted(found, reverse=True)[KEPT - 1 :]:
        folder.remove(name)
