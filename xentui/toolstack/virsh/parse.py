"""What ``virsh`` prints, read."""

from __future__ import annotations

import re

from xentui.text import lines

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAMED = re.compile(rf"({_UUID}) (.{{1,4096}})")
_ALONE = re.compile(rf"({_UUID})\s*")
MOST = 20_000
"""Domains of one host; more would be no answer of libvirt's."""


def names(text: str) -> dict[str, str]:
    """Return names by uuid, of ``list --uuid --name``; a line that is none is passed over: no name holds a line
    feed.
    """
    found = (_NAMED.fullmatch(line) for line in lines(text)[:MOST])
    return {match[1]: match[2].rstrip(" ") for match in found if match}


def uuids(text: str) -> frozenset[str]:
    """Return the uuids of ``list --uuid``."""
    found = (_ALONE.fullmatch(line) for line in lines(text)[:MOST])
    return frozenset(match[1] for match in found if match)
