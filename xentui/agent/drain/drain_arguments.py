"""What a job is told that empties its host (:mod:`xentui.agent.drain.drain_steps`)."""

from __future__ import annotations

from typing import Any, Dict

from xentui.agent.drain import step_arguments
from xentui.agent.errors import AgentError
from xentui.agent.migration import live_jobs
from xentui.agent.protocol.commands import is_argv

MOVES, SHUTS_DOWN, UNLINKS = "move", "shutdown", "autostart"
_LONGEST = 86_400


def read(place: str) -> Dict[str, Any]:
    """Return what a job was told to do; code ``damaged`` where that makes no sense."""
    return step_arguments.read(place, checked)


def checked(given: Any) -> Dict[str, Any]:
    """Return what a job is told to do, and no more; raises code ``invalid`` where that makes no sense.

    It is as of :func:`xentui.agent.drain.step_arguments.steps`; ``patience`` are the seconds a guest may take to shut
    down.  Of each step (:func:`xentui.agent.drain.step_arguments.guest`) ``guest`` is what the record tells of it
    afterwards, and ``begun`` whether it told that something was begun before; ``linked``: it starts with the host,
    ``unlink`` ends that ([]: xentui's own link), and ``link`` is what the record tells of it then.  One that moves
    has ``to``, how it moves (``migration`` and ``commands`` as of
    :func:`xentui.agent.migration.live_jobs.start_migrate_job`) and the ``place`` it goes to, as of
    :func:`xentui.agent.drain.step_arguments.place`; one that is shut down ``argv`` that does it.
    """
    arguments = step_arguments.steps(given, _step)
    patience = given.get("patience")
    if not isinstance(patience, (int, float)) or not 0 < patience <= _LONGEST:
        raise AgentError("invalid", "the time to shut down in is no number of seconds")
    return {**arguments, "patience": float(patience)}


def _step(given: Any) -> Dict[str, Any]:
    guest = step_arguments.guest(given)
    if not isinstance(given.get("link"), dict):
        raise AgentError("invalid", "a guest is not described")
    step = {
        **guest,
        "link": given["link"],
        "unlink": step_arguments.argv_or_none(given.get("unlink")),
        **{key: given.get(key) is True for key in ("begun", "linked")},
    }
    does, domid = step["does"], step["domid"]
    if does == MOVES and domid:
        return {
            **step,
            "migration": live_jobs.checked(step_arguments.object_of(given.get("migration"))),
            "commands": step_arguments.commands_of(given.get("commands")),
            "place": step_arguments.place(given.get("place")),
        }
    if does == SHUTS_DOWN and domid and is_argv(given.get("argv")):
        return {**step, "argv": list(given["argv"])}
    if does == UNLINKS:
        return step
    raise AgentError("invalid", "is nothing that can be done with a guest")
