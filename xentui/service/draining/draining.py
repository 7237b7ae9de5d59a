"""Drains a host: a job of the host moves each guest to another host, or shuts it down, one after the other.

Each step is recorded on the host before and after it: a second drain continues from the state of both hosts, and
undrain knows what was there.  Guests that are off stay, and do not start with the host until they are brought back.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from functools import partial

from xentui.errors import NotAllowedError, StoreError, XentuiError
from xentui.model.drain import DrainAgreed, DrainedGuest, DrainWay, GuestOutcome, OutcomeState
from xentui.service.draining.job_sequence import HostSequence, failure, move_failure
from xentui.service.draining.plan import Arrived, HostPlan, HostStep, StepKind
from xentui.service.draining.planning import DrainPlanner
from xentui.service.draining.records import DrainLog
from xentui.service.draining.step_arguments import commands_of, step_arguments
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.progress import Progress
from xentui.service.migrating import MigrationPlan, mending, store_handover
from xentui.service.migrating.plan import words

SHUTDOWN_SECONDS = 300.0
"""How long a guest may take to shut down."""
_MOVES = ("migrate", "move")


class Draining:
    """Drains the host of ``source``; its guests go to ``targets``.

    ``allow`` are words of findings that the user allows (docs/migration.md); ``patience`` is how many seconds a guest
    may take to shut down; ``arrived`` is called for each guest that was moved.
    """

    def __init__(
        self,
        source: Hypervisor,
        targets: Sequence[Hypervisor],
        *,
        allow: Collection[str] = (),
        patience: float = SHUTDOWN_SECONDS,
        arrived: Arrived = lambda *_: None,
    ) -> None:
        self._source = source
        self._targets = {target.host.name: target for target in targets}
        self._allow = tuple(allow)
        self._patience = patience
        self._arrived = arrived
        self._log = DrainLog(source.session, back=False)

    async def wait_for_begun_moves(self, progress: Progress | None = None) -> None:
        """Wait for the end of migrations that an earlier drain has started; their results show on the hosts."""
        record = await self._log.read()
        await wait_for_moves_away(
            self._source, {each.uuid for each in record.guests if not each.done}, progress
        )

    async def plan(self, *, shutdown: bool = False) -> HostPlan:
        """Poll all hosts, and plan what is done with each guest; nothing is changed.

        With ``shutdown`` a guest that cannot be moved is shut down.  Raises NotAllowedError if the host's store cannot
        be read, HostError if the host does not answer.
        """
        planner = DrainPlanner(self._source, self._targets, allow=self._allow)
        return await planner.plan(await self._log.read(), shutdown=shutdown)

    @contextlib.asynccontextmanager
    async def recorded(self, plan: HostPlan) -> AsyncIterator[None]:
        """Write the plan to the host's record, and hold the record while broken migrations are cleaned up in the block.

        The record shows what is left, wherever the block ends.  Raises NotAllowedError if somebody else holds the
        record.
        """
        self._source.session.require_writable()
        async with self._log.hold():
            await self._log.begin(self._planned(plan))
            yield

    def _planned(self, plan: HostPlan) -> tuple[DrainedGuest, ...]:
        """Return the guests of a plan as the record has them before anything is done."""
        doing = {step.uuid: step for step in plan.doing}
        known = {each.uuid: each for each in self._log.record.guests}
        before = [each for each in known.values() if each.uuid not in doing and each.begun]
        planned = [
            replace(known[step.uuid], done=False)
            if step.uuid in known
            else DrainedGuest(step.uuid, step.name, _way(step), step.to, begun=False)
            for step in doing.values()
        ]
        staying = {step.uuid for step in plan.staying}
        # What was begun and neither stays nor is to be dealt with has gone.
        gone = [each if each.uuid in staying else replace(each, done=True) for each in before]
        return (*planned, *gone)

    @property
    def log(self) -> DrainLog:
        """The host's record."""
        return self._log

    def sequence(self, plan: HostPlan, *, shutdown: bool = False, keep_going: bool = False) -> HostSequence:
        """Return the job of the host for a plan: all of it except the cleaning up after broken migrations.

        The job starts when it is followed, and continues without a client.  ``shutdown`` is that of the plan; with
        ``keep_going`` the job continues after a guest that fails.
        """
        session = self._source.session
        session.require_writable()
        commands = commands_of(self._source)
        steps = [step_arguments(self._source, step) for step in plan.doing if step.kind is not StepKind.MEND]
        begin = partial(
            session.store.start_drain_job,
            serial=self._log.record.serial,
            guests=self._planned(plan),
            agreed=DrainAgreed(tuple(self._targets), shutdown, self._patience, self._allow),
            sequence={
                "steps": steps,
                "keep_going": keep_going,
                "patience": self._patience,
                "details": list(commands.details),
            },
            commands=commands.jobs.by_name(),
            user=session.user,
        )
        return HostSequence(session, begin=begin)

    async def finish_guest(self, outcome: GuestOutcome, plan: HostPlan) -> XentuiError | None:
        """Do the client's part for a guest that the host is done with.

        Return why the guest is left, None if it is not.
        """
        host = self._source.host.name
        step = plan.step(outcome.uuid)
        if outcome.state is OutcomeState.DONE:
            if step is not None and step.kind is StepKind.MOVE and step.to in outcome.why:
                self._arrived(host, step.to, step.name, step.uuid)
            return None
        return await move_failure(self._source, step, outcome) or self.failure(outcome)

    def failure(self, outcome: GuestOutcome) -> NotAllowedError:
        """Return why a guest was not dealt with, from the host's outcome."""
        return failure(outcome, self._source.host.name, other=outcome.to)

    async def hand_over(self, uuid: str, plan: HostPlan) -> None:
        """Move the stored data of a guest to its new host, if the host itself cannot reach that."""
        step = plan.step(uuid)
        if step is not None and step.move is not None:
            await store_handover.hand_over(self._source, step.move.target, uuid, step.name)

    async def mend(self, step: HostStep) -> str:
        """Clean up after a broken migration of a guest; returns in a few words what was done."""
        self._source.session.require_writable()
        target, domain = self._targets[step.to], step.domain
        if domain is None:
            return ""
        _source, broken = await mending.look(self._source, target, domain.stored_name or domain.name)
        after = await mending.mend(self._source, target, broken)
        gone = after.here is None and not after.stored_here
        if gone and step.guest is not None:
            await self._log.note(replace(step.guest, done=True))
        if gone:
            self._arrived(self._source.host.name, step.to, step.name, step.uuid)
        return after.why

    async def still_running(self) -> list[str]:
        """Return the guests that run on the host now, by name."""
        domains = (await self._source.inventory.glance()).domains
        return [each.label for each in domains if each.state.alive and not each.is_control]


