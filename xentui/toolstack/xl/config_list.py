"""``xl list -l``, read domain by domain.

The answer for two thousand domains is megabytes, and JSON read as one piece holds the interpreter for all of it:
whatever else the process does, painting a screen included, waits.  Read in pieces it waits for none of them for
long, and a piece equal to one of the last answer is not read again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any, Generic, TypeVar

Config = Mapping[str, Any]
_Made = TypeVar("_Made")
_DIGEST = 16


class ConfigList(Generic[_Made]):
    """Reads one answer after the other, and keeps what was made of the last.

    ``make`` makes of a configuration what is wanted of it: the JSON of thousands takes many times the memory.
    """

    def __init__(self, make: Callable[[Config], _Made]) -> None:
        self._make = make
        self._last: dict[bytes, tuple[int, _Made] | None] = {}
        """What each piece of the last answer told, by its digest; None of one that told nothing."""

    def read(self, data: bytes) -> dict[int, _Made]:
        """Return what is made of each configuration, by domid; of one described as last time it is the same object.

        Elements that do not say which domain they are of are left out.  Raises ValueError where the answer is no
        JSON array.
        """
        try:
            found = self._read_pieces(_pieces(data))
        except (ValueError, RecursionError):
            self._last = {}
            found = map(self._made, _whole(data))
        return dict(filter(None, found))

    def _read_pieces(self, pieces: list[bytes]) -> Iterable[tuple[int, _Made] | None]:
        fresh: dict[bytes, tuple[int, _Made] | None] = {}
        for piece in pieces:
            digest = blake2b(piece, digest_size=_DIGEST).digest()
            fresh[digest] = self._last[digest] if digest in self._last else self._made(json.loads(piece))
        self._last = fresh
        return fresh.values()

    def _made(self, entry: Any) -> tuple[int, _Made] | None:
        """Return the domid of an element of the array, and what is made of it; None where it does not tell."""
        if not isinstance(entry, dict):
            return None
        domid, config = entry.get("domid"), entry.get("config")
        return (domid, self._make(config)) if type(domid) is int and isinstance(config, dict) else None


def _pieces(data: bytes) -> list[bytes]:
    """Return the elements of the array, cut where xl's layout shows their ends.

    libxl prints an element's braces on lines of their own at the first depth of indentation (four blanks with
    YAJL, two with json-c); a line break inside a string is escaped, so nothing else looks like that.  Raises
    ValueError for another layout.
    """
    text = data.strip()
    if not text.startswith(b"[\n") or not text.endswith(b"\n]"):
        raise ValueError("not an array with an element a line")
    body = text[2:-2]
    indent = body[: len(body) - len(body.lstrip(b" "))]
    opening, closing = indent + b"{\n", b"\n" + indent + b"}"
    if not body.startswith(opening) or not body.endswith(closing):
        raise ValueError("not an array of objects")
    inner = body[len(opening) : -len(closing)].split(closing + b",\n" + opening)
    return [b"{" + piece + b"}" for piece in inner]


def _whole(data: bytes) -> list[Any]:
    try:
        entries = json.loads(data or b"[]")
    except RecursionError:
        raise ValueError("`xl list -l` printed JSON nested too deeply") from None
    if not isinstance(entries, list):
        raise ValueError("`xl list -l` printed something that is not a list")
    return entries
