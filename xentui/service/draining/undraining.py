"""Undrains a host: brings back exactly what was taken off it; what others have changed since stays."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Collection, Mapping
from functools import partial

from xentui.errors import HostError, NotAllowedError, XentuiError
from xentui.model.domain import Domain
from xentui.model.drain import DrainAgreed, DrainedGuest, GuestOutcome, OutcomeState
from xentui.service import autostart
from xentui.service.draining.draining import require_agreed, wait_for_moves_away
from xentui.service.draining.job_sequence import HostSequence, failure, move_failure
from xentui.service.draining.plan import Arrived, HostPlan, HostStep, StepKind
from xentui.service.draining.records import DrainLog
from xentui.service.draining.step_arguments import commands_of, return_arguments
from xentui.service.draining.undrain_planning import ReturnPlanner, of_host
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.progress import Progress
from xentui.service.migrating import Migrating, store_handover


class Undraining:
    """Brings back to ``host`` the guests that were taken off it.

    ``others`` are the hosts that guests were moved to, by their names in the record, or why one cannot be asked.
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

    async def plan(self) -> HostPlan:
        """Poll all hosts, and plan what is done with each guest, the one that was taken off last first."""
        planner = ReturnPlanner(self._host, self._others, allow=self._allow)
        return await planner.plan(await self._log.read())

    async def wait_for_begun_moves(self, progress: Progress | None = None) -> None:
        """Wait for the end of migrations back that an earlier undrain has started."""
        record = await self._log.read()
        away: dict[str, set[str]] = {}
        for guest in record.guests:
            if guest.begun and guest.to:
                away.setdefault(guest.to, set()).add(guest.uuid)
        for name, uuids in away.items():
            other = self._others.get(name)
            if isinstance(other, Hypervisor):
                with contextlib.suppress(HostError):  # the plan says that it could not be asked
                    await wait_for_moves_away(other, uuids, progress)

    @contextlib.asynccontextmanager
    async def recorded(self, _plan: HostPlan) -> AsyncIterator[None]:
        """Hold the host's record while the steps of a plan are done in the block; the record shows what is left.

        Raises NotAllowedError if somebody else holds the record.
        """
        self._host.session.require_writable()
        async with self._log.hold():
            await self._log.begin(each for each in self._log.record.guests if each.begun)
            yield

    @property
    def log(self) -> DrainLog:
        """The host's record."""
        return self._log

    def sequence(self, plan: HostPlan, *, keep_going: bool = False) -> HostSequence:
        """Return the job of the host for a plan, which is all of it unless something is ``by_client``.

        The job starts when it is followed, and continues without a client; with ``keep_going`` also after a guest that
        fails.
        """
        session = self._host.session
        session.require_writable()
        commands = commands_of(self._host)
        begin = partial(
            session.store.start_drain_job,
            serial=self._log.record.serial,
            guests=tuple(each for each in self._log.record.guests if each.begun),
            agreed=DrainAgreed(allow=self._allow),
            sequence={
                "steps": [return_arguments(self._host, step, self._others) for step in plan.doing],
                "keep_going": keep_going,
                "details": list(commands.details),
            },
            commands=commands.jobs.by_name(),
            user=session.user,
            back=True,
        )
        return HostSequence(session, begin=begin, back=True)

    async def finish_guest(self, outcome: GuestOutcome, plan: HostPlan) -> XentuiError | None:
        """Do the client's part for a guest that the host is done with.

        Return why the guest is left, None if it is not.
        """
        step = plan.step(outcome.uuid)
        away = step.guest.to if step is not None and step.guest is not None else ""
        if outcome.state is OutcomeState.DONE:
            if step is not None and step.kind is StepKind.MOVE and away and outcome.job:
                self._arrived(away, self._host.host.name, step.name, step.uuid)
            return None
        other = self._others.get(away)
        why = await move_failure(other, step, outcome) if isinstance(other, Hypervisor) else None
        return why or self.failure(outcome)

    def failure(self, outcome: GuestOutcome) -> NotAllowedError:
        """Return why a guest was not brought back, from the host's outcome."""
        guest = self._log.record.guest(outcome.uuid)
        return failure(outcome, self._host.host.name, back=True, other=guest.to if guest is not None else "")

    async def hand_over(self, uuid: str, plan: HostPlan) -> None:
        """Move the stored data of a guest to this host, if the other host cannot reach it."""
        step = plan.step(uuid)
        other = self._others.get(step.guest.to) if step is not None and step.guest is not None else None
        if step is not None and isinstance(other, Hypervisor):
            await store_handover.hand_over(other, self._host, uuid, step.name)

    async def do(self, step: HostStep, progress: Progress | None = None) -> str:
        """Do one step, and remove its guest from the record; returns what was done."""
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
        if await self._linked(guest, of_host(await self._host.inventory.glance(), guest.uuid)):
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
        """Restore the autostart link of a guest that had one; returns whether that was needed."""
        if not guest.autostart or domain is None or not domain.managed or domain.autostart:
            return False
        name = domain.stored_name or domain.name
        await autostart.link(self._host.session, guest.uuid, name, on=True, order=guest.order)
        return True

    async def forget(self) -> tuple[DrainedGuest, ...]:
        """Remove the record, with the autostart links of its guests restored; returns the guests.

        Nothing is moved or started.  Raises NotAllowedError if somebody holds the record.
        """
        async with self._log.hold():
            record = await self._log.read()
            domains = {each.uuid: each for each in (await self._host.inventory.glance()).domains}
            for guest in record.guests:
                await self._linked(guest, domains.get(guest.uuid))
            if record.guests:
                await self._log.clear()
            return record.guests
