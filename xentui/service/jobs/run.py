"""A job of the host from its start to its end, as a client that has started it, or waits for it, follows it.

A job ends without a client: the connection may break, and the next poll shows the job.
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
    """A job goes on, and its end is not known: the connection is broken, or its client has stopped waiting."""


class JobRun:
    """One job of a host.

    ``kind`` is the name of the work in sentences; ``hint`` says where its end is shown if nobody follows it.  ``id`` is
    given for a job in progress; a new job gets its id before it is started, so that a lost answer loses nothing.  The
    session is told of a job that is ``awaited``: one whose end the user waits for.
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
        """Start the job by ``begin``, which is given its id; the block of this context manager follows it.

        Raises StoreError if the host refuses it.  If the connection breaks the job may have started all the same:
        polling shows it.  A cancellation in the block, or before the job has started, awaits ``cancelled``
        (:meth:`stop` or :meth:`leave`).
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
        """Follow a job in progress, as :meth:`begun` does for a new one."""
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
        """Poll the job until it has ended, and return the last answer; ``look`` is called with each that is new.

        An answer that is ``enough`` is returned before that.  Raises GoesOnError if the connection breaks and does not
        return, HostError if it broke before the job had started.
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
        """Return how the job ended, from the last answer; the session gets its commands.

        Raises StoreError if the job was killed: ``killed`` is the sentence that says so, and what becomes of its
        remains.
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
        """Leave the job to continue, and tell the user; ``told_by`` says where its end will be shown."""
        if (refusal := await self._refused()) is not None:
            self._say(f"the {self.kind} has not begun: {refusal.message}")
        else:
            self._say(f"{self.goes_on}; {told_by}" if told_by else self.goes_on)

    async def stop(self) -> JobLook | None:
        """Stop the job once it has started, and return how it ended; None, with a warning, if that is not known."""
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
        """The sentence about a job that nobody follows any more."""
        return f"the {self.kind} continues on the host by itself"

    def _say(self, sentence: str) -> None:
        self._session.caution([f"{self.subject}: {sentence}"])

    async def _refused(self) -> StoreError | None:
        """Wait until the job has started; return the error if the host has refused it."""
        if self._beginning is None:
            return None
        await asyncio.wait([self._beginning])
        error = None if self._beginning.cancelled() else self._beginning.exception()
        return error if isinstance(error, StoreError) else None
