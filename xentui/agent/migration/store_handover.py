"""What is stored of a domain that has left follows it: the job that took it to the other host hands it over there.

It goes over the ssh that leads from host to host, to :mod:`xentui.agent.migration.store_receiver` there, so nobody has
to be there for it.  The other store has all of it before this one lets go; a cut anywhere leaves it in both, and booted
by neither, until the job, or whoever looks next, goes on.
"""

from __future__ import annotations

import os
import time
from typing import Any, Dict, List

from xentui.agent.errors import AgentError, failure_of
from xentui.agent.host.domain_list import SilentError
from xentui.agent.jobs import progress, worker
from xentui.agent.jobs.worker import JobWork
from xentui.agent.migration import store_moves, store_receiver
from xentui.agent.migration.remote_program import FarProgram, NoAnswerError
from xentui.agent.protocol.commands import is_argv
from xentui.agent.store import entry, layout, move_record

#: The phases of a job that has taken a domain away: it hands over what is stored; the other host does not answer, and
#: is tried again.
FOLLOWS, WAITS = "follows", "waits"
#: Seconds between tries.  What is left then is tried again by whoever looks at the host.
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_STEP = 0.2
_ANSWER_SECONDS = 120.0


def checked(given: Any) -> Dict[str, Any]:
    """Return how the other store is reached; raises code ``invalid`` where that makes no sense.

    ``reach`` are the words that run a command on the other host (none: it is this one), ``prefix`` what stands before
    each argv there; ``root`` is its store, ``auto`` the folder of what starts with it.
    """
    if not isinstance(given, dict):
        raise AgentError("invalid", "there is no command that reaches the other store")
    reach, prefix = given.get("reach"), given.get("prefix")
    if not all(words == [] or is_argv(words) for words in (reach, prefix)):
        raise AgentError("invalid", "there is no command that reaches the other store")
    places = {name: given.get(name) for name in ("root", "auto")}
    if not all(
        isinstance(path, str) and path.startswith("/") and "\0" not in path for path in places.values()
    ):
        raise AgentError("invalid", "the other store is not a path")
    return {"reach": reach, "prefix": prefix, **places}


def given(migration: Dict[str, Any]) -> Dict[str, Any]:
    """Return the part of what a job was told that :func:`checked` is for, checked; nothing where it was told none."""
    return {"follow": checked(migration["follow"])} if migration.get("follow") else {}


def has_left(work: JobWork) -> bool:
    """Return whether it was noted that the job's domain has left, and what is stored of it has not."""
    folder = layout.entry(work.root, work.uuid)
    found = move_record.read(folder) if os.path.isdir(folder) else None
    return found is not None and found["state"] == move_record.GONE


def follow(work: JobWork) -> str:
    """Hand over what is stored of a domain that has left; returns why the other host refuses it, "" where it takes it.

    Nothing is done where nothing is stored, or the job was not told how.  Raises :class:`SilentError` where that host
    does not answer for a while: whoever looks next has it tried again.
    """
    told = work.record["migration"].get("follow")
    if not told:
        return ""
    for pause in (*_PAUSES, None):
        if not has_left(work):
            return ""
        _note(work, FOLLOWS)
        try:
            _hand_over(work, checked(told))
        except NoAnswerError as error:
            _note(work, WAITS)
            if pause is None:
                raise SilentError("io", error.message) from None
            _wait(work, pause)
        except SilentError:
            raise
        except (AgentError, OSError) as error:
            there = str(work.record["migration"]["to"]) or "the other host"
            return f"its stored data stays here: {there} does not accept it ({failure_of(error).message})"
        else:
            return ""
    return ""


def _wait(work: JobWork, seconds: float) -> None:
    """Wait, but no longer than there is something to be handed over: somebody else may have done it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and has_left(work):
        time.sleep(_STEP)


def _note(work: JobWork, phase: str) -> None:
    known: List[Any] = progress.phases(work.place)
    if all(name != phase for name, _after in known):
        after = round(max(0.0, time.time() - float(work.record["started"])), 2)
        progress.note_phases(work.place, [*known, [phase, after]])


def _hand_over(work: JobWork, told: Dict[str, Any]) -> None:
    folder = layout.entry(work.root, work.uuid)
    packed = store_moves.pack_entry(work.root, uuid=work.uuid)
    marks = entry.marks(folder)
    withheld, running = marks["withheld"], marks["running"]
    name = entry.load(folder).name
    to = str(work.record["migration"]["to"])
    user, here = str(work.record["user"]), str(work.record["host"])
    worker.reached("before arriving")
    with FarProgram(work, told["reach"], "migration.store_receiver") as far:
        far.tell(
            {
                "root": told["root"],
                "auto": told["auto"],
                "prefix": told["prefix"],
                "list": work.record["commands"]["list"],
                "uuid": work.uuid,
                "name": name,
                "user": user,
                "host": to,
                "source": here,
                "size": len(packed),
                "starts": withheld is not None,
                "order": withheld["order"] if withheld is not None else None,
                "mark": running if running is not None and running.get("kind") == "one-off" else None,
            }
        )
        far.write(packed)
        far.hear(store_receiver.STORED, within=_ANSWER_SECONDS)
    worker.reached("after arriving")

    def leave() -> int:
        store_moves.leave_entry(
            work.root,
            uuid=work.uuid,
            auto_dir=str(work.record["auto"]),
            user=user,
            reason=f"moved to {to}",
        )
        return 0

    work.on_record(["xentui-store", "leave", name, to], leave)
    worker.reached("after leaving")
