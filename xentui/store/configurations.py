"""The configurations of managed domains: each with its versions, those that are deleted too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.hosts import operations
from xentui.store import history as past, reading
from xentui.store.client import StoreClient, each, nothing
from xentui.store.history import DeletedDomain, Undeleted, Version, VersionText
from xentui.store.records import Source, StoredDomain

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import Deleted


class Configurations(StoreClient):
    """Reads and writes configurations; written they are by :mod:`xentui.service.repository` alone."""

    async def find(self, name: str) -> str | None:
        """Return the uuid stored under a name."""
        return await self._call(operations.find, reading.maybe_text, name=name)

    async def read_version(self, uuid: str, version: int) -> VersionText:
        """Return the text of one version; codes ``missing`` and ``damaged``."""
        return await self._call(operations.read_version, past.version_text, uuid=uuid, version=version)

    async def history(self, uuid: str) -> tuple[Version, ...]:
        """Return what happened to a domain, oldest first; a deleted one's too."""
        return await self._call(operations.history, each(past.version), uuid=uuid)

    async def trash(self) -> tuple[DeletedDomain, ...]:
        """Return the deleted domains, the one deleted last first."""
        return await self._call(operations.list_trash, each(past.deleted_domain))

    async def create(
        self,
        uuid: str,
        name: str,
        text: str,
        *,
        source: Source | None = None,
        user: str = "",
        reason: str = "",
    ) -> Version:
        """Store a new domain; code ``exists`` where its name or uuid is taken.

        ``source`` is the file ``text`` was made from, with the sha256 of the file as it was read.
        """
        return await self._call(
            operations.create,
            past.committed,
            uuid=uuid,
            name=name,
            text=text,
            source=_source(source),
            user=user,
            reason=reason,
        )

    async def put(
        self,
        uuid: str,
        name: str,
        text: str,
        *,
        user: str = "",
        reason: str = "",
        expect: StoredDomain | int | None = None,
        source: Source | None = None,
    ) -> Version:
        """Store a new version; without ``source`` the recorded one stays.

        ``expect`` is what the caller has seen: the domain as read (exact, even where an admin edited it by
        hand), or a version number.  Code ``conflict`` where it is no longer current.
        """
        number = expect if isinstance(expect, int) else None
        sha = expect.config_sha256 if isinstance(expect, StoredDomain) else None
        return await self._call(
            operations.put,
            past.committed,
            uuid=uuid,
            name=name,
            text=text,
            user=user,
            reason=reason,
            expect_version=number,
            expect_sha256=sha,
            source=_source(source),
        )

    async def restore(
        self, uuid: str, version: int, *, user: str = "", reason: str = "", name: str | None = None
    ) -> Version:
        """Make an older version current, as a new version; a damaged entry is healed by it."""
        return await self._call(
            operations.restore,
            past.committed,
            uuid=uuid,
            version=version,
            user=user,
            reason=reason,
            name=name,
        )

    async def settle(self, uuid: str) -> None:
        """Finish what a killed writer has left of a domain that is listed as ``pending``."""
        await self._call(operations.settle, nothing, uuid=uuid)

    async def delete(self, uuid: str, *, user: str = "", reason: str = "") -> str:
        """Move a domain to the trash, its autostart link on record; code ``busy`` where it is suspended.

        Returns why a link could not be removed, "" where none is left.
        """
        auto = self._auto_folder
        return await self._call(operations.delete, _left, uuid=uuid, user=user, reason=reason, auto_dir=auto)

    async def undelete(self, name_or_uuid: str, *, user: str = "") -> Undeleted:
        """Bring back the domain deleted last under a name or uuid, with the autostart link it had.

        Codes ``missing``, and ``exists`` where the name or uuid is taken meanwhile.
        """
        return await self._call(
            operations.undelete,
            past.undeleted,
            name_or_uuid=name_or_uuid,
            user=user,
            auto_dir=self._auto_folder,
        )


def _left(answer: Deleted) -> str:
    return reading.text(answer["autostart"])


def _source(source: Source | None) -> dict[str, str] | None:
    return None if source is None else {"path": source.path, "sha256": source.sha256}
