"""Jobs: work on a host that must come to its end whatever becomes of the line, or of whoever asked for it.

::

    root/jobs/<id>/job.json   what is to be done, for whom, since when, in which boot of the host
                   lock       held (flock) by the process that does it, from before the folder gets its name
                   output     what its commands print
                   end.json   how it ended; a job that nobody is at work on and that has none was interrupted

A job is a process in a session of its own (:mod:`xentui.agent.job_process`), which also does what completes it in the
store: nobody has to be there at its end.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Tuple, cast

from xentui.agent import audit, fsio, holders, image_place, images, layout, memory, remote
from xentui.agent.arguments import (
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
from xentui.agent.commands import XL, Commands, checked
from xentui.agent.errors import AgentError
from xentui.agent.operations import store_operation

if TYPE_CHECKING:
    from xentui.agent.answers import JobEndAnswer, JobLookAnswer

JOB, LOCK, OUTPUT, END, COMPLAINTS = "job.json", "lock", "output", "end.json", "stderr"
RUNNING, INTERRUPTED, ENDED = "running", "interrupted", "ended"
KINDS = ("suspend", "resume", "save", "restore", "wake")
IMAGE_KINDS = ("image-create", "image-fill", "image-copy", "image-convert")
INSTALL = "install"
#: A guest made by xen-create-image (:mod:`xentui.agent.guest_jobs`).
GUEST_KIND = "image-guest"
#: A disk with a system on it, and its domain (:mod:`xentui.agent.system_jobs`).
SYSTEM_KIND = "image-system"
#: Files of a netboot tree (:mod:`xentui.agent.tree_jobs`).
FETCH_KIND = "image-fetch"
#: A domain on its way to another host: as it runs, or what is stored of it with its disks.
MIGRATE, MOVE = "migrate", "move"
#: What can be stopped while it is under way.
CANCELLABLE = (*IMAGE_KINDS, GUEST_KIND, SYSTEM_KIND, FETCH_KIND, "clone", INSTALL, MIGRATE, MOVE)
CANCEL, PROGRESS = "cancel", "progress"
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
_PHASES = (STARTING, ENDED_BY_ITSELF, LET_RUN, BUILT)
#: How many ended jobs are kept, and for how long, in seconds.
KEPT, KEPT_SECONDS = 50, 7 * 86400.0
#: So many jobs under way or interrupted a look tells of.
TOLD = 100
_RECORD_LIMIT = 256 << 10
_TAIL = 4 << 10
_SAID = 16 << 10
_SPAWN_SECONDS = 60.0
_ID = re.compile(r"[0-9a-f]{32}\Z")
#: Of xl save, of xl migrate where it says any, and of ``qemu-img convert -p``.
_PERCENT = re.compile(
    rb"Frames(?: iteration \d{1,6}(?: of \d{1,6})?)?: \d{1,12}/\d{1,12} {1,8}(\d{1,3})%|\((\d{1,3})\.\d\d/100%\)"
)
_PROGRESS = re.compile(rb" *([0-9]{1,19}) +([0-9]{1,19})\n")
Record = Dict[str, Any]


def folder(root: str, job: str) -> str:
    """Where a job lies; code ``invalid`` for what is not a name of one."""
    if not _ID.match(job):
        raise AgentError("invalid", "is no job", job)
    return os.path.join(root, "jobs", job)


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
    :func:`xentui.agent.image_place.prepare` says.
    """
    place = folder(root, job)
    if kind not in KINDS:
        raise AgentError("invalid", "is not a kind of job", kind)
    if kind == "restore" and not uuid:
        uuid = images.identity(path)["uuid"]
    with layout.writing(root):
        require_new(root, place, uuid, path)
        if kind == "suspend":
            path = memory.begin(root, uuid)
        elif kind == "resume":
            path = memory.whole(root, uuid)
        made = kind == "save" and image_place.prepare(path)
        plain = record_of(job, kind, prefix, uuid=uuid, path=path, subject=subject, user=user, host=host)
        of_xen = {"domid": domid, "paused": paused, "auto": auto_dir, "made": made}
        record = {**plain, **of_xen, "commands": XL if commands is None else commands}
        try:
            lock = make(root, place, record)
        except BaseException:
            _take_back(place, record)
            raise
    # Others may go on meanwhile: whoever looks sees a job under way, as its lock is held.
    try:
        spawn(place, lock, "begin")
    except BaseException:
        with contextlib.suppress(AgentError, OSError), layout.writing(root):
            _take_back(place, record)
        raise
    finally:
        os.close(lock)
    return record


