"""The file a stored configuration was made from, and whether it has changed since."""

from __future__ import annotations

import os
import stat
from typing import Any, Dict, Optional, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import TEXT_LIMIT
from xentui.agent.store import entry, entry_log

Stamp = Tuple[int, int, int]


def recorded(source: Optional[Dict[str, Any]], version: int) -> Optional[Dict[str, Any]]:
    """Return a source as a record keeps it: path, the sha256 of the file as read, and the version made from it."""
    if source is None:
        return None
    return {"path": source["path"], "sha256": source["sha256"], "version": version}


def stamp(path: str) -> Optional[Stamp]:
    """Return what changes when a file does (modification time, size, inode); None where there is not a regular file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # ValueError: no path at all
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def state(source: Optional[Dict[str, Any]], seen: Optional[Stamp], stored: str = "") -> str:
    """``none``, ``missing``, ``same``, ``stored`` or ``changed``; a file too large for a configuration has changed.

    ``stored`` is the sha256 of the stored text: a file that is the very same text needs no other look.
    """
    if not source:
        return "none"
    if seen is None:
        return "missing"
    if seen[1] > TEXT_LIMIT:
        return "changed"
    try:
        data = fsio.read_bounded(str(source.get("path", "")), TEXT_LIMIT)
    except (OSError, ValueError, AgentError):
        return "missing"
    found = entry.digest(data)
    if found == source.get("sha256"):
        return "same"
    return "stored" if found == stored else "changed"


def moved_on(log: Optional[entry_log.Log], source: Optional[Dict[str, Any]], stored: str) -> bool:
    """Return whether the stored text (its sha256) is another than the one made from the file.

    That one has a uuid and addresses the file may lack, so it is known by its own record, and a text that was
    changed back is it again.
    """
    if not source or log is None:
        return False
    made = log.version(source.get("version", 0)) or {}
    return made.get("sha256") != stored
