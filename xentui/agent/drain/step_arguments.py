"""What a job is told that deals with one guest after the other: whose steps they are, checked before any is done."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, List

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.protocol import commands
from xentui.agent.protocol.arguments import is_uuid
from xentui.agent.protocol.commands import Commands, is_argv

STEPS = "steps.json"
_LIMIT = 16 << 20
_MOST, _MOST_FILES, _NAME, _LONG = 2000, 1000, 512, 4096

Checks = Callable[[Any], Dict[str, Any]]


def read(place: str, checked: Checks) -> Dict[str, Any]:
    """Return what a job was told to do; code ``damaged`` where that makes no sense, as ``checked`` finds."""
    path = os.path.join(place, STEPS)
    try:
        return checked(json.loads(fsio.read_bounded(path, _LIMIT)))
    except (ValueError, RecursionError, FileNotFoundError, AgentError):
        raise AgentError("damaged", "what the job is to do is not valid", path) from None


def steps(given: Any, step: Checks) -> Dict[str, Any]:
    """Return the ``steps`` of a job, each as ``step`` checks it, whether to ``keep_going`` behind one that fails, and
    ``details``, which prints what ``xl list -l`` does; raises code ``invalid`` where that makes no sense.
    """
    if not isinstance(given, dict) or not isinstance(given.get("steps"), list):
        raise AgentError("invalid", "is not what is to be done with each guest")
    told = given["steps"]
    if not 0 < len(told) <= _MOST:
        raise AgentError("invalid", f"is not what is to be done with 1 to {_MOST} guests")
    if not is_argv(given.get("details")):
        raise AgentError("invalid", "there is no command that tells the devices of guests")
    found = [step(each) for each in told]
    if len({each["uuid"] for each in found}) < len(found):
        raise AgentError("invalid", "one guest is to be dealt with twice")
    return {
        "steps": found,
        "keep_going": given.get("keep_going") is True,
        "details": list(given["details"]),
    }


def guest(given: Any) -> Dict[str, Any]:
    """Whom a step is about: ``uuid``, ``name``, ``domid`` (0: it does not run); where ``to`` it goes; what it ``does``;
    ``guest``, what the record tells of it; and ``kept``, which tells whether an engine keeps it ([]: xentui's store
    does).
    """
    if not isinstance(given, dict):
        raise AgentError("invalid", "is not what is to be done with a guest")
    uuid, name, to, domid = (given.get(key) for key in ("uuid", "name", "to", "domid"))
    if not isinstance(uuid, str) or not is_uuid(uuid):
        raise AgentError("invalid", "a guest has no uuid")
    if not all(is_name(text) for text in (name, to)):
        raise AgentError("invalid", "a guest has no name")
    if type(domid) is not int or domid < 0 or not isinstance(given.get("guest"), dict):
        raise AgentError("invalid", "a guest is not described")
    return {
        "does": given.get("does"),
        "uuid": uuid,
        "name": name,
        "to": to,
        "domid": domid,
        "guest": given["guest"],
        "kept": argv_or_none(given.get("kept")),
    }


def argv_or_none(words: Any) -> List[str]:
    """Return a command about what is kept of a guest, or none."""
    if words == [] or is_argv(words):
        return list(words)
    raise AgentError("invalid", "is not a command about what is kept of a guest")


def place(given: Any) -> Dict[str, Any]:
    """Return where a guest goes: ``reach`` are the words that run a command there (none: it is this host), ``prefix``
    what stands before each argv there, of which ``info``, ``list`` and ``named`` tell what there is; ``need`` is how
    much memory it takes, ``spare`` what Domain-0 there may give up for it, in KiB; ``files`` are those of its disks
    there, ``name`` how it is called.
    """
    found = reached(given)
    if not all(is_argv(found.get(key)) for key in ("info", "list", "named")):
        raise AgentError("invalid", "there are no commands for the other host")
    if not all(type(found.get(key)) is int and found[key] >= 0 for key in ("need", "spare")):
        raise AgentError("invalid", "the memory that a guest takes is no number")
    if not isinstance(found.get("name"), str) or "\0" in found["name"] or len(found["name"]) > _LONG:
        raise AgentError("invalid", "a guest has no name there")
    keys = ("reach", "prefix", "info", "list", "named", "need", "spare", "name")
    return {**{key: found[key] for key in keys}, "files": paths(found.get("files"))}


def reached(given: Any) -> Dict[str, Any]:
    """Return what is told of a host, by which words it is reached (``reach``) and asked (``prefix``), maybe none,
    included.
    """
    found = object_of(given)
    if not all(words == [] or is_argv(words) for words in (found.get("reach"), found.get("prefix"))):
        raise AgentError("invalid", "there is no command that reaches the other host")
    return found


def paths(files: Any) -> List[str]:
    """Return the files of a guest's disks."""
    if not isinstance(files, list) or len(files) > _MOST_FILES or not all(is_path(each) for each in files):
        raise AgentError("invalid", "the disks of a guest are not paths")
    return list(files)


def is_path(value: object) -> bool:
    """Return whether something is the path of a file of the host."""
    return isinstance(value, str) and value.startswith("/") and "\0" not in value


def is_name(value: object) -> bool:
    """Return whether something is a name that can be told in a line; "" is one."""
    return isinstance(value, str) and value.isprintable() and len(value) <= _NAME


def object_of(value: Any) -> Dict[str, Any]:
    """Return what is told of a guest's move."""
    if not isinstance(value, dict):
        raise AgentError("invalid", "a guest's move is not described")
    return value


def commands_of(value: Any) -> Commands:
    """Return the commands of a guest's move."""
    try:
        return commands.checked(value)
    except TypeError as error:
        raise AgentError("invalid", f"the commands of a guest's move: {error}") from None
