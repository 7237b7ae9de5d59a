"""Texts kept beside a configuration: scripts for a domain's console, and what is watched for there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.store import reading
from xentui.store.client import StoreClient, each

if TYPE_CHECKING:
    from xentui.agent.protocol import answers


@dataclass(frozen=True, slots=True)
class Attached:
    """One text, as its newest version has it; of version 0, and empty, where there is none.

    ``time`` is seconds since the epoch.
    """

    name: str
    version: int
    text: str
    user: str = ""
    time: float = 0.0


class AttachedTexts(StoreClient):
    """Reads and writes them; written they are by :mod:`xentui.service.repository` alone."""

    async def list_attached(self, uuid: str) -> tuple[Attached, ...]:
        """Return the texts of a managed domain that are not empty, by name; code ``missing`` without such a domain."""
        return await self._call(operations.list_attached, each(_attached), uuid=uuid)

    async def read_attached(self, uuid: str, name: str) -> Attached:
        """Return one text; code ``missing`` without such a domain."""
        return await self._call(operations.read_attached, _attached, uuid=uuid, name=name)

    async def put_attached(
        self, uuid: str, name: str, text: str, *, seen: int, user: str = "", reason: str = ""
    ) -> int:
        """Store the next version of a text, where ``seen`` is its version still; returns its number.

        Codes ``conflict``, and ``missing`` without such a domain.
        """
        return await self._call(
            operations.put_attached,
            reading.number,
            uuid=uuid,
            name=name,
            text=text,
            expect_version=seen,
            user=user,
            reason=reason,
        )


def _attached(answer: answers.AttachedText) -> Attached:
    return Attached(
        reading.text(answer["name"]),
        reading.number(answer["version"]),
        reading.text(answer["text"]),
        reading.text(answer["user"]),
        float(answer["time"] or 0.0),
    )
