"""Changing a file of the host's own set-up: the old one is kept beside it, and nothing is written over unseen."""

from __future__ import annotations

import hashlib
import os
import stat

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, safe_folder
from xentui.agent.protocol.arguments import BYTES, PATH, STRING
from xentui.agent.protocol.operations import host_operation

LIMIT = 1 << 20
_COPIES = 100


@host_operation("edit_file", path=PATH, data=BYTES, sha256=STRING, keep=STRING)
def edit_file(*, path: str, data: bytes, sha256: str, keep: str) -> str:
    """Replace a file whole, where it still has the digest ``sha256``; returns the path of the copy of the old one.

    With an empty ``sha256`` it is a new one, for everybody to read, and there is no copy ("").

    ``keep`` is put behind its name for that of the copy, with a number behind it where that one is there: of two edits
    in a second both are kept.  The copy has the mode and the owner of the old file, and is there before anything is
    replaced.  Raises code ``conflict`` where the file is another by now, ``exists`` where a file that is to be new is
    there, or too many copies are, ``invalid`` for a link, ``untrusted`` where another user could exchange any of it.
    """
    if "/" in keep or not keep:
        raise AgentError("invalid", "is not the end of a name", keep)
    folder, name = safe_folder.open_parent(path, follow=False)
    with folder:
        if not sha256:
            folder.write(name, data, exclusive=True, mode=0o644)
            return ""
        fd = folder.open_file(name, os.O_RDONLY)
        try:
            status = os.fstat(fd)
            old = fsio.read_fd(fd, LIMIT, folder.spelt(name))
        finally:
            os.close(fd)
        if hashlib.sha256(old).hexdigest() != sha256:
            raise AgentError("conflict", "has changed meanwhile", folder.spelt(name))
        endings = [keep, *(f"{keep}-{number}" for number in range(2, _COPIES))]
        copy = name + next((each for each in endings if folder.look(name + each) is None), keep)
        folder.write(copy, old, exclusive=True, mode=stat.S_IMODE(status.st_mode) & 0o777)
        folder.write(name, data, exclusive=False)
        return folder.spelt(copy)
