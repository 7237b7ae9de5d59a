"""What the logs of consoles are called, where they lie, and which there are of a domain."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

from xentui.settings import state_folder

_OLDER = 9
"""Older files of a log that are looked for; three are written."""
_UNSAFE = re.compile(rb"[^A-Za-z0-9_.-]|^\.")
_LONGEST_NAME = 100
_DIGEST = 16
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}")


def transcript_path(host: str, domain_name: str, uuid: str) -> Path:
    """Return where the console of a domain is logged: the same file for the same name and uuid, whatever its domid.

    ``host`` is the host's name as the user gives it.
    """
    return _folder(host) / f"{safe_name(domain_name)}{_of_uuid(uuid)}"


def safe_name(text: str) -> str:
    """``text`` as part of a file name: no two texts give the same one, and none is hidden, a path or too long.

    Letters, digits, ``_``, ``.`` and ``-`` stay, any other byte becomes ``%XX``; past 100 characters the end is a
    digest.
    """
    data = text.encode("utf-8", "surrogatepass")
    safe = _UNSAFE.sub(lambda match: b"%%%02X" % match[0][0], data).decode("ascii") or "%"
    if len(safe) <= _LONGEST_NAME:
        return safe
    digest = hashlib.sha256(data).hexdigest()[:_DIGEST]
    return f"{safe[: _LONGEST_NAME - _DIGEST - 1]}~{digest}"


def log_paths(host: str, name: str, uuid: str = "") -> list[Path]:
    """Return the logs there are of a domain, the one that was written last at the end.

    These are those of its uuid, whatever it was called then, and those of its name: a transient domain has another
    uuid each time.  ``name`` may be a uuid itself.
    """
    folder = _folder(host)
    if _UUID.fullmatch(name):
        uuid = uuid or name
    own = re.compile(re.escape(safe_name(name)) + r"-[0-9a-f]{8}\.log")
    by_uuid = _of_uuid(uuid.lower()) if uuid else ""
    found = []
    try:
        with os.scandir(folder) as scan:
            for item in scan:
                if own.fullmatch(item.name) or (by_uuid and item.name.endswith(by_uuid)):
                    status = item.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        found.append((status.st_mtime, folder / item.name))
    except FileNotFoundError:
        return []
    return [path for _, path in sorted(found)]


def older_name(name: str, number: int) -> str:
    """Return the name of an older file of a log: 1 is the newest of these, 0 the log itself."""
    return f"{name}.{number}" if number else name


def with_older(path: Path) -> list[Path]:
    """Return where a log and its older files may be, the newest first."""
    return [path.with_name(older_name(path.name, number)) for number in range(_OLDER + 1)]


def _folder(host: str) -> Path:
    return state_folder() / "consoles" / safe_name(host)


def _of_uuid(uuid: str) -> str:
    """Return how the names of the logs of a uuid end."""
    return f"-{safe_name(uuid[:8])}.log"
