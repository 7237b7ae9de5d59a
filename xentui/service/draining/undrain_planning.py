"""Plans an undrain: polls all hosts, and decides what is done with each guest in the record; nothing is changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from xentui.errors import HostError, NotAllowedError, XentuiError
from xentui.model.domain import Domain, Snapshot
from xentui.model.drain import DrainedGuest, DrainRecord, DrainWay
from xentui.model.state import DomainState
from xentui.service import danger
from xentui.service.draining import job_obstacles
from xentui.service.draining.plan import HostPlan, HostStep, StepKind
from xentui.service.draining.planning import words_of
from xentui.service.hypervisor import Hypervisor
from xentui.service.legality import Action, reason_against
from xentui.service.mend_command import mend_hint
from xentui.service.migrating import Migrating, MigrationPlan
from xentui.service.migrating.halves import is_left
from xentui.service.migrating.plan import words
from xentui.service.migrating.target_survey import asked

_Answer = TypeVar("_Answer")
_CUT = "a migration of it was cut"


class ReturnPlanner:
    """Plans how guests are brought back to ``host``; ``others`` and ``allow`` are as of :class:`Undraining`."""

    def __init__(
        self,
        host: Hypervisor,
        others: Mapping[str, Hypervisor | XentuiError],
        *,
        allow: Collection[str] = (),
    ) -> None:
        self._host, self._others = host, others
        self._allow = tuple(allow)

    async def plan(self, record: DrainRecord) -> HostPlan:
        """Poll all hosts, and plan what is done with each guest of the ``record``, the one taken off last first."""
        here = await self._host.inventory.poll()
        if here.store_unread:
            raise NotAllowedError(
                f"cannot bring anything back: {'; '.join(here.problems)}", subject=self._host.host.name
            )
        guests = [each for each in record.guests if each.begun]
        names = [name for name in self._others if any(each.to == name for each in guests)]
        looks = await self._asked(names, lambda other: other.inventory.poll())
        steps = [self._step(guest, here, looks.get(guest.to)) for guest in reversed(guests)]
        held = (f"{record.held} drains or undrains it at this moment",) if record.held else ()
        possible = [await self._startable(step) for step in await self._possible(steps)]
        return HostPlan(
            self._host.host.name,
            tuple(possible),
            held,
            untouched=len(record.guests) - len(guests),
            by_client=await job_obstacles.job_obstacles(self._host, self._others, possible),
        )

    async def _startable(self, step: HostStep) -> HostStep:
        """Return a start if it is possible; a read-only session does not check that."""
        if step.kind is not StepKind.START or step.domain is None or self._host.session.read_only:
            return step
        try:
            boot = await self._host.lifecycle.plan_boot(step.domain)
            stored = await self._host.session.store.read(step.uuid)
        except HostError:
            raise
        except XentuiError as error:
            return _stays(step, error.message)
        # An engine boots what it keeps, which lies in no file.
        is_file = bool(self._host.session.store.config_path(step.uuid))
        return replace(step, boot=boot, sha256=stored.config_sha256 if is_file else "")

    async def _asked(
        self, names: Sequence[str], look: Callable[[Hypervisor], Awaitable[_Answer]]
    ) -> dict[str, _Answer | XentuiError]:
        """Return the answer of each of the named hosts to ``look``, or why it has none."""
        others = {name: self._others[name] for name in names}
        there = {name: other for name, other in others.items() if isinstance(other, Hypervisor)}
        told = dict(zip(there, await asked(list(there.values()), look), strict=True))
        return {
            name: other if isinstance(other, XentuiError) else told[name] for name, other in others.items()
        }

    def _step(self, guest: DrainedGuest, here: Snapshot, there: Snapshot | XentuiError | None) -> HostStep:
        """Return the step of a guest before its migration is checked."""
        domain = of_host(here, guest.uuid)
        if domain is not None and (known := _at_home(domain)) is not None:
            return self._told(known[0], guest, domain, known[1])
        if guest.way is DrainWay.MOVE:
            return self._moved(guest, domain, there)
        if domain is None:
            return self._told(StepKind.RESOLVED, guest, None, "it is not here any more")
        if guest.way is DrainWay.AUTOSTART:
            return self._told(StepKind.AUTOSTART, guest, domain)
        return self._off(guest, domain)

    def _off(self, guest: DrainedGuest, domain: Domain) -> HostStep:
        """Return the step of a guest that was shut down and does not run."""
        if domain.state is not DomainState.OFF:
            return self._told(StepKind.RESOLVED, guest, domain, f"it is {domain.state.value}")
        why = _against_start(domain)
        return self._told(StepKind.STAY if why else StepKind.START, guest, domain, why)

    def _moved(
        self, guest: DrainedGuest, domain: Domain | None, there: Snapshot | XentuiError | None
    ) -> HostStep:
        """Return the step of a guest that was moved and does not run here."""
        if there is None or isinstance(there, XentuiError):
            why = there.message if there is not None else "nobody knows it by that name"
            return self._told(StepKind.STAY, guest, domain, f"{guest.to} could not be asked: {why}")
        moved = of_host(there, guest.uuid)
        if moved is None:
            if there.store_unread:
                return self._told(StepKind.STAY, guest, domain, f"what {guest.to} stores cannot be read")
            where = "it is here, and off" if domain is not None else f"it is on {guest.to} no more"
            return self._told(StepKind.RESOLVED, guest, domain, where)
        why = _CUT if is_left(moved) else reason_against(moved, Action.MIGRATE)
        if why:
            return self._told(StepKind.STAY, guest, moved, f"on {guest.to}: {why}")
        return self._told(StepKind.MOVE, guest, moved)

    def _told(self, kind: StepKind, guest: DrainedGuest, domain: Domain | None, why: str = "") -> HostStep:
        left = kind is StepKind.STAY and domain is not None and is_left(domain)
        hint = mend_hint(guest.name, guest.to) if left else ""
        return HostStep(
            kind, domain, guest.uuid, guest.name, self._host.host.name, why, hint=hint, guest=guest
        )

    async def _possible(self, steps: Sequence[HostStep]) -> list[HostStep]:
        """Return the steps, with migrations as far as the checks allow them."""
        moves: dict[str, list[Domain]] = {}
        for step in steps:
            if step.kind is StepKind.MOVE and step.domain is not None and step.guest is not None:
                moves.setdefault(step.guest.to, []).append(step.domain)

        async def look(other: Hypervisor) -> list[MigrationPlan | XentuiError]:
            name = next(each for each in moves if self._others[each] is other)
            return await Migrating(other).plans(moves[name], self._host, allow=self._allow)

        plans: dict[str, MigrationPlan | XentuiError] = {}
        for name, found in (await self._asked(list(moves), look)).items():
            told = [found] * len(moves[name]) if isinstance(found, XentuiError) else found
            plans.update({domain.uuid: plan for domain, plan in zip(moves[name], told, strict=True)})
        return [
            await self._judged(step, plans[step.uuid]) if step.kind is StepKind.MOVE else step
            for step in steps
        ]

    async def _judged(self, step: HostStep, plan: MigrationPlan | XentuiError) -> HostStep:
        """Return the step of a migration as far as its plan allows it."""
        if isinstance(plan, XentuiError):
            return _stays(step, plan.message)
        if plan.hard:
            return _stays(step, f"stopped by {words_of(plan)}")
        away = step.guest.to if step.guest is not None else ""
        sha256, other = "", self._others.get(away)
        if plan.domain.domid is None and isinstance(other, Hypervisor):
            try:
                sha256 = (await other.session.store.read(step.uuid)).config_sha256
            except XentuiError as error:
                return _stays(step, error.message)
        why = f"from {away}" if away else ""
        return replace(step, domain=plan.domain, why=why, asks=words(plan.soft), move=plan, sha256=sha256)


def of_host(snapshot: Snapshot, uuid: str) -> Domain | None:
    """Return the domain with a uuid on a host: a running one before a stored one."""
    found = [each for each in snapshot.domains if each.uuid == uuid and not each.copy_of]
    return min(found, key=lambda each: each.domid is None, default=None)


def _at_home(domain: Domain) -> tuple[StepKind, str] | None:
    """Return what is plain of a guest that its host has, and why."""
    if is_left(domain):
        return StepKind.STAY, _CUT
    if domain.job is not None and domain.job.under_way:
        return StepKind.STAY, domain.job.sentence
    return (StepKind.RESOLVED, "it runs here") if domain.domid is not None else None


def _against_start(domain: Domain) -> str:
    """Return why a guest that was shut down is not started; "" if it is."""
    if why := reason_against(domain, Action.START):
        return why
    found = danger.of(Action.START, [domain])
    return found.losses[0].removeprefix(f"{domain.label}: ") if found is not None else ""


def _stays(step: HostStep, why: str) -> HostStep:
    return replace(step, kind=StepKind.STAY, why=why)
