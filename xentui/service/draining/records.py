"""The record of a drain on the host, changed step by step."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterable

from xentui.errors import NotAllowedError, Suggest, XentuiError
from xentui.model.drain import DrainedGuest, DrainRecord
from xentui.service.session import Session

_SAYS = 20.0
"""Seconds after which the host is told again that somebody is at it."""


class DrainLog:
    """Reads and replaces the record of a drain, which is kept on the host: a later drain or undrain continues from it.

    ``back`` says that the host is being undrained.
    """

    def __init__(self, session: Session, *, back: bool) -> None:
        self._session = session
        self._back = back
        self._token = secrets.token_hex(16)
        self.record = DrainRecord()

    async def read(self) -> DrainRecord:
        """Return the record."""
        self.record = await self._session.store.read_drain()
        return self.record

    @contextlib.asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Hold the record: everybody who reads it sees by whom, until the block ends or the connection breaks.

        Raises NotAllowedError if somebody else holds it.
        """
        store = self._session.store
        if not await self.take():
            who = (await store.read_drain()).held or "somebody else"
            raise already_draining(self._session.host.name, who)

        async def say() -> None:
            while True:
                await asyncio.sleep(_SAYS)
                with contextlib.suppress(XentuiError):  # the next step tells what is wrong
                    await self.take()

        saying = asyncio.create_task(say())
        try:
            yield
        finally:
            saying.cancel()
            await asyncio.gather(saying, return_exceptions=True)
            await self.let_go()

    async def take(self) -> bool:
        """Take hold of the record; False if somebody else has it, or our own agent from before a broken connection."""
        return await self._session.store.hold_drain(self._token)

    async def let_go(self) -> None:
        """Release the record; if the connection is broken the host notices that itself."""
        with contextlib.suppress(XentuiError):
            await asyncio.shield(self._session.store.release_drain(self._token))

    async def begin(self, guests: Iterable[DrainedGuest]) -> None:
        """Replace the guests of the record: those that are done, and those to be done."""
        await self._write(tuple(guests))

    async def note(self, guest: DrainedGuest) -> None:
        """Put a guest at the end of the record, in place of what the record has of it."""
        others = [each for each in self.record.guests if each.uuid != guest.uuid]
        await self._write((*others, guest))

    async def drop(self, uuid: str) -> None:
        """Remove a guest from the record."""
        await self._write(tuple(each for each in self.record.guests if each.uuid != uuid))

    async def clear(self) -> None:
        """Remove the record."""
        await self._write(())

    async def _write(self, guests: tuple[DrainedGuest, ...]) -> None:
        self.record = await self._session.store.write_drain(
            self.record.serial, guests, back=self._back, user=self._session.user
        )


def already_draining(host: str, who: str) -> NotAllowedError:
    """Return the error for a host that somebody drains or undrains at this moment."""
    return NotAllowedError(
        f"{who} drains or undrains it at this moment",
        subject=host,
        hint=("wait until that has ended; ", Suggest("fleet.show"), " tells what is left then"),
    )
