"""Emptying a host: each guest is moved to another, or shut down, one after the other, by a job of the host.

What is begun is noted on the host before, and what is done after it: whoever empties the host again goes on from what
both hosts have, and whoever brings it back knows what was there.  Guests that are off stay, and do not start with the
host until it is brought back.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from xentui.errors import NotAllowedError, StoreError, XentuiError
from xentui.frozen import dataclass
from xentui.model.domain import Domain
from xentui.model.drain import DrainAgreed, DrainedGuest, DrainRecord, DrainWay, GuestOutcome, OutcomeState
from xentui.model.state import DomainState
from xentui.service.draining.plan import Arrived, HostPlan, HostStep, StepKind, start_order, staying
from xentui.service.draining.records import DrainLog
from xentui.service.draining.sequence import HostSequence, commands_of, failure, told_step
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.progress import Progress
from xentui.service.legality import Action, reason_against
from xentui.service.migrating import Migrating, MigrationPlan, handing_over, mending, running
from xentui.service.migrating.asking import asked
from xentui.service.migrating.halves import is_left
from xentui.service.migrating.plan import words

SHUTDOWN_SECONDS = 300.0
"""How long a guest may take to shut down."""
_MOVES = ("migrate", "move")
_BALLOON = "balloon"
_ENDED = (DomainState.SHUTDOWN, DomainState.CRASHED, DomainState.DYING)
_TRANSIENT = "it is transient: once it has stopped nobody knows it any more (`edit` makes it managed)"
_Plans = Mapping[str, MigrationPlan | XentuiError]


@dataclass(frozen=True, slots=True)
class _Offer:
    """A host a guest could go to: what is doubtful about that, and what is left of its memory then, in KiB."""

    target: Hypervisor
    plan: MigrationPlan
    asks: tuple[str, ...]
    left: int


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

    async def settle(self, progress: Progress | None = None) -> None:
        """Wait for the end of moves that were begun to empty the host, and go on there by themselves.

        How they ended is what the hosts have then.
        """
        record = await self._log.read()
        await followed(self._source, {each.uuid for each in record.guests if not each.done}, progress)

    async def plan(self, *, shutdown: bool = False) -> HostPlan:
        """Look at all hosts and tell what becomes of each guest; nothing is done.

        With ``shutdown`` what cannot be moved is shut down.  Raises NotAllowedError where what is stored on the host
        cannot be read, HostError where it does not answer.
        """
        record = await self._log.read()
        snapshot = await self._source.inventory.poll()
        if snapshot.store_unread:
            raise NotAllowedError(
                f"cannot empty it: {'; '.join(snapshot.problems)}", subject=self._source.host.name
            )
        guests = [each for each in snapshot.domains if not each.is_control]
        fixed, movable = await self._sorted(guests, record)
        plans, problems = await self._plans(movable)
        moved = self._placed(movable, plans, record, shutdown=shutdown)
        held = [f"{record.held} drains or undrains it at this moment"] if record.held else []
        return HostPlan(
            self._source.host.name,
            tuple(_in_order([*fixed, *moved])),
            (*held, *problems),
            sum(each.domid is None and not each.autostart for each in guests),
        )

    async def _sorted(
        self, guests: Sequence[Domain], record: DrainRecord
    ) -> tuple[list[HostStep], list[Domain]]:
        """What is told at once, and the guests that could be moved."""
        fixed: list[HostStep] = []
        movable: list[Domain] = []
        for domain in guests:
            guest = record.guest(domain.uuid)
            if domain.by or domain.copy_of:
                why = f"it is {domain.by}'s" if domain.by else f"it is a stopped copy of {domain.copy_of}"
                fixed.append(staying(domain, why))
            elif is_left(domain):
                fixed.append(await self._half(domain, guest))
            elif domain.domid is None:
                if domain.autostart:
                    fixed.append(_step(StepKind.AUTOSTART, domain, guest))
            elif domain.state in _ENDED:
                fixed.append(staying(domain, f"it has ended, and is kept as it was ({domain.state.value})"))
            elif why := reason_against(domain, Action.MIGRATE):
                fixed.append(staying(domain, why, guest=guest))
            else:
                movable.append(domain)
        return fixed, movable

    async def _half(self, domain: Domain, guest: DrainedGuest | None) -> HostStep:
        """What becomes of what a migration that was cut has left."""
        to = domain.moving.to if domain.moving is not None else guest.to if guest is not None else ""
        target = self._targets.get(to)
        by_hand = "`migrate --mend` ends it safely"
        if target is None:
            return staying(domain, f"its migration to {to or 'another host'} was cut: {by_hand}", guest=guest)
        try:
            source, broken = await mending.look(self._source, target, domain.stored_name or domain.name)
        except XentuiError as error:
            return staying(domain, f"its migration to {to} was cut: {error.message}", guest=guest)
        if source is not self._source or broken.stuck or not broken.steps:
            return staying(domain, f"{broken.why}: {broken.stuck or by_hand}", guest=guest)
        names = {"here": self._source.host.name, "there": to}
        steps = "; ".join(step.value.format(**names) for step in broken.steps)
        return HostStep(
            StepKind.MEND, domain, domain.uuid, broken.name, to, f"{broken.why}: {steps}", guest=guest
        )

    async def _plans(self, movable: Sequence[Domain]) -> tuple[dict[str, _Plans], tuple[str, ...]]:
        """What a move of each guest to each host would meet, and why hosts could not be asked."""

        async def one(target: Hypervisor) -> _Plans:
            found = await Migrating(self._source).plans(movable, target, allow=self._allow)
            return {domain.uuid: plan for domain, plan in zip(movable, found, strict=True)}

        if not movable:
            return {}, ()
        names = list(self._targets)
        told = await asked([self._targets[name] for name in names], one)
        plans = {
            name: each for name, each in zip(names, told, strict=True) if not isinstance(each, XentuiError)
        }
        problems = tuple(
            f"{name} could not be asked: {each.message}"
            for name, each in zip(names, told, strict=True)
            if isinstance(each, XentuiError)
        )
        return plans, problems

    def _placed(
        self,
        movable: Sequence[Domain],
        plans: Mapping[str, _Plans],
        record: DrainRecord,
        *,
        shutdown: bool,
    ) -> list[HostStep]:
        """Where each guest goes: the largest is placed first, and what is promised counts as taken."""

        def need(domain: Domain) -> int:
            found = [each.get(domain.uuid) for each in plans.values()]
            known = [plan.need_kib for plan in found if isinstance(plan, MigrationPlan)]
            return max(known, default=domain.memory_kib)

        taken = dict.fromkeys(plans, 0)
        steps: list[HostStep] = []
        for domain in sorted(movable, key=lambda each: (-need(each), each.label)):
            offers = [
                offer
                for name, each in plans.items()
                if (offer := self._offer(name, each[domain.uuid], taken[name])) is not None
            ]
            guest = record.guest(domain.uuid)
            if offers:
                best = min(offers, key=lambda offer: (len(offer.asks), -offer.left))
                to = best.target.host.name
                taken[to] += best.plan.need_kib
                steps.append(
                    HostStep(
                        StepKind.MOVE,
                        domain,
                        domain.uuid,
                        domain.label,
                        to,
                        f"{best.left // 1024} MiB are free there then",
                        best.asks,
                        guest=guest,
                        move=best.plan,
                    )
                )
            else:
                why = _no_place(domain, plans)
                steps.append(_without_place(domain, why, guest, shutdown=shutdown))
        return steps

    def _offer(self, name: str, plan: MigrationPlan | XentuiError, taken: int) -> _Offer | None:
        if isinstance(plan, XentuiError) or plan.hard:
            return None
        left = plan.free_kib - taken - plan.need_kib
        if left + plan.given_kib < 0:
            return None
        asks = words(plan.soft)
        if left < 0 and _BALLOON not in asks:
            asks = (*asks, _BALLOON)
        return _Offer(self._targets[name], plan, asks, left)

    @contextlib.asynccontextmanager
    async def at_work(self, plan: HostPlan) -> AsyncIterator[None]:
        """Mend what migrations have left within this: the host keeps all of the plan, so that it tells what is left
        wherever that ends.

        Raises NotAllowedError where somebody else is at it.
        """
        self._source.session.require_writable()
        async with self._log.holding():
            await self._log.begin(self._planned(plan))
            yield

    def _planned(self, plan: HostPlan) -> tuple[DrainedGuest, ...]:
        """What the host's record tells before anything of a plan is done."""
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
        """What the host does of a plan by itself: all but what is mended.

        It begins when it is followed, and goes on whoever follows it.  ``shutdown`` is as it was planned with;
        ``keep_going``: behind a guest that fails, too.
        """
        session = self._source.session
        session.require_writable()
        commands = commands_of(self._source)
        steps = [told_step(self._source, step) for step in plan.doing if step.kind is not StepKind.MEND]
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

    async def came(self, outcome: GuestOutcome, plan: HostPlan) -> XentuiError | None:
        """Do what is left to do here of a guest that the host has dealt with; why it is left, None where it is not."""
        host = self._source.host.name
        step = plan.step(outcome.uuid)
        if outcome.state is OutcomeState.DONE:
            if step is not None and step.kind is StepKind.MOVE and step.to in outcome.why:
                self._arrived(host, step.to, step.name, step.uuid)
            return None
        if (
            outcome.state is OutcomeState.FAILED
            and step is not None
            and step.move is not None
            and outcome.job
        ):
            told = await self._source.session.store.look_job(outcome.job)
            if told.end is not None and told.end.exit:
                return await running.failure_of(self._source, step.move, told.end, told.said)
        return failure(outcome, host)

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
        """The guests that run on the host now, by name."""
        domains = (await self._source.inventory.glance()).domains
        return [each.label for each in domains if each.state.alive and not each.is_control]


