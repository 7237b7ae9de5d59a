"""Beginning a job: its folder, its lock, and its process, which goes on when nobody waits for it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import time
from typing import Dict, Optional

from xentui.agent import remote
from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.jobs import progress, records
from xentui.agent.jobs.records import COMPLAINTS, END, INTERRUPTED, JOB, LOCK, RUNNING, Record
from xentui.agent.store import layout

#: How many ended jobs are kept, and for how long, in seconds.
KEPT, KEPT_SECONDS = 50, 7 * 86400.0

_SPAWN_SECONDS = 60.0


def require_new(root: str, place: str, uuid: str, path: str = "") -> None:
    """Refuse to begin what has begun already (code ``exists``), or what another job is at work on (``busy``).

    ``uuid`` is the domain it is about and ``path`` a file of it, "" for none.  The caller holds the store.
    """
    if os.path.isdir(place):
        raise AgentError("exists", "the job has already started", place)
    sweep(root)
    refuse_second(root, uuid, path)


def refuse_second(root: str, uuid: str, path: str) -> None:
    """Raise code ``busy`` where another job is at work on a domain, or on a file."""
    for place, record in records.each(root):
        if not (uuid and record["uuid"] == uuid) and not (path and record["path"] == path):
            continue
        now = progress.state(place, record)
        if now == RUNNING:
            raise AgentError("busy", f"{_a(record)} of it is in progress on the host", place)
        if now == INTERRUPTED:
            raise AgentError("busy", f"{_a(record)} of it was interrupted and is not settled yet", place)


def _a(record: Record) -> str:
    kind = str(record["kind"])
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"


def begin(root: str, place: str, record: Record, files: Optional[Dict[str, bytes]] = None) -> int:
    """Make the folder of a new job, as :func:`make`, where :func:`require_new` lets it begin."""
    require_new(root, place, str(record["uuid"]))
    return make(root, place, record, files)


def leave(place: str, lock: int) -> None:
    """Start the process of a job that is made, and let go of it; where that fails nothing is left of the job."""
    try:
        spawn(place, lock, "begin")
    except BaseException:
        discard(place)
        raise
    finally:
        os.close(lock)


def make(root: str, place: str, record: Record, files: Optional[Dict[str, bytes]] = None) -> int:
    """Make the folder of a job, with ``files`` by name; returns its lock, held from before anybody can see it."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(os.path.dirname(place), 0o700)
        fsio.try_sync_folder(root)
    building = layout.staging(root, "job")
    os.mkdir(building, 0o700)
    fsio.write_new(os.path.join(building, JOB), json.dumps(record).encode("ascii"))
    for name, data in (files or {}).items():
        fsio.write_new(os.path.join(building, name), data)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    lock = os.open(os.path.join(building, LOCK), flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fsio.sync_folder(building)
        os.rename(building, place)
        fsio.try_sync_folder(os.path.dirname(place))
    except BaseException:
        os.close(lock)
        raise
    return lock


def spawn(place: str, lock: int, task: str) -> None:
    """Start the process of a job and wait until it has left us; it has the lock then."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    complaints = os.open(os.path.join(place, COMPLAINTS), flags, 0o600)
    root, job = os.path.dirname(os.path.dirname(place)), os.path.basename(place)
    try:
        process = subprocess.Popen(
            [
                sys.executable or "python3",
                "-I",
                "-X",
                "utf8",
                "-c",
                remote.JOB_BOOTSTRAP,
                task,
                root,
                job,
                str(lock),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            pass_fds=[lock],
            start_new_session=True,
        )
    finally:
        os.close(complaints)
    try:
        with contextlib.suppress(BrokenPipeError):
            process.communicate(remote.job_program(), timeout=_SPAWN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.returncode:
        last = progress.tail(os.path.join(place, COMPLAINTS), 500)
        said = last.decode("utf-8", "replace").strip().splitlines()
        raise AgentError(
            "internal", f"the job could not be started: {said[-1] if said else 'no reason given'}", place
        )


def discard(place: str) -> None:
    """Take away the folder of a job, as far as that is possible."""
    with contextlib.suppress(OSError):
        fsio.discard(place)


def sweep(root: str) -> None:
    """Forget what ended long ago."""
    ended = []
    for place, _record in records.each(root):
        with contextlib.suppress(OSError):
            ended.append((os.stat(os.path.join(place, END)).st_mtime, place))
    ended.sort(reverse=True)
    oldest = time.time() - KEPT_SECONDS
    for number, (when, place) in enumerate(ended):
        if number >= KEPT or when < oldest:
            discard(place)
