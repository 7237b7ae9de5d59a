"""Jobs that have xen-create-image make a guest: begun here, done by :mod:`xentui.agent.systems.guest_worker`.

What the tool is to make must not be there before: so all that is found of it afterwards is its own, and can be taken
away where it has not come to its end.
"""

from __future__ import annotations

import os
from typing import Any, Dict, List

from xentui.agent.errors import AgentError
from xentui.agent.files import safe_folder
from xentui.agent.images.disk_images import gib
from xentui.agent.jobs import launch, progress, records
from xentui.agent.jobs.records import Record
from xentui.agent.protocol.arguments import ARGV, JOB_WORDS, OBJECT, STRING
from xentui.agent.protocol.commands import is_argv
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import layout

_MOST_WORDS = 200
_MOST_DISKS = 16


@store_operation(
    "start_guest_job",
    job=STRING,
    prefix=ARGV,
    guest=OBJECT,
    **JOB_WORDS,
)
def start_guest_job(
    root: str,
    *,
    job: str,
    prefix: List[str],
    guest: Dict[str, Any],
    subject: str = "",
    user: str = "",
    host: str = "",
) -> Record:
    """Begin a job that makes a guest and leave it to itself; returns its record.

    ``guest`` has ``argv``, the command that makes it; ``config``, the file of configuration it writes; ``folder``, in
    which its images are to lie ("" for volumes); ``disks``, the images or volumes it makes; ``removals``, for each of
    those that is a volume the argv that removes it; ``room``, how many bytes its images take at once.  The others are
    as of :func:`xentui.agent.jobs.control.start_job`.  Code ``exists`` where any of that is there, ``missing`` where
    the folder above is not, ``untrusted`` where others may write to that, ``full`` where there is less room, ``busy``
    where a guest of that name is being made.
    """
    place = records.folder(root, job)
    wanted = _checked(guest)
    with layout.writing(root):
        for other, record in records.each(root):
            theirs = record.get("guest")
            same = other != place and isinstance(theirs, dict) and theirs.get("config") == wanted["config"]
            if same and progress.state(other, record) != records.ENDED:
                raise AgentError("busy", "a guest of that name is being made on the host", wanted["config"])
        _require_nothing(wanted)
        plain = records.record_of(job, records.GUEST_KIND, prefix, records.JobWords(subject, user, host))
        record = {**plain, "guest": wanted}
        lock = launch.begin(root, place, record)
    launch.leave(place, lock)
    return record


def wanted(record: Record) -> Dict[str, Any]:
    """Return what the record of a job says of its guest; code ``damaged`` where that makes no sense."""
    guest = record.get("guest")
    if not isinstance(guest, dict):
        raise AgentError("damaged", "the job's record has no guest")
    return _checked(guest)


def _checked(guest: Dict[str, Any]) -> Dict[str, Any]:
    """Return what a job was told, and no more; raises code ``invalid`` where it makes no sense."""
    config, folder, disks = guest.get("config"), guest.get("folder", ""), guest.get("disks")
    removals = guest.get("removals", [])
    if not _is_path(config) or not (folder == "" or _is_path(folder)):
        raise AgentError("invalid", "the guest's files are not absolute paths")
    if not isinstance(disks, list) or not 0 < len(disks) <= _MOST_DISKS or not all(map(_is_path, disks)):
        raise AgentError("invalid", "the guest has no disks")
    if folder and any(os.path.dirname(disk) != folder for disk in disks):
        raise AgentError("invalid", "the guest's disks are elsewhere")
    if not folder and (not isinstance(removals, list) or len(removals) != len(disks)):
        raise AgentError("invalid", "there is no command that removes the guest's disks")
    room = guest.get("room", 0)
    if not isinstance(room, int) or isinstance(room, bool) or room < 0:
        raise AgentError("invalid", "the guest's size is not a number of bytes")
    commands = [guest.get("argv"), *removals]
    if not all(is_argv(argv, _MOST_WORDS) for argv in commands):
        raise AgentError("invalid", "the guest's commands are not valid")
    return {
        "argv": commands[0],
        "config": config,
        "folder": folder,
        "disks": disks,
        "removals": commands[1:],
        "room": room,
        "above": bool(guest.get("above", False)),
    }


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/") and "\0" not in value


def _require_nothing(guest: Dict[str, Any]) -> None:
    """Raise what is in the way of the guest's files; notes whether the folder above them is to be made too."""
    paths = [guest["config"], *([guest["folder"]] if guest["folder"] else guest["disks"])]
    for path in paths:
        if os.path.lexists(path):
            raise AgentError("exists", "something with that name exists already", path)
    if guest["folder"]:
        # xen-tools makes FOLDER/domains itself; as root it must not do so where others lead it.
        above = os.path.dirname(guest["folder"])
        guest["above"] = not os.path.isdir(above)
        there = os.path.dirname(above) if guest["above"] else above
        try:
            with safe_folder.open_folder(there) as folder:
                status = os.fstatvfs(folder.fd)
        except FileNotFoundError:
            raise AgentError("missing", "the folder does not exist on the host", there) from None
        free = status.f_bavail * status.f_frsize
        if free < guest["room"]:
            raise AgentError("full", f"it needs {gib(guest['room'])}, and {gib(free)} are free", there)
