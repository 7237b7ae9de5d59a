"""The index of a store: what the list tells of each entry, kept for the next process.

``index.jsonl`` has entries with a summary of each text that the caller made: a line for the format, then a line an
entry, so that no process has to read or write all of it in one go.  It is only ever a shortcut.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.inventory.entry_facts import Stamps, is_facts
from xentui.agent.store import layout, sources

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import EntryFacts

INDEX = "index.jsonl"
INDEX_LIMIT = 64 << 20
_SEPARATORS = (",", ":")
_INDEX_FORMAT = 3
#: Characters of a line before the uuid, which stands first (``["<uuid>",{...``), and of a uuid.
_BEFORE, _UUID = 2, 36


class Kept(NamedTuple):
    """What the index has of an entry: the text's digest with the summary of that text, and what is told of it.

    ``item`` is None where the entry had changed too lately to be kept.
    """

    sha256: str
    summary: Dict[str, Any]
    stamps: Optional[Stamps]
    item: Optional[EntryFacts]


class Index:
    """An index as it was read: one piece of data, of which a line is decoded when it is asked for, and not kept.

    Decoded, thousands of entries take many times the memory.
    """

    def __init__(self, root: str) -> None:
        path = os.path.join(root, INDEX)
        self._stamp = sources.stamp(path)
        self._data = _data(path) if self._stamp is not None else b""
        self._places = _places(self._data)

    def is_current(self, root: str) -> bool:
        """Return whether nobody has written another since."""
        return sources.stamp(os.path.join(root, INDEX)) == self._stamp

    def line(self, uuid: str) -> bytes:
        """Return the line of an entry, empty where there is none."""
        start = self._places.get(uuid)
        if start is None:
            return b""
        end = self._data.find(b"\n", start)
        return self._data[start : end if end >= 0 else len(self._data)]

    def kept(self, uuid: str) -> Optional[Kept]:
        """Return what the line of an entry says; None where there is none, or none that can be read."""
        try:
            return _kept(uuid, json.loads(self.line(uuid)))
        except (ValueError, TypeError, KeyError, RecursionError):
            return None


def _data(path: str) -> bytes:
    try:
        data = fsio.read_bounded(path, INDEX_LIMIT)
        end = data.find(b"\n")
        if json.loads(data if end < 0 else data[:end]) == {"format": _INDEX_FORMAT}:
            return data
    except (OSError, AgentError, ValueError, RecursionError):
        pass
    return b""


def _places(data: bytes) -> Dict[str, int]:
    """Return where the line of each entry begins; the first line is that of the format."""
    places: Dict[str, int] = {}
    start = data.find(b"\n") + 1
    while start:
        places[data[start + _BEFORE : start + _BEFORE + _UUID].decode("ascii", "replace")] = start
        start = data.find(b"\n", start) + 1
    return places


def _kept(uuid: str, line: Any) -> Kept:
    """Return what a line says; raises ValueError, TypeError or KeyError for what is none of that entry."""
    of, kept = line
    sha, summary, stamps, item = kept["sha256"], kept["summary"], kept["stamps"], kept["entry"]
    if of != uuid or not isinstance(sha, str) or not isinstance(summary, dict):
        raise TypeError("not a summary")
    if item is None:
        return Kept(sha, summary, None, None)
    if not isinstance(stamps, list) or len(stamps) != 3 or not is_facts(item, uuid):
        raise TypeError("not an entry")
    return Kept(sha, summary, stamps, item)


def line_of(uuid: str, kept: Kept) -> bytes:
    """Return the line that says so of an entry."""
    said = {"stamps": kept.stamps, "entry": kept.item, "sha256": kept.sha256, "summary": kept.summary}
    return json.dumps([uuid, said], separators=_SEPARATORS).encode()


def beginning(uuid: str, stamps: Stamps) -> bytes:
    """Return how a line begins that :func:`line_of` has made of an entry at these stamps: so it is known whether that
    is still true, without decoding it.
    """
    return f'["{uuid}",{{"stamps":{json.dumps(stamps, separators=_SEPARATORS)},"entry":{{'.encode()


def write(root: str, lines: List[bytes]) -> None:
    """Replace the index whole, without flushing; a failure changes nothing."""
    path = os.path.join(root, INDEX)
    data = b"\n".join([json.dumps({"format": _INDEX_FORMAT}).encode(), *lines])
    with contextlib.suppress(OSError, AgentError), layout.writing(root):
        staged = layout.staging(root, "index")
        fd = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fsio.write_all(fd, data)
        finally:
            os.close(fd)
        os.rename(staged, path)
