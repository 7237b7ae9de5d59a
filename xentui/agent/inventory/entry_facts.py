"""What is told of one entry of the store: facts about it and its text, and the stamps that stand for them."""

from __future__ import annotations

import os
import stat
import struct
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.store import entry, entry_log, layout, sources

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import EntryFacts, ItemAnswer

#: What an entry need not have: an older xentui did not keep it.
_LATER = ("pending", "withheld", "saved", "install", "moving")
#: What may be of several kinds in an entry.
_MAYBE: Dict[str, Tuple[type, ...]] = {
    "source": (dict, type(None)),
    "running": (dict, type(None)),
    "withheld": (dict, type(None)),
    "install": (dict, type(None)),
    "moving": (dict, type(None)),
    "created": (int, float),
    "changed": (int, float, type(None)),
}

Stamps = List[Any]


class Known(NamedTuple):
    """What is remembered of an entry that is not to be read again while its stamps are these, :func:`packed`.

    ``source`` is the path of the file that its text was made from, empty where there is none.
    """

    stamps: bytes
    token: str
    source: str


_PACKED, _WORD = struct.Struct("=9Q"), (1 << 64) - 1
#: Stands for the stamp of a file that is not there: no file is so long.
_ABSENT = (0, -1, 0)


def describe(root: str, uuid: str) -> ItemAnswer:
    """Return one stored domain with its text, as the list tells it; code ``missing`` where it is not stored."""
    if not layout.usable(root):
        raise AgentError("missing", f"no domain with uuid {uuid} is stored", root)
    folder = layout.entry(root, uuid)
    stamps = stamps_of(folder)
    found = entry.load(folder) if stamps is not None else None
    if stamps is None or found is None:
        raise AgentError("missing", f"no domain with uuid {uuid} is stored", folder)
    return {**facts(uuid, found, stamps), "text": text_of(found), "token": "", "summary": None}


def sound(root: str, uuid: str) -> ItemAnswer:
    """As :func:`describe`; code ``damaged`` where it cannot be read."""
    item = describe(root, uuid)
    if item["damaged"]:
        raise AgentError("damaged", item["damaged"], layout.entry(root, uuid))
    return item


def stamps_of(folder: str) -> Optional[Stamps]:
    """Return the stamps of an entry's folder and its text; the source's is filled in later."""
    status = os.stat(folder)
    if not stat.S_ISDIR(status.st_mode):
        return None
    own = [status.st_mtime_ns, status.st_size, status.st_ino]
    text = sources.stamp(f"{folder}/{entry.CONFIG}")
    return [own, list(text) if text else None, None]


def packed(stamps: Stamps) -> bytes:
    """Return stamps as what is remembered of thousands: a fifth of the memory."""
    return _PACKED.pack(*[number & _WORD for stamp in stamps for number in stamp or _ABSENT])


def unchanged(folder: str, known: Dict[str, Known], uuids: List[str]) -> Dict[str, str]:
    """Return the tokens of the entries in ``folder`` that are as they were when they became known.

    Thousands of entries are looked at each few seconds, so this does for a known one what :func:`stamps_of` does for
    any, in half of the time.
    """
    found: Dict[str, str] = {}
    look, pack, absent = os.stat, _PACKED.pack, [number & _WORD for number in _ABSENT]
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return found
    try:
        for uuid in uuids:
            entry_known = known.get(uuid)
            if entry_known is None:
                continue
            stamps, token, source = entry_known
            try:
                own, text = look(uuid, dir_fd=fd), look(f"{uuid}/config.cfg", dir_fd=fd)
            except OSError:
                continue
            made = absent
            if source and (stamp := source_stamp(source)):
                made = [number & _WORD for number in stamp]
            same = stamps == pack(
                own.st_mtime_ns & _WORD,
                own.st_size,
                own.st_ino & _WORD,
                text.st_mtime_ns & _WORD,
                text.st_size,
                text.st_ino & _WORD,
                *made,
            )
            if same:
                found[uuid] = token
    finally:
        os.close(fd)
    return found


def source_path(source: Optional[Dict[str, Any]]) -> str:
    """Return the path of the file a text was made from; empty where there is none."""
    return str(source.get("path", "")) if source else ""


def source_stamp(path: str) -> Optional[List[int]]:
    """Return the stamp of the file a text was made from; None where there is none."""
    stamp = sources.stamp(path) if path else None
    return list(stamp) if stamp else None


def facts(uuid: str, found: entry.StoreEntry, stamps: Stamps) -> EntryFacts:
    """Return what is told of an entry without its text; fills in the source's place in ``stamps``."""
    current = found.current
    source = current.get("source") if isinstance(current.get("source"), dict) else None
    stamps[2] = source_stamp(source_path(source))
    created = found.log.records[0].get("time") if found.log else None
    return {
        "uuid": uuid,
        "name": found.name,
        "version": found.version,
        "hand_edited": found.hand_edited,
        "pending": found.pending,
        "config_sha256": found.sha256,
        "damaged": found.damaged,
        "created": entry_log.epoch(created) or 0.0,
        "changed": stamps[1][0] / 1e9
        if found.hand_edited and stamps[1]
        else entry_log.epoch(current.get("time")),
        "source": source,
        "source_state": sources.state(source, tuple(stamps[2]) if stamps[2] else None, found.sha256),
        "moved_on": sources.moved_on(found.log, source, found.sha256),
        **entry.marks(found.folder),
    }


def foreign(uuid: str, reason: str) -> EntryFacts:
    """Something in the domains folder that cannot be read as an entry."""
    return {
        "uuid": uuid,
        "name": "",
        "version": 0,
        "hand_edited": False,
        "pending": False,
        "config_sha256": "",
        "damaged": reason,
        "created": 0.0,
        "changed": None,
        "source": None,
        "source_state": "none",
        "moved_on": False,
        "suspended": False,
        "resuming": False,
        "saving": False,
        "running": None,
        "oneoff": False,
        "withheld": None,
        "saved": "",
        "install": None,
        "moving": None,
    }


_KINDS = {key: type(value) for key, value in foreign("", "").items()}


def is_facts(item: Any, uuid: str) -> bool:
    """Return whether something is what :func:`facts` makes."""
    if not isinstance(item, dict) or item.get("uuid") != uuid:
        return False
    for key, kind in _KINDS.items():
        kinds = _MAYBE.get(key, (kind,))
        if type(item.get(key)) not in kinds and not (key in _LATER and key not in item):
            return False
    source = item["source"]
    return entry_log.is_name(item["name"]) and (source is None or source == entry_log.sound_source(source))


def text_of(found: entry.StoreEntry) -> Optional[str]:
    """Return the current text of an entry; None of a damaged one."""
    return found.data.decode("utf-8") if found.data is not None and not found.damaged else None
