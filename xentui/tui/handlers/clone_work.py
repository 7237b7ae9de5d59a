"""The work of a job that makes a domain of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.tui.context import UiContext
from xentui.tui.jobs import Job

if TYPE_CHECKING:
    from xentui.service.cloning.plan import ClonePlan


async def cloned(ui: UiContext, plan: ClonePlan, job: Job) -> None:
    """Make what is planned; the job says what is shared, and what is to be changed, and the list goes to it."""
    job.shows = plan.uuid
    await ui.hypervisor.cloning.clone(plan, progress=ui.jobs.progress(job))
    job.output += plan.shares
    job.warnings += plan.notes
