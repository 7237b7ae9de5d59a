"""What happened in the store: versions, deletions, the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xentui.frozen import dataclass
from xentui.store import reading
from xentui.store.records import Source

if TYPE_CHECKING:
    from xentui.agent.protocol import answers


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
    """One command in the audit log; ``data`` is the whole record (see :func:`xentui.agent.store.audit.audit_tail`)."""

    time: str
    data: Mapping[str, Any]

    @property
    def open(self) -> str:
        """How a command stands whose end is not told: ``running`` or ``outcome unknown``; "" of one that has ended."""
        if self.data.get("exit") is not None:
            return ""
        return {"running": "running", "unknown": "outcome unknown"}.get(str(self.data.get("outcome")), "")


def version(data: Mapping[str, Any]) -> Version:
    """Return one record of a history.

    It is a line of a file: a field of another type than it should be is shown as absent, the others as they are.
    """
    return Version(
        version=_count(data.get("version")),
        event=_text(data, "event") or "unreadable",
        time=reading.seconds(data.get("time")),
        user=_text(data, "user"),
        reason=_text(data, "reason"),
        name=_text(data, "name"),
        sha256=_text(data, "sha256"),
        size=_count(data.get("size")),
        source=reading.source(data.get("source")),
    )


def version_text(data: answers.VersionTextAnswer) -> VersionText:
    """Return the text of a version."""
    return VersionText(
        uuid=reading.text(data["uuid"]),
        name=reading.text(data["name"]),
        version=reading.number(data["version"]),
        text=reading.text(data["text"]),
        sha256=reading.text(data["config_sha256"]),
    )


@dataclass(frozen=True, slots=True)
class Undeleted:
    """A domain that is back: its uuid, and why it does not start with the host as it did ("" where it does)."""

    uuid: str
    autostart: str = ""


def undeleted(data: answers.UndeletedAnswer) -> Undeleted:
    """Return the answer to an undelete."""
    return Undeleted(reading.text(data["uuid"]), reading.text(data["autostart"]))


def deleted_domain(data: answers.TrashItem) -> DeletedDomain:
    """Return one item of the trash."""
    return DeletedDomain(
        uuid=reading.text(data["uuid"]),
        name=_text(data, "name"),
        version=_count(data.get("version")),
        deleted=reading.seconds(data["deleted"]),
        user=_text(data, "user"),
        reason=_text(data, "reason"),
        damaged=_text(data, "damaged"),
        folder=reading.text(data["trash"]),
    )


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    try:
        return reading.number(value)
    except (TypeError, ValueError):
        return 0


def audit_record(data: Mapping[str, Any]) -> AuditRecord:
    """Return one line of the audit log."""
    return AuditRecord(time=_text(data, "time"), data=dict(data))


def committed(data: Mapping[str, Any]) -> Version:
    """Return the record of a change just made, whose time is as it was written: ISO 8601."""
    from datetime import datetime  # nothing else of the store needs it

    return version({**data, "time": datetime.fromisoformat(str(data["time"])).timestamp()})
