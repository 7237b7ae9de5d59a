"""The file of the admin's that ``xl save`` is to write a domain's memory to.

xl opens it by its path, through whatever link lies there at that moment, and makes one that everybody may read
(``O_CREAT | O_TRUNC``, mode 0644; xl_saverestore.c).  So it is made before, where nobody but root and the acting user
can exchange it, and readable by its owner alone: in it are the keys and passwords of the guest.
"""

from __future__ import annotations

import contextlib
import os
import stat

from xentui.agent.errors import AgentError
from xentui.agent.files import safe_folder
from xentui.agent.memory import save_head


def prepare(path: str) -> bool:
    """Make the file, or make an earlier image there owner-only; returns whether it was made.

    Code ``untrusted`` where others could exchange it, or own it; ``exists`` where it is not an image of xl's,
    ``invalid`` where it is not a file, or has no folder to be in.
    """
    try:
        folder, name = safe_folder.open_parent(path, follow=True)
    except FileNotFoundError:
        raise AgentError("invalid", "its folder does not exist on the host", path) from None
    with folder:
        made = folder.look(name) is None
        flags = os.O_EXCL if made else 0
        fd = folder.open_own(name, os.O_RDWR | flags)
        try:
            if not made and os.pread(fd, len(save_head.MAGIC), 0) != save_head.MAGIC:
                raise AgentError("exists", "the file exists and is not a saved domain", path)
        finally:
            os.close(fd)
        if made:
            folder.sync()
    return made


def drop(path: str) -> None:
    """Take the file away that :func:`prepare` has made, where xl has written nothing to it."""
    with contextlib.suppress(AgentError, OSError):
        folder, name = safe_folder.open_parent(path, follow=True)
        with folder:
            found = folder.look(name)
            if found is not None and stat.S_ISREG(found.st_mode) and found.st_size == 0:
                folder.remove(name)
                folder.sync()
