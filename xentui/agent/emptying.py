"""Jobs that empty a host: each guest is moved to another, or shut down, one after the other, whoever looks on.

What becomes of each guest was agreed to before, and is written down whole: the record that the host keeps of it
(:mod:`xentui.agent.draining`), and the steps, which :mod:`xentui.agent.emptying_steps` does.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List

from xentui.agent import (
    commands,
    draining,
    fsio,
    job_launch,
    job_records,
    layout,
    migrating,
    outcomes,
)
from xentui.agent.arguments import ARGV, COMMANDS, COUNT, JOB_WORDS, OBJECT, PATH, STRING
from xentui.agent.commands import Commands, is_argv
from xentui.agent.errors import AgentError
from xentui.agent.job_records import Record
from xentui.agent.operations import store_operation

STEPS = "steps.json"
MOVES, SHUTS_DOWN, UNLINKS = "move", "shutdown", "autostart"
_LIMIT = 16 << 20
_MOST, _MOST_FILES, _NAME, _LONG = 2000, 1000, 512, 4096
_LONGEST = 86_400


@store_operation(
    "start_drain_job",
    job=STRING,
    prefix=ARGV,
    serial=COUNT,
    record=OBJECT,
    sequence=OBJECT,
    commands=COMMANDS,
    auto_dir=PATH,
    **JOB_WORDS,
)
def start_drain_job(
    root: str,
    *,
    job: str,
    prefix: List[str],
    serial: int,
    record: Dict[str, Any],
    sequence: Dict[str, Any],
    commands: Commands,
    auto_dir: str,
    subject: str = "",
    user: str = "",
    host: str = "",
) -> Record:
    """Begin to empty the host and leave that to itself; returns the record of the job.

    ``record`` replaces the host's, of that ``serial``, as by :func:`xentui.agent.draining.write_drain`; ``sequence`` is
    as of :func:`checked`; ``commands`` list the domains; the others are as of :func:`xentui.agent.jobs.start_job`.
    Code ``busy`` where the host is emptied, or brought back, at this moment; ``conflict`` where its record has changed.
    """
    place = job_records.folder(root, job)
    wanted = checked(sequence)
    draining.require_guests(record)
    files = {
        STEPS: json.dumps(wanted).encode("ascii"),
        outcomes.FILE: outcomes.data(
            [outcomes.new(each["uuid"], each["name"], each["does"], each["to"]) for each in wanted["steps"]]
        ),
    }
    with layout.writing(root):
        if draining.is_held(root):
            raise AgentError("busy", "somebody drains or undrains it at this moment")
        plain = job_records.record_of(job, job_records.DRAIN, prefix, subject=subject, user=user, host=host)
        lock = job_launch.begin(root, place, {**plain, "auto": auto_dir, "commands": commands}, files)
        try:
            draining.replace(root, serial, {**record, "job": job})
        except BaseException:
            os.close(lock)
            job_launch.discard(place)
            raise
    job_launch.leave(place, lock)
    return plain


@store_operation("end_drain_job", job=STRING)
def end_drain_job(root: str, *, job: str) -> None:
    """Have a job that empties a host end after the guest that is under way; code ``missing`` where there is none."""
    place = job_records.folder(root, job)
    if job_records.read(place)["kind"] != job_records.DRAIN:
        raise AgentError("invalid", "is not the drain of a host", place)
    job_records.flag(place, job_records.ENOUGH)


def read(place: str) -> Dict[str, Any]:
    """What a job was told to do; code ``damaged`` where that makes no sense."""
    path = os.path.join(place, STEPS)
    try:
        found = json.loads(fsio.read_bounded(path, _LIMIT))
        return checked(found)
    except (ValueError, RecursionError, FileNotFoundError):
        raise AgentError("damaged", "what the job is to do is not valid", path) from None


def checked(given: Any) -> Dict[str, Any]:
    """What a job is told to do, and no more; raises code ``invalid`` where that makes no sense.

    ``steps`` are what is done with each guest; ``keep_going``: behind one that fails too; ``patience`` the seconds a
    guest may take to shut down; ``details`` prints what ``xl list -l`` does.  Of each step ``does`` says what,
    ``uuid``, ``name`` and ``domid`` (0: it does not run) with whom; ``guest`` is what the record tells of it
    afterwards, and ``begun`` whether it told that something was begun before; ``linked``: it starts with the host,
    ``unlink`` ends that ([]: xentui's own link), and ``link`` is what the record tells of it then.  ``kept`` tells
    whether an engine keeps it ([]: xentui's store does).  One that moves has ``to``, how it moves (``migration`` and
    ``commands`` as of :func:`xentui.agent.migrating.start_migrate_job`) and the ``place`` it goes to, as of
    :func:`_place`; one that is shut down ``argv`` that does it.
    """
    if not isinstance(given, dict) or not isinstance(given.get("steps"), list):
        raise AgentError("invalid", "is not what is to be done with each guest")
    steps = given["steps"]
    if not 0 < len(steps) <= _MOST:
        raise AgentError("invalid", f"is not what is to be done with 1 to {_MOST} guests")
    patience = given.get("patience")
    if not isinstance(patience, (int, float)) or not 0 < patience <= _LONGEST:
        raise AgentError("invalid", "the time to shut down in is no number of seconds")
    if not is_argv(given.get("details")):
        raise AgentError("invalid", "there is no command that tells the devices of guests")
    found = [_step(each) for each in steps]
    if len({each["uuid"] for each in found}) < len(found):
        raise AgentError("invalid", "one guest is to be dealt with twice")
    return {
        "steps": found,
        "keep_going": given.get("keep_going") is True,
        "patience": float(patience),
        "details": list(given["details"]),
    }


def _step(given: Any) -> Dict[str, Any]:
    if not isinstance(given, dict):
        raise AgentError("invalid", "is not what is to be done with a guest")
    uuid, name, to, domid = (given.get(key) for key in ("uuid", "name", "to", "domid"))
    if not isinstance(uuid, str) or not layout.UUID.match(uuid):
        raise AgentError("invalid", "a guest has no uuid")
    if not all(isinstance(text, str) and text.isprintable() and len(text) <= _NAME for text in (name, to)):
        raise AgentError("invalid", "a guest has no name")
    if (
        type(domid) is not int
        or domid < 0
        or not all(isinstance(given.get(key), dict) for key in ("guest", "link"))
    ):
        raise AgentError("invalid", "a guest is not described")
    does, kept, unlink = (given.get(key) for key in ("does", "kept", "unlink"))
    if not all(words == [] or is_argv(words) for words in (kept, unlink)):
        raise AgentError("invalid", "is not a command about what is kept of a guest")
    step = {
        "does": does,
        "uuid": uuid,
        "name": name,
        "to": to,
        "domid": domid,
        "guest": given["guest"],
        "link": given["link"],
        "kept": kept,
        "unlink": unlink,
        **{key: given.get(key) is True for key in ("begun", "linked")},
    }
    if does == MOVES and domid:
        return {
            **step,
            "migration": migrating.checked(_object(given.get("migration"))),
            "commands": _commands(given.get("commands")),
            "place": _place(_object(given.get("place"))),
        }
    if does == SHUTS_DOWN and domid and is_argv(given.get("argv")):
        return {**step, "argv": list(given["argv"])}
    if does == UNLINKS:
        return step
    raise AgentError("invalid", "is nothing that can be done with a guest")


def _place(given: Dict[str, Any]) -> Dict[str, Any]:
    """Where a guest goes: ``reach`` are the words that run a command there (none: it is this host), ``prefix`` what
    stands before each argv there, of which ``info``, ``list`` and ``named`` tell what there is; ``need`` is how much
    memory it takes, ``spare`` what Domain-0 there may give up for it, in KiB; ``files`` are those of its disks there,
    ``name`` how it is called.
    """
    reach, prefix, files = given.get("reach"), given.get("prefix"), given.get("files")
    if not all(words == [] or is_argv(words) for words in (reach, prefix)):
        raise AgentError("invalid", "there is no command that reaches the other host")
    if not all(is_argv(given.get(key)) for key in ("info", "list", "named")):
        raise AgentError("invalid", "there are no commands for the other host")
    if not all(type(given.get(key)) is int and given[key] >= 0 for key in ("need", "spare")):
        raise AgentError("invalid", "the memory that a guest takes is no number")
    if not isinstance(given.get("name"), str) or "\0" in given["name"] or len(given["name"]) > _LONG:
        raise AgentError("invalid", "a guest has no name there")
    if not isinstance(files, list) or len(files) > _MOST_FILES or not all(_is_path(each) for each in files):
        raise AgentError("invalid", "the disks of a guest are not paths")
    keys = ("reach", "prefix", "info", "list", "named", "need", "spare", "files", "name")
    return {key: given[key] for key in keys}


def _is_path(value: object) -> bool:
    return isinstance(value, str) and value.startswith("/") and "\0" not in value


def _object(value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise AgentError("invalid", "a guest's move is not described")
    return value


def _commands(value: Any) -> Commands:
    try:
        return commands.checked(value)
    except TypeError as error:
        raise AgentError("invalid", f"the commands of a guest's move: {error}") from None
