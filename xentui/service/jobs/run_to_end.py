"""Jobs of the host that somebody waits for: started, followed, stopped if the waiting is cancelled, and evaluated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from xentui.errors import CommandError, HostError, StoreCode, StoreError
from xentui.frozen import dataclass
from xentui.model.job import JobEnd, JobLook
from xentui.service.jobs.eta import JobPace
from xentui.service.jobs.progress import Progress
from xentui.service.jobs.run import CUT_SHORT, TOLD_BY_LOG, JobRun
from xentui.service.session import Session

_LEFT = "left over:"
"""Stands in what a job says where something of it is left (:mod:`xentui.agent.images.clone_jobs`)."""


def _as_it_is(error: StoreError) -> StoreError:
    return error


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A job that the host is to start.

    ``kind`` is what sentences call the work, ``subject`` what it is done to.  ``begin`` starts the job under the name
    it is given.  ``failed`` is the sentence if it fails, followed by the last ``output_lines`` lines that it printed;
    ``explain`` words a refusal of the store.  A job that is not ``cancellable`` goes on if the waiting is cancelled;
    ``undo`` takes back one that had ended before it could be stopped.
    """

    kind: str
    subject: str
    begin: Callable[[str], Awaitable[object]]
    failed: str
    explain: Callable[[StoreError], StoreError] = _as_it_is
    cancellable: bool = True
    undo: Callable[[], Awaitable[object]] | None = None
    output_lines: int = 5


async def run_to_end(
    session: Session,
    request: JobRequest,
    *,
    progress: Progress | None = None,
    look: Callable[[JobLook], None] | None = None,
    goes_on: bool = True,
) -> None:
    """Have the host start a job, and wait for its end.

    ``look`` is called with each look at the job, in place of ``progress``.  If the waiting is cancelled, a cancellable
    job is stopped, unless it ``goes_on`` when the session is left.

    Raises GoesOnError if the connection breaks, StoreError if the store refuses, CommandError or HostError if it fails.
    """
    run = JobRun(session, request.kind, request.subject, hint=TOLD_BY_LOG)

    async def explained(job: str) -> None:
        try:
            await request.begin(job)
        except StoreError as error:
            raise request.explain(error) from error

    async def cancelled() -> None:
        if goes_on and session.leaving():
            return
        if request.cancellable:
            await _stopped(session, run, request.undo)
        else:
            await run.leave()

    async with run.begun(explained, cancelled):
        last = await run.ended(look or JobPace(progress))
    end = run.end(last, CUT_SHORT)
    if end.refusal is not None:
        raise request.explain(_refusal(session, end, *end.refusal))
    if end.exit:
        raise _failure(session, end, request, _lines(session, last.said))


async def _stopped(session: Session, run: JobRun, undo: Callable[[], Awaitable[object]] | None) -> None:
    """Stop a job so that nothing is left of it, or warn of what is left."""
    last = await run.stop()
    if last is None:
        return
    if last.end is None:
        session.caution([CUT_SHORT])
    elif not last.end.exit and undo is not None:
        await undo()
    elif not last.end.exit:
        session.caution(["the work had ended before it could be stopped"])
    elif _LEFT in last.end.then:
        session.caution([session.host.shown(last.end.then)])


def _lines(session: Session, said: bytes) -> list[str]:
    return [session.host.shown(line) for line in said.decode("utf-8", "replace").split("\n") if line.strip()]


def _refusal(session: Session, end: JobEnd, word: str, message: str, where: str) -> StoreError:
    then, shown = session.host.shown(end.then), session.host.shown(where)
    return StoreError(message, code=StoreCode.of(word), subject=shown, details=(then,) if then else ())


def _failure(
    session: Session, end: JobEnd, request: JobRequest, lines: list[str]
) -> HostError | CommandError:
    then = session.host.shown(end.then)
    if end.exit == 127:
        program = end.argv[0] if end.argv else "qemu-img"
        raw = "raw images need none; qcow2 and vhd ones come with qemu-utils"
        return HostError(
            f"there is no `{program}` on the host",
            subject=request.subject,
            hint=raw if program == "qemu-img" else "install it there",
            details=(then,) if then else (),
        )
    return CommandError(
        f"{request.failed}: {then}" if then else request.failed,
        argv=end.argv,
        exit_code=end.exit,
        details=tuple(lines[-request.output_lines :]),
        subject=request.subject,
    )
