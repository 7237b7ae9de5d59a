"""A host brought back from here, step by step: where it cannot do that by itself."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui.commands import drain_reconnect, drain_report
from xentui.commands.drain_common import agree, is_done, print_plan
from xentui.commands.drain_report import Results
from xentui.errors import HostError, NotAgreedError, NotAllowedError, XentuiError
from xentui.service.draining import HostPlan, HostStep, Undraining
from xentui.service.jobs.run import GoesOnError
from xentui.text import printable

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.service.hypervisor import Hypervisor

_IDLE = 2
"""So many times one goes on after a line that broke without anything having been done since."""


async def carried_out(
    context: Context,
    args: argparse.Namespace,
    plan: HostPlan,
    work: Undraining,
    host: Hypervisor,
    *,
    again: Callable[[], Awaitable[HostPlan]],
    what: str,
) -> tuple[HostPlan, Results]:
    """Do the steps of a plan that was agreed to, one after the other; the plan, and what came of each, by uuid.

    ``what`` asks about one that is another.  Where the line breaks, it is waited for and gone on by what ``again``
    plans: at once where that was agreed to.
    """
    agreed, done, results, idle = plan, list[HostStep](), dict[str, XentuiError | None](), 0
    while True:
        async with work.recorded(plan):
            told = await _steps(context, args, plan, work)
        results.update(told)
        seen = [step for step in plan.doing if is_done(told, step)]
        done += seen
        idle = 0 if seen else idle + 1
        if (
            not drain_reconnect.is_cut(told)
            or idle > _IDLE
            or not await drain_reconnect.is_back(context, host, work.log)
        ):
            break
        before = plan.doing
        try:
            plan = await again()
            if plan.doing:
                print_plan(context, args, plan)
            if not drain_reconnect.is_agreed(plan, agreed):
                await agree(context, args, plan, what)
                agreed = plan
        except (HostError, NotAgreedError, NotAllowedError) as error:
            context.report_error(error)
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
        title = f"{drain_report.title(step)} ({number} of {len(plan.doing)})"
        try:
            with context.progress(title) as progress:
                done = await work.do(step, progress)
        except XentuiError as error:
            results[step.uuid] = error
            context.report_error(error)
            if not args.keep_going or isinstance(error, GoesOnError | HostError):
                break
        else:
            results[step.uuid] = None
            context.note(f"{step.name}: {printable(done)}")
    return results
