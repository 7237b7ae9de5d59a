"""Waiting for the end of a job of a host, by looking at it from time to time.

Nothing has to look for a job to end: the line may break meanwhile, and whoever looks next is told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

from xentui.errors import Hint, HostError, StoreCode, StoreError, Suggest
from xentui.model.job import HostJobState, JobEnd, JobLook
from xentui.service.session import Ran, Session

_FIRST, _LONGEST, _SLOWER = 0.03, 2.0, 1.3
_COST = 8.0
"""A look is followed by at least so many times what it took: bytes and turns matter on a slow line."""
_PATIENCE = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each try to look again where the line is broken."""


TOLD_BY_LOG: Hint = (Suggest("host.log"), " tells how it ends")


class Progress(Protocol):
    """Is told of a percentage as long work goes on, and in words of what is behind it."""

    def __call__(self, percent: int, words: str = "") -> None:
        """Tell."""


class GoesOnError(HostError):
    """Nothing is known of a job's end, and it goes on: the line is broken, or whoever followed it has left."""


async def begun(beginning: asyncio.Future[Any]) -> HostError | None:
    """Wait until a job has begun; the error where the line broke, since it may have begun all the same.

    ``beginning`` goes on where whoever waits is cancelled: what is to be stopped has to be there to be told so.
    """
    try:
        await asyncio.shield(beginning)
    except HostError as error:
        return error
    return None


async def refused(beginning: asyncio.Future[Any]) -> StoreError | None:
    """Wait until a job that is to be stopped has begun; the error where the host has refused to begin it."""
    await asyncio.wait([beginning])
    error = None if beginning.cancelled() else beginning.exception()
    return error if isinstance(error, StoreError) else None


async def ended(
    session: Session,
    job: str,
    subject: str,
    *,
    kind: str,
    look: Callable[[JobLook], None],
    lost: HostError | None = None,
    hint: Hint = "",
    enough: Callable[[JobLook], bool] = lambda _told: False,
) -> JobLook:
    """Look at a job until it has ended, and return the last look; ``look`` is given each that tells of something new.

    One that is ``enough`` is returned before that.  ``lost`` is the error that hid whether it has begun at all;
    ``hint`` says where its end is told.  Raises GoesOnError where the line broke and did not come back, HostError where
    it broke before the job began.
    """
    pause, broken = _FIRST, 0
    shown: tuple[object, ...] | None = None
    while True:
        if lost is not None:
            if broken == len(_PATIENCE):
                raise GoesOnError(
                    f"the line broke; {goes_on(kind)}", subject=subject, hint=hint, details=lost.account()
                ) from lost
            await asyncio.sleep(_PATIENCE[broken])
            broken += 1
        began = time.monotonic()
        try:
            told = await session.store.look_job(job)
            lost, broken = None, 0
        except HostError as error:
            lost = error
            continue
        except StoreError as error:
            if error.code != StoreCode.MISSING or lost is None:
                raise
            raise HostError(
                f"the line broke before the {kind} began: nothing was done",
                subject=subject,
                hint="try again",
                details=lost.account(),
            ) from lost
        if told.state is not HostJobState.RUNNING or enough(told):
            return told
        if (told.percent, told.counted, told.phases) != shown:
            shown = (told.percent, told.counted, told.phases)
            look(told)
        await asyncio.sleep(max(pause, min(_LONGEST, _COST * (time.monotonic() - began))))
        pause = min(pause * _SLOWER, _LONGEST / 2)


def record(session: Session, end: JobEnd, subject: str) -> None:
    """Have the session know the commands of a job that has ended, and that the audit log does not where that is so."""
    for argv, code, seconds in end.ran:
        if session.observe is not None:
            session.observe(Ran(argv, subject, code, seconds))
    if end.unrecorded and end.ran:
        session.unnoted(end.ran[0][0], "the audit log has no record of it", StoreError(end.unrecorded))


def goes_on(kind: str) -> str:
    """What to say of a job that nobody follows any more."""
    return f"the {kind} goes on on the host by itself"


def not_begun(kind: str, refusal: StoreError) -> str:
    """What to say of a job that was to be stopped, and that the host has refused to begin."""
    return f"the {kind} has not begun: {refusal.message}"
