"""Bringing back what was taken off a host: exactly that, and what has become of it meanwhile is left as it is."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from xentui.errors import HostError, NotAllowedError, XentuiError
from xentui.model.domain import Domain, Snapshot
from xentui.model.drain import DrainedGuest, DrainWay
from xentui.model.state import DomainState
from xentui.service import autostart, danger
from xentui.service.draining.draining import followed, require_agreed, words_of
from xentui.service.draining.plan import Arrived, HostPlan, HostStep, StepKind
from xentui.service.draining.records import DrainLog
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.progress import Progress
from xentui.service.legality import Action, reason_against
from xentui.service.migrating import Migrating, MigrationPlan
from xentui.service.migrating.asking import asked
from xentui.service.migrating.halves import is_left
from xentui.service.migrating.plan import words

_Answer = TypeVar("_Answer")
_CUT = "a migration of it was cut: `migrate --mend` ends it safely"


class Undraining:
    """Brings back to ``host`` what was taken off it.

    ``others`` are the hosts guests were moved to, by the names that the record has, or why one cannot be asked.
    """

    def __init__(
        self,
        host: Hypervisor,
        others: Mapping[str, Hypervisor | XentuiError],
        *,
        allow: Collection[str] = (),
        arrived: Arrived = lambda *_: None,
    ) -> None:
        self._host = host
        self._others = others
        self._allow = tuple(allow)
        self._arrived = arrived
        self._log = DrainLog(host.session, back=True)

    async def settle(self, progress: Progress | None = None) -> None:
        """Wait for the end of moves back that were begun, and go on by themselves."""
        record = await self._log.read()
        away: dict[str, set[str]] = {}
        for guest in record.guests:
            if guest.begun and guest.to:
                away.setdefault(guest.to, set()).add(guest.uuid)
        for name, uuids in away.items():
            other = self._others.get(name)
            if isinstance(other, Hypervisor):
                with contextlib.suppress(HostError):  # the plan says that it could not be asked
                    await followed(other, uuids, progress)

    async def plan(self) -> HostPlan:
        """Look at all hosts and tell what becomes of each guest, the one that was taken off last first."""
        record = await self._log.read()
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
        return HostPlan(
            self._host.host.name,
            tuple(await self._possible(steps)),
            held,
            untouched=len(record.guests) - len(guests),
        )

    @contextlib.asynccontextmanager
    async def at_work(self, _plan: HostPlan) -> AsyncIterator[None]:
        """Do the steps of a plan within this: the host tells how far that is, wherever it ends.

        Raises NotAllowedError where somebody else is at it.
        """
        self._host.session.require_writable()
        async with self._log.holding():
            await self._log.begin(each for each in self._log.record.guests if each.begun)
            yield

    @property
    def log(self) -> DrainLog:
        """The host's record, and who is at it."""
        return self._log

    async def _asked(
        self, names: Sequence[str], look: Callable[[Hypervisor], Awaitable[_Answer]]
    ) -> dict[str, _Answer | XentuiError]:
        """What a look at each of the hosts of these names tells, or why that is not known."""
        others = {name: self._others[name] for name in names}
        there = {name: other for name, other in others.items() if isinstance(other, Hypervisor)}
        told = dict(zip(there, await asked(list(there.values()), look), strict=True))
        return {
            name: other if isinstance(other, XentuiError) else told[name] for name, other in others.items()
        }

    def _step(self, guest: DrainedGuest, here: Snapshot, there: Snapshot | XentuiError | None) -> HostStep:
        """What becomes of a guest, whatever stands in the way of a move."""
        domain = _of(here, guest.uuid)
        if domain is not None and (known := _at_home(domain)) is not None:
            return self._told(known[0], guest, domain, known[1])
        if guest.way is DrainWay.MOVE:
            return self._moved(guest, domain, there)
        if domain is None:
            return self._told(StepKind.SETTLED, guest, None, "it is not here any more")
        if guest.way is DrainWay.AUTOSTART:
            return self._told(StepKind.AUTOSTART, guest, domain)
        return self._off(guest, domain)

    def _off(self, guest: DrainedGuest, domain: Domain) -> HostStep:
        """What becomes of a guest that was shut down, and does not run."""
        if domain.state is not DomainState.OFF:
            return self._told(StepKind.SETTLED, guest, domain, f"it is {domain.state.value}")
        why = _against_start(domain)
        return self._told(StepKind.STAY if why else StepKind.START, guest, domain, why)

    def _moved(
        self, guest: DrainedGuest, domain: Domain | None, there: Snapshot | XentuiError | None
    ) -> HostStep:
        """What becomes of a guest that was moved, and does not run here."""
        if there is None or isinstance(there, XentuiError):
            why = there.message if there is not None else "nobody knows it by that name"
            return self._told(StepKind.STAY, guest, domain, f"{guest.to} could not be asked: {why}")
        moved = _of(there, guest.uuid)
        if moved is None:
            if there.store_unread:
                return self._told(StepKind.STAY, guest, domain, f"what {guest.to} stores cannot be read")
            where = "it is here, and off" if domain is not None else f"it is on {guest.to} no more"
            return self._told(StepKind.SETTLED, guest, domain, where)
        why = _CUT if is_left(moved) else reason_against(moved, Action.MIGRATE)
        if why:
            return self._told(StepKind.STAY, guest, moved, f"on {guest.to}: {why}")
        return self._told(StepKind.MOVE, guest, moved)

    def _told(self, kind: StepKind, guest: DrainedGuest, domain: Domain | None, why: str = "") -> HostStep:
        return HostStep(kind, domain, guest.uuid, guest.name, self._host.host.name, why, guest=guest)

    async def _possible(self, steps: Sequence[HostStep]) -> list[HostStep]:
        """The steps, moves as what stands in their way lets them be."""
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
        return [_judged(step, plans[step.uuid]) if step.kind is StepKind.MOVE else step for step in steps]

    async def do(self, step: HostStep, progress: Progress | None = None) -> str:
        """Do one step, and have the record forget its guest; returns what was done."""
        self._host.session.require_writable()
        guest = step.guest
        if guest is None or not step.does:
            return ""
        done = step.why
        if step.kind is StepKind.MOVE:
            done = await self._back(step, guest, progress)
        elif step.kind is StepKind.START and step.domain is not None:
            await self._host.lifecycle.start(step.domain)
            done = "is started"
        if await self._linked(guest, _of(await self._host.inventory.glance(), guest.uuid)):
            done = done or "starts with the host again"
        await self._log.drop(guest.uuid)
        return done

    async def _back(self, step: HostStep, guest: DrainedGuest, progress: Progress | None) -> str:
        other = self._others[guest.to]
        if isinstance(other, XentuiError) or step.domain is None:
            raise NotAllowedError(f"{guest.to} could not be asked", subject=guest.name)
        migrating = Migrating(other)
        plan = await migrating.plan(step.domain, self._host, allow=self._allow)
        require_agreed(plan, step.asks)
        await migrating.run(plan, progress)
        self._arrived(guest.to, self._host.host.name, step.name, guest.uuid)
        return "is back"

    async def _linked(self, guest: DrainedGuest, domain: Domain | None) -> bool:
        """Have a guest start with the host again where it did and does not; whether that was so."""
        if not guest.autostart or domain is None or not domain.managed or domain.autostart:
            return False
        name = domain.stored_name or domain.name
        await autostart.link(self._host.session, guest.uuid, name, on=True, order=guest.order)
        return True

    async def forget(self) -> tuple[DrainedGuest, ...]:
        """Have the host forget what was taken off it, its links among those that start with it put back; returns that.

        Nothing is moved, and nothing started.  Raises NotAllowedError where somebody is at it.
        """
        async with self._log.holding():
            record = await self._log.read()
            domains = {each.uuid: each for each in (await self._host.inventory.glance()).domains}
            for guest in record.guests:
                await self._linked(guest, domains.get(guest.uuid))
            if record.guests:
                await self._log.clear()
            return record.guests


