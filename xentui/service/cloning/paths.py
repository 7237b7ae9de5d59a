"""Where the copies of disks are offered to lie: beside their originals, under the new domain's name."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BEYOND_VOLUMES = re.compile(r"[^A-Za-z0-9_+.-]")
_TRIED = 20


def renamed(path: str, old: str, new: str) -> str:
    """Return the path of a copy: the domain's name in the file name replaced by the new one, else that put before it.

    A part of a longer word is not a name: ``web1`` is not in ``web10.img``.
    """
    folder, slash, name = path.rpartition("/")
    found = re.compile(rf"(?<![A-Za-z0-9]){re.escape(old)}(?![A-Za-z0-9])")
    # What is a name of a domain may be none of a volume, and ends a protocol for qemu-img.
    plain = _BEYOND_VOLUMES.sub("-", new)
    made, times = found.subn(lambda _match: plain, name)
    return f"{folder}{slash}{made if times else f'{plain}-{name}'}"


def candidates(path: str, old: str, new: str) -> Iterator[str]:
    """Paths for a copy, the first that is free is the one: numbers are put before the ending of those behind."""
    first = renamed(path, old, new)
    if first != path:
        yield first
    folder, slash, name = first.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    for number in range(2, _TRIED):
        yield f"{folder}{slash}{stem}-{number}{dot}{ending}"
