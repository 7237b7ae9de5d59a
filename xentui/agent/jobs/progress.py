"""How far a job is, and how it ended: read from the files in its folder, and noted there."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import time
from typing import TYPE_CHECKING, Any, List, Optional, Tuple, cast

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio, open_files
from xentui.agent.jobs import outcomes, records
from xentui.agent.jobs.records import (
    BUILT,
    END,
    ENDED,
    ENDED_BY_ITSELF,
    INSTALL,
    INTERRUPTED,
    LET_RUN,
    LOCK,
    MIGRATE,
    MOVE,
    OUTPUT,
    PHASES,
    PROGRESS,
    RECORD_LIMIT,
    RUNNING,
    SEQUENCES,
    STARTING,
    UNDRAIN,
    Record,
)

if TYPE_CHECKING:
    from xentui.agent.protocol.job_answers import JobEndAnswer, JobLookAnswer

_PHASES = (STARTING, ENDED_BY_ITSELF, LET_RUN, BUILT)

#: So many jobs under way or interrupted a look tells of.
TOLD = 100

_TAIL = 4 << 10

#: Of xl save, of xl migrate where it says any, and of ``qemu-img convert -p``.  Compiled when a job is looked at: few
#: looks at a host find one.
_PERCENT = rb"Frames(?: iteration \d{1,6}(?: of \d{1,6})?)?: \d{1,12}/\d{1,12} {1,8}(\d{1,3})%|\((\d{1,3})\.\d\d/100%\)"

_PROGRESS = rb" *([0-9]{1,19}) +([0-9]{1,19})\n"


def unfinished(root: str) -> List[JobLookAnswer]:
    """Return the jobs that are under way or were interrupted; one that somebody has damaged hides no other."""
    found = []
    for place, record in records.each(root):
        if not os.path.exists(os.path.join(place, END)):
            with contextlib.suppress(OSError, AgentError):
                told = look(place, record)
                if told["state"] != ENDED:
                    found.append(told)
    return found[:TOLD]


def since_end(root: str) -> Optional[float]:
    """Return seconds since a job last ended; None where none is known to have."""
    ends = []
    folder = os.path.join(root, "jobs")
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        for item in found:
            with contextlib.suppress(OSError):
                ends.append(os.lstat(os.path.join(item.path, END)).st_mtime)
    return max(0.0, time.time() - max(ends)) if ends else None


def state(place: str, record: Record) -> str:
    """Return whether a job is under way, interrupted or ended.

    Where its own process was killed, a save or restore may yet be at work on its image.
    """
    if os.path.exists(os.path.join(place, END)):
        return ENDED
    try:
        fd = os.open(os.path.join(place, LOCK), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return INTERRUPTED
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return RUNNING
    finally:
        os.close(fd)
    if os.path.exists(os.path.join(place, END)):
        return ENDED
    return RUNNING if record["path"] and open_files.is_open(str(record["path"])) else INTERRUPTED


def end_job(place: str, record: Record) -> None:
    """Say how a job ended: the last thing that is done in it."""
    data = json.dumps(record).encode("ascii")
    staged = os.path.join(place, f"{END}.new")
    fsio.discard(staged)
    fsio.write_new(staged, data)
    os.rename(staged, os.path.join(place, END))
    fsio.try_sync_folder(place)


def tail(path: str, limit: int) -> bytes:
    """Return the last of a file; empty where there is none."""
    try:
        fd, status = fsio.open_regular(path)
    except FileNotFoundError:
        return b""
    try:
        return os.pread(fd, limit, max(0, status.st_size - limit))
    finally:
        os.close(fd)


def percent(output: bytes) -> Optional[int]:
    """Return how far a command is by what it printed last; None where it has not said."""
    found = re.findall(_PERCENT, output)
    return min(100, int(found[-1][0] or found[-1][1])) if found else None


def progress(place: str) -> Optional[Tuple[int, int]]:
    """Return how many bytes of how many a job has done that counts them itself; None for any other."""
    found = re.match(_PROGRESS, tail(os.path.join(place, PROGRESS), 64))
    return (int(found[1]), int(found[2])) if found else None


def look(place: str, record: Record) -> JobLookAnswer:
    """Return how far a job is, and what it is about, by its folder and record."""
    counted = progress(place)
    far = percent(tail(os.path.join(place, OUTPUT), _TAIL)) if counted is None else None
    if counted is not None and counted[1]:
        far = min(100, 100 * counted[0] // counted[1])
    if record["kind"] in SEQUENCES:
        far = outcomes.percent(outcomes.read(place))
    return {
        "id": record["id"],
        "kind": record["kind"],
        "uuid": record["uuid"],
        "subject": record["subject"],
        "user": record["user"],
        "started": record["started"],
        "path": record["path"],
        "domid": record["domid"],
        "paused": record["paused"],
        "state": state(place, record),
        "percent": far,
        "counted": list(counted) if counted is not None else None,
        "phase": _phase(place) if record["kind"] == INSTALL else "",
        "phases": phases(place) if record["kind"] in (MIGRATE, MOVE, UNDRAIN) else [],
    }


def phases(place: str) -> List[Any]:
    """Return the phases a migration has come to, each with the seconds since its beginning."""
    try:
        found = json.loads(fsio.read_bounded(os.path.join(place, PHASES), RECORD_LIMIT))
        return [[str(name), float(after)] for name, after in found]
    except (OSError, AgentError, ValueError, TypeError, RecursionError):
        return []


def note_phases(place: str, phases_now: List[Any]) -> None:
    """Note the phases a migration has come to, in the place of those that were noted."""
    staged = os.path.join(place, f"{PHASES}.new")
    fsio.discard(staged)
    fsio.write_new(staged, json.dumps(phases_now).encode("ascii"))
    os.rename(staged, os.path.join(place, PHASES))


def _phase(place: str) -> str:
    return next((name for name in _PHASES if os.path.exists(os.path.join(place, name))), "")


def end_of(place: str) -> Optional[JobEndAnswer]:
    """Return how a job ended; None where that cannot be read."""
    try:
        return cast("JobEndAnswer", records.json_object(os.path.join(place, END)))
    except (OSError, AgentError):
        return None
