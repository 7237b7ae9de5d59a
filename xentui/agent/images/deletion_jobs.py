"""Jobs that delete a domain with its disks: the domain to the trash first, so that nobody starts it, then they go.

Which files are meant is told by what they were when it was agreed to: one that has been exchanged or written to since
is left.  A job that was cut short is gone on with, unless the domain is still there, or was brought back.
"""

from __future__ import annotations

import os
import stat
from typing import Any, Dict, List

from xentui.agent.errors import AgentError, failure_of
from xentui.agent.files import safe_folder, safe_path
from xentui.agent.images import disk_images
from xentui.agent.jobs import launch, records
from xentui.agent.jobs.records import Record
from xentui.agent.jobs.worker import JobWork, reached
from xentui.agent.protocol.arguments import ARGV, JOB_WORDS, OBJECTS, PATH, PATHS, STRING, UUID, optional
from xentui.agent.protocol.commands import is_argv
from xentui.agent.protocol.operations import host_operation, store_operation
from xentui.agent.store import audit, entry, layout, trash

_GONE = "gone"
_REASON = "with its disks"
_BACK = "the domain was brought back: its remaining disks are kept"
_MOST_DISKS = 100


@host_operation("removal_stamps", paths=PATHS)
def removal_stamps(*, paths: List[str]) -> Dict[str, List[int]]:
    """Return what identifies files that may be removed; codes ``missing``, ``invalid`` for what is not a regular file
    (a link neither), and ``untrusted`` for one of somebody else, or in a folder others may write to.
    """
    return {path: _stamp(path) for path in paths}


def _stamp(path: str) -> List[int]:
    try:
        folder, name = safe_folder.open_parent(path, follow=False)
    except FileNotFoundError:
        raise AgentError("missing", "there is no such file", path) from None
    with folder:
        status = folder.look(name)
        if status is None:
            raise AgentError("missing", "there is no such file", path)
        if not stat.S_ISREG(status.st_mode):
            what = "a symbolic link" if stat.S_ISLNK(status.st_mode) else "not a regular file"
            raise AgentError("invalid", f"is {what}", path)
        safe_path.require_owner(status, path)
        return [status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns]


@store_operation(
    "start_delete_job",
    job=STRING,
    prefix=ARGV,
    uuid=UUID,
    disks=OBJECTS,
    **JOB_WORDS,
    auto_dir=optional(PATH),
)
def start_delete_job(
    root: str,
    *,
    job: str,
    prefix: List[str],
    uuid: str,
    disks: Dict[str, Dict[str, Any]],
    subject: str = "",
    user: str = "",
    host: str = "",
    auto_dir: str = "",
) -> Record:
    """Begin to delete a domain and its ``disks``, by their paths; returns the record.

    A file has its ``stamp``, as :func:`removal_stamps` told it; a volume ``argv``, the command that removes it.  Codes
    ``conflict`` where a file is not what it was, ``busy`` for a domain with a memory image or another job of its own,
    ``missing`` where it is not stored; else as of :func:`removal_stamps`.
    """
    place = records.folder(root, job)
    wanted = [_checked(path, disks[path]) for path in sorted(disks)]
    if len(wanted) > _MOST_DISKS:
        raise AgentError("invalid", "there are too many disks")
    for disk in wanted:
        if not disk["argv"] and _stamp(str(disk["path"])) != disk["stamp"]:
            raise AgentError("conflict", "it was changed meanwhile", str(disk["path"]))
    with layout.writing(root):
        folder = layout.entry(root, uuid)
        if not os.path.isdir(folder):
            raise AgentError("missing", f"no domain with uuid {uuid} is stored", folder)
        marks = entry.marks(folder)
        if marks["suspended"] or marks["resuming"] or marks["saving"]:
            raise AgentError("busy", "the domain has a saved memory image", folder)
        plain = records.record_of(job, "delete", prefix, records.JobWords(subject, user, host), uuid=uuid)
        record = {**plain, "auto": auto_dir, "disks": wanted}
        lock = launch.begin(root, place, record)
    launch.leave(place, lock)
    return record


def _checked(path: str, given: Dict[str, Any]) -> Dict[str, Any]:
    argv, stamp = given.get("argv", []), given.get("stamp", [])
    if (
        not path.startswith("/")
        or not (argv == [] or is_argv(argv))
        or not isinstance(stamp, list)
        or bool(argv) is bool(stamp)
    ):
        raise AgentError("invalid", "the description of a disk is not valid", path)
    return {"path": path, "argv": argv, "stamp": stamp}


def delete(work: JobWork) -> None:
    """Move the domain to the trash, then remove its disks."""
    reached("before trash")
    problems: List[str] = []

    def forget() -> int:
        done = trash.delete(
            work.root,
            uuid=work.uuid,
            user=str(work.record["user"]),
            reason=_REASON,
            auto_dir=str(work.record["auto"]),
        )
        if done["autostart"]:
            problems.append(f"its autostart link is left: {done['autostart']}")
        return 0

    try:
        work.on_record(["xentui-store", "delete", work.uuid], forget)
    except (AgentError, OSError) as error:
        work.end(1, "nothing was deleted", failure_of(error))
        return
    reached("after trash")
    work.mark(_GONE)
    _remove(work, problems)


def settle(work: JobWork) -> None:
    """Go on with what was agreed to and cut short."""
    if _is_there(work):
        work.end(1, _BACK if work.marked(_GONE) else "nothing was deleted")
        return
    # It may have been killed before it began, and the domain been deleted since by who keeps its disks.
    last = next((item for item in trash.list_trash(work.root) if item["uuid"] == work.uuid), None)
    if last is None or last["reason"] != _REASON:
        work.end(1, "the domain has been deleted without its disks meanwhile: they are kept")
        return
    _remove(work, [])


def _is_there(work: JobWork) -> bool:
    return os.path.lexists(layout.entry(work.root, work.uuid))


def _remove(work: JobWork, problems: List[str]) -> None:
    """Remove the disks and end the job; what could not be removed, and why, is told."""
    for given in work.record["disks"]:
        disk = _checked(str(given["path"]), given)
        reached("before disk")
        if _is_there(work):
            problems.append(_BACK)
            break
        try:
            problem = _volume(work, disk) if disk["argv"] else _file(work, disk)
        except (AgentError, OSError) as error:
            problem = failure_of(error).message
        if problem:
            problems.append(f"{disk['path']} is left: {problem}")
    work.end(1 if problems else 0, "; ".join(problems))


def _file(work: JobWork, disk: Dict[str, Any]) -> str:
    path = str(disk["path"])
    try:
        found = _stamp(path)
    except AgentError as error:
        if error.code == "missing":
            return ""
        raise
    if found != disk["stamp"]:
        return "it was changed meanwhile"

    def remove() -> int:
        disk_images.remove_image(path=path)
        return 0

    work.on_record(["rm", "--", path], remove)
    return ""


def _volume(work: JobWork, disk: Dict[str, Any]) -> str:
    if work.record["boot"] != audit.boot_id():
        return "the host was restarted meanwhile"  # another may have its name by now
    if not os.path.lexists(str(disk["path"])):
        return ""
    argv = list(disk["argv"])
    code = work.on_record(argv, lambda: work.execute([*work.record["prefix"], *argv]))
    return f"{argv[0]} failed with status {code}" if code else ""
