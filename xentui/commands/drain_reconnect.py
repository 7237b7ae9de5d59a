"""A line that breaks while a host is emptied or brought back: waited for, and gone on with what was agreed to."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from xentui.errors import HostError, StoreError
from xentui.service.draining import HostPlan, StepKind
from xentui.service.jobs.run import GoesOnError

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.commands.drain_report import Results
    from xentui.service.draining.records import DrainLog
    from xentui.service.hypervisor import Hypervisor

_PATIENCE = 1800.0
"""Seconds for a line to come back."""
_HELD = 120.0
"""Seconds for the host to find out that whoever was at it by the line that broke is gone."""
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_SIMPLE = (StepKind.AUTOSTART, StepKind.RESOLVED)
"""Steps that do less with a guest than any other."""


def is_cut(results: Results) -> bool:
    """Return whether a line broke, or a host went away, in the middle of what was done."""
    return any(isinstance(error, GoesOnError | HostError) for error in results.values())


def is_agreed(plan: HostPlan, agreed: HostPlan) -> bool:
    """Return whether nothing is to be done but what somebody has agreed to before, or less."""
    known = {step.uuid: step for step in agreed.doing}
    for step in plan.doing:
        before = known.get(step.uuid)
        if before is None or not set(step.asks) <= set(before.asks):
            return False
        if step.kind not in _SIMPLE and (step.kind, step.to) != (before.kind, before.to):
            return False
    return True


async def is_back(context: Context, host: Hypervisor, log: DrainLog | None = None) -> bool:
    """Wait until a host answers again, and takes us for being at it (``log``); whether it does."""
    name = host.host.name
    with context.progress(f"the line to {name}") as shown:

        def say(words: str) -> None:
            if shown is not None:
                shown(0, words)

        deadline, turn, answers = time.monotonic() + _PATIENCE, 0, False
        while time.monotonic() < deadline:
            try:
                await host.inventory.glance()
                if log is None or await log.take():
                    return True
                if not answers:
                    answers, deadline = True, time.monotonic() + _HELD
                say("it is back; waiting until the host has noticed the break")
            except HostError as error:
                say(f"{error.message}; trying again")
            except StoreError as error:
                context.report_error(error)
                return False
            await asyncio.sleep(_PAUSES[min(turn, len(_PAUSES) - 1)])
            turn += 1
    return False
