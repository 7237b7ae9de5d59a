"""What is told of one entry of the store: facts about it and its text, and the stamps that stand for them."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

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


def source_stamp(source: Optional[Dict[str, Any]]) -> Optional[List[int]]:
    """Return the stamp of the file a text was made from; None where there is none."""
    stamp = sources.stamp(str(source.get("path", ""))) if source else None
    return list(stamp) if stamp else None


def facts(uuid: str, found: entry.StoreEntry, stamps: Stamps) -> EntryFacts:
    """Return what is told of an entry without its text; fills in the source's place in ``stamps``."""
    current = found.current
    source = current.get("source") if isinstance(current.get("source"), dict) else None
    stamps[2] = source_stamp(source)
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
