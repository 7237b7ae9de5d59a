"""What was taken off a host that is emptied, as the host keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xentui.hosts import operations
from xentui.model.drain import DrainAgreed, DrainedGuest, DrainRecord, DrainWay
from xentui.store import reading
from xentui.store.client import StoreClient, nothing
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.agent.protocol import answers

_NAME = 512
_LAST = 99
_MOST = 200
_LONGEST = 86_400


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
        record = {"guests": [spelt(each) for each in guests], "doing": doing, "user": user}
        found = await self._call(operations.write_drain, int, serial=serial, record=record)
        return DrainRecord(found, guests)

    async def hold_drain(self, token: str) -> bool:
        """Say that whoever has chosen the token empties the host, or brings it back; False where another does."""
        return await self._call(operations.hold_drain, bool, token=token)

    async def release_drain(self, token: str) -> None:
        """Say that they do no more."""
        await self._call(operations.release_drain, nothing, token=token)

    async def start_drain_job(
        self,
        job: str,
        *,
        serial: int,
        guests: tuple[DrainedGuest, ...],
        agreed: DrainAgreed,
        sequence: Mapping[str, Any],
        commands: Mapping[str, Sequence[str]],
        user: str,
        back: bool = False,
    ) -> None:
        """Begin to empty the host, or to bring its guests ``back``, under a name of the caller's choice.

        See :mod:`xentui.agent.drain.drain_jobs`.
        ``guests`` replace those of the record of that ``serial``.  Code ``busy`` where somebody is at it, ``conflict``
        where the record is another's by now.
        """
        told = {
            "to": list(agreed.to),
            "shutdown": agreed.shutdown,
            "patience": agreed.patience,
            "allow": list(agreed.allow),
        }
        record = {
            "guests": [spelt(each) for each in guests],
            "doing": "undrain" if back else "drain",
            "user": user,
            "agreed": told,
        }
        await self._call(
            operations.start_drain_job,
            nothing,
            job=job,
            prefix=list(self._host.command_prefix),
            serial=serial,
            record=record,
            sequence=dict(sequence),
            commands={name: list(argv) for name, argv in commands.items()},
            auto_dir=self._auto_folder,
            subject=self._host.name,
            user=user,
            host=self._host.name,
        )

    async def end_drain_job(self, job: str) -> None:
        """Have a job that empties the host, or brings it back, end after the guest that is under way."""
        await self._call(operations.end_drain_job, nothing, job=job)

    async def last_drain_job(self, *, back: bool) -> str:
        """Return the job that has emptied the host last, or brought it ``back``; "" where none is known."""
        return await self._call(operations.last_drain_job, reading.text, back=back)


def _record(answer: answers.DrainAnswer | None) -> DrainRecord:
    if answer is None:
        return DrainRecord()
    return DrainRecord(
        int(answer["serial"]),
        tuple(_guest(each) for each in answer["guests"]),
        held=plain(reading.text(answer["user"]), _NAME) or "somebody" if answer["held"] is True else "",
        job=reading.text(answer.get("job", "")),
        agreed=_agreed(answer.get("agreed")),
        back=answer["doing"] == "undrain",
    )


def _agreed(told: object) -> DrainAgreed | None:
    """Return what was agreed to; None where nothing is told of that, or nothing that makes sense."""
    if not isinstance(told, dict) or not told:
        return None
    to, allow, patience = told.get("to"), told.get("allow"), told.get("patience")
    if not all(
        isinstance(each, list) and len(each) <= _MOST and all(isinstance(word, str) for word in each)
        for each in (to, allow)
    ):
        return None
    if not isinstance(patience, int | float) or not 0 < patience <= _LONGEST:
        patience = None
    return DrainAgreed(_words(to), told.get("shutdown") is True, patience, _words(allow))


def _words(told: object) -> tuple[str, ...]:
    return tuple(plain(str(word), _NAME) for word in told) if isinstance(told, list) else ()


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


def spelt(each: DrainedGuest) -> dict[str, object]:
    """Return a guest as the record has it."""
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