def _of(snapshot: Snapshot, uuid: str) -> Domain | None:
    """What a host has of a domain: what runs before what is stored."""
    found = [each for each in snapshot.domains if each.uuid == uuid and not each.copy_of]
    return min(found, key=lambda each: each.domid is None, default=None)


def _at_home(domain: Domain) -> tuple[StepKind, str] | None:
    """What is plain of a guest that its host has, and why."""
    if is_left(domain):
        return StepKind.STAY, _CUT
    if domain.job is not None and domain.job.under_way:
        return StepKind.STAY, domain.job.sentence
    return (StepKind.SETTLED, "it runs here") if domain.domid is not None else None


def _against_start(domain: Domain) -> str:
    """Why a guest that was shut down is not started by itself; "" where it is."""
    if why := reason_against(domain, Action.START):
        return why
    found = danger.of(Action.START, [domain])
    return found.losses[0].removeprefix(f"{domain.label}: ") if found is not None else ""


def _judged(step: HostStep, plan: MigrationPlan | XentuiError) -> HostStep:
    """A move as far as it is possible."""
    if isinstance(plan, XentuiError):
        return _stays(step, plan.message)
    if plan.hard:
        return _stays(step, f"stopped by {words_of(plan)}")
    why = f"from {step.guest.to}" if step.guest is not None else ""
    return replace(step, why=why, asks=words(plan.soft))


def _stays(step: HostStep, why: str) -> HostStep:
    return replace(step, kind=StepKind.STAY, why=why)
