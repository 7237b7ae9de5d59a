"""What a host keeps for all its domains: which start with it, and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xentui.hosts import operations
from xentui.store import reading
from xentui.store.client import AUTO_FOLDER, StoreClient, each, nothing
from xentui.store.history import AuditRecord, audit_record
from xentui.store.records import AutostartLink, Surroundings


class HostRecords(StoreClient):
    """Links domains to the start of the host, and keeps the audit log."""

    async def surroundings(self, folder: str = AUTO_FOLDER) -> Surroundings:
        """Return what starts with the host, and what goes on there."""
        return await self._call(
            operations.surroundings, reading.surroundings, auto_dir=self._host.host_path(folder)
        )

    async def autostart(self, folder: str = AUTO_FOLDER) -> tuple[AutostartLink, ...]:
        """Return what starts with the host."""
        return await self._call(
            operations.list_autostart, each(reading.autostart_link), auto_dir=self._host.host_path(folder)
        )

    async def set_autostart(
        self, uuid: str, name: str, on: bool, *, order: int | None = None, keep_order: bool = True
    ) -> None:
        """Have one link, of that name, to the stored configuration in the autostart folder, or none.

        ``order`` is its place there, 0 to 99; without one it keeps the place it has, unless ``keep_order`` is False.
        Codes ``exists`` and ``conflict`` where the name is taken there by the admin or by another domain; it keeps
        the links it has then.
        """
        auto = self._auto_folder
        if not on:
            await self._call(operations.unlink_autostart, nothing, auto_dir=auto, uuid=uuid)
            return
        await self._call(
            operations.link_autostart,
            nothing,
            auto_dir=auto,
            name=name,
            target=self.config_path(uuid),
            order=order,
            keep_order=keep_order,
        )

    async def audit_append(self, record: Mapping[str, Any]) -> None:
        """Append a record of what has ended to the host's audit log; ``time`` is added."""
        await self._call(operations.audit_append, nothing, record=dict(record))

    async def audit_open(self, record: Mapping[str, Any]) -> str:
        """Tell the audit log of what is about to run; returns the id to close it by."""
        return await self._call(operations.audit_open, str, record=dict(record))

    async def audit_close(self, id: str, record: Mapping[str, Any]) -> None:
        """Tell the audit log how it ended: ``exit`` (None where it is not known) and ``seconds``."""
        await self._call(operations.audit_close, nothing, id=id, record=dict(record))

    async def audit_tail(self, limit: int = 100) -> tuple[AuditRecord, ...]:
        """Return the last commands of the audit log, oldest first."""
        return await self._call(operations.audit_tail, each(audit_record), limit=limit)
