"""A job of the host from its beginning to its end, as whoever has asked for it or waits for it follows it.

Nothing has to follow for a job to end: the line may break meanwhile, and whoever looks next is told.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from xentui.errors import Hint, HostError, StoreCode, StoreError, Suggest, XentuiError
from xentui.model.job import HostJobState, JobEnd, JobLook
from xentui.service.session import CommandRecord, Session

_FIRST, _LONGEST, _SLOWER = 0.03, 2.0, 1.3
_COST = 8.0
"""A look is followed by at least so many times what it took: bytes and turns matter on a slow line."""
_PATIENCE = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each try to look again where the line is broken."""

TOLD_BY_LOG: Hint = (Suggest("host.log"), " tells how it ends")
TOLD_BY_LIST = "the list shows how it ends"
CUT_SHORT = "the work was killed on the host; what it left is removed at the next look"


class GoesOnError(HostError):
    """Nothing is known of a job's end, and it goes on: the line is broken, or whoever followed it has left."""


class JobRun:
    """One job.  ``kind`` is what the work is called, ``hint`` says where its end is told where nobody follows it.

    ``id`` is that of one that is under way.  One that is to begin is given a name before it does, so that an answer
    that is lost loses nothing.  The session is told of one that is ``awaited``: whose end whoever asks waits for.
    """

    def __init__(
        self,
        session: Session,
        kind: str,
        subject: str,
        *,
        hint: Hint = "",
        id: str = "",
        awaited: bool = True,
    ) -> None:
        self.id = id or secrets.token_hex(16)
        self.kind, self.subject = kind, subject
        self._session, self._hint = session, hint
        self._beginning: asyncio.Future[object] | None = None
        self._lost: HostError | None = None
        if awaited and session.following is not None:
            session.following(self.id)

    @asynccontextmanager
    async def begun(
        self, begin: Callable[[str], Awaitable[object]], cancelled: Callable[[], Awaitable[None]]
    ) -> AsyncIterator[None]:
        """Have the host begin the job of the name that ``begin`` is given, for whoever looks at it inside.

        Raises StoreError where the host refuses it.  Where the line breaks it may have begun all the same: looks tell.
        Who is cancelled in here, or before it has begun, waits for ``cancelled`` (:meth:`stop` or :meth:`leave`).
        """
        self._beginning = asyncio.ensure_future(begin(self.id))
        async with self.followed(cancelled):
            try:
                # It goes on where whoever waits is cancelled: what is to be stopped has to be there to be told so.
                await asyncio.shield(self._beginning)
            except HostError as error:
                self._lost = error
            yield

    @asynccontextmanager
    async def followed(self, cancelled: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """As :meth:`begun`, for a job that is under way."""
        try:
            yield
        except asyncio.CancelledError:
            await asyncio.shield(cancelled())
            raise

    async def ended(
        self,
        look: Callable[[JobLook], None] = lambda _told: None,
        *,
        enough: Callable[[JobLook], bool] = lambda _told: False,
    ) -> JobLook:
        """Look at the job until it has ended, and return the last look; ``look`` is given each that tells of something
        new.

        One that is ``enough`` is returned before that.  Raises GoesOnError where the line broke and did not come back,
        HostError where it broke before the job began.
        """
        lost, self._lost = self._lost, None
        pause, broken = _FIRST, 0
        shown: tuple[object, ...] | None = None
        while True:
            if lost is not None:
                if broken == len(_PATIENCE):
                    raise GoesOnError(
                        f"the line broke; {self.goes_on}",
                        subject=self.subject,
                        hint=self._hint,
                        details=lost.account(),
                    ) from lost
                await asyncio.sleep(_PATIENCE[broken])
                broken += 1
            began = time.monotonic()
            try:
                told = await self._session.store.look_job(self.id)
                lost, broken = None, 0
            except HostError as error:
                lost = error
                continue
            except StoreError as error:
                if error.code != StoreCode.MISSING or lost is None:
                    raise
                raise HostError(
                    f"the line broke before the {self.kind} began: nothing was done",
                    subject=self.subject,
                    hint="try again",
                    details=lost.account(),
                ) from lost
            if told.state is not HostJobState.RUNNING or enough(told):
                return told
            if (told.percent, told.counted, told.phases, told.outcomes) != shown:
                shown = (told.percent, told.counted, told.phases, told.outcomes)
                look(told)
            await asyncio.sleep(max(pause, min(_LONGEST, _COST * (time.monotonic() - began))))
            pause = min(pause * _SLOWER, _LONGEST / 2)

    def end(self, told: JobLook, killed: str, *, hint: Hint = "") -> JobEnd:
        """Return how the job ended, by the last look at it; the session knows its commands then.

        Raises StoreError where it was killed: ``killed`` says so, and what becomes of what it has left.
        """
        session, end = self._session, told.end
        if end is None:
            raise StoreError(killed, code=StoreCode.IO, subject=self.subject, hint=hint)
        for argv, code, seconds in end.ran:
            if session.observe is not None:
                session.observe(CommandRecord(argv, self.subject, code, seconds))
        if end.unrecorded and end.ran:
            why = StoreError(end.unrecorded)
            session.unnoted(end.ran[0][0], "the audit log has no record of it", why)
        return end

    async def leave(self, told_by: str = "") -> None:
        """Leave the job to itself, and say so; ``told_by`` says what tells how it ends."""
        if (refusal := await self._refused()) is not None:
            self._say(f"the {self.kind} has not begun: {refusal.message}")
        else:
            self._say(f"{self.goes_on}; {told_by}" if told_by else self.goes_on)

    async def stop(self) -> JobLook | None:
        """Stop the job, once it has begun, and return how it has ended; None where that is not known, which is said."""
        if (refusal := await self._refused()) is not None:
            self._say(f"the {self.kind} has not begun: {refusal.message}")
            return None
        try:
            await self._session.store.cancel_job(self.id)
            return await self.ended()
        except XentuiError as error:
            if isinstance(error, StoreError) and error.code == StoreCode.BUSY:
                self._say(f"{error.message}; {self.goes_on}")
            else:
                self._say(f"whether the {self.kind} has stopped on the host is not known: {error.message}")
            return None

    @property
    def goes_on(self) -> str:
        """What to say of a job that nobody follows any more."""
        return f"the {self.kind} continues on the host by itself"

    def _say(self, sentence: str) -> None:
        self._session.caution([f"{self.subject}: {sentence}"])

    async def _refused(self) -> StoreError | None:
        """Wait until the job has begun; the error where the host has refused to begin it."""
        if self._beginning is None:
            return None
        await asyncio.wait([self._beginning])
        error = None if self._beginning.cancelled() else self._beginning.exception()
        return error if isinstance(error, StoreError) else None
