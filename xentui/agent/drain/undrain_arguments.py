"""What a job is told that brings guests back to its host (:mod:`xentui.agent.drain.undrain_steps`)."""

from __future__ import annotations

import re
from typing import Any, Dict, List

from xentui.agent.drain import step_arguments
from xentui.agent.errors import AgentError
from xentui.agent.migration import live_jobs, offline_jobs
from xentui.agent.protocol.commands import is_argv

MOVES, STARTS, LINKS, RESOLVED = "move", "start", "autostart", "settled"
_SHA256 = re.compile(r"(?:[0-9a-f]{64})?\Z")
_MOST_DISKS = 1000


def read(place: str) -> Dict[str, Any]:
    """Return what a job was told to do; code ``damaged`` where that makes no sense."""
    return step_arguments.read(place, checked)


def checked(given: Any) -> Dict[str, Any]:
    """Return what a job is told to do, and no more; raises code ``invalid`` where that makes no sense.

    It is as of :func:`xentui.agent.drain.step_arguments.steps`.  Of each step
    (:func:`xentui.agent.drain.step_arguments.guest`) ``link`` has it start with the host again ([]: by xentui's own
    link), where the record tells that it did.  One that moves has the ``place`` it comes to, as of
    :func:`xentui.agent.drain.step_arguments.place`, the ``source`` it is on (:func:`_source`), and how it moves:
    ``migration`` and ``commands``, as of :func:`xentui.agent.migration.live_jobs.start_migrate_job`, of one that is off
    (``domid`` 0) as of :func:`xentui.agent.migration.offline_jobs.start_move_job`, and then ``sha256`` of what is
    stored. One that is started has the ``argv`` that does it, ``sha256`` of the text that boots ("": the engine has
    it), ``mark``, what is noted of that then, ``named``, which tells whether a domain has a name, and the ``disks``
    that it alone may write to, each as the ``path`` it is called by and the ``file`` that is.  One that is ``settled``
    says ``why``.
    """
    return step_arguments.steps(given, _step)


def _step(given: Any) -> Dict[str, Any]:
    step = {
        **step_arguments.guest(given),
        "link": step_arguments.argv_or_none(given.get("link")),
        "sha256": given.get("sha256", ""),
    }
    if not isinstance(step["sha256"], str) or not _SHA256.match(step["sha256"]):
        raise AgentError("invalid", "is not the digest of a configuration")
    does = step["does"]
    if does == MOVES:
        migration = step_arguments.object_of(given.get("migration"))
        return {
            **step,
            "migration": live_jobs.checked(migration) if step["domid"] else offline_jobs.checked(migration),
            "commands": step_arguments.commands_of(given.get("commands")),
            "place": step_arguments.place(given.get("place")),
            "source": _source(given.get("source")),
        }
    if does == STARTS and is_argv(given.get("argv")) and is_argv(given.get("named")):
        return {
            **step,
            "argv": list(given["argv"]),
            "named": list(given["named"]),
            "mark": step_arguments.object_of(given.get("mark")),
            "disks": _disks(given.get("disks")),
        }
    if does == LINKS:
        return step
    if does == RESOLVED and step_arguments.is_name(given.get("why")):
        return {**step, "why": given["why"]}
    raise AgentError("invalid", "is nothing that can be done with a guest")


def _source(given: Any) -> Dict[str, Any]:
    """Return the host that a guest is on: ``reach`` are the words that run a command there (none: it is this machine),
    ``prefix`` what stands before each argv there; ``root`` is its store, ``auto`` the folder of what starts with it,
    ``name`` what it is called.
    """
    arguments = step_arguments.reached(given)
    if not all(step_arguments.is_path(arguments.get(key)) for key in ("root", "auto")):
        raise AgentError("invalid", "the other store is not a path")
    if not step_arguments.is_name(arguments.get("name")):
        raise AgentError("invalid", "the other host has no name")
    return {key: arguments[key] for key in ("reach", "prefix", "root", "auto", "name")}


def _disks(given: Any) -> List[Dict[str, str]]:
    if not isinstance(given, list) or len(given) > _MOST_DISKS:
        raise AgentError("invalid", "is not a list of disks")
    if not all(
        isinstance(each, dict) and all(step_arguments.is_path(each.get(key)) for key in ("path", "file"))
        for each in given
    ):
        raise AgentError("invalid", "the disks of a guest are not paths")
    return [{"path": each["path"], "file": each["file"]} for each in given]
