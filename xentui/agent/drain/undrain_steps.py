"""The job that brings guests back to its host, at work: they come home one after the other, as it was agreed to.

One that was moved is had to come by the host it is on (:mod:`xentui.agent.drain.remote_moves`), where its migration is
a job of its own; one that was shut down is started again; and what started with the host does so again.  Just before
each it looks on both hosts whether all is as it was agreed to.  The record of the host forgets a guest once it is back:
as long as it tells of one, whoever brings the host back again deals with that.
"""

from __future__ import annotations

from typing import Any, Dict, List, Set

from xentui.agent.drain import (
    drain_record,
    guest_links,
    guest_moves,
    guest_starts,
    preconditions,
    target_check,
    undrain_arguments,
)
from xentui.agent.drain.guest_sequence import GuestSequence
from xentui.agent.drain.preconditions import Destination, GuestGoneError, SkippedError
from xentui.agent.drain.remote_moves import FarMoves
from xentui.agent.errors import AgentError, failure_of
from xentui.agent.jobs import outcomes, progress, worker
from xentui.agent.jobs.worker import JobWork
from xentui.agent.migration.remote_program import NoAnswerError


def undrain(work: JobWork) -> None:
    """Deal with each guest, and say what has come of all."""
    _Returning(work, undrain_arguments.read(work.place)).run()


class _Returning(GuestSequence):
    def __init__(self, work: JobWork, arguments: Dict[str, Any]) -> None:
        super().__init__(work, arguments)
        self._details: List[str] = arguments["details"]
        self._moves: Dict[str, FarMoves] = {}
        self._home: Dict[str, Destination] = {}
        self._starts = guest_starts.Starts(work, self._details)

    def prepare(self) -> None:
        """Keep what tells the guests, and their disks here, from any others."""
        moving = [step for step in self.steps if step["does"] == undrain_arguments.MOVES]
        for name in dict.fromkeys(str(step["source"]["name"]) for step in moving):
            theirs = [step for step in moving if step["source"]["name"] == name]
            first = theirs[0]
            self._home[name] = Destination(str(first["to"]))
            with FarMoves(
                self.work, first["source"], first["commands"]["list"], self._details
            ) as self._moves[name]:
                try:
                    self._moves[name].keep([step["uuid"] for step in theirs if step["domid"]])
                    self._home[name].keep(target_check.look(preconditions.asked(first["place"], theirs)))
                except (AgentError, SkippedError, GuestGoneError, OSError):
                    continue  # each of its guests is told of in its turn
        self._starts.keep([step for step in self.steps if step["does"] == undrain_arguments.STARTS])

    def do(self, step: Dict[str, Any], guest: JobWork, outcome: Dict[str, str]) -> str:
        """See :meth:`GuestSequence.do`."""
        guest_moves.require_idle(guest.root, guest.uuid)
        done = self._back(step, guest, outcome)
        if guest_links.link(guest, step):
            done = done or "starts with the host again"
        done = done or "nothing was left to do"
        worker.reached("before forget")
        drain_record.note(guest.root, guest.uuid, None)
        worker.reached("after forget")
        return done

    def _back(self, step: Dict[str, Any], guest: JobWork, outcome: Dict[str, str]) -> str:
        does = step["does"]
        if does == undrain_arguments.RESOLVED:
            return str(step["why"])
        if does == undrain_arguments.LINKS:
            return ""
        if _runs_here(guest):
            return "runs here meanwhile"
        if does == undrain_arguments.STARTS:
            return self._starts.start(step, guest)
        return self._move(step, guest, outcome)

    def _move(self, step: Dict[str, Any], guest: JobWork, outcome: Dict[str, str]) -> str:
        source = str(step["source"]["name"])
        home, moves = self._home[source], self._moves[source]
        progress.note_phases(self.work.place, [])
        seen: Set[str] = set()

        def see(phases: List[Any]) -> None:
            new = {str(name) for name, _after in phases}
            if new != seen:
                seen.update(new)
                progress.note_phases(self.work.place, phases)

        with moves:
            try:
                moves.require(step)
            except GuestGoneError:
                raise SkippedError(f"it is on {source} no more, or does not run there") from None
            except NoAnswerError:
                raise SkippedError(f"{source} does not answer") from None
            except (AgentError, OSError) as error:
                raise SkippedError(f"{source}: {failure_of(error).message}") from None
            home.require(
                guest.uuid, step["place"], target_check.look(preconditions.asked(step["place"], [step]))
            )
            job = self.new_job(outcome)
            worker.reached("before move")
            try:
                moves.start({**step, "user": str(guest.record["user"])}, job)
                worker.reached("after start of move")
                told = guest_moves.followed(moves, job, cancelled=self.is_cancelled, seen=see)
            except NoAnswerError:
                raise AgentError(
                    "io", f"{source} does not answer any more: what has become of it is not known"
                ) from None
            except AgentError as error:
                if error.code == "busy":
                    raise SkippedError(error.message) from None
                raise
        guest_moves.require_arrived(told, str(step["to"]))
        worker.reached("after move")
        return "is back"


def _runs_here(guest: JobWork) -> bool:
    """Return whether a guest is here by now; raises SkippedError where a part of it is, or where it does not run."""
    here = [row for row in guest.domains(guest.uuid) if row.letters[5] != "d"]
    if any(row.awake and row.letters[2] != "p" for row in here):
        return True
    if here:
        raise SkippedError(
            f"a domain of its uuid is here, and does not run: {outcomes.MEND} looks at both hosts"
        )
    return False
