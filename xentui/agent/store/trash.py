"""Deleting a stored domain, and bringing it back: each is one rename between ``domains`` and ``trash``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Callable, List, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import NAME, PATH, UUID, WORDS, is_uuid, optional
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import autostart, changes, entry, entry_log, layout, move_record, names

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import Deleted, TrashItem, UndeletedAnswer


@store_operation(
    "delete",
    uuid=UUID,
    user=optional(WORDS),
    reason=optional(WORDS),
    auto_dir=optional(PATH),
)
def delete(root: str, *, uuid: str, user: str = "", reason: str = "", auto_dir: str = "") -> Deleted:
    """Move a domain with its history to the trash; one with a memory image is code ``busy``.

    Its links in ``auto_dir`` are put on record and removed: each would be an error at the next start of the host.
    ``autostart`` says why one is left, "" where none is.
    """
    with layout.writing(root):
        found = changes.settled(root, uuid)
        move_record.refuse(found.folder)
        marks = entry.marks(found.folder)
        if marks["suspended"] or marks["resuming"] or marks["saving"]:
            raise AgentError("busy", "the domain has a saved memory image", found.folder)
        linked = bool(auto_dir) and autostart.note(root, auto_dir, uuid)
        target = put(root, uuid, found, user=user, reason=reason)
        left = _why_not(lambda: autostart.remove(root, auto_dir, uuid)) if linked else ""
        return {"uuid": uuid, "name": found.name, "trash": os.path.basename(target), "autostart": left}


def put(root: str, uuid: str, found: entry.StoreEntry, *, user: str, reason: str) -> str:
    """Move an entry to the trash, and let go of its name; returns where it is.  The caller holds the store."""
    if found.log is not None:
        _note(found, "deleted", user, reason)
    target = _free_place(root, uuid)
    os.rename(found.folder, target)
    fsio.try_sync_folder(layout.trash(root))
    fsio.try_sync_folder(layout.domains(root))
    if found.name:
        names.forget(root, found.name, uuid)
    return target


@store_operation(
    "undelete",
    name_or_uuid=NAME,
    user=optional(WORDS),
    auto_dir=optional(PATH),
)
def undelete(root: str, *, name_or_uuid: str, user: str = "", auto_dir: str = "") -> UndeletedAnswer:
    """Bring back the domain deleted last under a name or uuid; code ``exists`` if either is taken by now.

    It starts with the host again, in its place, if it did; ``autostart`` says why not where it should.
    """
    with layout.writing(root):
        place = locate(root, name_or_uuid)
        if place is None:
            raise AgentError("missing", f"the trash contains no domain {name_or_uuid}", layout.trash(root))
        found = entry.load(place, dead_event="undeleted")
        uuid = os.path.basename(place).partition(".")[0]
        target = layout.entry(root, uuid)
        if os.path.lexists(target):
            raise AgentError("exists", f"the uuid {uuid} is stored again", target)
        link = names.reserve(root, found.name, uuid) if found.name else ""
        try:
            if found.log is not None:
                _note(found, "undeleted", user, "")
            os.rename(place, target)
        except OSError:
            names.release(link)
            raise
        fsio.try_sync_folder(layout.domains(root))
        fsio.try_sync_folder(layout.trash(root))
        left = _why_not(lambda: autostart.put_back(root, auto_dir, uuid)) if auto_dir else ""
        return {"uuid": uuid, "name": found.name, "version": found.version, "autostart": left}


def _why_not(action: Callable[[], object]) -> str:
    """Do what is not a part of the transaction; returns why it failed, "" where it has not."""
    try:
        action()
    except AgentError as error:
        return f"{error.path} {error.message}".strip()
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    return ""


@store_operation("list_trash")
def list_trash(root: str) -> List[TrashItem]:
    """Return the deleted domains, the one deleted last first."""
    if not layout.usable(root):
        return []
    found = []
    for name in _folders(root):
        item = _describe(os.path.join(layout.trash(root), name))
        if item is not None:
            found.append(item)
    return sorted(found, key=lambda item: (item["deleted"], item["trash"]), reverse=True)


def locate(root: str, name_or_uuid: str) -> Optional[str]:
    """Return the folder in the trash of the domain deleted last under a name or uuid, None where there is none."""
    for item in list_trash(root):
        if name_or_uuid in (item["uuid"], item["name"], item["trash"]):
            return os.path.join(layout.trash(root), str(item["trash"]))
    return None


def _describe(folder: str) -> Optional[TrashItem]:
    uuid = os.path.basename(folder).partition(".")[0]
    if not is_uuid(uuid):
        return None
    try:
        found = entry.load(folder, dead_event="undeleted")
        deleted = os.stat(folder).st_ctime
    except (OSError, AgentError):
        return None
    last: entry_log.Record = {}
    if found.log is not None and found.log.records[-1]["event"] == "deleted":
        last = found.log.records[-1]
    return {
        "trash": os.path.basename(folder),
        "uuid": uuid,
        "name": found.name,
        "version": found.version,
        "deleted": entry_log.epoch(last.get("time")) or deleted,
        "user": str(last.get("user", "")),
        "reason": str(last.get("reason", "")),
        "damaged": found.damaged,
    }


def _folders(root: str) -> List[str]:
    try:
        return os.listdir(layout.trash(root))
    except FileNotFoundError:
        return []


def _free_place(root: str, uuid: str) -> str:
    first = place = os.path.join(layout.trash(root), uuid)
    number = 1
    while os.path.lexists(place):
        number += 1
        place = f"{first}.{number}"
    return place


def _note(found: entry.StoreEntry, event: str, user: str, reason: str) -> None:
    assert found.log is not None  # noqa: S101 - the callers look
    record = {"event": event, "time": entry_log.now(), "user": user, "reason": reason}
    try:
        fsio.append(os.path.join(found.folder, entry.LOG), entry_log.line(record), found.log.end)
    except AgentError as error:
        # Of a move that never happens such a record is passed over, so nothing has changed.
        raise AgentError("io", "the disk failed", error.path) from error
