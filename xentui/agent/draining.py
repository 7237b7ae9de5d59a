"""What was taken off a host that is being emptied, until it is back: one record, which the host itself keeps.

``root/drain.json`` has ``serial``, which each change raises, and ``guests``: of each guest its uuid, name, what was
done with it and where to.  Two that empty one host at once do not write over each other: who was late gets code
``conflict``.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional, cast

from xentui.agent import fsio, layout
from xentui.agent.arguments import COUNT, OBJECT
from xentui.agent.errors import AgentError
from xentui.agent.operations import store_operation

if TYPE_CHECKING:
    from xentui.agent.answers import DrainAnswer

RECORD = "drain.json"
_LIMIT = 4 << 20
_GUESTS = 10_000


@store_operation("read_drain")
def read_drain(root: str) -> Optional[DrainAnswer]:
    """What was taken off this host; None where nothing was.  Code ``damaged`` where the record makes no sense."""
    if not layout.usable(root):
        return None
    path = os.path.join(root, RECORD)
    try:
        kept = json.loads(fsio.read_bounded(path, _LIMIT))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError):
        kept = None
    if (
        not isinstance(kept, dict)
        or not _is_serial(kept.get("serial"))
        or not _are_guests(kept.get("guests"))
    ):
        raise AgentError("damaged", "the record of what was taken off this host makes no sense", path)
    return cast("DrainAnswer", {"serial": kept["serial"], "guests": kept["guests"]})


@store_operation("write_drain", serial=COUNT, record=OBJECT)
def write_drain(root: str, *, serial: int, record: Dict[str, Any]) -> int:
    """Replace the record that has that ``serial`` (0: there is none) by the ``guests`` of another; returns its serial.

    Without guests there is none any more (0).  Code ``conflict`` where somebody else has changed it meanwhile.
    """
    guests = record.get("guests")
    if not _are_guests(guests):
        raise AgentError("invalid", "is no list of guests")
    with layout.writing(root):
        found = read_drain(root)
        if (found["serial"] if found is not None else 0) != serial:
            raise AgentError("conflict", "somebody else empties this host, or brings it back, at this moment")
        path = os.path.join(root, RECORD)
        if not guests:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            fsio.settle_folder(root)
            return 0
        data = json.dumps({"serial": serial + 1, "guests": guests}, indent=1).encode("ascii")
        if len(data) > _LIMIT:
            raise AgentError("large", f"the record is longer than {_LIMIT} bytes", path)
        staged = layout.staging(root, "drain")
        fsio.discard(staged)
        fsio.write_new(staged, data)
        os.rename(staged, path)
        fsio.sync_folder(root)
        return serial + 1


def _is_serial(value: object) -> bool:
    return type(value) is int and value > 0


def _are_guests(value: object) -> bool:
    guests: List[object] = value if isinstance(value, list) else [None]
    return len(guests) <= _GUESTS and all(isinstance(each, dict) for each in guests)
