"""A job of the host that empties it: what it is told of each guest, how it is followed, and how it is ended early."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from xentui.errors import Hint, NotAllowedError, StoreCode, StoreError, Suggest
from xentui.model.drain import DrainedGuest, DrainWay, GuestOutcome, OutcomeState
from xentui.model.job import DRAIN, JobLook
from xentui.service.draining.plan import HostStep, StepKind
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.run import JobRun
from xentui.service.migrating.handing_over import way
from xentui.service.migrating.running import told_job
from xentui.service.session import Session
from xentui.store.drains import spelt
from xentui.text import plain
from xentui.toolstack.targets import DrainCommands, target as target_of

_NAME = 500
_BALLOON = "balloon"
_KILLED = "the drain was killed on the host"
_WAYS = {StepKind.MOVE: DrainWay.MOVE, StepKind.SHUTDOWN: DrainWay.SHUTDOWN}
Begin = Callable[[str], Awaitable[object]]
"""Has the host begin a job of that name."""


class HostSequence:
    """The job of a host that deals with its guests: one that ``begin`` begins, or that is under way (``job``)."""

    def __init__(
        self, session: Session, *, begin: Begin | None = None, job: str = "", own: bool = False
    ) -> None:
        self._session = session
        self._begin = begin
        name = session.host.name
        self._hint: Hint = (Suggest("fleet.drain", name), " follows it")
        self._run = JobRun(session, DRAIN, name, hint=self._hint, id=job)
        self.own = own or begin is not None
        """Whether it was begun here: who leaves is taken to want its end, unless the session as such is left."""

    @property
    def job(self) -> str:
        """Its name."""
        return self._run.id

    async def follow(self, look: Callable[[JobLook], Awaitable[None]]) -> JobLook:
        """Give each look at it that tells of something new to ``look``; returns the last, once it has ended.

        Raises StoreError where the host refuses to begin it, GoesOnError where the line broke and did not come back:
        it can be followed again then.
        """
        begin, self._begin = self._begin, None
        followed = self._run.begun(begin, self._cancelled) if begin else self._run.followed(self._cancelled)
        looks: asyncio.Queue[JobLook | None] = asyncio.Queue()
        name = self._session.host.name
        async with followed:
            ended = asyncio.create_task(self._run.ended(looks.put_nowait))
            ended.add_done_callback(lambda _: looks.put_nowait(None))
            try:
                while (told := await looks.get()) is not None:
                    await look(told)
                last = await ended
            finally:
                ended.cancel()
                await asyncio.gather(ended, return_exceptions=True)
            await look(last)
        end = self._run.end(last, _KILLED, hint=(Suggest("fleet.drain", name), " goes on from there"))
        if end.refusal is not None:
            code, message, _path = end.refusal
            raise StoreError(message, code=StoreCode.of(code), subject=name)
        return last

    async def stop(self, *, now: bool) -> None:
        """End it after the guest that is under way, or with it (``now``), as far as nothing is lost by that."""
        self._session.require_writable()
        await (self._session.store.cancel_job if now else self._session.store.end_drain_job)(self.job)

    async def _cancelled(self) -> None:
        if not self.own or self._session.leaving():
            await self._run.leave()
            return
        if (told := await self._run.stop()) is None:
            return
        for outcome in told.outcomes:
            if outcome.state in (OutcomeState.FAILED, OutcomeState.SKIPPED):
                self._session.caution([f"{outcome.name}: {outcome.why}"])


def commands_of(source: Hypervisor) -> DrainCommands:
    """What the host's job runs; raises NotAllowedError where its engine's hosts are not emptied."""
    found = source.session.toolstack.draining
    if found is None:
        engine = source.session.toolstack.name
        raise NotAllowedError(f"xentui empties no host of {engine}", subject=source.host.name)
    return found


def told_step(source: Hypervisor, step: HostStep) -> dict[str, Any]:
    """What the host's job is told of a guest (:func:`xentui.agent.emptying.checked`)."""
    domain, before, commands = step.domain, step.guest, commands_of(source)
    if domain is None:
        raise NotAllowedError("is not known", subject=step.name)
    kept = step.kind is not StepKind.MOVE and domain.autostart  # the link of one that moves goes along
    guest = DrainedGuest(
        domain.uuid,
        domain.stored_name or domain.label,
        _WAYS.get(step.kind, before.way if before is not None else DrainWay.AUTOSTART),
        step.to,
        autostart=kept or (before is not None and before.autostart),
        order=domain.autostart_order if kept else before.order if before is not None else None,
    )
    told = {
        "does": step.kind.value,
        "uuid": domain.uuid,
        "name": plain(domain.label, _NAME),
        "to": step.to,
        "domid": domain.domid or 0,
        "guest": spelt(guest),
        "begun": before is not None and before.begun,
        "linked": domain.autostart,
        "link": {"autostart": True, "order": domain.autostart_order},
        "kept": [*commands.kept, domain.uuid] if commands.kept else [],
        "unlink": [*commands.unlink, domain.uuid] if commands.unlink else [],
    }
    if step.kind is StepKind.MOVE and step.move is not None:
        plan, host = step.move, step.move.target.host
        migration, jobs = told_job(source, plan)
        place = {
            **way(plan),
            "info": list(commands.info),
            "list": list(commands.jobs.list),
            "named": list(commands.named),
            "need": plan.need_kib,
            "spare": plan.given_kib if _BALLOON in step.asks else 0,
            "files": [host.host_path(disk.path) for disk in plan.disks],
            "name": domain.name,
        }
        listed = {name: list(argv) for name, argv in jobs.items()}
        return {**told, "migration": migration, "commands": listed, "place": place}
    if step.kind is StepKind.SHUTDOWN:
        # A guest without drivers for it still hears its power button.
        fallback = domain.config.type == "hvm"
        argv = source.session.toolstack.shutdown(target_of(domain), acpi_fallback=fallback)
        return {**told, "argv": list(argv)}
    return told


def failure(outcome: GuestOutcome, host: str) -> NotAllowedError:
    """Why nothing has come of a guest, as an error."""
    hint: Hint = ""
    if outcome.state is OutcomeState.SKIPPED:
        hint = (Suggest("fleet.drain", host), " looks again")
    return NotAllowedError(outcome.why or "was left", subject=outcome.name, hint=hint)
