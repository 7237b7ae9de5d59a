"""Jobs that see a domain through its install: begun here, done by :mod:`xentui.agent.systems.install_worker` in a
process of each.

The installer is booted from a text of its own that has xl *preserve* the domain at its end, however that comes: so why
it ended can be read whenever anybody looks, and xl, which would boot it again from its memory of the configuration
and not from the file, does not.  (With ``destroy`` a reboot, a crash and an admin's ``xl destroy`` leave the same:
nothing.)
"""

from __future__ import annotations

import os
from typing import Any, Dict, List, Optional

from xentui.agent.errors import AgentError
from xentui.agent.jobs import launch, records
from xentui.agent.jobs.records import Record
from xentui.agent.memory import boot_marks
from xentui.agent.protocol.arguments import (
    ARGV,
    COMMANDS,
    COUNT,
    JOB_WORDS,
    OBJECT,
    STRING,
    TEXT_LIMIT,
    UUID,
    optional,
    or_none,
)
from xentui.agent.protocol.commands import XL, Commands, is_argv
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import install_record, installs, layout


@store_operation(
    "start_install",
    job=STRING,
    prefix=ARGV,
    uuid=UUID,
    domid=COUNT,
    install=OBJECT,
    commands=optional(or_none(COMMANDS)),
    **JOB_WORDS,
)
def start_install(
    root: str,
    *,
    job: str,
    prefix: List[str],
    uuid: str,
    domid: int,
    install: Dict[str, Any],
    commands: Optional[Commands] = None,
    subject: str = "",
    user: str = "",
    host: str = "",
) -> Record:
    """Begin the install of a domain and leave it to itself; returns the job's record.

    ``domid`` is the highest there is.  ``install`` has ``text``, what is booted (None: that of an install which was
    broken off); ``disks``, the paths of those made for it; ``create``, the argv that builds the installer's domain
    from the entry's ``install.cfg`` and leaves it paused; ``start``, that boots the entry's ``config.cfg``;
    ``words``, which are put behind that where the stored text has the digest ``sha256`` still; ``held``, whether the
    installer waits for :func:`let_go`; ``paused``, whether it is left paused.  The others are as of
    :func:`xentui.agent.jobs.control.start_job`.  Code ``busy`` where a job of the domain is under way, or its memory
    is kept; ``missing`` where there is nothing to take up again.
    """
    place = records.folder(root, job)
    wanted = checked(install)
    text = install.get("text")
    if text is not None and (not isinstance(text, str) or len(text.encode("utf-8")) > TEXT_LIMIT):
        raise AgentError("invalid", "the install has no valid text")
    with layout.writing(root):
        launch.require_new(root, place, uuid)
        boot_marks.require_bootable(root, uuid)
        folder = layout.entry(root, uuid)
        before = install_record.read(folder)
        plain = records.record_of(
            job, records.INSTALL, prefix, records.JobWords(subject, user, host), uuid=uuid
        )
        of_xen = {"domid": domid, "paused": bool(install.get("paused"))}
        record = {**plain, **of_xen, "commands": XL if commands is None else commands, "install": wanted}
        # What was made for an install that came to nothing is this one's to throw away, too.
        disks = list(dict.fromkeys([*(before["disks"] if before else []), *wanted["disks"]]))
        installs.begin(root, uuid, text, job=job, disks=disks[: install_record.MOST_DISKS])
        try:
            lock = launch.make(root, place, record)
        except BaseException:
            installs.put_back(root, uuid, before)
            raise
    try:
        launch.leave(place, lock)
    except BaseException:
        installs.leave(root, uuid, job=job, state=install_record.BROKEN, why="it could not be started")
        raise
    return record


@store_operation("let_go", job=STRING)
def let_go(root: str, *, job: str) -> None:
    """Somebody watches the console of an installer that is held: it may run.  Code ``missing`` for no such job."""
    record = records.load(root, job)
    if record["kind"] != records.INSTALL:
        raise AgentError("invalid", "is not an install", job)
    records.flag(records.folder(root, job), records.WATCHED)


@store_operation("forget_install", uuid=UUID)
def forget_install(root: str, *, uuid: str) -> None:
    """Throw away what is kept of an install; code ``busy`` while it is under way."""
    with layout.writing(root):
        folder = layout.entry(root, uuid)
        if not os.path.isdir(folder):
            raise AgentError("missing", f"no domain with uuid {uuid} is stored", folder)
        launch.refuse_second(root, uuid, "")
        installs.drop(folder)


def checked(install: Dict[str, Any]) -> Dict[str, Any]:
    """Return what a job was told, and no more; raises code ``invalid`` where it makes no sense."""
    found: Dict[str, Any] = {"held": bool(install.get("held")), "sha256": install.get("sha256", "")}
    for name in ("create", "start", "words"):
        value = install.get(name, [])
        if not (is_argv(value) or (name == "words" and value == [])):
            raise AgentError("invalid", f"the install's {name} is not an argv")
        found[name] = value
    if not isinstance(found["sha256"], str) or not install_record.is_disks(install.get("disks", [])):
        raise AgentError("invalid", "the install's disks are not absolute paths")
    return {**found, "disks": install.get("disks", [])}


def of(record: Record) -> Dict[str, Any]:
    """Return what the record of a job says of its install; code ``damaged`` where that makes no sense."""
    install = record.get("install")
    if not isinstance(install, dict):
        raise AgentError("damaged", "the job's record has no install", str(record["id"]))
    return checked(install)
