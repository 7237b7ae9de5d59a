"""The job that empties a host, at work: each guest is moved to another, or shut down, as it was agreed to.

Just before each it looks whether that is still so (:mod:`xentui.agent.drain.preconditions`).  What has changed since –
the guest, its disks, the host it was to go to – is left as it is and told.  Each move is a job of its own
(:mod:`xentui.agent.migration.live_jobs`), which hands over what is stored of the guest, and is settled by itself where
all of this is killed.
"""

from __future__ import annotations

import time
from typing import Any, Dict, List, Optional

from xentui.agent.drain import drain_arguments, drain_record, guest_links, guest_moves, preconditions
from xentui.agent.drain.guest_moves import HostMoves
from xentui.agent.drain.guest_sequence import GuestSequence
from xentui.agent.drain.preconditions import Destination, GuestGoneError, SkippedError
from xentui.agent.errors import AgentError, failure_of
from xentui.agent.jobs import worker
from xentui.agent.jobs.worker import JobWork
from xentui.agent.migration.remote_program import FarProgram, NoAnswerError

_STEP = 0.2
_LOOK_SECONDS = 60.0
#: Seconds an ended guest may stay until xl has cleared it away; one that is preserved stays for ever.
_CLEANING = 10.0


def drain(work: JobWork) -> None:
    """Deal with each guest, and say what has come of all."""
    _Emptying(work, drain_arguments.read(work.place)).run()


class _Emptying(GuestSequence):
    def __init__(self, work: JobWork, arguments: Dict[str, Any]) -> None:
        super().__init__(work, arguments)
        record = work.record
        self._patience: float = arguments["patience"]
        self._moves = HostMoves(work.root, record["prefix"], record["commands"]["list"], arguments["details"])
        self._places: Dict[str, Destination] = {}
        self._away: Dict[str, str] = {}

    def prepare(self) -> None:
        """Keep what tells the guests that move, and their disks on the other hosts, from any others."""
        moving = [step for step in self.steps if step["does"] == drain_arguments.MOVES]
        if moving:
            self._moves.keep()
        for to in dict.fromkeys(str(step["to"]) for step in moving):
            self._places[to] = Destination(to)
            found = self._look_at(to, [step for step in moving if step["to"] == to])
            if found is not None:
                self._places[to].keep(found)

    def do(self, step: Dict[str, Any], guest: JobWork, outcome: Dict[str, str]) -> str:
        """See :meth:`GuestSequence.do`."""
        try:
            if step["does"] == drain_arguments.MOVES:
                return self._move(guest, step, outcome)
            guest_moves.require_idle(guest.root, guest.uuid)
            if step["does"] == drain_arguments.SHUTS_DOWN:
                preconditions.require_runs(guest.of_host, guest.uuid, step["domid"])
                return self._shut_down(guest, step)
            if any(row.letters[5] != "d" for row in guest.domains(guest.uuid)):
                raise SkippedError("it runs meanwhile")
            raise GuestGoneError
        except GuestGoneError:
            return _gone(guest, step)

    # Moved

    def _move(self, guest: JobWork, step: Dict[str, Any], outcome: Dict[str, str]) -> str:
        self._moves.require(step)
        to = str(step["to"])
        there = self._look_at(to, [step]) if to not in self._away else None
        if there is None:
            raise SkippedError(self._away[to])
        self._places[to].require(guest.uuid, step["place"], there)
        drain_record.note(guest.root, guest.uuid, {**step["guest"], "begun": True, "done": False})
        job = self.new_job(outcome)
        worker.reached("before move")
        told = {**step, **{key: str(guest.record[key]) for key in ("auto", "user", "host")}}
        try:
            self._moves.start(told, job)
        except AgentError as error:
            if error.code == "busy":
                raise SkippedError(error.message) from None
            raise
        end = guest_moves.followed(self._moves, job, cancelled=self.is_cancelled)
        guest_moves.require_arrived(end, to)
        worker.reached("after move")
        drain_record.note(guest.root, guest.uuid, {**step["guest"], "begun": True, "done": True})
        return f"runs on {to}"

    def _look_at(self, to: str, steps: List[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
        """Return what the other host has, about these guests; None where it does not answer, which is kept."""
        place = steps[0]["place"]
        try:
            with FarProgram(self.work, place["reach"], "drain.target_check") as far:
                far.tell(preconditions.asked(place, steps))
                return preconditions.checked(far.answer(within=_LOOK_SECONDS))
        except NoAnswerError:
            self._away[to] = f"{to} does not answer"
        except (AgentError, OSError) as error:
            self._away[to] = f"{to}: {failure_of(error).message}"
        return None

    # Shut down

    def _shut_down(self, guest: JobWork, step: Dict[str, Any]) -> str:
        if not guest_links.is_kept(guest, step):
            raise SkippedError("it is transient meanwhile: once it has stopped, it is gone")
        drain_record.note(guest.root, guest.uuid, {**step["guest"], "begun": True, "done": False})
        if guest.run_argv(step["argv"], "shutdown"):
            raise AgentError("io", guest_links.last_said(guest))
        self._wait_gone(guest, step["domid"])
        if step["linked"]:
            guest_links.unlink(guest, step["unlink"])
        worker.reached("after unlink")
        drain_record.note(guest.root, guest.uuid, {**step["guest"], "begun": True, "done": True})
        return "is shut down"

    def _wait_gone(self, guest: JobWork, domid: int) -> None:
        deadline, ended = time.monotonic() + self._patience, 0.0
        while True:
            row = guest.domain(domid)
            if row is None or row.uuid != guest.uuid:
                return
            now = time.monotonic()
            if row.stopped:
                ended = ended or now
                if now - ended > _CLEANING:
                    return
            if self.is_cancelled():
                raise AgentError("busy", "it was asked to shut down, and may do so yet")
            if now > deadline:
                raise AgentError(
                    "busy", f"it was asked to shut down, and still runs after {self._patience:g} s"
                )
            time.sleep(_STEP)


def _gone(guest: JobWork, step: Dict[str, Any]) -> str:
    """Nothing is left to be done with a guest that does not run, but that it must not start with the host."""
    kept = guest_links.is_kept(guest, step)
    if kept and step["linked"]:
        told = {**step["guest"], "begun": True}
        if step["does"] != drain_arguments.UNLINKS:
            told.update({"way": drain_arguments.UNLINKS, "to": "", **step["link"]})
        drain_record.note(guest.root, guest.uuid, {**told, "done": False})
        guest_links.unlink(guest, step["unlink"])
        drain_record.note(guest.root, guest.uuid, {**told, "done": True})
        return "does not start with the host meanwhile"
    if step["begun"]:
        before = drain_record.guest_of(guest.root, guest.uuid) or step["guest"]
        drain_record.note(guest.root, guest.uuid, {**before, "begun": True, "done": True})
    else:
        drain_record.note(guest.root, guest.uuid, None)
    return "has ended by itself" if kept else "is not here any more"
