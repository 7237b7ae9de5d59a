"""``drain``: a host emptied, by a job of its own that is followed from here."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui.commands import drain_reconnect, drain_report
from xentui.commands.drain_common import (
    agree,
    carrying,
    is_done,
    meant_host,
    print_end,
    print_plan,
    wait_for_begun_moves,
)
from xentui.commands.drain_job import Attending, by_the_host
from xentui.commands.drain_progress import Follower
from xentui.commands.other_host import names_of_others, other_hosts
from xentui.errors import (
    HostError,
    NotAgreedError,
    UsageError,
    XentuiError,
)
from xentui.model.drain import DrainRecord
from xentui.service.draining import Draining, HostPlan, HostSequence, HostStep
from xentui.service.jobs.run import GoesOnError
from xentui.text import printable

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.service.hypervisor import Hypervisor

_NONE = "none"
"""What ``--to`` has where nothing is to be moved."""
_LONGEST = 86_400
_ROUNDS = 3
"""Plans that are made at most, one after the other: what was mended is planned anew."""
_THOUGHT = 10.0
"""Seconds after which a plan that was agreed to is looked at again."""


async def drain(context: Context, args: argparse.Namespace) -> int:
    """Show what becomes of each guest of a host, and have it done once that was agreed to; 1 where guests stay on it.

    Where the host is emptied at this moment, that is followed.
    """
    if args.timeout is not None and not 1 <= args.timeout <= _LONGEST:
        raise UsageError(f"a number of seconds from 1 to {_LONGEST}", subject=str(args.timeout))
    async with meant_host(context, args) as (source, beside):
        session = source.session
        record = await session.store.read_drain() if args.status or not session.dry_run else DrainRecord()
        attending = Attending(context, args, source, record, back=False)
        ended = await attending.attended(
            lambda arrived: Draining(source, (), arrived=arrived), (source, *beside)
        )
        if ended is not None:
            return ended
        _as_agreed(context, args, record)
        none = (args.to or "").strip() == _NONE
        names = [] if none else _targets(source, args, beside)
        async with other_hosts(source, names, beside) as targets:
            by_name = {source.host.name: source, **{each.host.name: each for each in targets}}
            draining = Draining(
                source,
                targets,
                allow=args.allow or (),
                arrived=carrying(by_name),
                **({} if args.timeout is None else {"patience": float(args.timeout)}),
            )
            return await _Drain(context, args, source, draining, stops=args.shutdown or none).run()


class _Drain:
    """One host that is emptied; ``stops``: what cannot be moved is shut down."""

    def __init__(
        self,
        context: Context,
        args: argparse.Namespace,
        source: Hypervisor,
        draining: Draining,
        *,
        stops: bool,
    ) -> None:
        self._context, self._args = context, args
        self._source, self._draining = source, draining
        self._stops = stops
        self._agreed: HostPlan | None = None
        self._results: dict[str, XentuiError | None] = {}
        self._done: list[HostStep] = []
        """The steps of former plans that were seen through."""

    async def run(self) -> int:
        """Do all of it."""
        context, source, dry = self._context, self._source, self._source.session.dry_run
        if not dry:
            await wait_for_begun_moves(context, source, self._draining)
        for turn in range(_ROUNDS):
            plan = await self._planned(first=not turn)
            if dry or not plan.doing:
                break
            try:
                plan = await self._agree(plan)
            except NotAgreedError:
                if not turn:
                    raise
                break  # something was mended before
            if not plan.mending:
                plan = await self._by_the_host(plan)
                break
            if not await self._mended(plan):
                break
        still = [] if dry else await self._draining.still_running()
        left = {step.uuid for step in plan.steps}
        done = [step for step in self._done if step.uuid not in left]
        whole = replace(plan, steps=(*done, *plan.steps))
        return print_end(context, self._args, whole, self._results, still=still)

    async def _planned(self, *, first: bool) -> HostPlan:
        """Plan it and tell of that; where somebody is there, ask about those that could be shut down."""
        plan = await self._draining.plan(shutdown=self._stops)
        if not first and self._agreed is not None and drain_reconnect.is_agreed(plan, self._agreed):
            return plan
        print_plan(self._context, self._args, plan)
        if not self._stops and _asks_to_stop(self._context, self._args, plan):
            if await _stops(self._context, plan):
                self._stops = True
                plan = await self._draining.plan(shutdown=True)
                print_plan(self._context, self._args, plan)
            elif not plan.doing and first:
                raise NotAgreedError(subject=plan.host)
        return plan

    async def _agree(self, plan: HostPlan) -> HostPlan:
        """Have a plan agreed to, unless that was done; one that was thought about for long is looked at again."""
        while self._agreed is None or not drain_reconnect.is_agreed(plan, self._agreed):
            asked = time.monotonic()
            await agree(self._context, self._args, plan, "Empty")
            self._agreed = plan
            if time.monotonic() - asked < _THOUGHT:
                break
            plan = await self._draining.plan(shutdown=self._stops)
            if not drain_reconnect.is_agreed(plan, self._agreed):
                print_plan(self._context, self._args, plan)
        return plan

    async def _mended(self, plan: HostPlan) -> bool:
        """End what migrations have left; whether what is here then is to be planned anew."""
        context = self._context
        async with self._draining.recorded(plan):
            for step in plan.mending:
                try:
                    with context.progress(drain_report.title(step)):
                        done = await self._draining.mend(step)
                except XentuiError as error:
                    self._results[step.uuid] = error
                    context.report_error(error)
                    if not self._args.keep_going or isinstance(error, GoesOnError | HostError):
                        break
                else:
                    self._results[step.uuid] = None
                    context.note(f"{step.name}: {printable(done)}")
        self._done += [step for step in plan.mending if is_done(self._results, step)]
        return all(is_done(self._results, step) for step in plan.mending)

    async def _by_the_host(self, plan: HostPlan) -> HostPlan:
        """Have the host do a plan, and follow that; the plan that was done, as far as it came.

        Where the line breaks it is waited for.
        """

        def begin(plan: HostPlan) -> tuple[HostSequence, Follower]:
            keep_going = bool(self._args.keep_going)
            sequence = self._draining.sequence(plan, shutdown=self._stops, keep_going=keep_going)
            return sequence, Follower(self._context, plan, self._draining, self._results)

        async def again() -> HostPlan:
            plan = await self._planned(first=False)
            return await self._agree(plan) if plan.doing else plan

        return await by_the_host(self._context, self._source, plan, begin, again)


def _as_agreed(context: Context, args: argparse.Namespace, record: DrainRecord) -> None:
    """Have what a drain that broke off was agreed to with be taken over, where nothing else is asked for."""
    agreed = record.agreed
    broken = not record.back and any(not each.done for each in record.guests)
    if agreed is None or not broken or args.to or args.shutdown or args.allow or args.timeout is not None:
        return
    args.to = ",".join(agreed.to) or _NONE
    args.shutdown, args.allow = agreed.shutdown, list(agreed.allow)
    args.timeout = agreed.patience
    words = [f"--to {args.to}", *(["--shutdown"] if args.shutdown else [])]
    words += [f"--allow {each}" for each in agreed.allow]
    context.note(f"goes on as it was agreed to: {' '.join(words)}")


def _targets(source: Hypervisor, args: argparse.Namespace, beside: list[Hypervisor]) -> list[str]:
    """Return the hosts guests may go to; none is known of where all that cannot be moved is shut down."""
    try:
        return names_of_others(source, args.to or "", beside)
    except UsageError:
        if args.shutdown and not args.to:
            return []
        raise


def _asks_to_stop(context: Context, args: argparse.Namespace, plan: HostPlan) -> bool:
    """Return whether somebody can be asked about guests that cannot be moved."""
    if args.shutdown or args.json or context.confirm is None or not plan.stoppable:
        return False
    return not (context.yes or getattr(args, "yes", False) or context.hypervisor.session.dry_run)


async def _stops(context: Context, plan: HostPlan) -> bool:
    """Return whether somebody agrees to have those shut down that cannot be moved."""
    many = len(plan.stoppable)
    what = plan.stoppable[0].name if many == 1 else f"these {many}"
    names = ", ".join(step.name for step in plan.stoppable)
    about = [] if many == 1 else [f"Cannot be moved, and could be shut down: {names}"]
    return context.confirm is not None and await context.confirm(f"Shut down {what} instead?", about)
