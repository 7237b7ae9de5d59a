"""``drain``: a host emptied, by a job of its own that is followed from here."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui.commands import drain_line, drain_words
from xentui.commands.drain_common import agree, carrying, is_done, meant_host, settle, tell_end, tell_plan
from xentui.commands.drain_following import Follower
from xentui.commands.other_host import names_of_others, other_hosts
from xentui.errors import (
    ExitStatus,
    HostError,
    NotAgreedError,
    NotAllowedError,
    StoreCode,
    StoreError,
    Suggest,
    UsageError,
    XentuiError,
)
from xentui.model.drain import DrainRecord
from xentui.model.job import HostJobState, JobLook
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
_TRIES = 3
"""So often it is begun where the line breaks as it is."""


async def drain(context: Context, args: argparse.Namespace) -> int:
    """Show what becomes of each guest of a host, and have it done once that was agreed to; 1 where guests stay on it.

    Where the host is emptied at this moment, that is followed.
    """
    if args.timeout is not None and not 1 <= args.timeout <= _LONGEST:
        raise UsageError(f"a number of seconds from 1 to {_LONGEST}", subject=str(args.timeout))
    async with meant_host(context, args) as (source, beside):
        session = source.session
        record = await session.store.read_drain() if args.status or not session.dry_run else DrainRecord()
        if args.status:
            return await _status(context, args, source, record)
        if not session.dry_run:
            session.require_writable()
        if args.stop or args.cancel:
            return await _stop(context, source, record, now=args.cancel)
        if record.held and not record.back and await _is_under_way(source, record):
            return await _attached(context, args, source, record, beside)
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
            await settle(context, source, self._draining)
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
        return tell_end(context, self._args, whole, self._results, still=still)

    async def _planned(self, *, first: bool) -> HostPlan:
        """Plan it and tell of that; where somebody is there, ask about those that could be shut down."""
        plan = await self._draining.plan(shutdown=self._stops)
        if not first and self._agreed is not None and drain_line.is_agreed(plan, self._agreed):
            return plan
        tell_plan(self._context, self._args, plan)
        if not self._stops and _asks_to_stop(self._context, self._args, plan):
            if await _stops(self._context, plan):
                self._stops = True
                plan = await self._draining.plan(shutdown=True)
                tell_plan(self._context, self._args, plan)
            elif not plan.doing and first:
                raise NotAgreedError(subject=plan.host)
        return plan

    async def _agree(self, plan: HostPlan) -> HostPlan:
        """Have a plan agreed to, unless that was done; one that was thought about for long is looked at again."""
        while self._agreed is None or not drain_line.is_agreed(plan, self._agreed):
            asked = time.monotonic()
            await agree(self._context, self._args, plan, "Empty")
            self._agreed = plan
            if time.monotonic() - asked < _THOUGHT:
                break
            plan = await self._draining.plan(shutdown=self._stops)
            if not drain_line.is_agreed(plan, self._agreed):
                tell_plan(self._context, self._args, plan)
        return plan

    async def _mended(self, plan: HostPlan) -> bool:
        """End what migrations have left; whether what is here then is to be planned anew."""
        context = self._context
        async with self._draining.at_work(plan):
            for step in plan.mending:
                try:
                    with context.progress(drain_words.title(step)):
                        done = await self._draining.mend(step)
                except XentuiError as error:
                    self._results[step.uuid] = error
                    context.tell_error(error)
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
        for _try in range(_TRIES):
            sequence = self._draining.sequence(
                plan, shutdown=self._stops, keep_going=bool(self._args.keep_going)
            )
            follower = Follower(self._context, plan, self._draining, self._results)
            if await followed(self._context, self._source, sequence, follower):
                break
            # It never began.
            plan = await self._planned(first=False)
            if not plan.doing:
                break
            plan = await self._agree(plan)
        return plan


async def followed(context: Context, source: Hypervisor, sequence: HostSequence, follower: Follower) -> bool:
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
            context.note(f"{source.host.name}: {error.message}")
            if not await drain_line.is_back(context, source):
                raise
            # It is begun, or it is not: the next look tells.
            sequence = HostSequence(source.session, job=sequence.job, own=sequence.own)
        else:
            return True


async def _is_under_way(source: Hypervisor, record: DrainRecord) -> bool:
    """Whether it is the host's own job that empties it, not a client."""
    return (look := await _look(source, record)) is not None and look.state is HostJobState.RUNNING