def _take_back(place: str, record: Record) -> None:
    """Nothing has begun: leave nothing of it."""
    discard(place)
    if record["kind"] == "suspend":
        fsio.discard(record["path"])
    elif record["made"]:
        image_place.drop(record["path"])


@store_operation("settle_job", job=STRING)
def settle_job(root: str, *, job: str) -> str:
    """Have an interrupted job settled, as a job again; returns its state as found.

    What it left is finished where that can lose nothing, taken back where it has done nothing yet, and explained else.
    """
    place = folder(root, job)
    lock = os.open(os.path.join(place, LOCK), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        with layout.writing(root):
            now = state(place, _load(place))
            if now == INTERRUPTED:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if now == INTERRUPTED:
            spawn(place, lock, "settle")
        return now
    except BlockingIOError:
        return RUNNING
    finally:
        os.close(lock)


@store_operation("look_job", job=STRING)
def look_job(root: str, *, job: str) -> JobLookAnswer:
    """How far a job is: ``state`` and ``percent``; of one that has ended ``end`` and the last it ``said``.

    What makes a guest tells its steps in words: it has ``said`` something from the start.

    Code ``missing`` where it never began, or has been swept.
    """
    place = folder(root, job)
    if not os.path.isdir(place):
        raise AgentError("missing", "no such job", place)
    found = _load(place)
    told = _told(place, found)
    if told["state"] != RUNNING:
        told["end"] = _end(place)
    if told["state"] != RUNNING or found["kind"] in (GUEST_KIND, SYSTEM_KIND):
        told["said"] = tail(os.path.join(place, OUTPUT), _SAID).decode("utf-8", "replace")
    return told


def unfinished(root: str) -> List[JobLookAnswer]:
    """The jobs that are under way or were interrupted; one that somebody has damaged hides no other."""
    found = []
    for place, record in each(root):
        if not os.path.exists(os.path.join(place, END)):
            with contextlib.suppress(OSError, AgentError):
                told = _told(place, record)
                if told["state"] != ENDED:
                    found.append(told)
    return found[:TOLD]


def since_end(root: str) -> Optional[float]:
    """Seconds since a job last ended; None where none is known to have."""
    ends = []
    folder = os.path.join(root, "jobs")
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        for item in found:
            with contextlib.suppress(OSError):
                ends.append(os.lstat(os.path.join(item.path, END)).st_mtime)
    return max(0.0, time.time() - max(ends)) if ends else None


def state(place: str, record: Record) -> str:
    """Whether a job is under way, interrupted or ended.

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
    return RUNNING if record["path"] and holders.held(str(record["path"])) else INTERRUPTED


def end_job(place: str, record: Record) -> None:
    """Say how a job ended: the last thing that is done in it."""
    data = json.dumps(record).encode("ascii")
    staged = os.path.join(place, f"{END}.new")
    fsio.discard(staged)
    fsio.write_new(staged, data)
    os.rename(staged, os.path.join(place, END))
    fsio.settle_folder(place)


def tail(path: str, limit: int) -> bytes:
    """The last of a file; empty where there is none."""
    try:
        fd, status = fsio.open_regular(path)
    except FileNotFoundError:
        return b""
    try:
        return os.pread(fd, limit, max(0, status.st_size - limit))
    finally:
        os.close(fd)


def percent(output: bytes) -> Optional[int]:
    """How far a command is by what it printed last; None where it has not said."""
    found = _PERCENT.findall(output)
    return min(100, int(found[-1][0] or found[-1][1])) if found else None


def progress(place: str) -> Optional[Tuple[int, int]]:
    """How many bytes of how many a job has done that counts them itself; None for any other."""
    found = _PROGRESS.match(tail(os.path.join(place, PROGRESS), 64))
    return (int(found[1]), int(found[2])) if found else None


@store_operation("cancel_job", job=STRING)
def cancel_job(root: str, *, job: str) -> None:
    """Have a job stop that can be taken back, one that makes an image or a guest: it ends with status 130.

    One of an install goes on to the end of its installer, and boots nothing then; a migration can be stopped until the
    other host has the whole guest.  Code ``busy`` for any other, ``missing`` where there is none.
    """
    place = folder(root, job)
    if _load(place)["kind"] not in CANCELLABLE:
        raise AgentError("busy", "it cannot be stopped half-way", place)
    if os.path.exists(os.path.join(place, HANDED_OVER)):
        why = "it can be stopped no more: the other host has the whole guest, and is about to let it run"
        raise AgentError("busy", why, place)
    flag(place, CANCEL)


def flag(place: str, name: str) -> None:
    """Leave a sign in the folder of a job for its process, which looks for it."""
    fd = os.open(os.path.join(place, name), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    os.close(fd)


def _told(place: str, record: Record) -> JobLookAnswer:
    counted = progress(place)
    far = percent(tail(os.path.join(place, OUTPUT), _TAIL)) if counted is None else None
    if counted is not None and counted[1]:
        far = min(100, 100 * counted[0] // counted[1])
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
        "phases": phases(place) if record["kind"] in (MIGRATE, MOVE) else [],
    }


def phases(place: str) -> List[Any]:
    """The phases a migration has come to, each with the seconds since its beginning."""
    try:
        found = json.loads(fsio.read_bounded(os.path.join(place, PHASES), _RECORD_LIMIT))
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


def each(root: str) -> Iterator[Any]:
    """The folder and record of each job; one that cannot be read is left out."""
    try:
        names = sorted(os.listdir(os.path.join(root, "jobs")))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        if _ID.match(name):
            place = os.path.join(root, "jobs", name)
            with contextlib.suppress(OSError, AgentError):
                yield place, _load(place)


def _load(place: str) -> Record:
    path = os.path.join(place, JOB)
    record = _json(path)
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
        and (not record["uuid"] or layout.UUID.match(record["uuid"]))
        and math.isfinite(record["started"])
        and all(isinstance(word, str) for word in record["prefix"])
        and not any("\0" in record[key] or not _is_text(record[key]) for key in kinds)
    ):
        raise AgentError("damaged", "the job's record makes no sense", path)
    try:
        record["commands"] = checked(record.get("commands", XL))
    except TypeError:
        raise AgentError("damaged", "the job's record has no commands", path) from None
    return record


def _is_text(value: str) -> bool:
    """Whether a text can be told, and stand for a file: half a surrogate pair can not, a byte that is no UTF-8 can."""
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        return False
    return True


def load(root: str, job: str) -> Record:
    """The record of a job; codes ``missing`` and ``damaged``."""
    return _load(folder(root, job))


def _end(place: str) -> Optional[JobEndAnswer]:
    try:
        return cast("JobEndAnswer", _json(os.path.join(place, END)))
    except (OSError, AgentError):
        return None


def _json(path: str) -> Record:
    try:
        record = json.loads(fsio.read_bounded(path, _RECORD_LIMIT))
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise AgentError("damaged", "is no record of a job", path)
    return record


def require_new(root: str, place: str, uuid: str, path: str = "") -> None:
    """Refuse to begin what has begun already (code ``exists``), or what another job is at work on (``busy``).

    ``uuid`` is the domain it is about and ``path`` a file of it, "" for none.  The caller holds the store.
    """
    if os.path.isdir(place):
        raise AgentError("exists", "the job has begun already", place)
    sweep(root)
    refuse_second(root, uuid, path)


def refuse_second(root: str, uuid: str, path: str) -> None:
    for place, record in each(root):
        if not (uuid and record["uuid"] == uuid) and not (path and record["path"] == path):
            continue
        now = state(place, record)
        if now == RUNNING:
            raise AgentError("busy", f"{_a(record)} of it is under way on the host", place)
        if now == INTERRUPTED:
            raise AgentError("busy", f"{_a(record)} of it was cut short and is not settled yet", place)


def _a(record: Record) -> str:
    kind = str(record["kind"])
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"


def record_of(
    job: str,
    kind: str,
    prefix: List[str],
    *,
    uuid: str = "",
    path: str = "",
    subject: str = "",
    user: str = "",
    host: str = "",
) -> Record:
    """The record of a job that is begun now and has no memory image."""
    return {
        "id": job,
        "kind": kind,
        "uuid": uuid,
        "domid": 0,
        "path": path,
        "paused": False,
        "subject": subject,
        "user": user,
        "host": host,
        "auto": "",
        "prefix": prefix,
        "commands": XL,
        "made": False,
        "started": time.time(),
        "boot": audit.boot_id(),
    }


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
        fsio.settle_folder(root)
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
        fsio.settle_folder(os.path.dirname(place))
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
        said = tail(os.path.join(place, COMPLAINTS), 500).decode("utf-8", "replace").strip().splitlines()
        raise AgentError(
            "internal", f"the job could not be started: {said[-1] if said else 'no word why'}", place
        )


def discard(place: str) -> None:
    with contextlib.suppress(OSError):
        fsio.discard(place)


def sweep(root: str) -> None:
    """Forget what ended long ago."""
    ended = []
    for place, _record in each(root):
        with contextlib.suppress(OSError):
            ended.append((os.stat(os.path.join(place, END)).st_mtime, place))
    ended.sort(reverse=True)
    oldest = time.time() - KEPT_SECONDS
    for number, (when, place) in enumerate(ended):
        if number >= KEPT or when < oldest:
            discard(place)
