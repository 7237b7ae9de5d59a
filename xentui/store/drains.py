"""What was taken off a host that is emptied, as the host keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xentui.hosts import operations
from xentui.model.drain import DrainedGuest, DrainRecord, DrainWay
from xentui.store import reading
from xentui.store.client import StoreClient, nothing
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.agent import answers

_NAME = 512
_LAST = 99


class Drains(StoreClient):
    """Reads and replaces the record of what was taken off the host."""

    async def read_drain(self) -> DrainRecord:
        """Return what was taken off the host; code ``damaged`` where its record makes no sense."""
        return await self._call(operations.read_drain, _record)

    async def write_drain(
        self, serial: int, guests: tuple[DrainedGuest, ...], *, back: bool = False, user: str = ""
    ) -> DrainRecord:
        """Replace the record of that ``serial``; without guests it is removed.

        ``user`` empties the host, or brings it ``back``.  Code ``conflict`` where it is another's by now.
        """
        doing = "undrain" if back else "drain"
        record = {"guests": [_spelt(each) for each in guests], "doing": doing, "user": user}
        found = await self._call(operations.write_drain, int, serial=serial, record=record)
        return DrainRecord(found, guests)

    async def hold_drain(self, token: str) -> bool:
        """Say that whoever has chosen the token empties the host, or brings it back; False where another does."""
        return await self._call(operations.hold_drain, bool, token=token)

    async def release_drain(self, token: str) -> None:
        """Say that they do no more."""
        await self._call(operations.release_drain, nothing, token=token)


def _record(answer: answers.DrainAnswer | None) -> DrainRecord:
    if answer is None:
        return DrainRecord()
    return DrainRecord(
        int(answer["serial"]),
        tuple(_guest(each) for each in answer["guests"]),
        held=plain(reading.text(answer["user"]), _NAME) or "somebody" if answer["held"] is True else "",
    )


def _guest(each: Mapping[str, Any]) -> DrainedGuest:
    order = each.get("order")
    return DrainedGuest(
        uuid=reading.text(each["uuid"]).lower(),
        name=plain(reading.text(each["name"]), _NAME),
        way=DrainWay(each["way"]),
        to=reading.text(each.get("to", "")),
        done=each.get("done") is True,
        begun=each.get("begun") is not False,
        autostart=each.get("autostart") is True,
        order=order if type(order) is int and 0 <= order <= _LAST else None,
    )


def _spelt(each: DrainedGuest) -> dict[str, object]:
    return {
        "uuid": each.uuid,
        "name": each.name,
        "way": each.way.value,
        "to": each.to,
        "done": each.done,
        "begun": each.begun,
        "autostart": each.autostart,
        "order": each.order,
    }
