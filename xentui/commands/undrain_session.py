"""``undrain``: what was taken off a host brought back, by a job of its own that is followed from here."""

from __future__ import annotations

import argparse
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from xentui.commands import drain_by_client, drain_report
from xentui.commands.confirmation import agreed_after_warning
from xentui.commands.drain_common import (
    agree,
    carrying,
    meant_host,
    print_end,
    print_plan,
    wait_for_begun_moves,
)
from xentui.commands.drain_job import Attending, by_the_host
from xentui.commands.drain_progress import Follower
from xentui.commands.drain_reconnect import is_agreed
from xentui.commands.drain_report import Results
from xentui.commands.other_host import other_host
from xentui.errors import ExitStatus, NotAllowedError, UsageError, XentuiError
from xentui.model.drain import DrainRecord, DrainWay
from xentui.service.draining import HostPlan, HostSequence, Undraining

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xentui.commands.context import Context
    from xentui.service.hypervisor import Hypervisor

_BY_THIS = "this xentui brings them back, one by one: keep it running (`undrain` again continues)"
_WHAT = "Bring back"


async def undrain(context: Context, args: argparse.Namespace) -> int:
    """Bring back what was taken off a host, once that was agreed to; 1 where something stays away.

    Where that goes on at this moment, it is followed.
    """
    async with meant_host(context, args) as (host, beside):
        record = await host.session.store.read_drain()
        attending = Attending(context, args, host, record, back=True)
        ended = await attending.attended(
            lambda arrived: Undraining(host, {}, arrived=arrived), (host, *beside), follows=not args.forget
        )
        if ended is not None:
            return ended
        if args.forget:
            return await _forget(context, args, host)
        if not record.guests:
            raise NotAllowedError("this host is not drained: nothing to bring back", subject=host.host.name)
        if not any(each.begun for each in record.guests):
            return await _forget_planned(context, host)
        _as_agreed(context, args, record)
        return await _brought_back(context, args, host, record, beside)


async def _brought_back(
    context: Context,
    args: argparse.Namespace,
    host: Hypervisor,
    record: DrainRecord,
    beside: Sequence[Hypervisor],
) -> int:
    names = dict.fromkeys(
        each.to for each in record.guests if each.begun and each.way is DrainWay.MOVE and each.to
    )
    async with AsyncExitStack() as stack:
        others: dict[str, Hypervisor | XentuiError] = {}
        for name in names:
            try:
                others[name] = await stack.enter_async_context(other_host(host, name, beside))
            except UsageError as error:
                others[name] = error
        by_name = {name: each for name, each in others.items() if not isinstance(each, XentuiError)}
        work = Undraining(
            host, others, allow=args.allow or (), arrived=carrying({**by_name, host.host.name: host})
        )
        dry = host.session.dry_run

        async def planned() -> HostPlan:
            if not dry:
                await wait_for_begun_moves(context, host, work)
            return await work.plan()

        plan = await planned()
        print_plan(context, args, plan)
        results: Results = {}
        if plan.doing and not dry:
            if plan.by_client:
                context.note(f"So {_BY_THIS}")
            await agree(context, args, plan, _WHAT)
            if plan.by_client:
                plan, results = await drain_by_client.carried_out(
                    context, args, plan, work, host, again=planned, what=_WHAT
                )
            else:
                plan, results = await _by_the_host(context, args, plan, work, host)
        return print_end(context, args, plan, results, back=True)


async def _by_the_host(
    context: Context, args: argparse.Namespace, plan: HostPlan, work: Undraining, host: Hypervisor
) -> tuple[HostPlan, Results]:
    """Have the host do a plan, and follow that; the plan as far as it came, and what came of each guest, by uuid."""
    agreed, results = plan, dict[str, XentuiError | None]()

    def begin(plan: HostPlan) -> tuple[HostSequence, Follower]:
        sequence = work.sequence(plan, keep_going=bool(args.keep_going))
        return sequence, Follower(context, plan, work, results)

    async def again() -> HostPlan:
        plan = await work.plan()
        if plan.by_client:
            raise NotAllowedError(f"cannot go on by itself: {plan.by_client[0].why}", subject=plan.host)
        if plan.doing and not is_agreed(plan, agreed):
            print_plan(context, args, plan)
            await agree(context, args, plan, _WHAT)
        return plan

    return await by_the_host(context, host, plan, begin, again), results


def _as_agreed(context: Context, args: argparse.Namespace, record: DrainRecord) -> None:
    """Have what an undrain that broke off was agreed to with be taken over, where nothing else is asked for."""
    if record.back and record.agreed is not None and record.agreed.allow and not args.allow:
        args.allow = list(record.agreed.allow)
        context.note(f"goes on as it was agreed to: {' '.join(f'--allow {each}' for each in args.allow)}")


async def _forget(context: Context, args: argparse.Namespace, host: Hypervisor) -> int:
    record = await host.session.store.read_drain()
    for guest in record.guests:
        context.note(drain_report.kept(guest))
    if not record.guests or context.hypervisor.session.dry_run:
        return ExitStatus.DONE
    await agreed_after_warning(
        context, args, f"Forget that for {host.host.name}, and bring nothing back?", subject=host.host.name
    )
    context.asked()
    await Undraining(host, {}).forget()
    return ExitStatus.DONE


async def _forget_planned(context: Context, host: Hypervisor) -> int:
    """Nothing was taken off a host that was to be emptied: there is nothing to ask about."""
    if not host.session.dry_run:
        await Undraining(host, {}).forget()
    context.note(f"{host.host.name}: nothing was taken off it, and what was left to do is forgotten")
    return ExitStatus.DONE
