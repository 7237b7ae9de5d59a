"""Work that a job of the host does while somebody waits: begun, told of, stopped for who is cancelled, judged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from xentui.errors import CommandError, HostError, StoreCode, StoreError
from xentui.model.job import JobEnd, JobLook
from xentui.service.jobs.pace import JobPace
from xentui.service.jobs.progress import Progress
from xentui.service.jobs.run import CUT_SHORT, TOLD_BY_LOG, JobRun
from xentui.service.session import Session

_LEFT = "left over:"
"""Stands in what a job says where something of it is left (:mod:`xentui.agent.images.cloning`)."""


async def run_to_end(
    session: Session,
    kind: str,
    subject: str,
    begin: Callable[[str], Awaitable[object]],
    *,
    failed: str,
    explain: Callable[[StoreError], StoreError] = lambda error: error,
    progress: Progress | None = None,
    cancellable: bool = True,
    goes_on: bool = True,
    unmade: Callable[[], Awaitable[object]] | None = None,
    look: Callable[[JobLook], None] | None = None,
    kept: int = 5,
) -> None:
    """Have the host begin a job of the name that ``begin`` is given, and wait for its end.

    ``kind`` is what the work is called, ``failed`` what to say where it fails; ``explain`` tells of a refusal.
    GoesOnError where the line broke; cancelled, it stops the work that is ``cancellable``, of which nothing is left,
    unless the session leaves and it ``goes_on``.  ``unmade`` takes back what had ended before it could be stopped.
    ``look`` is given each look at it, in the place of ``progress``; ``kept`` so many of the last lines it has printed
    are told where it fails.
    """
    run = JobRun(session, kind, subject, hint=TOLD_BY_LOG)

    async def explained(job: str) -> None:
        try:
            await begin(job)
        except StoreError as error:
            raise explain(error) from error

    async def cancelled() -> None:
        if goes_on and session.leaving():
            return
        if cancellable:
            await _stopped(session, run, unmade)
        else:
            await run.leave()

    async with run.begun(explained, cancelled):
        told = await run.ended(look or JobPace(progress))
    end = run.end(told, CUT_SHORT)
    if end.refusal is not None:
        raise explain(_refusal(session, end, *end.refusal))
    if end.exit:
        raise _failure(session, end, subject, failed, _lines(session, told.said)[-kept:])


async def _stopped(session: Session, run: JobRun, unmade: Callable[[], Awaitable[object]] | None) -> None:
    """Stop a job, and see to it that nothing is left of it."""
    told = await run.stop()
    if told is None:
        return
    if told.end is None:
        session.caution([CUT_SHORT])
    elif not told.end.exit and unmade is not None:
        await unmade()
    elif not told.end.exit:
        session.caution(["the work had ended before it could be stopped"])
    elif _LEFT in told.end.then:
        session.caution([session.host.shown(told.end.then)])


def _lines(session: Session, said: bytes) -> list[str]:
    return [session.host.shown(line) for line in said.decode("utf-8", "replace").split("\n") if line.strip()]


def _refusal(session: Session, end: JobEnd, word: str, message: str, where: str) -> StoreError:
    then, shown = session.host.shown(end.then), session.host.shown(where)
    return StoreError(message, code=StoreCode.of(word), subject=shown, details=(then,) if then else ())


def _failure(
    session: Session, end: JobEnd, subject: str, failed: str, lines: list[str]
) -> HostError | CommandError:
    then = session.host.shown(end.then)
    if end.exit == 127:
        program = end.argv[0] if end.argv else "qemu-img"
        raw = "raw images need none; qcow2 and vhd ones come with qemu-utils"
        return HostError(
            f"there is no `{program}` on the host",
            subject=subject,
            hint=raw if program == "qemu-img" else "install it there",
            details=(then,) if then else (),
        )
    return CommandError(
        f"{failed}: {then}" if then else failed,
        argv=end.argv,
        exit_code=end.exit,
        details=tuple(lines),
        subject=subject,
    )
