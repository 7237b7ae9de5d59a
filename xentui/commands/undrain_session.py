"""``undrain``: what was taken off a host brought back."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui.commands import drain_line, drain_words
from xentui.commands.agreement import agreed_to_told
from xentui.commands.drain_common import agree, carrying, is_done, meant_host, settle, tell_end, tell_plan
from xentui.commands.drain_words import Results
from xentui.commands.other_host import other_host
from xentui.errors import ExitStatus, HostError, NotAgreedError, NotAllowedError, UsageError, XentuiError
from xentui.model.drain import DrainWay
from xentui.service.draining import HostPlan, HostStep, Undraining
from xentui.service.jobs.run import GoesOnError
from xentui.text import printable

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.service.hypervisor import Hypervisor

_BY_THIS = "this xentui brings them back, one by one: keep it running (`undrain` again continues)"
_WHAT = "Bring back"
_IDLE = 2
"""So many times one goes on after a line that broke without anything having been done since."""


async def undrain(context: Context, args: argparse.Namespace) -> int:
    """Bring back what was taken off a host, once that was agreed to; 1 where something stays away."""
    async with meant_host(context, args) as (host, beside):
        session = host.session
        if not session.dry_run:
            session.require_writable()
        if args.forget:
            return await _forget(context, args, host)
        record = await session.store.read_drain()
        if not record.guests:
            raise NotAllowedError("this host is not drained: nothing to bring back", subject=host.host.name)
        if not any(each.begun for each in record.guests):
            return await _forget_planned(context, host)
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
            undraining = Undraining(
                host, others, allow=args.allow or (), arrived=carrying({**by_name, host.host.name: host})
            )

            async def again() -> HostPlan:
                await settle(context, host, undraining)
                return await undraining.plan()

            plan = await undraining.plan()
            tell_plan(context, args, plan)
            if plan.doing and not session.dry_run:
                context.note(_BY_THIS)
            plan, results = await _carried_out(context, args, plan, undraining, host, again=again)
            return tell_end(context, args, plan, results, back=True)


async def _carried_out(
    context: Context,
    args: argparse.Namespace,
    plan: HostPlan,
    work: Undraining,
    host: Hypervisor,
    *,
    again: Callable[[], Awaitable[HostPlan]],
) -> tuple[HostPlan, Results]:
    """Do the steps one after the other; the plan, and what came of each that was begun, by uuid.

    Where the line breaks, it is waited for and gone on by what ``again`` plans: at once where that was agreed to.
    """
    if context.hypervisor.session.dry_run or not plan.doing:
        return plan, {}
    await agree(context, args, plan, _WHAT)
    agreed, done, results, idle = plan, list[HostStep](), dict[str, XentuiError | None](), 0
    while True:
        async with work.at_work(plan):
            told = await _steps(context, args, plan, work)
        results.update(told)
        seen = [step for step in plan.doing if is_done(told, step)]
        done += seen
        idle = 0 if seen else idle + 1
        if (
            not drain_line.is_cut(told)
            or idle > _IDLE
            or not await drain_line.is_back(context, host, work.log)
        ):
            break
        before = plan.doing
        try:
            plan = await again()
            if plan.doing:
                tell_plan(context, args, plan)
            if not drain_line.is_agreed(plan, agreed):
                await agree(context, args, plan, _WHAT)
                agreed = plan
        except (HostError, NotAgreedError, NotAllowedError) as error:
            context.tell_error(error)
            await work.log.let_go()
            break
        # What broke with the line is told anew, by what both hosts have now; what is planned no more has come about.
        left = {step.uuid for step in plan.steps}
        done += [step for step in before if told.get(step.uuid) is not None and step.uuid not in left]
        results = dict.fromkeys([step.uuid for step in done])
    steps = {step.uuid: step for step in (*done, *plan.steps)}
    return replace(plan, steps=tuple(steps.values())), results


async def _steps(context: Context, args: argparse.Namespace, plan: HostPlan, work: Undraining) -> Results:
    results: dict[str, XentuiError | None] = {}
    for number, step in enumerate(plan.doing, 1):
        title = f"{drain_words.title(step)} ({number} of {len(plan.doing)})"
        try:
            with context.progress(title) as progress:
                done = await work.do(step, progress)
        except XentuiError as error:
            results[step.uuid] = error
            context.tell_error(error)
            if not args.keep_going or isinstance(error, GoesOnError | HostError):
                break
        else:
            results[step.uuid] = None
            context.note(f"{step.name}: {printable(done)}")
    return results


async def _forget(context: Context, args: argparse.Namespace, host: Hypervisor) -> int:
    record = await host.session.store.read_drain()
    for guest in record.guests:
        context.note(drain_words.kept(guest))
    if not record.guests or context.hypervisor.session.dry_run:
        return ExitStatus.DONE
    await agreed_to_told(
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
