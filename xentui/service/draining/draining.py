"""Emptying a host: each guest is moved to another, or shut down, one after the other, by a job of the host.

What is begun is noted on the host before, and what is done after it: whoever empties the host again goes on from what
both hosts have, and whoever brings it back knows what was there.  Guests that are off stay, and do not start with the
host until it is brought back.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from functools import partial

from xentui.errors import NotAllowedError, StoreError, XentuiError
from xentui.model.drain import DrainAgreed, DrainedGuest, DrainWay, GuestOutcome, OutcomeState
from xentui.service.draining.plan import Arrived, HostPlan, HostStep, StepKind
from xentui.service.draining.planning import DrainPlanner
from xentui.service.draining.records import DrainLog
from xentui.service.draining.sequence import HostSequence, failure, move_failure
from xentui.service.draining.told_steps import commands_of, step_arguments
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.progress import Progress
from xentui.service.migrating import MigrationPlan, handing_over, mending
from xentui.service.migrating.plan import words

SHUTDOWN_SECONDS = 300.0
"""How long a guest may take to shut down."""
_MOVES = ("migrate", "move")


class Draining:
    """Empties the host ``source`` works on; its guests go to ``targets``.

    ``allow`` are words of findings that are allowed (docs/migration.md); ``patience`` the seconds a guest may take to
    shut down; ``arrived`` is told of each that was moved.
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
        """Wait for the end of moves that were begun to empty the host, and go on there by themselves.

        How they ended is what the hosts have then.
        """
        record = await self._log.read()
        await wait_for_moves_away(
            self._source, {each.uuid for each in record.guests if not each.done}, progress
        )

    async def plan(self, *, shutdown: bool = False) -> HostPlan:
        """Look at all hosts and tell what becomes of each guest; nothing is done.

        With ``shutdown`` what cannot be moved is shut down.  Raises NotAllowedError where what is stored on the host
        cannot be read, HostError where it does not answer.
        """
        planner = DrainPlanner(self._source, self._targets, allow=self._allow)
        return await planner.plan(await self._log.read(), shutdown=shutdown)

    @contextlib.asynccontextmanager
    async def recorded(self, plan: HostPlan) -> AsyncIterator[None]:
        """Mend what migrations have left within this: the host keeps all of the plan, so that it tells what is left
        wherever that ends.

        Raises NotAllowedError where somebody else is at it.
        """
        self._source.session.require_writable()
        async with self._log.hold():
            await self._log.begin(self._planned(plan))
            yield

    def _planned(self, plan: HostPlan) -> tuple[DrainedGuest, ...]:
        """Return what the host's record tells before anything of a plan is done."""
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
        """The host's record, and who is at it."""
        return self._log

    def sequence(self, plan: HostPlan, *, shutdown: bool = False, keep_going: bool = False) -> HostSequence:
        """Return what the host does of a plan by itself: all but what is mended.

        It begins when it is followed, and goes on whoever follows it.  ``shutdown`` is as it was planned with;
        ``keep_going``: behind a guest that fails, too.
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
        """Do what is left to do here of a guest that the host has dealt with; why it is left, None where it is not."""
        host = self._source.host.name
        step = plan.step(outcome.uuid)
        if outcome.state is OutcomeState.DONE:
            if step is not None and step.kind is StepKind.MOVE and step.to in outcome.why:
                self._arrived(host, step.to, step.name, step.uuid)
            return None
        return await move_failure(self._source, step, outcome) or self.failure(outcome)

    def failure(self, outcome: GuestOutcome) -> NotAllowedError:
        """Return why nothing has come of a guest, by what the host says."""
        return failure(outcome, self._source.host.name)

    async def hand_over(self, uuid: str, plan: HostPlan) -> None:
        """Have what is stored of a guest that has left follow it, where the host itself does not reach the other."""
        step = plan.step(uuid)
        if step is not None and step.move is not None:
            await handing_over.hand_over(self._source, step.move.target, uuid, step.name)

    async def mend(self, step: HostStep) -> str:
        """End what a migration that was cut has left of a guest; returns what was done, in a few words."""
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
    """Wait for the end of moves away from a host that go on by themselves; what has come of them the hosts tell."""
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
    """Raise NotAllowedError where a migration is not what was agreed to any more."""
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
