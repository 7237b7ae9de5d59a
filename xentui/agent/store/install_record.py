"""The record of an install, as it can be told: a killed writer, a full disk or an admin may have damaged it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Optional, cast

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio

if TYPE_CHECKING:
    from xentui.agent.protocol.job_answers import InstallAnswer

#: Of an entry: the record, and what is booted to install it.
RECORD, TEXT = "install.json", "install.cfg"
#: How an install stands: its installer is at work; broken off; done, and what is stored not booted.
UNDER_WAY, BROKEN, INSTALLED = "under way", "broken off", "installed"
MOST_DISKS = 64
#: How the files are called that answer an installer: they hold passwords, and are nobody's once it is done.
ANSWERS = ("-answers.iso", "-answers.initrd")
_RECORD_LIMIT = 512 << 10
_TEXTS = ("job", "time", "state", "why")


def read(folder: str) -> Optional[InstallAnswer]:
    """Return the record of an entry's install, as it can be told; None where there is none.

    One that cannot be read is of an install that was broken off, and names no disks.
    """
    path = os.path.join(folder, RECORD)
    try:
        kept = json.loads(fsio.read_bounded(path, _RECORD_LIMIT))
    except FileNotFoundError:
        return None
    except (OSError, AgentError, ValueError, RecursionError):
        kept = None
    if (
        isinstance(kept, dict)
        and all(isinstance(kept.get(key), str) for key in _TEXTS)
        and kept["state"] in (UNDER_WAY, BROKEN, INSTALLED)
        and is_disks(kept.get("disks"))
    ):
        return cast("InstallAnswer", {key: kept[key] for key in (*_TEXTS, "disks")})
    return {"job": "", "time": "", "state": BROKEN, "why": "its record cannot be read", "disks": []}


def is_disks(value: Any) -> bool:
    """Return whether something is a list of disks made for an install: whole paths."""
    return (
        isinstance(value, list)
        and len(value) <= MOST_DISKS
        and all(
            isinstance(path, str) and path.startswith("/") and "\0" not in path and len(path) <= 4096
            for path in value
        )
    )
