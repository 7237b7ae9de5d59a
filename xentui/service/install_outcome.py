"""How an install ends: waited for, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.errors import HostError, Suggest
from xentui.hosts.base import Completed
from xentui.model.job import INSTALL, JobLook
from xentui.service.jobs.run import TOLD_BY_LIST, JobRun

if TYPE_CHECKING:
    from xentui.service.session import Session

BUILT, LET_RUN = "built", "let-run"
"""What an install comes to (:mod:`xentui.agent.jobs.control`): its installer is built, and runs."""
_LATER = ("ended-by-itself", "starting")
"""What it may have come to by the time it is looked at: an installer can end at once."""


def run_of(session: Session, subject: str, *, id: str = "", awaited: bool = False) -> JobRun:
    """Return the job of an install, as of :class:`xentui.service.jobs.run.JobRun`."""
    hint = (Suggest("domain.show", subject), " tells how it ends")
    return JobRun(session, INSTALL, subject, hint=hint, id=id, awaited=awaited)


async def reached(run: JobRun, *phases: str) -> JobLook:
    """Look at the job of an install until it has ended, or come to one of ``phases``, or past them.

    Raises as :meth:`xentui.service.jobs.run.JobRun.ended`.
    """
    enough = (*phases, *_LATER)
    return await run.ended(enough=lambda told: told.phase in enough)


async def follow(session: Session, subject: str, *, id: str, awaited: bool = False) -> None:
    """Wait until a domain runs from its stored configuration; raises what became of its install otherwise."""
    run = run_of(session, subject, id=id, awaited=awaited)
    async with run.followed(cancelled=lambda: run.leave(TOLD_BY_LIST)):
        told = await run.ended()
    report(session, run, told)


def report(session: Session, run: JobRun, told: JobLook) -> None:
    """Tell of the end of an install; raises why it is none that was wanted."""
    killed = "the job that completes the install was killed on the host; the next look continues it"
    hint = (Suggest("domain.show", run.subject), " tells how it stands")
    end = run.end(told, killed, hint=hint)
    if not end.exit:
        return
    if any(code for _argv, code, _seconds in end.ran):
        error = session.toolstack.explain(Completed(end.argv, end.exit, b"", told.said), run.subject)
        error.hint = error.hint or hint
        raise error
    raise HostError(f"it was not installed: {end.then}", subject=run.subject, hint=hint)
