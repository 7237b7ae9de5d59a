"""Guests that leave a host, one by one, each by a job of its own that goes on by itself: as another job has them go.

That job is on this host where it is emptied (:class:`HostMoves` is asked), and on the host the guests come home to
where that is brought back (:mod:`xentui.agent.drain.remote_moves` asks the same from there).
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any, Callable, Dict, List, Optional, Protocol

from xentui.agent.drain import preconditions
from xentui.agent.drain.preconditions import SkippedError
from xentui.agent.errors import AgentError
from xentui.agent.host.domain_list import HostDomains
from xentui.agent.jobs import control, launch, outcomes, progress, records
from xentui.agent.migration import live_jobs, offline_jobs
from xentui.agent.store import entry, layout

TOO_LATE = "it was too late to stop it"
_STEP = 0.2
#: Seconds before each try to have a move settled that was left without an end.
_SETTLES = (0.0, 15.0, 60.0)
_SAID = 4 << 10


class Moves(Protocol):
    """How guests are had to leave a host: this one, or another."""

    def require(self, step: Dict[str, Any]) -> None:
        """Raise SkippedError or GuestGoneError where a guest is not what was agreed to."""

    def start(self, step: Dict[str, Any], job: str) -> None:
        """Have a guest leave by a job of that name; raises AgentError, code ``busy`` where something else goes on."""

    def look(self, job: str) -> Dict[str, Any]:
        """Return how far such a job is: ``state``, ``phases``, and once it has ended ``end`` and its last words."""

    def settle(self, job: str) -> None:
        """Have one settled that was left without an end."""

    def cancel(self, job: str) -> None:
        """Have one stopped where nothing is lost by it."""


class HostMoves:
    """The guests of the host that this runs on, which has the store ``root``.

    ``details`` prints what ``xl list -l`` does; ``prefix`` stands before it, and ``listing`` lists the domains.
    """

    def __init__(self, root: str, prefix: List[str], listing: List[str], details: List[str]) -> None:
        self._root, self._prefix, self._details = root, prefix, details
        self._domains = HostDomains(prefix, listing)
        self._known: Dict[str, str] = {}

    def keep(self, known: Optional[Dict[str, str]] = None) -> Dict[str, str]:
        """Keep what tells the devices of all guests now from others, or what is ``known`` of that; returns it."""
        self._known = self._devices() if known is None else known
        return self._known

    def _devices(self, domid: int = 0) -> Dict[str, str]:
        return preconditions.devices([*self._prefix, *self._details, *([str(domid)] if domid else [])])

    def require(self, step: Dict[str, Any]) -> None:
        """See :meth:`Moves.require`."""
        uuid = str(step["uuid"])
        require_idle(self._root, uuid)
        if not step["domid"]:
            self._require_off(step)
            return
        preconditions.require_runs(self._domains, uuid, step["domid"])
        if uuid not in self._known:
            raise SkippedError("its devices are not known")
        if self._devices(step["domid"]).get(uuid) != self._known[uuid]:
            raise SkippedError("its devices are others meanwhile")

    def _require_off(self, step: Dict[str, Any]) -> None:
        """Raise where one that is off is not, or is stored as another."""
        uuid = str(step["uuid"])
        if self._domains.domains(uuid):
            raise SkippedError("it was started meanwhile")
        if not os.path.isdir(layout.entry(self._root, uuid)):
            raise preconditions.GuestGoneError
        if entry.load(layout.entry(self._root, uuid)).sha256 != step["sha256"]:
            raise SkippedError("what is stored of it is another meanwhile")

    def start(self, step: Dict[str, Any], job: str) -> None:
        """See :meth:`Moves.start`."""
        words = {"subject": step["name"], "user": step["user"], "host": step["host"]}
        common = {"job": job, "prefix": self._prefix, "uuid": step["uuid"], "auto_dir": step["auto"]}
        if step["domid"]:
            live_jobs.start_migrate_job(
                self._root,
                domid=step["domid"],
                migration=step["migration"],
                commands=step["commands"],
                **common,
                **words,
            )
        else:
            offline_jobs.start_move_job(self._root, move=step["migration"], **common, **words)

    def look(self, job: str) -> Dict[str, Any]:
        """See :meth:`Moves.look`."""
        place = records.folder(self._root, job)
        state = progress.state(place, records.read(place))
        told: Dict[str, Any] = {"state": state, "phases": progress.phases(place)}
        if state == records.ENDED:
            told["end"] = progress.end_of(place)
            said = progress.tail(os.path.join(place, records.OUTPUT), _SAID)
            told["said"] = outcomes.words(preconditions.last_line(said))
        return told

    def settle(self, job: str) -> None:
        """See :meth:`Moves.settle`."""
        control.settle_job(self._root, job=job)

    def cancel(self, job: str) -> None:
        """See :meth:`Moves.cancel`."""
        control.cancel_job(self._root, job=job)


def require_idle(root: str, uuid: str) -> None:
    """Raise SkippedError where another job is at a guest of this host."""
    try:
        launch.refuse_second(root, uuid, "")
    except AgentError as error:
        raise SkippedError(error.message) from None


def followed(
    moves: Moves,
    job: str,
    *,
    cancelled: Callable[[], bool],
    seen: Callable[[List[Any]], None] = lambda _phases: None,
) -> Optional[Dict[str, Any]]:
    """Wait for the end of a move, and return the last look at it; None where it was left without an end.

    It is stopped once this is ``cancelled``, as far as nothing is lost by that; ``seen`` is given its phases.
    """
    stopped = [False]

    def wait(pause: float) -> Optional[Dict[str, Any]]:
        """Wait until it is not under way, and so many seconds for it to end else."""
        deadline = time.monotonic() + pause
        while True:
            told = moves.look(job)
            seen(told["phases"])
            if told["state"] == records.ENDED:
                return told
            if told["state"] != records.RUNNING and time.monotonic() >= deadline:
                return None
            if told["state"] == records.RUNNING and not stopped[0] and cancelled():
                stopped[0] = True
                with contextlib.suppress(AgentError):  # it is too late: what runs there runs there
                    moves.cancel(job)
            time.sleep(_STEP)

    for pause in _SETTLES:
        told = wait(pause)
        if told is not None:
            return told
        with contextlib.suppress(AgentError, OSError):
            moves.settle(job)
    return wait(0.0)


def require_arrived(told: Optional[Dict[str, Any]], to: str) -> None:
    """Raise AgentError where a move has not ended well; ``told`` is as of :func:`followed`."""
    if told is None or told.get("end") is None:
        raise AgentError("io", f"its move was left without an end: {outcomes.MEND} looks at {to} too")
    end = told["end"]
    then = str(end.get("then", ""))
    if end.get("exit"):
        refusal = end.get("error")
        why = str(refusal["message"]) if isinstance(refusal, dict) else str(told.get("said", ""))
        if end["exit"] == records.CANCELLED:
            why = "the migration was stopped"
        raise AgentError("io", "; ".join(word for word in (why, then) if word))
    if then and then != TOO_LATE:
        raise AgentError("io", f"it runs on {to}, and {then}")
