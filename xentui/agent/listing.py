"""Every stored domain at once, cheaply: a poll of an unchanged store reads no file.

An entry's token stands for the stamps of its folder, its ``config.cfg`` and its source file.  Every change
made by xentui renames something in the folder, an edit by hand changes the file: an equal token means
nothing has changed.  Stamps younger than :data:`SETTLING` seconds get an empty token, as two changes within
one tick of the file system's clock look the same.

What a caller knows already it names by tokens, or by the digest of the last answer, which this process then
compares with its own memory.  ``index.jsonl`` keeps entries between processes, with a summary of each text
that the caller made: a line for the format, then a line an entry, so that no process has to read or write all
of it in one go.  It is only ever a shortcut.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import threading
import time
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Tuple, Union

from xentui.agent import entry, fsio, layout, records, sources
from xentui.agent.arguments import CACHE, FLAG, OBJECTS, STRING, optional
from xentui.agent.errors import AgentError
from xentui.agent.operations import store_operation

if TYPE_CHECKING:
    from xentui.agent.answers import EntryFacts, Item, Page

#: Stamps younger than this, in seconds, are not trusted to tell two changes apart.
SETTLING = 2.0
#: About the length of the longest answer, in bytes; the caller asks again for the rest.  Reading one holds up
#: whatever else the caller's process does.
ANSWER_LIMIT = 512 << 10
_ITEM_SIZE = 600
INDEX = "index.jsonl"
INDEX_LIMIT = 64 << 20
_INDEX_FORMAT = 3
_REMEMBERED = 4
#: What an entry need not have: an older xentui did not keep it.
_LATER = ("pending", "withheld", "saved")
#: What may be of several kinds in an entry.
_MAYBE: Dict[str, Tuple[type, ...]] = {
    "source": (dict, type(None)),
    "running": (dict, type(None)),
    "withheld": (dict, type(None)),
    "created": (int, float),
    "changed": (int, float, type(None)),
}

#: What reading an entry that somebody has damaged may end in.
_UNFORESEEN = (
    OSError,
    AgentError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
)

Stamps = List[Any]


class _Known(NamedTuple):
    """An entry as last read: its stamps, its token, and what is told about it (without its text)."""

    stamps: Stamps
    token: str
    item: EntryFacts


class _Memory:
    """What this process remembers of one store: entries, and the tokens behind the last digests given out."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: Dict[str, _Known] = {}
        self.summaries: Dict[str, Tuple[str, Dict[str, Any]]] = {}
        self.index_stamp: Optional[sources.Stamp] = None
        self.answers: Dict[str, Dict[str, str]] = {}

    def remember(self, tokens: Dict[str, str]) -> str:
        """Keep the tokens of an answer, forget old answers and gone entries; returns the digest."""
        digest = hashlib.sha256(repr(sorted(tokens.items())).encode()).hexdigest()[:32]
        self.answers.pop(digest, None)
        self.answers[digest] = tokens
        while len(self.answers) > _REMEMBERED:
            del self.answers[next(iter(self.answers))]
        for uuid in [uuid for uuid in self.known if uuid not in tokens]:
            del self.known[uuid]
        return digest


_memories: Dict[str, _Memory] = {}


@store_operation(
    "list",
    cache=optional(CACHE),
    summaries=optional(FLAG),
    after=optional(STRING),
)
def list_domains(
    root: str, *, cache: Union[str, Dict[str, str], None] = None, summaries: bool = False, after: str = ""
) -> Page:
    """The stored domains that differ from what the caller knows.

    ``cache`` is None, the tokens known by uuid, or the digest of the last answer.  With ``summaries`` an
    entry whose text has a summary comes with that instead of the text.

    The answer has ``entries`` (new or changed), ``gone`` (uuids known but no longer there) and ``digest``.
    Where it would grow too long it stops: ``next`` is then not empty, and to be sent as ``after`` for the
    rest; there is no digest of a list told in pieces.  A digest this process does not remember gets
    ``forgotten``: True and nothing else: ask again with tokens. An absent store is empty; damaged entries
    say so in ``damaged``.
    """
    memory = _memories.setdefault(os.path.abspath(root), _Memory())
    with memory.lock:
        return _list(root, memory, cache, summaries=summaries, after=after)


