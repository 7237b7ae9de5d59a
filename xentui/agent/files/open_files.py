"""What processes of this host are at: whether one has a file open, or runs a script."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import List


def is_open(path: str) -> bool:
    """Return whether any process has the file open; where there is no ``/proc`` to tell, none counts as having.

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


def runs(script: str) -> bool:
    """Return whether a process of root's, or of the acting user's, runs the script of that name; False without
    ``/proc``.
    """
    for process in _listed("/proc"):
        if process.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{process}").st_uid in (0, os.geteuid()) and script in _words(process):
                    return True
    return False


def _words(process: str) -> List[str]:
    """Return the names of the program of a process, and of the script that it runs: one of its first arguments."""
    with open(f"/proc/{process}/cmdline", "rb") as file:
        words = file.read(4096).split(b"\0")[:4]
    return [os.path.basename(os.fsdecode(word)) for word in words]


def _listed(folder: str) -> List[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
