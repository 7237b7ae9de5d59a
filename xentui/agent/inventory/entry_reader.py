"""Entries of a store as they are now, each read only where nothing that is known of it can stand for that.

An entry's token stands for the stamps of its folder, its ``config.cfg`` and its source file.  Every change
made by xentui renames something in the folder, an edit by hand changes the file: an equal token means
nothing has changed.  Stamps younger than :data:`YOUNG` seconds get an empty token, as two changes within
one tick of the file system's clock look the same.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, Dict, NamedTuple, Optional, Tuple, Union

from xentui.agent.errors import AgentError
from xentui.agent.inventory import entry_facts, list_index
from xentui.agent.inventory.entry_facts import Known, Stamps
from xentui.agent.inventory.list_index import Kept
from xentui.agent.inventory.list_memory import ListMemory
from xentui.agent.protocol.arguments import is_uuid
from xentui.agent.store import entry, layout

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import EntryFacts, ItemAnswer

#: Stamps younger than this, in seconds, are not trusted to tell two changes apart.
YOUNG = 2.0
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


class Seen(NamedTuple):
    """An entry as it is now; ``token`` is empty where its stamps may stand for another state, too."""

    stamps: Stamps
    token: str


class Read(NamedTuple):
    """An entry, and what is told of it; ``found`` where it was read, ``kept`` what the index has of it."""

    stamps: Stamps
    token: str
    facts: EntryFacts
    found: Optional[entry.StoreEntry] = None
    kept: Optional[Kept] = None


_CHANGING = Known(b"", "", "")
"""Of an entry that is to be read each time."""


class EntryReader:
    """Looks at the entries of one store, as part of one request."""

    def __init__(self, root: str, memory: ListMemory) -> None:
        self._root, self._memory = root, memory
        self._trusted = (time.time() - YOUNG) * 1e9

    def look(self, uuid: str) -> Union[Seen, Read, None]:
        """Return an entry, which is read only where it is not known at its present stamps; None where it has just
        gone.
        """
        known = self._memory.known.get(uuid)
        if known is None:
            return self.read(uuid)
        try:
            stamps = entry_facts.stamps_of(layout.entry(self._root, uuid))
        except OSError:
            stamps = None
        if stamps is not None:
            stamps[2] = entry_facts.source_stamp(known.source)
            if known.stamps == entry_facts.packed(stamps):
                return Seen(stamps, known.token)
        return self.read(uuid, indexed=False)  # it is newer than what the index had of it

    def read(self, uuid: str, *, indexed: bool = True) -> Optional[Read]:
        """Return an entry with what is told of it, from the index where that may be and has it at its present stamps;
        None where it has just gone.
        """
        folder = layout.entry(self._root, uuid)
        found = kept = facts = None
        try:
            stamps = entry_facts.stamps_of(folder)
            if stamps is None:
                return _unread(uuid, "is not a folder")
            if not is_uuid(uuid):
                return _unread(uuid, "the folder's name is not a UUID")
            if indexed:
                kept = self._memory.index_of(self._root).kept(uuid)
                facts = _as_kept(kept, stamps)
            if facts is None:
                found = entry.load(folder)
                facts = entry_facts.facts(uuid, found, stamps)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except _UNFORESEEN as error:  # it is of this entry, and hides no other
            return _unread(uuid, entry.reason_of(error))
        return Read(stamps, self._remember(uuid, stamps, facts, found), facts, found, kept)

    def _remember(
        self, uuid: str, stamps: Stamps, facts: EntryFacts, found: Optional[entry.StoreEntry]
    ) -> str:
        """Remember an entry by its stamps, where these are to be trusted; returns its token."""
        memory = self._memory
        if found is not None:
            memory.unwritten[uuid] = stamps, facts
            young = any(stamp is not None and stamp[0] >= self._trusted for stamp in stamps)
            if young or found.pending or found.hand_edited or found.damaged:
                memory.known[uuid] = _CHANGING
                return ""
        token = hashlib.sha256(repr(stamps).encode()).hexdigest()[:16]
        memory.known[uuid] = Known(
            entry_facts.packed(stamps), token, entry_facts.source_path(facts["source"])
        )
        return token

    def answer(self, uuid: str, seen: Union[Seen, Read], *, summaries: bool) -> Optional[ItemAnswer]:
        """Return an entry as it is sent: with its text, or the summary that the index has of that; None if it has
        gone.

        Of one that has changed while it was known it is the text: the index is not read for it.
        """
        read = seen if isinstance(seen, Read) else self.read(uuid)
        if read is None:
            return None
        facts = read.facts
        item: ItemAnswer = {**facts, "token": read.token, "text": None, "summary": None}
        if item["damaged"]:
            return item
        kept = read.kept
        if summaries and kept is not None and kept.sha256 == facts["config_sha256"]:
            item["summary"] = kept.summary
        elif read.found is not None:
            item["text"] = entry_facts.text_of(read.found)
        else:
            try:
                item = entry_facts.describe(self._root, uuid)
            except (FileNotFoundError, AgentError):
                return None
            if item["config_sha256"] == facts["config_sha256"]:
                item["token"] = read.token
        return item

    def line(self, uuid: str, given: Optional[Tuple[str, Dict[str, Any]]]) -> bytes:
        """Return what the index is to say of an entry; empty where there is no summary of its text.

        ``given`` is the digest of its text with the summary of that; without it those of the index stay.
        """
        seen = self.look(uuid)
        if seen is None:
            return b""
        if given is None:
            index = self._memory.index_of(self._root)
            line = index.line(uuid)
            if line.startswith(list_index.beginning(uuid, seen.stamps)):
                return line
            kept = index.kept(uuid)
            if kept is None:
                return b""
            given = kept.sha256, kept.summary
        facts = seen.facts if isinstance(seen, Read) else self._memory.read_at(uuid, seen.stamps)
        if facts is None:
            read = self.read(uuid, indexed=False)
            if read is None:
                return b""
            seen, facts = read, read.facts
        if facts["config_sha256"] != given[0]:
            return b""
        kept = Kept(*given, seen.stamps, facts) if seen.token else Kept(*given, None, None)
        return list_index.line_of(uuid, kept)


def _as_kept(kept: Optional[Kept], stamps: Stamps) -> Optional[EntryFacts]:
    """Return what the index tells of an entry, where that still has these stamps; fills in the source's place."""
    if kept is None or kept.item is None:
        return None
    stamps[2] = entry_facts.source_stamp(entry_facts.source_path(kept.item["source"]))
    return kept.item if kept.stamps == stamps else None


def _unread(uuid: str, reason: str) -> Read:
    """Something in the domains folder that cannot be read as an entry."""
    return Read([], "", entry_facts.foreign(uuid, reason))