def _list(
    root: str, memory: _Memory, cache: Union[str, Dict[str, str], None], *, summaries: bool, after: str
) -> Page:
    if isinstance(cache, str):
        remembered = memory.answers.get(cache)
        if remembered is None:
            return {"forgotten": True}
        cache = remembered
    told = cache or {}
    entries: List[Item] = []
    tokens: Dict[str, str] = {}
    size = 0
    uuid = stopped = ""
    if layout.usable(root):
        _load_index(root, memory)
        trusted = (time.time() - SETTLING) * 1e9
        for uuid in _folders(root):
            if uuid <= after:
                continue
            if size > ANSWER_LIMIT:
                break
            known, found = _look(root, uuid, memory, trusted)
            if known is None:
                continue
            if not known.token or told.get(uuid) != known.token:
                item = _told(root, uuid, known, found, memory if summaries else None)
                if item is None:
                    continue
                known = known._replace(token=item["token"])
                entries.append(item)
                size += _ITEM_SIZE + len(item["text"] or "")
            tokens[uuid] = known.token
            stopped = uuid
        else:
            stopped = ""
    gone = [uuid for uuid in told if uuid not in tokens and uuid > after and (not stopped or uuid <= stopped)]
    digest = "" if stopped or after else memory.remember(tokens)
    return {"entries": entries, "gone": gone, "digest": digest, "next": stopped}


@store_operation("put_summaries", summaries=OBJECTS)
def put_summaries(root: str, *, summaries: Dict[str, Dict[str, Any]]) -> int:
    """Keep a summary with each text for the next process; returns how many fitted.

    ``summaries`` maps uuids to ``{"sha256": of the text it was made from, "summary": an object}``.  The
    index is derived data: it is replaced whole, without flushing, and a failure to write it changes
    nothing.
    """
    if not layout.usable(root):
        return 0
    memory = _memories.setdefault(os.path.abspath(root), _Memory())
    with memory.lock:
        return _put_summaries(root, memory, summaries)


def _put_summaries(root: str, memory: _Memory, summaries: Dict[str, Dict[str, Any]]) -> int:
    _load_index(root, memory)
    trusted = (time.time() - SETTLING) * 1e9
    kept = 0
    for uuid, given in summaries.items():
        sha, summary = given.get("sha256"), given.get("summary")
        if layout.UUID.match(uuid) and isinstance(sha, str) and isinstance(summary, dict):
            memory.summaries[uuid] = (sha, summary)
            kept += 1
    index: Dict[str, Any] = {}
    for uuid in _folders(root):
        known, _found = _look(root, uuid, memory, trusted)
        if known is None or uuid not in memory.summaries:
            continue
        sha, summary = memory.summaries[uuid]
        if sha == known.item["config_sha256"]:
            settled = known if known.token else None
            index[uuid] = {
                "stamps": settled.stamps if settled else None,
                "entry": settled.item if settled else None,
                "sha256": sha,
                "summary": summary,
            }
    _write_index(root, index)
    return kept


def describe(root: str, uuid: str) -> Item:
    """One stored domain with its text, as the list tells it; code ``missing`` where it is not stored."""
    if not layout.usable(root):
        raise AgentError("missing", f"no domain with uuid {uuid} is stored", root)
    folder = layout.entry(root, uuid)
    stamps = _stamps(folder)
    found = entry.load(folder) if stamps is not None else None
    if stamps is None or found is None:
        raise AgentError("missing", f"no domain with uuid {uuid} is stored", folder)
    return {**_item(uuid, found, stamps), "text": _text(found), "token": "", "summary": None}


def _folders(root: str) -> List[str]:
    try:
        return sorted(name for name in os.listdir(layout.domains(root)) if not name.startswith("."))
    except FileNotFoundError:
        return []


def _look(
    root: str, uuid: str, memory: _Memory, trusted: float
) -> Tuple[Optional[_Known], Optional[entry.Entry]]:
    """An entry from memory where its stamps are unchanged, else as read; nothing where it has just gone."""
    folder = layout.entry(root, uuid)
    known = memory.known.get(uuid)
    try:
        stamps = _stamps(folder)
        if stamps is None:
            return _foreign(uuid, "is not a folder"), None
        if not layout.UUID.match(uuid):
            return _foreign(uuid, "the folder's name is not a UUID"), None
        if known is not None and known.token:
            stamps[2] = _source_stamp(known.item["source"])
            if stamps == known.stamps:
                return known, None
        found = entry.load(folder)
        item = _item(uuid, found, stamps)
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except _UNFORESEEN as error:  # it is of this entry, and hides no other
        return _foreign(uuid, entry.reason_of(error)), None
    settled = not (found.pending or found.hand_edited or found.damaged)
    young = any(stamp is not None and stamp[0] >= trusted for stamp in stamps)
    token = hashlib.sha256(repr(stamps).encode()).hexdigest()[:16] if settled and not young else ""
    memory.known[uuid] = fresh = _Known(stamps, token, item)
    return fresh, found


def _stamps(folder: str) -> Optional[Stamps]:
    """The stamps of an entry's folder and its text; the source's is filled in later."""
    status = os.stat(folder)
    if not stat.S_ISDIR(status.st_mode):
        return None
    own = [status.st_mtime_ns, status.st_size, status.st_ino]
    text = sources.stamp(f"{folder}/{entry.CONFIG}")
    return [own, list(text) if text else None, None]


