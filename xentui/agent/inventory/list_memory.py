"""What a process remembers of the list of a store from one look to the next."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Dict, List, Optional, Tuple

from xentui.agent.inventory import entry_facts
from xentui.agent.inventory.entry_facts import Known, Stamps
from xentui.agent.inventory.list_index import Index
from xentui.agent.store import layout

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import EntryFacts

_REMEMBERED = 4


class ListMemory:
    """What this process remembers of one store: what tells whether an entry has changed, and the tokens behind the last
    digests given out.

    What is told of an entry is remembered only until it has been told: the index has it, else the entry itself.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: Dict[str, Known] = {}
        self.answers: Dict[str, Dict[str, str]] = {}
        self.index: Optional[Index] = None
        """As long as a list is told."""
        self.unwritten: Dict[str, Tuple[Stamps, EntryFacts]] = {}
        """Entries that were read for the last list: their summaries are what comes next."""

    def begin(self, root: str, after: str) -> None:
        """Begin to tell the list, or the part of it ``after`` a uuid."""
        if not after:
            self.unwritten = {}
        if self.index is not None and not (after and self.index.is_current(root)):
            self.index = None

    def unchanged(self, root: str, uuids: List[str]) -> Dict[str, str]:
        """Return the tokens of those entries that are as they were when they became known."""
        return entry_facts.unchanged(layout.domains(root), self.known, uuids) if self.known else {}

    def index_of(self, root: str) -> Index:
        """Return the index of the store, read where that has not been done since a list was begun."""
        if self.index is None:
            self.index = Index(root)
        return self.index

    def read_at(self, uuid: str, stamps: Stamps) -> Optional[EntryFacts]:
        """Return what is told of an entry that was read at these stamps; None where that is not known any more."""
        read = self.unwritten.get(uuid)
        return read[1] if read is not None and read[0] == stamps else None

    def remember(self, tokens: Dict[str, str], last: str) -> str:
        """Keep the tokens of an answer, forget old answers and gone entries; returns the digest.

        ``last`` is the digest of the answer that the caller has, empty for none.
        """
        if last and self.answers.get(last) == tokens:
            return last
        digest = hashlib.sha256(repr(sorted(tokens.items())).encode()).hexdigest()[:32]
        self.answers.pop(digest, None)
        self.answers[digest] = tokens
        while len(self.answers) > _REMEMBERED:
            del self.answers[next(iter(self.answers))]
        for uuid in [uuid for uuid in self.known if uuid not in tokens]:
            del self.known[uuid]
        return digest
