"""Every stored domain at once, cheaply: a poll of an unchanged store reads no file.

An entry's token stands for the stamps of its folder, its ``config.cfg`` and its source file.  Every change
made by xentui renames something in the folder, an edit by hand changes the file: an equal token means
nothing has changed.  Stamps younger than :data:`YOUNG` seconds get an empty token, as two changes within
one tick of the file system's clock look the same.

What a caller knows already it names by tokens, or by the digest of the last answer, which this process then
compares with its own memory (:mod:`xentui.agent.inventory.list_index`).
"""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, Union

from xentui.agent.errors import AgentError
from xentui.agent.inventory import entry_facts, list_index
from xentui.agent.inventory.list_index import IndexMemory, Known
from xentui.agent.protocol.arguments import CACHE, FLAG, OBJECTS, STRING, is_uuid, optional
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import entry, layout

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import ItemAnswer, PageAnswer

#: Stamps younger than this, in seconds, are not trusted to tell two changes apart.
YOUNG = 2.0
#: About the length of the longest answer, in bytes; the caller asks again for the rest.  Reading one holds up
#: whatever else the caller's process does.
ANSWER_LIMIT = 512 << 10
_ITEM_SIZE = 600

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

_memories: Dict[str, IndexMemory] = {}


@store_operation(
    "list",
    cache=optional(CACHE),
    summaries=optional(FLAG),
    after=optional(STRING),
)
def list_domains(
    root: str, *, cache: Union[str, Dict[str, str], None] = None, summaries: bool = False, after: str = ""
) -> PageAnswer:
    """Return the stored domains that differ from what the caller knows.

    ``cache`` is None, the tokens known by uuid, or the digest of the last answer.  With ``summaries`` an
    entry whose text has a summary comes with that instead of the text.

    The answer has ``entries`` (new or changed), ``gone`` (uuids known but no longer there) and ``digest``.
    Where it would grow too long it stops: ``next`` is then not empty, and to be sent as ``after`` for the
    rest; there is no digest of a list told in pieces.  A digest this process does not remember gets
    ``forgotten``: True and nothing else: ask again with tokens. An absent store is empty; damaged entries
    say so in ``damaged``.
    """
    memory = _memories.setdefault(os.path.abspath(root), IndexMemory())
    with memory.lock:
        return _list(root, memory, cache, summaries=summaries, after=after)


def _list(
    root: str, memory: IndexMemory, cache: Union[str, Dict[str, str], None], *, summaries: bool, after: str
) -> PageAnswer:
    if isinstance(cache, str):
        remembered = memory.answers.get(cache)
        if remembered is None:
            return {"forgotten": True}
        cache = remembered
    told = cache or {}
    entries: List[ItemAnswer] = []
    tokens: Dict[str, str] = {}
    size = 0
    uuid = stopped = ""
    if layout.usable(root):
        list_index.load(root, memory)
        trusted = (time.time() - YOUNG) * 1e9
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
    memory = _memories.setdefault(os.path.abspath(root), IndexMemory())
    with memory.lock:
        return _put_summaries(root, memory, summaries)


def _put_summaries(root: str, memory: IndexMemory, summaries: Dict[str, Dict[str, Any]]) -> int:
    list_index.load(root, memory)
    trusted = (time.time() - YOUNG) * 1e9
    kept = 0
    for uuid, given in summaries.items():
        sha, summary = given.get("sha256"), given.get("summary")
        if is_uuid(uuid) and isinstance(sha, str) and isinstance(summary, dict):
            memory.summaries[uuid] = (sha, summary)
            kept += 1
    index: Dict[str, Any] = {}
    for uuid in _folders(root):
        known, _found = _look(root, uuid, memory, trusted)
        if known is None or uuid not in memory.summaries:
            continue
        sha, summary = memory.summaries[uuid]
        if sha == known.item["config_sha256"]:
            stable = known if known.token else None
            index[uuid] = {
                "stamps": stable.stamps if stable else None,
                "entry": stable.item if stable else None,
                "sha256": sha,
                "summary": summary,
            }
    list_index.write(root, index)
    return kept


def _folders(root: str) -> List[str]:
    try:
        return sorted(name for name in os.listdir(layout.domains(root)) if not name.startswith("."))
    except FileNotFoundError:
        return []


def _look(
    root: str, uuid: str, memory: IndexMemory, trusted: float
) -> Tuple[Optional[Known], Optional[entry.StoreEntry]]:
    """Return an entry from memory where its stamps are unchanged, else as read; nothing where it has just gone."""
    folder = layout.entry(root, uuid)
    known = memory.known.get(uuid)
    try:
        stamps = entry_facts.stamps_of(folder)
        if stamps is None:
            return _unread(uuid, "is not a folder"), None
        if not is_uuid(uuid):
            return _unread(uuid, "the folder's name is not a UUID"), None
        if known is not None and known.token:
            stamps[2] = entry_facts.source_stamp(known.item["source"])
            if stamps == known.stamps:
                return known, None
        found = entry.load(folder)
        item = entry_facts.facts(uuid, found, stamps)
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except _UNFORESEEN as error:  # it is of this entry, and hides no other
        return _unread(uuid, entry.reason_of(error)), None
    sound = not (found.pending or found.hand_edited or found.damaged)
    young = any(stamp is not None and stamp[0] >= trusted for stamp in stamps)
    token = hashlib.sha256(repr(stamps).encode()).hexdigest()[:16] if sound and not young else ""
    memory.known[uuid] = fresh = Known(stamps, token, item)
    return fresh, found


def _unread(uuid: str, reason: str) -> Known:
    """Something in the domains folder that cannot be read as an entry."""
    return Known([], "", entry_facts.foreign(uuid, reason))


def _told(
    root: str, uuid: str, known: Known, found: Optional[entry.StoreEntry], memory: Optional[IndexMemory]
) -> Optional[ItemAnswer]:
    """Return an entry as it is sent: with its text, or the summary ``memory`` has of it; None if it has gone."""
    item: ItemAnswer = {**known.item, "token": known.token, "text": None, "summary": None}
    if item["damaged"]:
        return item
    sha, summary = memory.summaries.get(uuid, ("", None)) if memory else ("", None)
    if summary is not None and sha == item["config_sha256"]:
        item["summary"] = summary
        return item
    if found is None:
        try:
            item = entry_facts.describe(root, uuid)
        except (FileNotFoundError, AgentError):
            return None
        if item["config_sha256"] == known.item["config_sha256"]:
            item["token"] = known.token
        return item
    item["text"] = entry_facts.text_of(found)
    return item
