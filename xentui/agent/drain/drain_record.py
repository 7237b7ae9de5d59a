"""What was taken off a host that is being emptied, until it is back: one record, which the host itself keeps.

``root/drain.json`` has ``serial``, which each change raises, and ``guests``: of each guest its uuid, name, what was
done with it and where to, or is to be; ``doing``, ``user`` and ``at`` tell what was done last to the host (``drain`` or
``undrain``), by whom and when.  Two that empty one host at once do not write over each other: who was late gets code
``conflict``.

The host itself is at it, as the job ``job`` (:mod:`xentui.agent.drain.drain_jobs`); ``agreed`` is what was agreed to
then, as whoever asked has written it.  A client that does a part of it holds ``root/drain.lock``: the kernel lets go
of that when the agent of one that was killed ends, and it counts as long as the client says again and again that it
is there, as an agent may outlive its line.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, cast

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.jobs import outcomes, progress, records
from xentui.agent.protocol.arguments import COUNT, OBJECT, STRING
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import layout

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import DrainAnswer, DrainBriefAnswer

RECORD = "drain.json"
_LIMIT = 4 << 20
_GUESTS = 10_000
LOCK = "drain.lock"
#: Seconds after which whoever holds the lock without a word counts for cut off.
HELD = 90.0
_BRIEF, _WORD = 200, 512
_AGREED = 64 << 10

#: The locks this process holds, by store: for whom, and the open file.
_held: Dict[str, Tuple[str, int]] = {}
_holding = threading.Lock()


@store_operation("read_drain")
def read_drain(root: str) -> Optional[DrainAnswer]:
    """Return what was taken off this host; None where nothing was.  Code ``damaged`` where the record makes no
    sense.
    """
    if not layout.usable(root):
        return None
    kept = _kept(root)
    if kept is None:
        return None
    answer = {name: kept[name] for name in ("serial", "guests")}
    about = _about(kept)
    held = is_locked(root) or is_at_work(root, about["job"])
    return cast("DrainAnswer", {**answer, **about, "held": held})


def _kept(root: str) -> Optional[Dict[str, Any]]:
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
    return kept


def _about(kept: Dict[str, Any]) -> Dict[str, Any]:
    """Return what a record tells of itself; an older xentui has written nothing of that."""
    at, agreed = kept.get("at"), kept.get("agreed")
    return {
        "job": kept["job"] if records.is_id(kept.get("job")) else "",
        "agreed": agreed if isinstance(agreed, dict) else {},
        "doing": "undrain" if kept.get("doing") == "undrain" else "drain",
        "user": str(kept.get("user") or "")[:_WORD],
        "at": float(at) if isinstance(at, (int, float)) and 0 <= at < 1e12 else 0.0,
    }


def brief(root: str) -> Optional[DrainBriefAnswer]:
    """Return what a look at the host tells of it: ``left`` are uuids and names of guests that were not seen through, or
    are still away while the host is brought back; ``done`` counts the others.  None where there is nothing to tell.
    """
    try:
        found = read_drain(root)
    except (AgentError, OSError):
        return None  # told whoever empties the host
    if found is None:
        return None
    back = found["doing"] == "undrain"
    of_job = outcomes.read(records.folder(root, found["job"])) if found["job"] else []
    now = outcomes.under_way(of_job) if found["held"] else None
    failed = outcomes.left(of_job)
    end = progress.end_of(records.folder(root, found["job"])) if found["job"] and not found["held"] else None
    left = [each for each in found["guests"] if back or each.get("done") is not True]
    return {
        "doing": found["doing"],
        "user": found["user"],
        "at": found["at"],
        "held": found["held"],
        "done": len(found["guests"]) - len(left),
        "left": [[str(each.get(name))[:_WORD] for name in ("uuid", "name")] for each in left[:_BRIEF]],
        "more": max(0, len(left) - _BRIEF),
        "now": now["name"][:_WORD] if now is not None else "",
        "why": f"{failed['name'][:_WORD]}: {outcomes.reason(failed)}" if failed is not None else "",
        "stopped": end is not None and end.get("exit") == records.CANCELLED,
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
            return False  # the kernel's lock, or a job
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
    """Return whether the host is emptied, or brought back, at this moment: by a job, or by a client."""
    if is_locked(root):
        return True
    try:
        kept = _kept(root)
    except (AgentError, OSError):
        return False  # told whoever reads it
    return kept is not None and is_at_work(root, _about(kept)["job"])


def is_at_work(root: str, job: str) -> bool:
    """Return whether the job of that name is under way; "" is none, and one that was killed deals with nobody any
    more.
    """
    if not job:
        return False
    place = records.folder(root, job)
    if os.path.exists(os.path.join(place, records.SETTLING)):
        return False
    try:
        return progress.state(place, records.read(place)) == records.RUNNING
    except (AgentError, OSError):
        return False


def is_locked(root: str) -> bool:
    """Return whether a client is at it at this moment."""
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
    require_guests(record)
    with layout.writing(root):
        return replace(root, serial, record)


def require_guests(record: Dict[str, Any]) -> None:
    """Raise code ``invalid`` for a record whose guests make no sense."""
    if not _are_guests(record.get("guests")):
        raise AgentError("invalid", "is not a list of guests")
    if len(json.dumps(record.get("agreed", {}))) > _AGREED:
        raise AgentError("large", "is too long for what was agreed to")


def replace(root: str, serial: int, record: Dict[str, Any]) -> int:
    """As :func:`write_drain`, for a caller that holds the store."""
    guests = record["guests"]
    kept = _kept(root)
    if (kept["serial"] if kept is not None else 0) != serial:
        raise AgentError("conflict", "somebody else is draining this host, or bringing its guests back")
    path = os.path.join(root, RECORD)
    if not guests:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        fsio.try_sync_folder(root)
        return 0
    before = _about(kept) if kept is not None else {}
    about = _about({**record, "at": time.time()})
    if before.get("doing") == about["doing"]:  # a part of the same, done by a client
        about.update({name: about[name] or before[name] for name in ("job", "agreed")})
    data = json.dumps({"serial": serial + 1, **about, "guests": guests}, indent=1).encode("ascii")
    if len(data) > _LIMIT:
        raise AgentError("large", f"the record is longer than {_LIMIT} bytes", path)
    staged = layout.staging(root, "drain")
    fsio.discard(staged)
    fsio.write_new(staged, data)
    os.rename(staged, path)
    fsio.sync_folder(root)
    return serial + 1


def note(root: str, uuid: str, guest: Optional[Dict[str, Any]]) -> None:
    """Have the record tell this of a guest, last, in the place of what it told; None: nothing."""
    with layout.writing(root):
        kept = _kept(root)
        if kept is None:
            kept = {"serial": 0, "guests": []}
        others = [each for each in kept["guests"] if each.get("uuid") != uuid]
        guests = [*others, guest] if guest is not None else others
        replace(root, kept["serial"], {**kept, "guests": guests})


def guest_of(root: str, uuid: str) -> Optional[Dict[str, Any]]:
    """Return what the record tells of a guest; None for nothing."""
    kept = _kept(root)
    guests = kept["guests"] if kept is not None else []
    return next((each for each in guests if each.get("uuid") == uuid), None)


def _is_serial(value: object) -> bool:
    return type(value) is int and value > 0


def _are_guests(value: object) -> bool:
    guests: List[object] = value if isinstance(value, list) else [None]
    return len(guests) <= _GUESTS and all(isinstance(each, dict) for each in guests)
