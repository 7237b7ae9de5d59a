"""Whether a process of this host has a file open."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import List


def held(path: str) -> bool:
    """Whether any process has the file open; where there is no ``/proc`` to tell, none counts as having.

    Nothing has to be kept for this by whoever holds the file: xl does not know of xentui, and the agent that made
    the file may have gone since.
    """
    name = os.path.basename(path)
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
            return False  # no file can have such a name
        raise
    for process in _listed("/proc"):
        if not process.isdigit():
            continue
        for number in _listed(f"/proc/{process}/fd"):
            link = f"/proc/{process}/fd/{number}"
            with contextlib.suppress(OSError):
                # The name first: looking at the file behind a descriptor may block, reading its name does not.
                if os.path.basename(os.readlink(link)) == name and os.path.samestat(os.stat(link), status):
                    return True
    return False


def _listed(folder: str) -> List[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