async def _look(source: Hypervisor, record: DrainRecord) -> JobLook | None:
    """How far the job is that empties the host, or has last; None where there is none."""
    if not record.job:
        return None
    try:
        return await source.session.store.look_job(record.job)
    except StoreError as error:
        if error.code == StoreCode.MISSING:
            return None
        raise


async def _attached(
    context: Context,
    args: argparse.Namespace,
    source: Hypervisor,
    record: DrainRecord,
    beside: Sequence[Hypervisor],
) -> int:
    """Follow what empties the host at this moment; who leaves does not end it."""
    name = source.host.name
    told = await source.session.store.look_job(record.job)
    context.note(
        f"{name}: {record.held} drains it at this moment, and it goes on by itself: followed from here"
    )
    context.advise((Suggest("fleet.drain", name, "--stop"), " ends it after the guest in progress"))
    plan = drain_words.plan_of(told, name)
    by_name = {each.host.name: each for each in (source, *beside)}
    results: dict[str, XentuiError | None] = {}
    draining = Draining(source, (), arrived=carrying(by_name))
    sequence = HostSequence(source.session, job=record.job)
    context.asked()
    await followed(context, source, sequence, Follower(context, plan, draining, results))
    return tell_end(context, args, plan, results, still=await draining.still_running())


async def _stop(context: Context, source: Hypervisor, record: DrainRecord, *, now: bool) -> int:
    """End what empties the host at this moment, after the guest in progress or with it."""
    name = source.host.name
    if record.back or not await _is_under_way(source, record):
        raise NotAllowedError("is not being drained at this moment", subject=name)
    if source.session.dry_run:
        return ExitStatus.DONE
    await HostSequence(source.session, job=record.job).stop(now=now)
    guest = (
        "the guest in progress, which is stopped if nothing is lost by it" if now else "the guest in progress"
    )
    context.note(f"{name}: the drain ends with {guest}")
    context.advise((Suggest("fleet.drain", name, "--status"), " tells how far it is"))
    return ExitStatus.DONE


async def _status(context: Context, args: argparse.Namespace, source: Hypervisor, record: DrainRecord) -> int:
    """Tell how far the host is emptied, or how the last drain ended; 1 where that has left guests."""
    name = source.host.name
    told = await _look(source, record)
    if told is None or record.back:
        raise NotAllowedError(
            "no drain of it is known",
            subject=name,
            hint=(Suggest("fleet.show"), " tells what was taken off it"),
        )
    results = drain_words.results_of(told, name)
    if args.json:
        context.json(drain_words.as_json(drain_words.plan_of(told, name), results))
    else:
        for line in drain_words.status(told, name, record.held):
            context.out(line)
    left = told.state is not HostJobState.RUNNING and any(
        results.get(each.uuid, told) is not None for each in told.outcomes
    )
    return ExitStatus.FAILED if left else ExitStatus.DONE


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
    """The hosts guests may go to; none is known of where all that cannot be moved is shut down."""
    try:
        return names_of_others(source, args.to or "", beside)
    except UsageError:
        if args.shutdown and not args.to:
            return []
        raise


def _asks_to_stop(context: Context, args: argparse.Namespace, plan: HostPlan) -> bool:
    """Whether somebody can be asked about guests that cannot be moved."""
    if args.shutdown or args.json or context.confirm is None or not plan.stoppable:
        return False
    return not (context.yes or getattr(args, "yes", False) or context.hypervisor.session.dry_run)


async def _stops(context: Context, plan: HostPlan) -> bool:
    """Whether somebody agrees to have those shut down that cannot be moved."""
    many = len(plan.stoppable)
    what = plan.stoppable[0].name if many == 1 else f"these {many}"
    names = ", ".join(step.name for step in plan.stoppable)
    about = [] if many == 1 else [f"Cannot be moved, and could be shut down: {names}"]
    return context.confirm is not None and await context.confirm(f"Shut down {what} instead?", about)
