"""Untrusted text made fit for a terminal."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_NAME_LIMIT = 512


def plain(text: str, limit: int = _NAME_LIMIT) -> str:
    """``text`` without control characters and direction overrides, at most ``limit`` characters.

    Names, titles and messages of guests and images go through here before they are shown or compared.
    """
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text[: limit + 1])[:limit]


def plain_lines(text: str, limit: int = 200) -> list[str]:
    """The lines of a longer text, each made plain, tabs as blanks, at most ``limit`` of them (the last ones)."""
    lines = text.replace("\r\n", "\n").replace("\t", " ").splitlines()[-limit:]
    return [plain(line.rpartition("\r")[2], 2000) for line in lines]
