"""The record of what was taken off a host, changed step by step."""

from __future__ import annotations

from xentui.model.drain import DrainedGuest, DrainRecord
from xentui.service.session import Session


class DrainLog:
    """Reads the host's record, and replaces it; it is the host's alone, and whoever comes later goes on from it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.record = DrainRecord()

    async def read(self) -> DrainRecord:
        """What the host has."""
        self.record = await self._session.store.read_drain()
        return self.record

    async def note(self, guest: DrainedGuest) -> None:
        """Have a guest in the record, last; what it had of it before is replaced."""
        others = [each for each in self.record.guests if each.uuid != guest.uuid]
        await self._write((*others, guest))

    async def drop(self, uuid: str) -> None:
        """Have the record forget a guest."""
        await self._write(tuple(each for each in self.record.guests if each.uuid != uuid))

    async def clear(self) -> None:
        """Forget all of it."""
        await self._write(())

    async def _write(self, guests: tuple[DrainedGuest, ...]) -> None:
        self.record = await self._session.store.write_drain(self.record.serial, guests)
