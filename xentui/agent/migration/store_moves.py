"""A domain's place in the stores of two hosts: while it moves, and handed over from one to the other.

It is in both for a moment, never in none: the other host's store has all of it before it leaves this one, and until
then the record beside it here (:mod:`xentui.agent.store.move_record`) keeps it from being booted.  Whoever finds it
in both goes on where it was cut: what has arrived is known again by its log.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import zlib
from typing import Any, Dict, List, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import BYTES, PATH, UUID, WORDS, optional
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import attached, autostart, entry, entry_log, layout, move_record, names, trash

#: What a domain may weigh with all its versions, in bytes.
LIMIT = 24 << 20
_VERSION = r"versions/[0-9]{4,10}\.cfg"
_ATTACHED = r"attached/[a-z]{1,20}(?:\.[A-Za-z0-9][A-Za-z0-9_-]{0,63})?/"
_FILES = re.compile(rf"(?:{_ATTACHED})?(?:config\.cfg|log\.jsonl|{_VERSION})\Z|oneoff\.cfg\Z")
_MOST_FILES = 20_000
#: The uuid that a configuration says is its own.
_UUID_LINE = re.compile(rb"""(?m)^[ \t]*uuid[ \t]*=[ \t]*["']([0-9A-Fa-f-]{36})["']""")


def begin(root: str, uuid: str, record: Dict[str, str], auto_dir: str) -> None:
    """A domain begins to move; the caller holds the store.

    It starts with neither host until it is known where it is; where that cannot be had, it does not move.  Code
    ``busy`` where it moves already, or has a memory image.
    """
    folder = layout.entry(root, uuid)
    move_record.refuse(folder)
    _require_no_image(folder)
    _write(root, folder, record)
    try:
        if auto_dir:
            autostart.withhold(root, auto_dir, uuid)
    except BaseException:
        stay(root, uuid, auto_dir)
        raise


def _require_no_image(folder: str) -> None:
    marks = entry.marks(folder)
    if marks["suspended"] or marks["resuming"]:
        raise AgentError("busy", "the domain has a saved memory image", folder)


def gone(root: str, uuid: str, to: str = "") -> None:
    """Note that a domain has left for the other host; its entry follows.  The caller holds the store.

    ``to`` is that host, for one that was migrated by somebody else.
    """
    folder = layout.entry(root, uuid)
    found = move_record.read(folder)
    if found is not None:
        kept = {"job": found["job"], "to": found["to"] or to, "address": found["address"]}
    elif to and os.path.isdir(folder):
        kept = {"job": "", "to": to, "address": ""}
    else:
        return
    _write(root, folder, {**kept, "state": move_record.GONE})


def stay(root: str, uuid: str, auto_dir: str) -> None:
    """A move has come to nothing: the domain is this host's, and starts with it as before.

    The caller holds the store.
    """
    folder = layout.entry(root, uuid)
    if move_record.read(folder) is None:
        return
    with contextlib.suppress(AgentError, OSError):  # its record stays then, and says what is to be done yet
        if auto_dir:
            autostart.put_back(root, auto_dir, uuid)
    fsio.discard(os.path.join(folder, move_record.RECORD))
    fsio.try_sync_folder(folder)


def _write(root: str, folder: str, record: Dict[str, str]) -> None:
    staged = layout.staging(root, "moving")
    fsio.discard(staged)
    fsio.write_new(staged, json.dumps(record).encode("ascii"))
    os.rename(staged, os.path.join(folder, move_record.RECORD))
    fsio.sync_folder(folder)


@store_operation("settle_move", uuid=UUID, left=optional(WORDS), auto_dir=PATH)
def settle_move(root: str, *, uuid: str, auto_dir: str, left: str = "") -> None:
    """Note where a domain is, once somebody has looked at both hosts: that it has ``left`` for another, or has stayed.

    Code ``busy`` for one that is suspended: its memory is in an image of this host.  Where what starts it with the host
    cannot be taken away, nothing is noted.
    """
    with layout.writing(root):
        if left:
            folder = layout.entry(root, uuid)
            _require_no_image(folder)
            before = move_record.read(folder)
            gone(root, uuid, left)
            try:
                autostart.withhold(root, auto_dir, uuid)
            except BaseException:
                if before is None:
                    stay(root, uuid, auto_dir)
                else:
                    _write(root, folder, {key: str(value) for key, value in before.items()})
                raise
        else:
            stay(root, uuid, auto_dir)


@store_operation("pack_entry", uuid=UUID)
def pack_entry(root: str, *, uuid: str) -> bytes:
    """Return all that goes along with a domain that has left: configuration, versions, log, texts kept beside it.

    Code ``conflict`` where it has not left, ``missing`` where it is not stored, ``large`` past :data:`LIMIT`.
    """
    with layout.writing(root):
        folder = _left(root, uuid)
        entry.settle(folder)
        files: Dict[str, str] = {}
        total = 0
        for path in _listed(folder):
            data = fsio.read_bounded(os.path.join(folder, path), entry_log.LOG_LIMIT)
            total += len(data)
            if total > LIMIT or len(files) >= _MOST_FILES:
                raise AgentError("large", "the domain has too many versions to be sent", folder)
            files[path] = data.decode("latin-1")
    return zlib.compress(json.dumps(files).encode("ascii"))


def _left(root: str, uuid: str) -> str:
    """Return the folder of a domain that has left; code ``conflict`` for one that has not."""
    folder = layout.entry(root, uuid)
    if not os.path.isdir(folder):
        raise AgentError("missing", f"no domain with uuid {uuid} is stored", folder)
    found = move_record.read(folder)
    if found is None or found["state"] != move_record.GONE:
        raise AgentError("conflict", "the domain has not left this host", folder)
    return folder


def _listed(folder: str) -> List[str]:
    found: List[str] = []
    for above, folders, files in os.walk(folder):
        folders.sort()
        inside = os.path.relpath(above, folder)
        found += [os.path.normpath(os.path.join(inside, name)) for name in sorted(files)]
    return [path for path in found if _FILES.match(path)]


@store_operation("receive_entry", uuid=UUID, packed=BYTES, user=optional(WORDS), reason=optional(WORDS))
def receive_entry(root: str, *, uuid: str, packed: bytes, user: str = "", reason: str = "") -> bool:
    """Store a domain that :func:`pack_entry` has packed on another host; False where it has arrived before.

    All of it is there, or nothing.  Code ``exists`` where its name is another's here, or another history of the same
    uuid is stored; ``invalid`` for what makes no sense.
    """
    files = _unpacked(packed)
    log = files[entry.LOG]
    with layout.writing(root):
        folder = layout.entry(root, uuid)
        if os.path.lexists(folder):
            if fsio.read_bounded(os.path.join(folder, entry.LOG), entry_log.LOG_LIMIT).startswith(log):
                return False
            raise AgentError("exists", f"the uuid {uuid} is stored already", folder)
        staged = _built(root, files)
        found = entry.load(staged)
        own = _UUID_LINE.findall(files[entry.CONFIG])
        if any(each.decode("ascii").lower() != uuid for each in own):
            raise AgentError("invalid", "is the configuration of another domain: its uuid differs", folder)
        if found.damaged or not found.name:
            raise AgentError("invalid", f"is not a whole domain: {found.damaged or 'it has no name'}", folder)
        line = entry_log.line({"event": "arrived", "time": entry_log.now(), "user": user, "reason": reason})
        fsio.append(os.path.join(staged, entry.LOG), line)
        link = names.reserve(root, found.name, uuid)
        try:
            os.rename(staged, folder)
        except OSError:
            names.release(link)
            raise
        fsio.sync_folder(layout.domains(root))
    return True


def _unpacked(packed: bytes) -> Dict[str, bytes]:
    """Return the files by their paths; what another host sends is not trusted."""
    try:
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(packed, 4 * LIMIT)
        files: Any = json.loads(data.decode("ascii"))
        if unpacking.unconsumed_tail or not isinstance(files, dict) or len(files) > _MOST_FILES:
            raise ValueError("is too large")
        found = {str(path): text.encode("latin-1") for path, text in files.items()}
    except (zlib.error, ValueError, RecursionError, AttributeError) as error:
        raise AgentError("invalid", f"is not a packed domain ({error})") from None
    if any(not _FILES.match(path) for path in found) or not {entry.CONFIG, entry.LOG} <= set(found):
        raise AgentError("invalid", "is not a packed domain (it contains an unexpected file)")
    if sum(map(len, found.values())) > LIMIT:
        raise AgentError("large", "the domain has too many versions to be received")
    return found


def _built(root: str, files: Dict[str, bytes]) -> str:
    """Return the entry with these files, flushed, at a passing place."""
    staged = layout.staging(root, "arriving")
    os.mkdir(staged, 0o700)
    os.mkdir(os.path.join(staged, entry.VERSIONS), 0o700)
    made = {staged, os.path.join(staged, entry.VERSIONS)}
    for path, data in sorted(files.items()):
        place = os.path.join(staged, path)
        above = os.path.dirname(place)
        if above not in made:
            os.makedirs(above, 0o700, exist_ok=True)
            made.add(above)
        fsio.write_new(place, data)
    kept = os.path.join(staged, attached.FOLDER)
    for above, _folders, _files in os.walk(kept):
        os.chmod(above, 0o700)
        made.add(above)
    for folder in sorted(made, reverse=True):
        fsio.sync_folder(folder)
    return staged


@store_operation("leave_entry", uuid=UUID, auto_dir=PATH, user=optional(WORDS), reason=optional(WORDS))
def leave_entry(root: str, *, uuid: str, auto_dir: str, user: str = "", reason: str = "") -> Optional[str]:
    """Move a domain that has left, and is stored on the other host by now, to the trash; returns its place there.

    The record of its move goes along: brought back, it is not booted beside itself.  None where it is stored no more.
    """
    with layout.writing(root):
        if not os.path.isdir(layout.entry(root, uuid)):
            return None
        folder = _left(root, uuid)
        found = entry.load(folder)
        autostart.remove(root, auto_dir, uuid)
        return os.path.basename(trash.put(root, uuid, found, user=user, reason=reason))
