"""What happened in the store: versions, deletions, the audit log.

Apart from what a list of domains needs, because most commands only list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xentui.store.reading import source
from xentui.store.records import Source


@dataclass(frozen=True, slots=True)
class Version:
    """One line of a domain's history: a version, or (``version`` 0) that it was deleted or came back."""

    version: int
    event: str
    time: float
    user: str = ""
    reason: str = ""
    name: str = ""
    sha256: str = ""
    size: int = 0
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class VersionText:
    """The text of one version."""

    uuid: str
    name: str
    version: int
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DeletedDomain:
    """A domain in the trash; ``folder`` tells apart several deletions of one uuid."""

    uuid: str
    name: str
    version: int
    deleted: float
    user: str = ""
    reason: str = ""
    damaged: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One command in the audit log; ``data`` is the whole record (see :func:`xentui.agent.audit.audit_tail`)."""

    time: str
    data: Mapping[str, Any]

    @property
    def open(self) -> str:
        """How a command stands whose end is not told: ``running`` or ``outcome unknown``; "" of one that has ended."""
        if self.data.get("exit") is not None:
            return ""
        return {"running": "running", "unknown": "outcome unknown"}.get(str(self.data.get("outcome")), "")


def version(data: Mapping[str, Any]) -> Version:
    """One record of a history."""
    return Version(
        version=int(data.get("version", 0)),
        event=str(data["event"]),
        time=float(data["time"] or 0.0) if not isinstance(data["time"], str) else 0.0,
        user=str(data.get("user", "")),
        reason=str(data.get("reason", "")),
        name=str(data.get("name", "")),
        sha256=str(data.get("sha256", "")),
        size=int(data.get("size", 0)),
        source=source(data.get("source")),
    )


def version_text(data: Mapping[str, Any]) -> VersionText:
    """The text of a version."""
    return VersionText(
        uuid=str(data["uuid"]),
        name=str(data["name"]),
        version=int(data["version"]),
        text=str(data["text"]),
        sha256=str(data["config_sha256"]),
    )


def deleted_domain(data: Mapping[str, Any]) -> DeletedDomain:
    """One item of the trash."""
    return DeletedDomain(
        uuid=str(data["uuid"]),
        name=str(data["name"]),
        version=int(data["version"]),
        deleted=float(data["deleted"]),
        user=str(data["user"]),
        reason=str(data["reason"]),
        damaged=str(data["damaged"]),
        folder=str(data["trash"]),
    )


def audit_record(data: Mapping[str, Any]) -> AuditRecord:
    """One line of the audit log."""
    return AuditRecord(time=str(data.get("time", "")), data=dict(data))


def committed(data: Mapping[str, Any]) -> Version:
    """The record of a change just made, whose time is as it was written: ISO 8601."""
    return version({**data, "time": datetime.fromisoformat(str(data["time"])).timestamp()})
