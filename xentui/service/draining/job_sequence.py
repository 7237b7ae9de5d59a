"""The job of a host that drains or undrains it: how it is followed, and stopped early."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from xentui.errors import Hint, NotAllowedError, StoreCode, StoreError, Suggest, XentuiError, joined
from xentui.model.drain import GuestOutcome, OutcomeState
from xentui.model.job import DRAIN, UNDRAIN, JobLook
from xentui.service.draining.plan import HostStep
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.run import JobRun
from xentui.service.mend_command import mend_command
from xentui.service.migrating import live_migration
from xentui.service.session import Session

Begin = Callable[[str], Awaitable[object]]
"""Has the host begin a job of that name."""


class HostSequence:
    """A job of the host that deals with its guests: a new one, started by ``begin``, or ``job``, which is in progress.

    ``back`` says that it brings guests back.
    """

    def __init__(
        self,
        session: Session,
        *,
        begin: Begin | None = None,
        job: str = "",
        own: bool = False,
        back: bool = False,
    ) -> None:
        self._session = session
        self._begin = begin
        self._what = UNDRAIN if back else DRAIN
        self._name = session.host.name
        self._run = JobRun(session, self._what, self._name, hint=self._again(" follows it"), id=job)
        self.own = own or begin is not None
        """Whether it was begun here: who leaves is taken to want its end, unless the session as such is left."""

    @property
    def job(self) -> str:
        """The id of the job."""
        return self._run.id

    def follow_again(self) -> HostSequence:
        """Return the same job to be followed again, once it may have started."""
        return HostSequence(self._session, job=self.job, own=self.own, back=self._what == UNDRAIN)

    async def follow(self, look: Callable[[JobLook], Awaitable[None]]) -> JobLook:
        """Poll the job until it has ended, calling ``look`` with each new answer; returns the last one.

        Raises StoreError if the host refuses to start it, GoesOnError if the connection breaks and does not return: it
        can be followed again then.
        """
        begin, self._begin = self._begin, None
        followed = self._run.begun(begin, self._cancelled) if begin else self._run.followed(self._cancelled)
        looks: asyncio.Queue[JobLook | None] = asyncio.Queue()
        async with followed:
            ended = asyncio.create_task(self._run.ended(looks.put_nowait))
            ended.add_done_callback(lambda _: looks.put_nowait(None))
            try:
                while (told := await looks.get()) is not None:
                    await look(told)
                last = await ended
            finally:
                ended.cancel()
                await asyncio.gather(ended, return_exceptions=True)
            await look(last)
        killed = f"the {self._what} was killed on the host"
        end = self._run.end(last, killed, hint=self._again(" goes on from there"))
        if end.refusal is not None:
            code, message, _path = end.refusal
            raise StoreError(message, code=StoreCode.of(code), subject=self._name)
        return last

    def _again(self, words: str) -> Hint:
        return (command(self._name, back=self._what == UNDRAIN), words)

    async def stop(self, *, now: bool) -> None:
        """Stop the job after the present guest, or (``now``) during it, as far as that loses nothing."""
        self._session.require_writable()
        await (self._session.store.cancel_job if now else self._session.store.end_drain_job)(self.job)

    async def _cancelled(self) -> None:
        if not self.own or self._session.leaving():
            await self._run.leave()
            return
        if (told := await self._run.stop()) is None:
            return
        for outcome in told.outcomes:
            if outcome.state in (OutcomeState.FAILED, OutcomeState.SKIPPED):
                self._session.caution([f"{outcome.name}: {outcome.why}"])


def command(host: str, *options: str, back: bool) -> Suggest:
    """Return the command that drains a host, or undrains it (``back``)."""
    return Suggest("fleet.undrain", host, *options) if back else Suggest("fleet.drain", host, *options)


async def move_failure(
    source: Hypervisor, step: HostStep | None, outcome: GuestOutcome
) -> XentuiError | None:
    """Return why the migration of a guest from ``source`` has failed, from its job and both hosts; None if they do not
    show it.
    """
    if outcome.state is not OutcomeState.FAILED or step is None or step.move is None or not outcome.job:
        return None
    told = await source.session.store.look_job(outcome.job)
    if told.end is None or not told.end.exit:
        return None
    return await live_migration.failure_of(source, step.move, told.end, told.said)


def failure(outcome: GuestOutcome, host: str, *, back: bool = False, other: str = "") -> NotAllowedError:
    """Return the error for a guest that was not dealt with; ``other`` is the host besides ``host``, "" if unknown."""
    again: Hint = ""
    if outcome.state is OutcomeState.SKIPPED:
        again = (command(host, back=back), " looks again")
    hint = again
    if outcome.mends:
        hint = joined("; ", (mend_command(outcome.name, other), outcome.mends), again)
    return NotAllowedError(outcome.why or "was left", subject=outcome.name, hint=hint)
