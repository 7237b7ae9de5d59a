"""A host's job that deals with its guests, told of as it goes on: a progress bar a guest, and what came of each."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from xentui.commands import drain_report
from xentui.errors import HostError, XentuiError
from xentui.model.drain import GuestOutcome, OutcomeState
from xentui.service.migrating.live_migration import MigrationWatch
from xentui.text import printable

if TYPE_CHECKING:
    from xentui.commands.context import Context
    from xentui.model.job import JobLook
    from xentui.service.draining import Draining, HostPlan, Undraining

_WAITS = "waits"


class Follower:
    """Tells of each look at the job that does a ``plan``; ``results`` take what came of each guest, by uuid.

    Used as a context for as long as the job is followed.
    """

    def __init__(
        self,
        context: Context,
        plan: HostPlan,
        work: Draining | Undraining,
        results: dict[str, XentuiError | None],
    ) -> None:
        self._context, self._plan, self._work = context, plan, work
        self._results = results
        self._now = ""
        self._shown = AsyncExitStack()
        self._watch: MigrationWatch | None = None
        self._handing: dict[str, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._now = ""
        await self._shown.aclose()
        for task in self._handing.values():
            task.cancel()
        await asyncio.gather(*self._handing.values(), return_exceptions=True)

    async def look(self, told: JobLook) -> None:
        """Tell of a look."""
        for outcome in told.outcomes:
            if outcome.ended and outcome.uuid not in self._results:
                await self._ended(outcome)
        now = next((each for each in told.outcomes if each.state is OutcomeState.DOING), None)
        if now is None:
            return
        if now.uuid != self._now:
            await self._begin(now, told)
        if self._watch is not None:
            self._watch.look(replace(told, percent=None))
        if any(name == _WAITS for name, _after in told.phases) and now.uuid not in self._handing:
            self._handing[now.uuid] = asyncio.create_task(self._hand_over(now))

    async def _begin(self, outcome: GuestOutcome, told: JobLook) -> None:
        """Show a bar for a guest that is dealt with now."""
        await self._shown.aclose()
        self._shown, self._watch, self._now = AsyncExitStack(), None, outcome.uuid
        step = self._plan.step(outcome.uuid)
        if step is None:
            return
        number = told.outcomes.index(outcome) + 1
        title = f"{drain_report.title(step)} ({number} of {len(told.outcomes)})"
        progress = self._shown.enter_context(self._context.progress(title))
        if step.move is not None:
            self._watch = await self._shown.enter_async_context(MigrationWatch(step.move, progress))

    async def _ended(self, outcome: GuestOutcome) -> None:
        """Tell what has come of a guest."""
        if outcome.uuid == self._now:
            await self._shown.aclose()
            self._shown, self._watch, self._now = AsyncExitStack(), None, ""
        try:
            why = await self._work.finish_guest(outcome, self._plan)
        except HostError:
            raise
        except XentuiError:
            why = self._work.failure(outcome)
        self._results[outcome.uuid] = why
        if why is None:
            self._context.note(f"{outcome.name}: {printable(outcome.why)}")
        else:
            self._context.report_error(why)

    async def _hand_over(self, outcome: GuestOutcome) -> None:
        """The host does not reach the other, but this machine may."""
        try:
            await self._work.hand_over(outcome.uuid, self._plan)
        except XentuiError as error:
            self._context.report_error(error)
