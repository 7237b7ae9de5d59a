"""One piece of work on one domain or many: a job each, and one that tells of all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from xentui.errors import Render, XentuiError
from xentui.model.domain import Domain
from xentui.tui.context import UiContext
from xentui.tui.jobs import Job, JobState

Act = Callable[[Domain, Job], Awaitable[str | None]]
"""Does it to one domain; what was done, for the log."""
Handler = Callable[[UiContext, Sequence[Domain]], Awaitable[None]]
"""Does what a key means to the chosen domains."""
Begin = Callable[[Mapping[str, object]], Awaitable[bool]]
"""Begins a command with the arguments a dialog has asked for; see :func:`xentui.tui.jobs.ended`."""
_AT_ONCE = 4
"""Commands run at the same time by a bulk action: a dom0 is small."""


class SomeFailedError(XentuiError):
    """A bulk action that did not work everywhere; its details say where."""


def each(
    ui: UiContext,
    title: str,
    domains: Sequence[Domain],
    act: Act,
    *,
    cancellable: bool = True,
    by_itself: bool = False,
) -> Job:
    """Do ``act`` to each of ``domains`` in the background; returns the job that tells of all of it."""
    if len(domains) == 1:
        domain = domains[0]
        return ui.jobs.start(
            title, domain.label, lambda job: act(domain, job), cancellable=cancellable, by_itself=by_itself
        )

    async def all_of_them(parent: Job) -> str:
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(domain: Domain) -> Job:
            async with slots:
                job = ui.jobs.start(
                    title,
                    domain.label,
                    lambda job: act(domain, job),
                    cancellable=cancellable,
                    by_itself=by_itself,
                    quiet=True,
                )
                if job.task is not None:
                    await job.task
                parent.output += job.output
                parent.percent = (
                    100 * sum(done.state is not JobState.RUNNING for done in begun) // len(domains)
                )
                return job

        begun: list[Job] = []

        async def kept(domain: Domain) -> None:
            begun.append(await one(domain))

        await asyncio.gather(*(kept(domain) for domain in domains))
        return _summary(title, begun, ui.word)

    return ui.jobs.start(title, f"{len(domains)} domains", all_of_them)


def _summary(title: str, jobs: Sequence[Job], render: Render) -> str:
    """Return how a bulk action ended; raises SomeFailedError naming those that did not work."""
    failed = [job for job in jobs if job.state is not JobState.DONE]
    if not failed:
        return f"{title} done"
    details = [
        line
        for job in failed
        for line in (job.error.report(render) if job.error else [f"{job.subject}: cancelled"])
    ]
    raise SomeFailedError(
        f"{title}: {len(jobs) - len(failed)} done, {len(failed)} failed",
        hint="the log (L) has the details",
        details=details,
    )
