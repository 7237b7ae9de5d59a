"""The job of a host that empties it or brings it back, attended: followed, told of, ended, by whoever comes."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from xentui.commands import drain_reconnect, drain_report
from xentui.commands.drain_common import carrying, print_end
from xentui.commands.drain_progress import Follower
from xentui.errors import ExitStatus, HostError, NotAllowedError, StoreCode, StoreError, Suggest, XentuiError
from xentui.model.job import JobLook
from xentui.service.draining import Draining, HostPlan, HostSequence, Undraining
from xentui.service.draining.job_sequence import command
from xentui.service.draining.records import already_draining

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.drain import DrainRecord
    from xentui.service.draining.plan import Arrived
    from xentui.service.hypervisor import Hypervisor

_TRIES = 3
"""So often it is begun where the line breaks as it is."""


class Attending:
    """The job that empties ``host``, or brings it ``back``, as its ``record`` tells of it."""

    def __init__(
        self,
        context: Context,
        args: argparse.Namespace,
        host: Hypervisor,
        record: DrainRecord,
        *,
        back: bool,
    ) -> None:
        self._context, self._args, self._host, self._record = context, args, host, record
        self._back = back
        self._word = "undrain" if back else "drain"
        self._done = "undrained" if back else "drained"

    async def attended(
        self,
        work: Callable[[Arrived], Draining | Undraining],
        known: Sequence[Hypervisor],
        *,
        follows: bool = True,
    ) -> int | None:
        """Do what is asked about the job that is at it, or follow it; None where the host is free for one to begin.

        ``work`` makes what it is followed as, given what carries a guest's logs between the hosts that are ``known``.
        Raises NotAllowedError where somebody else is at it, or the session is for reading and more is asked for.
        """
        args, session = self._args, self._host.session
        if args.status:
            return await self.status()
        if not session.dry_run:
            session.require_writable()
        if args.stop or args.cancel:
            return await self.stop(now=args.cancel)
        if follows and not session.dry_run and await self.is_under_way():
            return await self.attached(work(carrying({each.host.name: each for each in known})))
        self.require_free()
        return None

    async def is_under_way(self) -> bool:
        """Return whether it is the host's own job that is at it at this moment, not a client."""
        record = self._record
        if not record.held or record.back is not self._back:
            return False
        look = await self._look(record.job)
        return look is not None and drain_report.is_under_way(look, record.held)

    def require_free(self) -> None:
        """Raise NotAllowedError where somebody else is at the host."""
        if self._record.held and not self._host.session.dry_run:
            raise already_draining(self._host.host.name, self._record.held)

    async def attached(self, work: Draining | Undraining) -> int:
        """Follow it; who leaves does not end it."""
        context, host, record, word = self._context, self._host, self._record, self._word
        name = host.host.name
        told = await host.session.store.look_job(record.job)
        context.note(
            f"{name}: {record.held} {word}s it at this moment, and it goes on by itself: followed from here"
        )
        context.advise((command(name, "--stop", back=self._back), " ends it after the guest in progress"))
        plan = drain_report.plan_of(told, name)
        results: dict[str, XentuiError | None] = {}
        sequence = HostSequence(host.session, job=record.job, back=self._back)
        context.asked()
        await followed(context, host, sequence, Follower(context, plan, work, results))
        names = await work.still_running() if isinstance(work, Draining) else ()
        return print_end(context, self._args, plan, results, still=names, back=self._back)

    async def stop(self, *, now: bool) -> int:
        """End it, after the guest in progress or with it."""
        context, name = self._context, self._host.host.name
        if not await self.is_under_way():
            raise NotAllowedError(f"is not being {self._done} at this moment", subject=name)
        if self._host.session.dry_run:
            return ExitStatus.DONE
        await HostSequence(self._host.session, job=self._record.job, back=self._back).stop(now=now)
        guest = (
            "the guest in progress, which is stopped if nothing is lost by it"
            if now
            else "the guest in progress"
        )
        context.note(f"{name}: the {self._word} ends with {guest}")
        context.advise((command(name, "--status", back=self._back), " tells how far it is"))
        return ExitStatus.DONE

    async def status(self) -> int:
        """Tell how far it is, or how the last one ended; 1 where that has left guests."""
        context, name = self._context, self._host.host.name
        told = await self._look(await self._job())
        if told is None:
            raise NotAllowedError(
                f"no {self._word} of it is known",
                subject=name,
                hint=(Suggest("fleet.show"), " tells what was taken off it"),
            )
        results = drain_report.results_of(told, name, back=self._back)
        if self._args.json:
            context.json(drain_report.as_json(drain_report.plan_of(told, name), results))
        else:
            for line in drain_report.status(told, name, self._record.held, self._word):
                context.out(line)
        left = not drain_report.is_under_way(told, self._record.held) and any(
            results.get(each.uuid, told) is not None for each in told.outcomes
        )
        return ExitStatus.FAILED if left else ExitStatus.DONE

    async def _job(self) -> str:
        """Return the job that is at it, or was last; the record of a host that is all back tells of none."""
        record = self._record
        if record.job and record.back is self._back:
            return record.job
        return await self._host.session.store.last_drain_job(back=True) if self._back else ""

    async def _look(self, job: str) -> JobLook | None:
        """Return how far a job is; None where there is none."""
        if not job:
            return None
        try:
            return await self._host.session.store.look_job(job)
        except StoreError as error:
            if error.code == StoreCode.MISSING:
                return None
            raise


async def by_the_host(
    context: Context,
    host: Hypervisor,
    plan: HostPlan,
    begin: Callable[[HostPlan], tuple[HostSequence, Follower]],
    again: Callable[[], Awaitable[HostPlan]],
) -> HostPlan:
    """Have the host do a plan by the job that ``begin`` makes of it, and follow that; the plan as far as it came.

    Where the line breaks it is waited for; where that was before it began it is planned ``again``.
    """
    for _try in range(_TRIES):
        if await followed(context, host, *begin(plan)):
            break
        plan = await again()
        if not plan.doing:
            break
    return plan


async def followed(context: Context, host: Hypervisor, sequence: HostSequence, follower: Follower) -> bool:
    """Follow the job of a host to its end, over lines that break; False where it never began."""
    while True:
        try:
            async with follower:
                await sequence.follow(follower.look)
        except StoreError as error:
            if error.code == StoreCode.MISSING:
                return False
            raise
        except HostError as error:
            context.note(f"{host.host.name}: {error.message}")
            if not await drain_reconnect.is_back(context, host):
                raise
            # It is begun, or it is not: the next look tells.
            sequence = sequence.follow_again()
        else:
            return True
