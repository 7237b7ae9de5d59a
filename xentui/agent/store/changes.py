"""The transactions that change stored configurations.

Each holds the store's one lock.  A new version is committed by its log record, everything else by one rename;
before that point a failure or a kill leaves what was, after it the next writer finishes what remains.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import Any, Dict, NamedTuple, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import (
    COUNT,
    NAME,
    SOURCE,
    STRING,
    TEXT,
    TEXT_LIMIT,
    UUID,
    WORDS,
    optional,
    or_none,
)
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import entry, entry_log, layout, move_record, names, sources

HAND_EDIT = "edited by hand"


@store_operation(
    "create",
    uuid=UUID,
    name=NAME,
    text=TEXT,
    user=optional(WORDS),
    reason=optional(WORDS),
    source=optional(SOURCE),
)
def create(
    root: str,
    *,
    uuid: str,
    name: str,
    text: str,
    user: str = "",
    reason: str = "",
    source: Optional[Dict[str, Any]] = None,
) -> Dict[str, Any]:
    """Store a new domain as version 1; a name or uuid already stored is code ``exists``."""
    data = text.encode("utf-8")
    with layout.writing(root):
        folder = layout.entry(root, uuid)
        if os.path.lexists(folder):
            raise AgentError("exists", f"the uuid {uuid} is already stored", folder)
        record = record_of(1, NewVersion("created", data, name, user, reason, sources.recorded(source, 1)))
        staged = built(root, data, record)
        link = names.reserve(root, name, uuid)
        try:
            os.rename(staged, folder)
        except OSError:
            names.release(link)
            raise
        fsio.try_sync_folder(layout.domains(root))
        return {"uuid": uuid, **record}


@store_operation(
    "put",
    uuid=UUID,
    name=NAME,
    text=TEXT,
    user=optional(WORDS),
    reason=optional(WORDS),
    source=optional(SOURCE),
    expect_version=optional(or_none(COUNT)),
    expect_sha256=optional(or_none(STRING)),
)
def put(
    root: str,
    *,
    uuid: str,
    name: str,
    text: str,
    user: str = "",
    reason: str = "",
    expect_version: Optional[int] = None,
    expect_sha256: Optional[str] = None,
    source: Optional[Dict[str, Any]] = None,
    event: str = "changed",
) -> Dict[str, Any]:
    """Store a new version of a domain.

    ``expect_version`` and ``expect_sha256`` say what the caller has seen: if something else is current, code
    ``conflict``.  A text edited by hand since is not a version yet, so only ``expect_sha256`` can name it.
    Without ``source`` the recorded one stays.
    """
    data = text.encode("utf-8")
    with layout.writing(root):
        found = settled(root, uuid)
        if found.damaged:
            raise AgentError("damaged", found.damaged, found.folder)
        if expect_version is not None and (found.version != expect_version or found.hand_edited):
            seen = f"version {found.version}" + (", edited by hand since" if found.hand_edited else "")
            raise AgentError("conflict", f"expected version {expect_version}, found {seen}", found.folder)
        if expect_sha256 is not None and found.sha256 != expect_sha256:
            raise AgentError("conflict", "the text has changed since it was read", found.folder)
        return commit(root, uuid, found, NewVersion(event, data, name, user, reason, source))


@store_operation(
    "restore",
    uuid=UUID,
    version=COUNT,
    user=optional(WORDS),
    reason=optional(WORDS),
    name=optional(or_none(NAME)),
)
def restore(
    root: str, *, uuid: str, version: int, user: str = "", reason: str = "", name: Optional[str] = None
) -> Dict[str, Any]:
    """Make an older version the current one, as a new version; works on a damaged entry too.

    ``name`` is the name the restored text bears; without it the recorded one is taken.
    """
    with layout.writing(root):
        found = settled(root, uuid)
        path = entry.version_path(found.folder, version)
        wanted = found.log.version(version) if found.log else None
        if found.log is not None and wanted is None:
            raise AgentError("missing", f"there is no version {version}", path)
        data = fsio.read_bounded(path, TEXT_LIMIT)
        if wanted is not None and entry.digest(data) != wanted["sha256"]:
            raise AgentError("damaged", f"version {version} is not what was recorded", path)
        _decoded(data, path)
        restored = name or str((wanted or {}).get("name", "")) or names.linked(root, uuid) or uuid
        reason = reason or f"version {version} restored"
        return commit(root, uuid, found, NewVersion("restored", data, restored, user, reason))


@store_operation("settle", uuid=UUID)
def settle(root: str, *, uuid: str) -> None:
    """Finish what a killed writer has left of an entry: xl and xendomains boot ``config.cfg`` as it lies there."""
    with layout.writing(root):
        settled(root, uuid)


def built(root: str, data: bytes, record: entry_log.Record) -> str:
    """Build a new entry of one version, flushed, for who gives it its place; returns where it lies until then."""
    staged = layout.staging(root, "entry")
    os.mkdir(staged, 0o700)
    os.mkdir(os.path.join(staged, entry.VERSIONS), 0o700)
    fsio.write_new(entry.version_path(staged, 1), data)
    fsio.write_new(os.path.join(staged, entry.CONFIG), data)
    fsio.write_new(os.path.join(staged, entry.LOG), entry_log.line(record))
    fsio.sync_folder(os.path.join(staged, entry.VERSIONS))
    fsio.sync_folder(staged)
    return staged


def settled(root: str, uuid: str) -> entry.StoreEntry:
    """Return the entry of a uuid with nothing left unfinished; code ``missing`` where it is not stored."""
    folder = layout.entry(root, uuid)
    if not os.path.isdir(folder):
        raise AgentError("missing", f"no domain with uuid {uuid} is stored", folder)
    return entry.settle(folder)


class NewVersion(NamedTuple):
    """A version that is to be: ``data`` is its text; without a ``source`` the recorded one stays."""

    event: str
    data: bytes
    name: str
    user: str = ""
    reason: str = ""
    source: Optional[Dict[str, Any]] = None


def commit(root: str, uuid: str, found: entry.StoreEntry, new: NewVersion) -> Dict[str, Any]:
    """Write one version: text, log record (the commit), then the current file."""
    folder, name, data, source = found.folder, new.name, new.data, new.source
    move_record.refuse(folder)
    link = "" if name == found.name else names.reserve(root, name, uuid)
    staged = layout.staging(root, "version")
    pending = os.path.join(folder, entry.PENDING)
    version = 0
    try:
        if found.log is None:
            found = _start_log_anew(root, found)
        elif found.hand_edited and found.data is not None:
            found = _record_hand_edit(root, found)
        version = found.version + 1
        kept = sources.recorded(source, version) if source is not None else found.current.get("source")
        record = record_of(version, new._replace(source=kept))
        _place(staged, data, entry.version_path(folder, version))
        fsio.sync_folder(os.path.join(folder, entry.VERSIONS))
        _place(staged, data, pending)
        fsio.sync_folder(folder)
        _append(found, record)
    except (OSError, AgentError) as error:
        if isinstance(error, AgentError) and error.code == "uncertain":
            raise  # the record may count, now or later: its text, and the name it reserves, must be there then
        with contextlib.suppress(OSError):
            fsio.discard(pending)
            if version:
                fsio.discard(entry.version_path(folder, version))
        names.release(link)
        raise
    # Committed: what fails from here on is finished by the next writer, and readers look through it.
    with contextlib.suppress(OSError):
        os.rename(pending, os.path.join(folder, entry.CONFIG))
        fsio.sync_folder(folder)
        if found.name and found.name != name:
            names.forget(root, found.name, uuid)
    return {"uuid": uuid, **record}


def _record_hand_edit(root: str, found: entry.StoreEntry) -> entry.StoreEntry:
    """Record what an admin wrote into ``config.cfg`` as a version, so that it is never lost."""
    data = found.data or b""
    version = found.version + 1
    config = os.path.join(found.folder, entry.CONFIG)
    fsio.sync_file(config)
    record = record_of(version, NewVersion(HAND_EDIT, data, found.name, source=found.current.get("source")))
    path = entry.version_path(found.folder, version)
    try:
        _place(layout.staging(root, "version"), data, path)
        fsio.sync_folder(os.path.join(found.folder, entry.VERSIONS))
        return _append(found, record)._replace(hand_edited=False)
    except OSError:
        with contextlib.suppress(OSError):
            fsio.discard(path)
        raise


def _start_log_anew(root: str, found: entry.StoreEntry) -> entry.StoreEntry:
    """Give an entry whose log is unreadable a new one, with a record of every version there is.

    The old log is kept beside it.  A kill in between leaves the entry without a log, which is damage of the same
    kind, mended in the same way.
    """
    name = names.linked(root, os.path.basename(found.folder))
    lines = []
    for number in entry.version_numbers(found.folder):
        path = entry.version_path(found.folder, number)
        try:
            record = record_of(number, NewVersion("log lost", fsio.read_bounded(path, TEXT_LIMIT), name))
            lines.append(entry_log.line({**record, "time": entry_log.spelt(os.stat(path).st_mtime_ns)}))
        except (OSError, AgentError):
            continue
    if not lines:
        raise AgentError("damaged", "no version of it can be read", found.folder)
    log = os.path.join(found.folder, entry.LOG)
    if os.path.lexists(log):
        os.rename(log, os.path.join(found.folder, f"log.damaged-{time.time_ns()}"))
        fsio.sync_folder(found.folder)
    _place(layout.staging(root, "log"), b"".join(lines), log)
    fsio.sync_folder(found.folder)
    return found._replace(log=entry_log.read_log(log))


def _append(found: entry.StoreEntry, record: entry_log.Record) -> entry.StoreEntry:
    if found.log is None:
        raise AgentError("damaged", "the log is unreadable", found.folder)
    line = entry_log.line(record)
    fsio.append(os.path.join(found.folder, entry.LOG), line, found.log.end)
    end = found.log.end + len(line)
    log = entry_log.Log([*found.log.records, record], [*found.log.ends, end])
    return found._replace(log=log)


def record_of(version: int, new: NewVersion) -> entry_log.Record:
    """Return the record of a version that is made now, by its number."""
    return {
        "version": version,
        "event": new.event,
        "time": entry_log.now(),
        "user": new.user,
        "reason": new.reason,
        "name": new.name,
        "sha256": entry.digest(new.data),
        "size": len(new.data),
        "source": new.source,
    }


def _place(staged: str, data: bytes, path: str) -> None:
    """Write a flushed file under a passing name, then give it its own; the caller flushes the folder."""
    fsio.write_new(staged, data)
    os.rename(staged, path)


def _decoded(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AgentError("damaged", f"is not UTF-8 text (byte {error.start})", path) from None
