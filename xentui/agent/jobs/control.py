"""Jobs: work on a host that must come to its end whatever becomes of the line, or of whoever asked for it.

A job is a process in a session of its own (:mod:`xentui.agent.job_process`), which also does what completes it in the
store: nobody has to be there at its end.  What is known of it lies in a folder (:mod:`xentui.agent.jobs.records`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING, List, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.jobs import launch, outcomes, progress, records
from xentui.agent.jobs.records import (
    CANCEL,
    CANCELLABLE,
    DRAIN,
    GUEST_KIND,
    HANDED_OVER,
    INTERRUPTED,
    KINDS,
    LOCK,
    OUTPUT,
    RUNNING,
    SEQUENCES,
    SYSTEM_KIND,
    Record,
)
from xentui.agent.memory import boot_marks, image_place, save_files
from xentui.agent.protocol.arguments import (
    ARGV,
    COMMANDS,
    COUNT,
    FLAG,
    JOB_WORDS,
    STRING,
    UUID,
    optional,
    or_empty,
    or_none,
)
from xentui.agent.protocol.commands import XL, Commands
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import layout

if TYPE_CHECKING:
    from xentui.agent.protocol.job_answers import JobLookAnswer

_SAID = 16 << 10


@store_operation(
    "start_job",
    job=STRING,
    kind=STRING,
    prefix=ARGV,
    commands=optional(or_none(COMMANDS)),
    uuid=optional(or_empty(UUID)),
    domid=optional(COUNT),
    path=optional(STRING),
    paused=optional(FLAG),
    **JOB_WORDS,
    auto_dir=optional(STRING),
)
def start_job(
    root: str,
    *,
    job: str,
    kind: str,
    prefix: List[str],
    commands: Optional[Commands] = None,
    uuid: str = "",
    domid: int = 0,
    path: str = "",
    paused: bool = False,
    subject: str = "",
    user: str = "",
    host: str = "",
    auto_dir: str = "",
) -> Record:
    """Begin a job and leave it to itself; returns its record.

    ``job`` is a random name the caller has chosen, so that it finds the job even where this answer is lost;
    ``prefix`` what stands before each argv on this host; ``commands`` the argv of the host's toolstack (xl's where
    None); ``uuid`` the domain it is about (of a restore its file tells), ``domid`` what that is now (of what is
    restored: the highest there is); ``path`` the memory image of a save or restore to a file of the admin's;
    ``auto_dir`` the folder of what starts with the host.  Code ``busy`` where a job of the domain or on the file is
    under way, or another save of it; ``missing`` for a resume without an image; for the file of a save as
    :func:`xentui.agent.memory.image_place.prepare` says.
    """
    place = records.folder(root, job)
    if kind not in KINDS:
        raise AgentError("invalid", "is not a kind of job", kind)
    if kind == "restore" and not uuid:
        uuid = save_files.identity(path)["uuid"]
    with layout.writing(root):
        launch.require_new(root, place, uuid, path)
        if kind == "suspend":
            path = boot_marks.begin(root, uuid)
        elif kind == "resume":
            path = boot_marks.whole(root, uuid)
        made = kind == "save" and image_place.prepare(path)
        plain = records.record_of(
            job, kind, prefix, records.JobWords(subject, user, host), uuid=uuid, path=path
        )
        of_xen = {"domid": domid, "paused": paused, "auto": auto_dir, "made": made}
        record = {**plain, **of_xen, "commands": XL if commands is None else commands}
        try:
            lock = launch.make(root, place, record)
        except BaseException:
            _take_back(place, record)
            raise
    # Others may go on meanwhile: whoever looks sees a job under way, as its lock is held.
    try:
        launch.spawn(place, lock, "begin")
    except BaseException:
        with contextlib.suppress(AgentError, OSError), layout.writing(root):
            _take_back(place, record)
        raise
    finally:
        os.close(lock)
    return record


def _take_back(place: str, record: Record) -> None:
    """Nothing has begun: leave nothing of it."""
    launch.discard(place)
    if record["kind"] == "suspend":
        fsio.discard(record["path"])
    elif record["made"]:
        image_place.drop(record["path"])


@store_operation("settle_job", job=STRING)
def settle_job(root: str, *, job: str) -> str:
    """Have an interrupted job settled, as a job again; returns its state as found.

    What it left is finished where that can lose nothing, taken back where it has done nothing yet, and explained else.
    """
    place = records.folder(root, job)
    lock = os.open(os.path.join(place, LOCK), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        with layout.writing(root):
            found = records.read(place)
            now = progress.state(place, found)
            if now == INTERRUPTED:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if found["kind"] in SEQUENCES:
                    records.flag(place, records.SETTLING)
        if now == INTERRUPTED:
            launch.spawn(place, lock, "settle")
        return now
    except BlockingIOError:
        return RUNNING
    finally:
        os.close(lock)


@store_operation("look_job", job=STRING)
def look_job(root: str, *, job: str) -> JobLookAnswer:
    """Return how far a job is: ``state`` and ``percent``; of one that has ended ``end`` and the last it ``said``.

    What makes a guest tells its steps in words: it has ``said`` something from the start.  What deals with several
    tells what has come of each (``outcomes``), and the phases of the migration that is under way.

    Code ``missing`` where it never began, or has been swept.
    """
    place = records.folder(root, job)
    if not os.path.isdir(place):
        raise AgentError("missing", "no such job", place)
    found = records.read(place)
    told = progress.look(place, found)
    if found["kind"] in SEQUENCES:
        told["outcomes"] = outcomes.read(place)
        now = outcomes.under_way(told["outcomes"])
        # What comes back is moved by a job of another host: this one notes its phases.
        if found["kind"] == DRAIN and now is not None and records.is_id(now["job"]):
            told["phases"] = progress.phases(records.folder(root, now["job"]))
    if told["state"] != RUNNING:
        told["end"] = progress.end_of(place)
    if told["state"] != RUNNING or found["kind"] in (GUEST_KIND, SYSTEM_KIND):
        told["said"] = progress.tail(os.path.join(place, OUTPUT), _SAID).decode("utf-8", "replace")
    return told


@store_operation("cancel_job", job=STRING)
def cancel_job(root: str, *, job: str) -> None:
    """Have a job stop that can be taken back, one that makes an image or a guest: it ends with status 130.

    One of an install goes on to the end of its installer, and boots nothing then; a migration can be stopped until the
    other host has the whole guest; a drain or undrain ends with the guest under way, which is stopped where that is
    possible.
    Code ``busy`` for any other, ``missing`` where there is none.
    """
    place = records.folder(root, job)
    if records.read(place)["kind"] not in CANCELLABLE:
        raise AgentError("busy", "it cannot be stopped half-way", place)
    if os.path.exists(os.path.join(place, HANDED_OVER)):
        why = "it can no longer be stopped: the other host has the whole guest and is about to resume it"
        raise AgentError("busy", why, place)
    records.flag(place, CANCEL)
