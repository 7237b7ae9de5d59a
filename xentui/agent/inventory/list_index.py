"""What a process remembers of the list of a store, and the index that keeps it between processes.

``index.jsonl`` has entries with a summary of each text that the caller made: a line for the format, then a line an
entry, so that no process has to read or write all of it in one go.  It is only ever a shortcut.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from typing import TYPE_CHECKING, Any, Dict, NamedTuple, Optional, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.inventory.entry_facts import Stamps, is_facts
from xentui.agent.store import layout, sources

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import EntryFacts

INDEX = "index.jsonl"
INDEX_LIMIT = 64 << 20
_INDEX_FORMAT = 3
_REMEMBERED = 4


class Known(NamedTuple):
    """An entry as last read: its stamps, its token, and what is told about it (without its text)."""

    stamps: Stamps
    token: str
    item: EntryFacts


class IndexMemory:
    """What this process remembers of one store: entries, and the tokens behind the last digests given out."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: Dict[str, Known] = {}
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


def load(root: str, memory: IndexMemory) -> None:
    """Remember what the index of a store has, where it is another than the one read last."""
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


def _take_kept(memory: IndexMemory, line: Any) -> None:
    """Take over one line of the index; raises ValueError, TypeError or KeyError for what is none."""
    uuid, kept = line
    sha, summary, stamps, item = kept["sha256"], kept["summary"], kept["stamps"], kept["entry"]
    if not (isinstance(uuid, str) and isinstance(sha, str) and isinstance(summary, dict)):
        raise TypeError("not a summary")
    memory.summaries[uuid] = (sha, summary)
    if item is not None and uuid not in memory.known:
        if not isinstance(stamps, list) or len(stamps) != 3 or not is_facts(item, uuid):
            raise TypeError("not an entry")
        token = hashlib.sha256(repr(stamps).encode()).hexdigest()[:16]
        memory.known[uuid] = Known(stamps, token, item)


def write(root: str, index: Dict[str, Any]) -> None:
    """Replace the index whole, without flushing; a failure changes nothing."""
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