async def wait_for_moves_away(host: Hypervisor, uuids: Collection[str], progress: Progress | None) -> None:
    """Wait for the end of migrations from a host that are in progress; their results show on the hosts."""
    for job in (await host.inventory.glance()).jobs:
        if job.uuid in uuids and job.kind in _MOVES and job.under_way:
            try:
                await host.lifecycle.follow(job, progress=progress)
            except (NotAllowedError, StoreError):
                continue
            except XentuiError as error:
                host.session.caution([f"{job.subject}: {error.message}"])


def _way(step: HostStep) -> DrainWay:
    if step.kind is StepKind.SHUTDOWN:
        return DrainWay.SHUTDOWN
    return DrainWay.AUTOSTART if step.kind is StepKind.AUTOSTART else DrainWay.MOVE


def require_agreed(plan: MigrationPlan, asks: Collection[str]) -> None:
    """Raise NotAllowedError if a migration would now do something that the user has not agreed to."""
    if plan.hard:
        stops = ", ".join(words(plan.hard))
        raise NotAllowedError(
            f"cannot migrate to {plan.target.host.name}: {stops}: {plan.hard[0].why}",
            subject=plan.domain.label,
            hint=plan.hard[0].hint,
        )
    if new := [finding for finding in plan.soft if finding.word not in asks]:
        raise NotAllowedError(
            f"is not moved: {new[0].why}", subject=plan.domain.label, hint="look again, and agree to that"
        )
