"""``xl list -l``, read domain by domain.

The answer for two thousand domains is megabytes, and JSON read as one piece holds the interpreter for all of it:
whatever else the process does, painting a screen included, waits.  Read in pieces it waits for none of them for
long, and a piece equal to one of the last answer is not read again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Config = Mapping[str, Any]


class ConfigList:
    """Reads one answer after the other and keeps the last."""

    def __init__(self) -> None:
        self._last: dict[bytes, Any] = {}

    def read(self, data: bytes) -> dict[int, Config]:
        """Return the JSON configuration of each domid; a domain described as last time is the same object.

        Elements that do not say which domain they are of are left out.  Raises ValueError where the answer is no
        JSON array.
        """
        try:
            entries = self._read_pieces(_pieces(data))
        except (ValueError, RecursionError):
            self._last = {}
            entries = _whole(data)
        return {
            entry["domid"]: entry["config"]
            for entry in entries
            if isinstance(entry, dict)
            and isinstance(entry.get("config"), dict)
            and type(entry.get("domid")) is int
        }

    def _read_pieces(self, pieces: list[bytes]) -> list[Any]:
        fresh: dict[bytes, Any] = {}
        for piece in pieces:
            known = self._last.get(piece)
            fresh[piece] = json.loads(piece) if known is None else known
        self._last = fresh
        return list(fresh.values())


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