def _source_stamp(source: Optional[Dict[str, Any]]) -> Optional[List[int]]:
    stamp = sources.stamp(str(source.get("path", ""))) if source else None
    return list(stamp) if stamp else None


def _item(uuid: str, found: entry.Entry, stamps: Stamps) -> EntryFacts:
    current = found.current
    source = current.get("source") if isinstance(current.get("source"), dict) else None
    stamps[2] = _source_stamp(source)
    created = found.log.records[0].get("time") if found.log else None
    return {
        "uuid": uuid,
        "name": found.name,
        "version": found.version,
        "hand_edited": found.hand_edited,
        "pending": found.pending,
        "config_sha256": found.sha256,
        "damaged": found.damaged,
        "created": records.epoch(created) or 0.0,
        "changed": stamps[1][0] / 1e9
        if found.hand_edited and stamps[1]
        else records.epoch(current.get("time")),
        "source": source,
        "source_state": sources.state(source, tuple(stamps[2]) if stamps[2] else None, found.sha256),
        "moved_on": sources.moved_on(found.log, source, found.sha256),
        **entry.marks(found.folder),
    }


def _foreign(uuid: str, reason: str) -> _Known:
    """Something in the domains folder that cannot be read as an entry."""
    item: EntryFacts = {
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
    }
    return _Known([], "", item)


_KINDS = {key: type(value) for key, value in _foreign("", "").item.items()}


def _told(
    root: str, uuid: str, known: _Known, found: Optional[entry.Entry], memory: Optional[_Memory]
) -> Optional[Item]:
    """An entry as it is sent: with its text, or the summary ``memory`` has of it; None if it has gone."""
    item: Item = {**known.item, "token": known.token, "text": None, "summary": None}
    if item["damaged"]:
        return item
    sha, summary = memory.summaries.get(uuid, ("", None)) if memory else ("", None)
    if summary is not None and sha == item["config_sha256"]:
        item["summary"] = summary
        return item
    if found is None:
        try:
            item = describe(root, uuid)
        except (FileNotFoundError, AgentError):
            return None
        if item["config_sha256"] == known.item["config_sha256"]:
            item["token"] = known.token
        return item
    item["text"] = _text(found)
    return item


def _text(found: entry.Entry) -> Optional[str]:
    return found.data.decode("utf-8") if found.data is not None and not found.damaged else None


def _load_index(root: str, memory: _Memory) -> None:
    path = os.path.join(root, INDEX)
    stamp = sources.stamp(path)
    if stamp is None or stamp == memory.index_stamp:
        return
    memory.index_stamp = stamp
    try:
        head, *lines = fsio.read_bounded(path, INDEX_LIMIT).split(b"\n")
        if json.loads(head) != {"format": _INDEX_FORMAT}:
            return
    except (OSError, AgentError, ValueError, RecursionError):
        memory.summaries.clear()
        memory.known.clear()
        return
    for line in lines:
        with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
            _take_kept(memory, json.loads(line))


def _take_kept(memory: _Memory, line: Any) -> None:
    """Take over one line of the index; raises ValueError, TypeError or KeyError for what is none."""
    uuid, kept = line
    sha, summary, stamps, item = kept["sha256"], kept["summary"], kept["stamps"], kept["entry"]
    if not (isinstance(uuid, str) and isinstance(sha, str) and isinstance(summary, dict)):
        raise TypeError("not a summary")
    memory.summaries[uuid] = (sha, summary)
    if item is not None and uuid not in memory.known:
        if not isinstance(stamps, list) or len(stamps) != 3 or not _is_item(item, uuid):
            raise TypeError("not an entry")
        token = hashlib.sha256(repr(stamps).encode()).hexdigest()[:16]
        memory.known[uuid] = _Known(stamps, token, item)


def _is_item(item: Any, uuid: str) -> bool:
    """Whether something is what :func:`_item` makes."""
    if not isinstance(item, dict) or item.get("uuid") != uuid:
        return False
    for key, kind in _KINDS.items():
        kinds = _MAYBE.get(key, (kind,))
        if type(item.get(key)) not in kinds and not (key in _LATER and key not in item):
            return False
    source = item["source"]
    return records.is_name(item["name"]) and (source is None or source == records.sound_source(source))


def _write_index(root: str, index: Dict[str, Any]) -> None:
    path = os.path.join(root, INDEX)
    lines = [json.dumps({"format": _INDEX_FORMAT})]
    lines += [json.dumps(item, separators=(",", ":")) for item in index.items()]
    data = "\n".join(lines).encode()
    with contextlib.suppress(OSError, AgentError), layout.writing(root):
        staged = layout.staging(root, "index")
        fd = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fsio.write_all(fd, data)
        finally:
            os.close(fd)
        os.rename(staged, path)
