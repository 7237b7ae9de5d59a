"""Every stored domain at once, cheaply: a poll of an unchanged store reads no file.

What a caller knows already it names by tokens, or by the digest of the last answer, which this process then
compares with its own memory (:mod:`xentui.agent.inventory.list_memory`).
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Tuple, Union

from xentui.agent.inventory import list_index
from xentui.agent.inventory.entry_reader import EntryReader
from xentui.agent.inventory.list_memory import ListMemory
from xentui.agent.protocol.arguments import CACHE, FLAG, OBJECTS, STRING, is_uuid, optional
from xentui.agent.protocol.operations import store_operation
from xentui.agent.store import layout

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import ItemAnswer, PageAnswer

#: About the length of the longest answer, in bytes; the caller asks again for the rest.  Reading one holds up
#: whatever else the caller's process does.
ANSWER_LIMIT = 512 << 10
_ITEM_SIZE = 600

_memories: Dict[str, ListMemory] = {}


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
    memory = _memories.setdefault(os.path.abspath(root), ListMemory())
    with memory.lock:
        return _list(root, memory, cache, summaries=summaries, after=after)


def _list(
    root: str, memory: ListMemory, cache: Union[str, Dict[str, str], None], *, summaries: bool, after: str
) -> PageAnswer:
    last = cache if isinstance(cache, str) else ""
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
        memory.begin(root, after)
        reader = EntryReader(root, memory)
        folders = [uuid for uuid in _folders(root) if uuid > after]
        unchanged = memory.unchanged(root, folders)
        for uuid in folders:
            if size > ANSWER_LIMIT:
                break
            token = unchanged.get(uuid, "")
            if token and told.get(uuid) == token:
                tokens[uuid] = token
                stopped = uuid
                continue
            seen = reader.look(uuid)
            if seen is None:
                continue
            token = seen.token
            if not token or told.get(uuid) != token:
                item = reader.answer(uuid, seen, summaries=summaries)
                if item is None:
                    continue
                token = item["token"]
                entries.append(item)
                size += _ITEM_SIZE + len(item["text"] or "")
            tokens[uuid] = token
            stopped = uuid
        else:
            stopped = ""
    gone = [uuid for uuid in told if uuid not in tokens and uuid > after and (not stopped or uuid <= stopped)]
    if not stopped:
        memory.index = None
    digest = "" if stopped or after else memory.remember(tokens, last)
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
    memory = _memories.setdefault(os.path.abspath(root), ListMemory())
    with memory.lock:
        return _put_summaries(root, memory, summaries)


def _put_summaries(root: str, memory: ListMemory, summaries: Dict[str, Dict[str, Any]]) -> int:
    given: Dict[str, Tuple[str, Dict[str, Any]]] = {}
    for uuid, new in summaries.items():
        sha, summary = new.get("sha256"), new.get("summary")
        if is_uuid(uuid) and isinstance(sha, str) and isinstance(summary, dict):
            given[uuid] = (sha, summary)
    memory.index = None
    reader = EntryReader(root, memory)
    lines = (reader.line(uuid, given.get(uuid)) for uuid in _folders(root))
    list_index.write(root, [line for line in lines if line])
    memory.index, memory.unwritten = None, {}
    return len(given)


def _folders(root: str) -> List[str]:
    try:
        # One object of each name, however often it is listed: tokens are remembered by them.
        return sorted(
            sys.intern(name) for name in os.listdir(layout.domains(root)) if not name.startswith(".")
        )
    except FileNotFoundError:
        return []
