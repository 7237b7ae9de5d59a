"""How an install ends: waited for, and told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui.errors import HostError, StoreCode, StoreError, Suggest
from xentui.hosts.base import Completed
from xentui.model.job import INSTALL, JobLook
from xentui.service import following

if TYPE_CHECKING:
    from xentui.service.session import Session

BUILT, LET_RUN = "built", "let-run"
"""What an install comes to (:mod:`xentui.agent.jobs`): its installer is built, and runs."""
_LATER = ("ended-by-itself", "starting")
"""What it may have come to by the time it is looked at: an installer can end at once."""


async def reached(
    session: Session, job: str, subject: str, *, phases: Sequence[str] = (), lost: HostError | None = None
) -> JobLook:
    """Look at the job of an install until it has ended, or come to one of ``phases``, or past them.

    ``lost`` is as of :func:`xentui.service.following.ended`; raises as that does.
    """
    enough = (*phases, *_LATER) if phases else ()
    return await following.ended(
        session,
        job,
        subject,
        kind=INSTALL,
        look=lambda _told: None,
        lost=lost,
        hint=(Suggest("domain.show", subject), " tells how it ends"),
        enough=lambda told: told.phase in enough,
    )


async def follow(session: Session, job: str, subject: str) -> None:
    """Wait until a domain runs from its stored configuration; raises what became of its install otherwise."""
    report(session, await reached(session, job, subject), subject)


def report(session: Session, told: JobLook, subject: str) -> None:
    """Tell of the end of an install; raises why it is none that was wanted."""
    end = told.end
    hint = (Suggest("domain.show", subject), " tells how it stands")
    if end is None:
        raise StoreError(
            "what sees the install through was killed on the host; the next look has it go on",
            code=StoreCode.IO,
            subject=subject,
            hint=hint,
        )
    following.record(session, end, subject)
    if not end.exit:
        return
    if any(code for _argv, code, _seconds in end.ran):
        error = session.toolstack.explain(Completed(end.argv, end.exit, b"", told.said), subject)
        error.hint = error.hint or hint
        raise error
    raise HostError(f"it was not installed: {end.then}", subject=subject, hint=hint)
