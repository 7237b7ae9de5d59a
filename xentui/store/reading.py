"""Turning the agent's answers into frozen data; a host's answer is not trusted to be well-formed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xentui.errors import StoreError
from xentui.store.records import AutostartLink, Source, SourceState, StoredDomain, Withheld


def source(data: Any) -> Source | None:
    """The file a text was made from; None where there is none."""
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
        source=source(data["source"]),
        source_state=SourceState(data["source_state"]),
        moved_on=bool(data["moved_on"]),
        hand_edited=bool(data["hand_edited"]),
        # Not said of what is told from an index of an older xentui: only what is settled is kept there.
        pending=bool(data.get("pending")),
        suspended=bool(data["suspended"]),
        resuming=bool(data["resuming"]),
        saving=bool(data["saving"]),
        oneoff=bool(data["oneoff"]),
        withheld=_withheld(data.get("withheld")),
        running=data["running"],
        damaged=str(data["damaged"]),
        created=float(data["created"] or 0.0),
        changed=float(data["changed"] or 0.0),
        summary=data["summary"],
        token=str(data["token"]),
    )


def _withheld(data: Any) -> Withheld | None:
    # Not said of what is told from an index of an older xentui.
    if not isinstance(data, Mapping):
        return None
    order = data["order"]
    return Withheld(None if order is None else int(order))


def autostart_link(data: Mapping[str, Any]) -> AutostartLink:
    """One file of the autostart folder."""
    uuid = data["uuid"]
    return AutostartLink(
        file=str(data["file"]),
        target=str(data["target"]),
        uuid=None if uuid is None else str(uuid),
        broken=bool(data["broken"]),
    )


def ill_formed(error: Exception) -> StoreError:
    """The error for an answer that makes no sense."""
    return StoreError(
        f"the host's agent sent an answer that makes no sense ({type(error).__name__}: {error})",
        code="internal",
        hint="is another version of xentui at work on that host?",
    )
