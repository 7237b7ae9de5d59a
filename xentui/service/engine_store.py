"""The store of a host whose engine keeps the managed domains itself."""
# ruff: noqa: ARG002 - a method takes what it takes in the class it stands in for

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from xentui.errors import StoreCode, StoreError
from xentui.hosts.base import Host
from xentui.model.configuration import Summary
from xentui.store import AutostartLink, ManagedStore, Source, StoredDomain, Surroundings
from xentui.store.client import AUTO_FOLDER
from xentui.store.history import DeletedDomain, Undeleted, Version, VersionText
from xentui.store.records import StoreLook
from xentui.toolstack.engine_domains import EngineDomain, EngineDomains

_ONLY = 1
"""The number of the only version there is."""
_NO_VERSIONS = "the host's engine keeps the present configuration only"


class EngineStore(ManagedStore):
    """Tells and changes what the engine keeps; audit log, jobs and programs stay in xentui's own store.

    An engine has one version of each configuration, no trash, no note of one-off boots, and no order of those that
    start with the host.
    """

    def __init__(self, host: Host, domains: EngineDomains) -> None:
        super().__init__(host)
        self._engine = domains
        self._last: tuple[StoredDomain, ...] = ()
        self._links: tuple[AutostartLink, ...] = ()
        self._given: dict[str, tuple[str, str]] = {}
        """By uuid the digest of the text that was given last, and of what the engine made of it."""

    # Looking

    async def list(self, *, summaries: bool = False) -> tuple[StoredDomain, ...]:
        """Return every managed domain, by uuid, always with its text; one that has not changed is the same object."""
        known = {entry.uuid: entry for entry in self._last}
        found = sorted(await self._engine.list(), key=lambda domain: domain.uuid)
        self._links = tuple(
            AutostartLink(domain.name, "", domain.uuid, broken=False) for domain in found if domain.autostart
        )
        entries = (self._as_given(_stored(domain)) for domain in found)
        self._last = tuple(
            known[entry.uuid] if known.get(entry.uuid) == entry else entry for entry in entries
        )
        return self._last

    async def read_anew(self, uuids: Iterable[str]) -> tuple[StoredDomain, ...]:
        """Return what the last :meth:`list` told, which has all texts."""
        return self._last

    def keep_contents(self, contents: Mapping[str, Summary]) -> tuple[StoredDomain, ...]:
        """Return what the last :meth:`list` told, with the texts: by them it is seen what has changed."""
        return self._last

    async def put_summaries(self, summaries: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        """Nothing: the engine has no place for them."""

    async def find(self, name: str) -> str | None:
        """Return the uuid of the managed domain of a name."""
        return next((entry.uuid for entry in await self.list() if entry.name == name), None)

    async def read(self, uuid: str) -> StoredDomain:
        """Return one managed domain; code ``missing``."""
        found = next((entry for entry in await self.list() if entry.uuid == uuid), None)
        if found is None:
            raise StoreError("the host's engine has no such domain", code=StoreCode.MISSING, subject=uuid)
        return found

    async def read_version(self, uuid: str, version: int) -> VersionText:
        """Return the text of the only version; code ``missing`` for any other."""
        entry = await self.read(uuid)
        if version != entry.version:
            raise StoreError(_NO_VERSIONS, code=StoreCode.MISSING, subject=entry.name)
        return VersionText(uuid, entry.name, version, entry.text or "", entry.config_sha256)

    async def history(self, uuid: str) -> tuple[Version, ...]:
        """Return the only version there is."""
        entry = await self.read(uuid)
        return (_version(entry.name, entry.text or "", "", ""),)

    async def trash(self) -> tuple[DeletedDomain, ...]:
        """Nothing."""
        return ()

    # Changing

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
        """Have the engine keep a new domain; code ``exists`` where its name or uuid is taken."""
        if any(uuid == entry.uuid or name == entry.name for entry in await self.list()):
            raise StoreError(
                "the host's engine has a domain of that name or uuid", code=StoreCode.EXISTS, subject=name
            )
        await self._define(uuid, name, text)
        return _version(name, text, user, reason)

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
        """Have the engine keep another text; code ``conflict`` where the present one is not the one expected."""
        entry = await self.read(uuid)
        if isinstance(expect, StoredDomain) and expect.config_sha256 != entry.config_sha256:
            raise StoreError("it has been changed meanwhile", code=StoreCode.CONFLICT, subject=name)
        if any(name == other.name for other in self._last if other.uuid != uuid):
            raise StoreError(
                "the host's engine has a domain of that name", code=StoreCode.EXISTS, subject=name
            )
        await self._define(uuid, name, text)
        return _version(name, text, user, reason)

    async def _define(self, uuid: str, name: str, text: str) -> None:
        """Have the engine keep a text, and know it again in what that makes of it."""
        await self._engine.define(uuid, name, text)
        self._given.pop(uuid, None)
        kept = next((entry for entry in await self.list() if entry.uuid == uuid), None)
        if kept is not None and kept.config_sha256 != _sha256(text):
            self._given[uuid] = (_sha256(text), kept.config_sha256)

    def _as_given(self, entry: StoredDomain) -> StoredDomain:
        """Return an entry under the digest of the text that was given for it, where it is still what the engine made of
        that.

        An engine writes a text its own way: whoever gave it would take it for somebody else's.
        """
        given, kept = self._given.get(entry.uuid, ("", ""))
        return replace(entry, config_sha256=given) if given and kept == entry.config_sha256 else entry

    async def restore(
        self, uuid: str, version: int, *, user: str = "", reason: str = "", name: str | None = None
    ) -> Version:
        """Code ``missing``: there is no older version."""
        raise StoreError(_NO_VERSIONS, code=StoreCode.MISSING, subject=name or uuid)

    async def settle(self, uuid: str) -> None:
        """Nothing: no writer leaves anything half-done."""

    async def delete(self, uuid: str, *, user: str = "", reason: str = "") -> str:
        """Have the engine keep a domain no longer; code ``busy`` where it is suspended."""
        entry = await self.read(uuid)
        if entry.suspended:
            raise StoreError("it is suspended", code=StoreCode.BUSY, subject=entry.name)
        await self._engine.undefine(uuid)
        return ""

    async def undelete(self, name_or_uuid: str, *, user: str = "") -> Undeleted:
        """Code ``missing``: what an engine keeps no longer is gone."""
        raise StoreError(
            "the host's engine keeps no deleted domains", code=StoreCode.MISSING, subject=name_or_uuid
        )

    async def start_system_job(self, job: str, **_told: Any) -> None:
        """Refused: the job would store the domain where the engine does not look."""
        raise StoreError("the host's engine keeps no systems that xentui makes", code=StoreCode.PERMISSION)

    async def start_clone_job(self, job: str, **_told: Any) -> None:
        """Code ``permission``: that job stores what it makes in xentui's own store."""
        raise StoreError("the host's engine keeps no clones that xentui makes", code=StoreCode.PERMISSION)

    async def start_delete_job(self, job: str, **_told: Any) -> None:
        """Code ``permission``: that job deletes from xentui's own store, and no disk of what is still kept may go."""
        raise StoreError(
            "the host's engine keeps it: nothing was removed",
            code=StoreCode.PERMISSION,
            hint="delete the domain without its disks first, then remove those as images",
        )

    # Beside the configuration

    async def mark_running(self, uuid: str, record: Mapping[str, Any] | None) -> None:
        """Nothing: the engine knows itself what it runs."""

    async def write_oneoff(self, uuid: str, text: str) -> str:
        """Code ``permission``: such a text is given to the engine in a temporary file."""
        raise StoreError(
            "the host's engine keeps no text of a one-off boot", code=StoreCode.PERMISSION, subject=uuid
        )

    async def boot_begin(self, uuid: str) -> StoredDomain:
        """Return what there is of it: the engine boots what it has."""
        return await self.read(uuid)

    async def put_aside(self, uuid: str) -> str:
        """Nothing: what starts with the host is the engine's."""
        return ""

    async def put_back(self, path: str) -> None:
        """Nothing, as :meth:`put_aside`."""

    async def remove_image(self, uuid: str, name: str) -> None:
        """Have the engine let go of the memory of a suspended domain."""
        await self._engine.drop_memory(uuid)

    async def look(self, folder: str = AUTO_FOLDER) -> StoreLook:
        """Return what the engine has and what of that starts with the host, and xentui's own jobs there."""
        stored = await self.list(summaries=True)
        began = time.monotonic()
        try:
            found = await self.surroundings(folder)
            around: Surroundings | StoreError = Surroundings(self._links, found.jobs, drain=found.drain)
        except StoreError as error:
            around = error
        return StoreLook(stored, around, time.monotonic() - began)

    async def autostart(self, folder: str = "") -> tuple[AutostartLink, ...]:
        """Return what starts with the host."""
        await self.list()
        return self._links

    async def set_autostart(
        self, uuid: str, name: str, on: bool, *, order: int | None = None, keep_order: bool = True
    ) -> None:
        """Have a domain start with the host, or not; code ``invalid`` for a place in the order."""
        if order is not None:
            raise StoreError(
                "the host's engine starts domains in no order", code=StoreCode.INVALID, subject=name
            )
        await self._engine.set_autostart(uuid, on=on)

    def image_path(self, uuid: str, name: str = "") -> str:
        """Nothing: the engine has the memory of a suspended domain in a place of its own."""
        return ""

    def config_path(self, uuid: str) -> str:
        """Nothing: the configuration lies in no file of the host."""
        return ""


def _stored(domain: EngineDomain) -> StoredDomain:
    return StoredDomain(
        domain.uuid,
        domain.name,
        _ONLY,
        domain.text,
        _sha256(domain.text),
        suspended=domain.suspended,
        damaged=domain.damaged,
    )


def _version(name: str, text: str, user: str, reason: str) -> Version:
    return Version(
        _ONLY, "put", time.time(), user, reason, name, sha256=_sha256(text), size=len(text.encode("utf-8"))
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
