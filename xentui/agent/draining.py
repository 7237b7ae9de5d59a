"""What was taken off a host that is being emptied, until it is back: one record, which the host itself keeps.

``root/drain.json`` has ``serial``, which each change raises, and ``guests``: of each guest its uuid, name, what was
done with it and where to, or is to be; ``doing``, ``user`` and ``at`` tell what was done last to the host (``drain`` or
``undrain``), by whom and when.  Two that empty one host at once do not write over each other: who was late gets code
``conflict``.

Whoever is at it holds ``root/drain.lock``: the kernel lets go of it when the agent of a client that was killed ends,
and it counts as long as the client says again and again that it is there, as an agent may outlive its line.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, cast

from xentui.agent import fsio, layout
from xentui.agent.arguments import COUNT, OBJECT, STRING
from xentui.agent.errors import AgentError
from xentui.agent.operations import store_operation

if TYPE_CHECKING:
    from xentui.agent.answers import DrainAnswer, DrainBriefAnswer

RECORD = "drain.json"
_LIMIT = 4 << 20
_GUESTS = 10_000
LOCK = "drain.lock"
#: Seconds after which whoever holds the lock without a word counts for cut off.
HELD = 90.0
_BRIEF, _WORD = 200, 512

#: The locks this process holds, by store: for whom, and the open file.
_held: Dict[str, Tuple[str, int]] = {}
_holding = threading.Lock()


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
        raise AgentError("damaged", "the record of what was taken off this host is not valid", path)
    answer = {name: kept[name] for name in ("serial", "guests")}
    return cast("DrainAnswer", {**answer, **_about(kept), "held": is_held(root)})


def _about(kept: Dict[str, Any]) -> Dict[str, Any]:
    """What a record tells of itself; an older xentui has written nothing of that."""
    at = kept.get("at")
    return {
        "doing": "undrain" if kept.get("doing") == "undrain" else "drain",
        "user": str(kept.get("user") or "")[:_WORD],
        "at": float(at) if isinstance(at, (int, float)) and 0 <= at < 1e12 else 0.0,
    }


def brief(root: str) -> Optional[DrainBriefAnswer]:
    """What a look at the host tells of it: ``left`` are uuids and names of guests that were not seen through, or are
    still away while the host is brought back; ``done`` counts the others.  None where there is nothing to tell.
    """
    try:
        found = read_drain(root)
    except (AgentError, OSError):
        return None  # told whoever empties the host
    if found is None:
        return None
    back = found["doing"] == "undrain"
    left = [each for each in found["guests"] if back or each.get("done") is not True]
    return {
        "doing": found["doing"],
        "user": found["user"],
        "at": found["at"],
        "held": found["held"],
        "done": len(found["guests"]) - len(left),
        "left": [[str(each.get(name))[:_WORD] for name in ("uuid", "name")] for each in left[:_BRIEF]],
        "more": max(0, len(left) - _BRIEF),
    }


@store_operation("hold_drain", token=STRING)
def hold_drain(root: str, *, token: str) -> bool:
    """Say that whoever has chosen ``token`` is at it, and goes on for :data:`HELD` seconds; False where another is."""
    with _holding, layout.writing(root):
        known = _held.get(root)
        if known is not None and known[0] == token:
            os.utime(known[1])
            return True
        if is_held(root):
            return False
        if known is not None:  # said nothing for too long
            os.close(_held.pop(root)[1])
        path = os.path.join(root, LOCK)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Of one that is cut off: a file of its own, so that it is found to hold nothing any more.
            os.close(fd)
            os.unlink(path)
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.utime(fd)
        _held[root] = (token, fd)
        return True


@store_operation("release_drain", token=STRING)
def release_drain(root: str, *, token: str) -> None:
    """Say that whoever has chosen ``token`` is at it no more."""
    with _holding:
        if _held.get(root, ("", -1))[0] == token:
            os.close(_held.pop(root)[1])


def is_held(root: str) -> bool:
    """Whether somebody empties the host, or brings it back, at this moment."""
    try:
        fd = os.open(os.path.join(root, LOCK), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return abs(time.time() - os.fstat(fd).st_mtime) < HELD
    else:
        return False
    finally:
        os.close(fd)


@store_operation("write_drain", serial=COUNT, record=OBJECT)
def write_drain(root: str, *, serial: int, record: Dict[str, Any]) -> int:
    """Replace the record that has that ``serial`` (0: there is none) by another; returns its serial.

    ``record`` has ``guests``, ``doing`` and ``user``.

    Without guests there is none any more (0).  Code ``conflict`` where somebody else has changed it meanwhile.
    """
    guests = record.get("guests")
    if not _are_guests(guests):
        raise AgentError("invalid", "is not a list of guests")
    with layout.writing(root):
        found = read_drain(root)
        if (found["serial"] if found is not None else 0) != serial:
            raise AgentError("conflict", "somebody else is draining this host, or bringing its guests back")
        path = os.path.join(root, RECORD)
        if not guests:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            fsio.settle_folder(root)
            return 0
        about = _about({**record, "at": time.time()})
        data = json.dumps({"serial": serial + 1, **about, "guests": guests}, indent=1).encode("ascii")
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
