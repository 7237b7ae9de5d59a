"""The record of a domain that moves to another host, as it can be told: it lies beside the configuration.

As long as it lies there the domain is booted by nobody on this host: it may run on the other.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Optional, cast

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio

if TYPE_CHECKING:
    from xentui.agent.protocol.job_answers import MoveAnswer

RECORD = "moving.json"
#: How a move stands: it is under way, or was cut; the guest, or its disks, are on the other host.
GOING, GONE = "going", "gone"
_LIMIT = 64 << 10
_TEXTS = ("job", "to", "address", "state")


def read(folder: str) -> Optional[MoveAnswer]:
    """Return the record of an entry's move; None where there is none.

    One that cannot be read is of a move that was cut, to a host nobody knows.
    """
    try:
        kept = json.loads(fsio.read_bounded(os.path.join(folder, RECORD), _LIMIT))
    except FileNotFoundError:
        return None
    except (OSError, AgentError, ValueError, RecursionError):
        kept = None
    if (
        isinstance(kept, dict)
        and all(isinstance(kept.get(key), str) and kept[key].isprintable() for key in _TEXTS)
        and kept["state"] in (GOING, GONE)
    ):
        return cast("MoveAnswer", {key: kept[key] for key in _TEXTS})
    return {"job": "", "to": "", "address": "", "state": GOING}


def refuse(folder: str) -> None:
    """Raise code ``busy`` where the domain of an entry moves, or has moved: it may run on the other host."""
    found = read(folder)
    if found is not None:
        where = found["to"] or "another host"
        what = "has moved" if found["state"] == GONE else "is being moved"
        raise AgentError("busy", f"the domain {what} to {where}", folder)
