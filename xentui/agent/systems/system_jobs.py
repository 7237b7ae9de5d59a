"""Jobs that make a disk with a system on it: begun here, done by :mod:`xentui.agent.systems.system_worker`.

The disk is made, given a file system, filled by debootstrap, mmdebstrap or tar, and set up; then the domain that boots
from it is stored.  All of it is one job: nobody has to be there, and what does not come to its end leaves nothing.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, Dict, List

from xentui.agent.errors import AgentError
from xentui.agent.images import image_jobs, volumes
from xentui.agent.images.new_domain import TEXT_NAME, require_absent
from xentui.agent.jobs import launch, progress, records
from xentui.agent.jobs.records import Record
from xentui.agent.protocol.arguments import (
    ARGV,
    JOB_WORDS,
    NAME,
    OBJECT,
    STRING,
    TEXT,
    UUID,
    WORDS,
    is_uuid,
    optional,
    or_empty,
)
from xentui.agent.protocol.commands import is_argv
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import layout
from xentui.agent.systems import system_names

#: Of the job's folder: the text of the domain, and the program that fills the disk.
PROGRAM = "fill.py"
#: The command that makes each file system, with the option that names its uuid.
FILE_SYSTEMS = {
    "ext4": (["mkfs.ext4", "-q", "-F", "-L", "root"], ["-U", "{}"]),
    "xfs": (["mkfs.xfs", "-q", "-f", "-L", "root"], ["-m", "uuid={}"]),
}
_ARGVS = ("make", "name", "drop", "undo")
_MOST_WORDS, _MOST_LINES = 400, 100
_HASH = re.compile(r"\$[0-9a-z]{1,8}\$[A-Za-z0-9./$=,]{8,200}\Z")


@store_operation(
    "start_system_job",
    job=STRING,
    prefix=ARGV,
    uuid=UUID,
    called=NAME,
    text=TEXT,
    system=OBJECT,
    secret=optional(or_empty(STRING)),
    reason=optional(WORDS),
    **JOB_WORDS,
)
def start_system_job(
    root: str,
    *,
    job: str,
    prefix: List[str],
    uuid: str,
    called: str,
    text: str,
    system: Dict[str, Any],
    secret: str = "",
    reason: str = "",
    subject: str = "",
    user: str = "",
    host: str = "",
) -> Record:
    """Begin to make the disk of a new domain, and to store ``text`` under ``uuid``, ``called`` so; returns the record.

    ``system`` has ``path``, the disk to be made, of ``size`` bytes; ``preallocated``; ``room``, how many bytes it
    surely takes; for a volume ``make``, ``name``, ``drop`` and ``undo``, as of
    :func:`xentui.agent.images.clone_jobs.start_clone_job`; ``filesystem`` and its ``uuid``; ``kind`` of the ``tool``,
    the argv that fills it (with places as of :mod:`xentui.agent.systems.system_tree`), the ``archive`` it unpacks (""
    for none) and the paths it ``uses``; ``setup`` as of :func:`xentui.agent.systems.system_setup.set_up`.  ``secret``
    is the hash of root's password, "" for none: it is kept until it is in the system.  Codes as of
    :func:`xentui.agent.images.image_jobs.start_image_job`.
    """
    place = records.folder(root, job)
    wanted = _checked(system)
    if secret and not _HASH.match(secret):
        raise AgentError("invalid", "it is not a hash of a password")
    with layout.writing(root):
        require_absent(root, uuid, called)
        for other, record in records.each(root):
            theirs = record.get("system")
            same = isinstance(theirs, dict) and theirs.get("path") == wanted["path"]
            if same and progress.state(other, record) != records.ENDED:
                raise AgentError("busy", "a disk of that name is being made on the host", wanted["path"])
        path = str(wanted["path"])
        wanted["passing"] = (
            volumes.passing_beside(path)
            if wanted["make"]
            else image_jobs.passing_beside(path, wanted["room"])
        )
        words = records.JobWords(subject or called, user, host)
        plain = records.record_of(job, records.SYSTEM_KIND, prefix, words, uuid=uuid)
        record = {**plain, "system": wanted, "called": called, "reason": reason}
        files = {
            TEXT_NAME: text.encode("utf-8"),
            system_names.SPEC: json.dumps(_spec(wanted)).encode("ascii"),
            **({system_names.SECRET: secret.encode("ascii")} if secret else {}),
        }
        lock = launch.begin(root, place, record, files)
    launch.leave(place, lock)
    return record


def wanted(record: Record) -> Dict[str, Any]:
    """Return what the record of a job says of its disk; code ``damaged`` where that makes no sense."""
    told = record.get("system")
    passing = told.get("passing") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not _is_path(passing) or "xentui-" not in os.path.basename(str(passing)):
        raise AgentError("damaged", "the job's record has no disk", str(record["path"]))
    return {**_checked(told), "passing": passing}


def _spec(wanted: Dict[str, Any]) -> Dict[str, Any]:
    """Return what the program is told that fills the disk."""
    setup = {**wanted["setup"], "uuid": wanted["uuid"], "filesystem": wanted["filesystem"]}
    same = {key: wanted[key] for key in ("kind", "tool", "archive", "uses", "filesystem")}
    return {**same, "image": wanted["passing"], "setup": setup}


def _checked(given: Dict[str, Any]) -> Dict[str, Any]:
    """Return what a job was told, and no more; raises code ``invalid`` where it makes no sense."""
    found: Dict[str, Any] = {"preallocated": bool(given.get("preallocated"))}
    for name in ("size", "room"):
        value = given.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise AgentError("invalid", f"the disk's {name} is not a number of bytes")
        found[name] = value
    for name in ("path", "archive"):
        value = given.get(name, "")
        if not (_is_path(value) or (name == "archive" and value == "")):
            raise AgentError("invalid", f"the {name} is not an absolute path")
        found[name] = value
    for name in _ARGVS:
        argv = given.get(name, [])
        if not (argv == [] or is_argv(argv)) or bool(argv) is not bool(given.get("make")):
            raise AgentError("invalid", "the commands of the disk are not valid")
        found[name] = argv
    for name, known in (
        ("filesystem", tuple(FILE_SYSTEMS)),
        ("kind", (system_names.DEBOOTSTRAP, system_names.MMDEBSTRAP, system_names.TAR)),
    ):
        if given.get(name) not in known:
            raise AgentError("invalid", f"the {name} is none of {', '.join(known)}")
        found[name] = given[name]
    if not isinstance(given.get("uuid"), str) or not is_uuid(given["uuid"]):
        raise AgentError("invalid", "the file system has no uuid")
    found["uuid"] = given["uuid"]
    if not is_argv(given.get("tool"), _MOST_WORDS) or not _are_texts(given.get("uses", [])):
        raise AgentError("invalid", "what fills the disk is not a command")
    found["tool"], found["uses"] = given["tool"], given.get("uses", [])
    return {**found, "setup": _setup(given.get("setup"))}


def _setup(given: Any) -> Dict[str, Any]:
    if not isinstance(given, dict):
        raise AgentError("invalid", "the setup of the system is not given")
    lists = {name: given.get(name, []) for name in ("keys", "sources")}
    name = given.get("hostname", "")
    if not isinstance(name, str) or not re.match(r"[A-Za-z0-9.-]{0,253}\Z", name):
        raise AgentError("invalid", "the name of the host is not valid")
    if not all(_are_texts(value) and not any(map(_is_broken, value)) for value in lists.values()):
        raise AgentError("invalid", "a line to be written is not valid")
    flags = {each: bool(given.get(each)) for each in ("menu", "network", "fresh")}
    return {**lists, **flags, "hostname": name}


def _are_texts(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) <= _MOST_LINES and all(isinstance(one, str) for one in value)
    )


def _is_broken(line: str) -> bool:
    return not line.isprintable()


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/") and "\0" not in value
