"""A job that deals with one guest of its host after the other, as it was agreed to, whoever looks on.

What has come of each is written down as it comes (:mod:`xentui.agent.jobs.outcomes`).  It ends early where it is told
to, after the guest under way or with it, or where a guest fails and it is not to keep going.
"""

from __future__ import annotations

import binascii
import os
from typing import Any, Dict, List

from xentui.agent.drain.preconditions import SkippedError
from xentui.agent.errors import AgentError, failure_of
from xentui.agent.jobs import outcomes, records, worker
from xentui.agent.jobs.worker import JobWork


class GuestSequence:
    """One such job; its ``arguments`` are the ``steps``, and whether to ``keep_going`` where one fails."""

    def __init__(self, work: JobWork, arguments: Dict[str, Any]) -> None:
        self.work = work
        self.steps: List[Dict[str, Any]] = arguments["steps"]
        self._keep_going: bool = arguments["keep_going"]
        self._outcomes = new_outcomes(self.steps)

    def prepare(self) -> None:
        """Keep what is compared with later, before the first guest."""

    def do(self, step: Dict[str, Any], guest: JobWork, outcome: Dict[str, str]) -> str:
        """Deal with a guest; returns what has come of it.

        ``guest`` is this job as its commands about that guest are recorded.  Raises SkippedError where it is not what
        was agreed to, AgentError where that fails.
        """
        raise NotImplementedError

    def run(self) -> None:
        """Deal with each guest, and say what has come of all."""
        self.prepare()
        for step, outcome in zip(self.steps, self._outcomes):  # noqa: B905 - Python 3.10 has strict=
            if self._is_enough():
                break
            self._tell(outcome, outcomes.DOING)
            worker.reached("before step")
            try:
                self._tell(outcome, outcomes.DONE, self._one(step, outcome))
            except SkippedError as error:
                self._tell(outcome, outcomes.SKIPPED, str(error))
            except (AgentError, OSError) as error:
                self._tell(outcome, outcomes.FAILED, failure_of(error).message)
                if not self._keep_going:
                    break
            worker.reached("after step")
        done = sum(each["state"] == outcomes.DONE for each in self._outcomes)
        code = 0 if done == len(self._outcomes) else 1
        if code and self._is_enough():
            code = records.CANCELLED
        self.work.end(code, f"{done} of {len(self._outcomes)} guests are dealt with")

    def _one(self, step: Dict[str, Any], outcome: Dict[str, str]) -> str:
        guest = JobWork(self.work.root, str(self.work.record["id"]))
        guest.record.update({"uuid": step["uuid"], "subject": step["name"]})
        try:
            return self.do(step, guest, outcome)
        finally:
            self.work.ran += guest.ran

    def new_job(self, outcome: Dict[str, str]) -> str:
        """Choose a name for the job of a guest's move, known to whoever looks before it begins."""
        outcome["job"] = binascii.hexlify(os.urandom(16)).decode("ascii")
        outcomes.write(self.work.place, self._outcomes)
        return outcome["job"]

    def is_cancelled(self) -> bool:
        """Return whether the guest under way is to be stopped, too."""
        return self.work.marked(records.CANCEL)

    def _is_enough(self) -> bool:
        return self.is_cancelled() or self.work.marked(records.ENOUGH)

    def _tell(self, outcome: Dict[str, str], state: str, why: str = "") -> None:
        outcome.update({"state": state, "why": outcomes.words(why)})
        outcomes.write(self.work.place, self._outcomes)


def new_outcomes(steps: List[Dict[str, Any]]) -> List[Dict[str, str]]:
    """Return the outcomes of guests that nothing was done with yet."""
    return [outcomes.new(each["uuid"], each["name"], each["does"], each["to"]) for each in steps]


def settle(work: JobWork) -> None:
    """Say how far a killed job has come: what it began goes on by itself, and whoever asks for the same goes on."""
    killed = f"the {work.record['kind']} was killed on the host, or the host went down"
    found = [dict(each) for each in outcomes.read(work.place)]
    for each in found:
        if each["state"] == outcomes.DOING:
            each.update({"state": outcomes.FAILED, "why": killed})
    if found:
        outcomes.write(work.place, found)
    work.end(1, killed)
