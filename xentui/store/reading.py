"""Turning the agent's answers into frozen data; a host's answer is not trusted to be well-formed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xentui.errors import StoreError
from xentui.store.records import (
    AuditRecord,
    AutostartLink,
    DeletedDomain,
    Source,
    SourceState,
    StoredDomain,
    Version,
    VersionText,
)


def _source(data: Any) -> Source | None:
    if not isinstance(data, Mapping):
        return None
    return Source(str(data["path"]), str(data["sha256"]), int(data.get("version", 0)))


def stored_domain(data: Mapping[str, Any]) -> StoredDomain:
    """One item of the list; raises KeyError, TypeError or ValueError where it is ill-formed."""
    text = data["text"]
    return StoredDomain(
        uuid=str(data["uuid"]),
        name=str(data["name"]),
        version=int(data["version"]),
        text=None if text is None else str(text),
        config_sha256=str(data["config_sha256"]),
        source=_source(data["source"]),
        source_state=SourceState(data["source_state"]),
        hand_edited=bool(data["hand_edited"]),
        suspended=bool(data["suspended"]),
        resuming=bool(data["resuming"]),
        saving=bool(data["saving"]),
        oneoff=bool(data["oneoff"]),
        running=data["running"],
        damaged=str(data["damaged"]),
        created=float(data["created"] or 0.0),
        changed=float(data["changed"] or 0.0),
        summary=data["summary"],
        token=str(data["token"]),
    )


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
        source=_source(data.get("source")),
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


def autostart_link(data: Mapping[str, Any]) -> AutostartLink:
    """One file of the autostart folder."""
    uuid = data["uuid"]
    return AutostartLink(
        file=str(data["file"]),
        target=str(data["target"]),
        uuid=None if uuid is None else str(uuid),
        broken=bool(data["broken"]),
    )


def audit_record(data: Mapping[str, Any]) -> AuditRecord:
    """One line of the audit log."""
    return AuditRecord(time=str(data.get("time", "")), data=dict(data))


def ill_formed(error: Exception) -> StoreError:
    """The error for an answer that makes no sense."""
    return StoreError(
        f"the host's agent sent an answer that makes no sense ({type(error).__name__}: {error})",
        code="internal",
        hint="is another version of xentui at work on that host?",
    )


def seconds(text: object) -> float:
    """A record's time (UTC, ISO 8601) in seconds since 1970."""
    return datetime.fromisoformat(str(text)).timestamp()
