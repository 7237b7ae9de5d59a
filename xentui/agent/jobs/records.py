"""The record of a job: what is to be done, for whom, and the files beside it in the job's folder.

::

    root/jobs/<id>/job.json   what is to be done, for whom, since when, in which boot of the host
                   lock       held (flock) by the process that does it, from before the folder gets its name
                   output     what its commands print
                   end.json   how it ended; a job that nobody is at work on and that has none was interrupted
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import time
from typing import Any, Dict, Iterator, List, NamedTuple

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import is_uuid
from xentui.agent.protocol.commands import XL, checked
from xentui.agent.store import audit

JOB, LOCK, OUTPUT, END, COMPLAINTS = "job.json", "lock", "output", "end.json", "stderr"

RUNNING, INTERRUPTED, ENDED = "running", "interrupted", "ended"

KINDS = ("suspend", "resume", "save", "restore", "wake")

IMAGE_KINDS = ("image-create", "image-fill", "image-copy", "image-convert")

INSTALL = "install"

#: A guest made by xen-create-image (:mod:`xentui.agent.systems.guest_jobs`).
GUEST_KIND = "image-guest"

#: A disk with a system on it, and its domain (:mod:`xentui.agent.systems.system_jobs`).
SYSTEM_KIND = "image-system"

#: Files of a netboot tree (:mod:`xentui.agent.netboot.tree_jobs`).
FETCH_KIND = "image-fetch"

#: A domain on its way to another host: as it runs, or what is stored of it with its disks.
MIGRATE, MOVE = "migrate", "move"

#: A host that is emptied, or brought back, a guest after the other (:mod:`xentui.agent.drain.drain_jobs`).
DRAIN, UNDRAIN = "drain", "undrain"
SEQUENCES = (DRAIN, UNDRAIN)

#: What can be stopped while it is under way.
CANCELLABLE = (*IMAGE_KINDS, GUEST_KIND, SYSTEM_KIND, FETCH_KIND, "clone", INSTALL, MIGRATE, MOVE, *SEQUENCES)

CANCEL, PROGRESS = "cancel", "progress"

#: Of such a job: it ends after the guest that is under way; it was killed, and only that is written down yet.
ENOUGH, SETTLING = "enough", "settling"

#: The exit status of a job that was stopped, as a shell has for what Ctrl-C has ended.
CANCELLED = 130

#: Of a migration: the phases it has come to; that the other host has the whole guest.
PHASES, HANDED_OVER = "phases.json", "handed-over"

#: Notes of an install: its installer is built, watched, let run, has ended by itself; what is stored is being booted.
BUILT, WATCHED, LET_RUN, ENDED_BY_ITSELF, STARTING = (
    "built",
    "watched",
    "let-run",
    "ended-by-itself",
    "starting",
)

RECORD_LIMIT = 256 << 10

_ID = re.compile(r"[0-9a-f]{32}\Z")

Record = Dict[str, Any]


def is_id(job: object) -> bool:
    """Return whether something is the name of a job."""
    return isinstance(job, str) and _ID.match(job) is not None


def folder(root: str, job: str) -> str:
    """Return where a job lies; code ``invalid`` for what is not a name of one."""
    if not _ID.match(job):
        raise AgentError("invalid", "is not a job", job)
    return os.path.join(root, "jobs", job)


def flag(place: str, name: str) -> None:
    """Leave a sign in the folder of a job for its process, which looks for it."""
    fd = os.open(os.path.join(place, name), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    os.close(fd)


def each(root: str) -> Iterator[Any]:
    """Yield the folder and record of each job; one that cannot be read is left out."""
    try:
        names = sorted(os.listdir(os.path.join(root, "jobs")))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        if _ID.match(name):
            place = os.path.join(root, "jobs", name)
            with contextlib.suppress(OSError, AgentError):
                yield place, read(place)


def read(place: str) -> Record:
    """Return the record in the folder of a job; codes ``missing`` and ``damaged``."""
    path = os.path.join(place, JOB)
    record = json_object(path)
    kinds = {
        "id": str,
        "kind": str,
        "uuid": str,
        "path": str,
        "subject": str,
        "user": str,
        "boot": str,
        "host": str,
    }
    for key, kind in {**kinds, "domid": int, "paused": bool, "prefix": list, "started": float}.items():
        if not isinstance(record.get(key), kind):
            raise AgentError("damaged", f"the job's record has no {key}", path)
    if not (
        record["id"] == os.path.basename(place)
        and (not record["uuid"] or is_uuid(record["uuid"]))
        and math.isfinite(record["started"])
        and all(isinstance(word, str) for word in record["prefix"])
        and not any("\0" in record[key] or not _is_text(record[key]) for key in kinds)
    ):
        raise AgentError("damaged", "the job's record is not valid", path)
    try:
        record["commands"] = checked(record.get("commands", XL))
    except TypeError:
        raise AgentError("damaged", "the job's record has no commands", path) from None
    return record


def _is_text(value: str) -> bool:
    """Return whether a text can be told, and stand for a file: half a surrogate pair can not, a byte that is no UTF-8
    can.
    """
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        return False
    return True


def load(root: str, job: str) -> Record:
    """Return the record of a job; codes ``missing`` and ``damaged``."""
    return read(folder(root, job))


def json_object(path: str) -> Record:
    """Return what a file of a job's folder holds; codes ``missing`` and ``damaged``."""
    try:
        record = json.loads(fsio.read_bounded(path, RECORD_LIMIT))
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise AgentError("damaged", "is not the record of a job", path)
    return record


class JobWords(NamedTuple):
    """What a job is called, who has asked for it, and from where (``JOB_WORDS`` of the arguments)."""

    subject: str
    user: str
    host: str


def record_of(
    job: str, kind: str, prefix: List[str], words: JobWords, *, uuid: str = "", path: str = ""
) -> Record:
    """Return the record of a job that is begun now and has no memory image."""
    return {
        "id": job,
        "kind": kind,
        "uuid": uuid,
        "domid": 0,
        "path": path,
        "paused": False,
        **words._asdict(),
        "auto": "",
        "prefix": prefix,
        "commands": XL,
        "made": False,
        "started": time.time(),
        "boot": audit.boot_id(),
    }