async def followed(host: Hypervisor, uuids: Collection[str], progress: Progress | None) -> None:
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


def words_of(plan: MigrationPlan) -> str:
    """What stops a migration, in words; with how it is allowed, where all of it may be."""
    stops = words(plan.hard)
    allowed = all(finding.allow for finding in plan.hard)
    return f"{', '.join(stops)}{''.join(f' (--allow {word})' for word in stops) if allowed else ''}"


def _step(kind: StepKind, domain: Domain, guest: DrainedGuest | None, why: str = "") -> HostStep:
    return HostStep(kind, domain, domain.uuid, domain.label, why=why, guest=guest)


def _without_place(domain: Domain, why: str, guest: DrainedGuest | None, *, shutdown: bool) -> HostStep:
    """A guest that no host takes."""
    against = reason_against(domain, Action.SHUTDOWN) or ("" if domain.managed else _TRANSIENT)
    if shutdown and not against:
        return _step(StepKind.SHUTDOWN, domain, guest, why)
    if shutdown:
        why = f"{why}; and {against}"
    return staying(domain, why, could_stop=not against, guest=guest)


def _no_place(domain: Domain, plans: Mapping[str, _Plans]) -> str:
    """Why no host takes a guest."""
    told = []
    for name, each in plans.items():
        plan = each[domain.uuid]
        if isinstance(plan, XentuiError):
            told.append(f"{name}: {plan.message}")
        elif plan.hard:
            told.append(f"{name}: {words_of(plan)}")
        else:
            told.append(f"{name}: no room beside those before it")
    return f"no host takes it ({'; '.join(told[:4])})" if told else "there is no host to move it to"


def _in_order(steps: Sequence[HostStep]) -> list[HostStep]:
    """What was cut first, then moves, the largest first, then what is shut down, in reverse order of its start."""
    order = (StepKind.MEND, StepKind.MOVE, StepKind.SHUTDOWN, StepKind.AUTOSTART, StepKind.STAY)
    found: list[HostStep] = []
    for kind in order:
        of_kind = [step for step in steps if step.kind is kind]
        if kind is StepKind.SHUTDOWN:
            of_kind.sort(key=start_order, reverse=True)
        found += of_kind
    return found
