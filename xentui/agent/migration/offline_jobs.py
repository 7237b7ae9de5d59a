"""Jobs that move a domain that is off: its disks that the other host does not share are copied there, checked.

The copies go over the ssh that leads from host to host, to :mod:`xentui.agent.migration.disk_receiver` there.  As long
as they are under way the domain is booted by nobody; afterwards it is the other host's, where what is stored of it
follows, and its disks here are left as they are.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any, Dict, List, Tuple

from xentui.agent.errors import AgentError, failure_of
from xentui.agent.images import image_worker
from xentui.agent.jobs import launch, records, worker
from xentui.agent.jobs.records import Record
from xentui.agent.jobs.worker import JobWork
from xentui.agent.migration import disk_receiver, live_jobs, store_handover, store_moves
from xentui.agent.migration.remote_program import FarProgram
from xentui.agent.protocol.arguments import ARGV, JOB_WORDS, OBJECT, PATH, STRING, UUID
from xentui.agent.protocol.commands import is_argv
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import layout

_STAYS = "it stays on this host, and nothing of it is left on the other"
_DOUBT = "it stays on this host; complete copies of its disks may already be on the other: remove them there"
_COMMITTED = "committed"


@store_operation(
    "start_move_job",
    job=STRING,
    prefix=ARGV,
    uuid=UUID,
    move=OBJECT,
    auto_dir=PATH,
    **JOB_WORDS,
)
def start_move_job(
    root: str,
    *,
    job: str,
    prefix: List[str],
    uuid: str,
    move: Dict[str, Any],
    auto_dir: str,
    subject: str = "",
    user: str = "",
    host: str = "",
) -> Record:
    """Begin to move a stored domain to another host, with copies of its disks; returns the record of the job.

    ``move`` has ``to``, ``address`` and ``follow`` as of :func:`xentui.agent.migration.live_jobs.start_migrate_job`;
    ``reach``, the words that run a command on the other host (none: it is this one); ``disks`` that are to be copied,
    of each its ``path`` and where it is to lie ``there``.  Code ``missing`` where the domain is not stored, ``busy``
    where something else is done to it.
    """
    place = records.folder(root, job)
    wanted = checked(move)
    with layout.writing(root):
        if not os.path.isdir(layout.entry(root, uuid)):
            raise AgentError("missing", f"no domain with uuid {uuid} is stored", layout.entry(root, uuid))
        plain = records.record_of(job, records.MOVE, prefix, records.JobWords(subject, user, host), uuid=uuid)
        record = {**plain, "auto": auto_dir, "migration": wanted}
        launch.require_new(root, place, uuid)
        live_jobs.begin_move(root, record)
        try:
            lock = launch.make(root, place, record)
        except BaseException:
            live_jobs.end_move(root, record)
            raise
    live_jobs.leave(root, place, lock, record)
    return record


def checked(given: Dict[str, Any]) -> Dict[str, Any]:
    reach, disks = given.get("reach", []), given.get("disks")
    if not (reach == [] or is_argv(reach)):
        raise AgentError("invalid", "there is no command that reaches the other host")
    if not isinstance(disks, list) or len(disks) > disk_receiver.MOST_DISKS:
        raise AgentError("invalid", "is not a list of disks that are to be copied")
    for disk in disks:
        paths = [disk.get("path"), disk.get("there")] if isinstance(disk, dict) else [None]
        if not all(isinstance(path, str) and path.startswith("/") and "\0" not in path for path in paths):
            raise AgentError("invalid", "a disk to be copied is not an absolute path")
    kept = [{"path": disk["path"], "there": disk["there"]} for disk in disks]
    return {"reach": reach, "disks": kept, **live_jobs.where(given), **store_handover.given(given)}


def move(work: JobWork) -> None:
    """Copy the disks of a domain to the other host, note that it has left, and have what is stored of it follow."""
    task = checked(work.record["migration"])
    cancelled = False

    def do() -> int:
        nonlocal cancelled
        try:
            _send(work, task)
        except image_worker.CancelledError:
            cancelled = True
            return records.CANCELLED
        return 0

    paths = [str(disk["path"]) for disk in task["disks"]]
    try:
        code = work.on_record(["xentui-send", task["to"] or task["address"], *paths], do) if paths else do()
    except (AgentError, OSError) as error:
        _stays(work, 1, failure_of(error))
        return
    if cancelled:
        _stays(work, code)
        return
    worker.reached("before gone")
    with layout.writing(work.root):
        store_moves.gone(work.root, work.uuid)
    worker.reached("after gone")
    work.end(0, store_handover.follow(work))


def settle(work: JobWork) -> None:
    """Say what has become of a domain whose job was killed as it copied its disks: it is here still, or has left."""
    if store_handover.has_left(work):
        work.end(0, store_handover.follow(work))
        return
    if work.marked(_COMMITTED):
        with layout.writing(work.root):
            live_jobs.end_move(work.root, work.record)
        work.end(1, _DOUBT)
        return
    _stays(work, 1)


def _stays(work: JobWork, code: int, failure: Any = None) -> None:
    with layout.writing(work.root):
        live_jobs.end_move(work.root, work.record)
    work.end(code, _DOUBT if work.marked(_COMMITTED) else _STAYS, failure)


def _require_off(work: JobWork) -> None:
    """Raise code ``busy`` where the domain runs: whoever asked may have looked long ago, or runs xl by hand."""
    if any(row.letters[5] != "d" for row in work.domains(work.uuid)):
        raise AgentError("busy", "the domain has been started here meanwhile")


def _send(work: JobWork, task: Dict[str, Any]) -> None:
    sources: List[Tuple[int, int]] = []
    _require_off(work)
    if not task["disks"]:
        if os.path.exists(os.path.join(work.place, records.CANCEL)):
            raise image_worker.CancelledError
        return
    try:
        for disk in task["disks"]:
            sources.append(image_worker.open_source(str(disk["path"])))
        before = [_stamp(fd) for fd, _size in sources]
        data = [image_worker.data_of(fd, size) for fd, size in sources]
        report = image_worker.ProgressReport(work, sum(data))
        with FarProgram(work, task["reach"], "migration.disk_receiver") as receiver:
            wanted = [
                {"path": disk["there"], "size": sources[number][1], "data": data[number]}
                for number, disk in enumerate(task["disks"])
            ]
            receiver.tell({"disks": wanted})
            receiver.hear("ready")
            done = 0
            for fd, size in sources:
                done = _one(receiver, fd, size, done, report)
            cancel = os.path.join(work.place, records.CANCEL)
            receiver.hear("whole", cancel=cancel)
            if os.path.exists(cancel):
                raise image_worker.CancelledError  # nothing has its name there yet
            if [_stamp(fd) for fd, _size in sources] != before:
                raise AgentError("conflict", "a disk was written to while it was copied")
            _require_off(work)
            worker.reached("before commit")
            work.mark(_COMMITTED)
            receiver.write(disk_receiver.COMMIT)
            receiver.hear("done")
    finally:
        for fd, _size in sources:
            os.close(fd)


def _stamp(fd: int) -> Tuple[int, int]:
    status = os.fstat(fd)
    return status.st_size, status.st_mtime_ns


def _one(receiver: FarProgram, fd: int, size: int, done: int, report: image_worker.ProgressReport) -> int:
    """Send the data of a disk, what is nothing but zeros left out; returns how much is done by then."""
    digest = hashlib.sha256()
    for at, data in image_worker.pieces(fd, size, disk_receiver.MOST):
        if data.strip(b"\0"):
            head = disk_receiver.PIECE.pack(at, len(data))
            digest.update(head)
            digest.update(data)
            receiver.write(head)
            receiver.write(data)
        done += len(data)
        report(done)
    receiver.write(disk_receiver.PIECE.pack(0, 0))
    receiver.write(digest.digest())
    receiver.flush()
    return done
