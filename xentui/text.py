"""Untrusted text made fit for a terminal."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_UNFIT = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_NAME_LIMIT = 512


def plain(text: str, limit: int = _NAME_LIMIT) -> str:
    """``text`` without control characters and direction overrides, at most ``limit`` characters.

    Names, titles and messages of guests and images go through here before they are shown or compared.
    """
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text[: limit + 1])[:limit]


def plain_lines(text: str, limit: int = 200) -> list[str]:
    """The lines of a longer text, each made plain, tabs as blanks, at most ``limit`` of them (the last ones).

    Of a line that was written over itself (progress ending in a bare carriage return) the last state is kept.
    """
    lines = text.replace("\r\n", "\n").replace("\t", " ").removesuffix("\n").split("\n")[-limit:]
    return [plain(line.rstrip("\r").rpartition("\r")[2], 2000) for line in lines] if text else []


def printable(line: str) -> str:
    """A line of any length, fit to be written to a terminal: tabs stay, all other control characters do not.

    Half surrogates, which stand for bytes that are no UTF-8, cannot be written either and are replaced too.
    """
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", line)


def escaped(json_text: str) -> str:
    r"""JSON with what a terminal must not be given, and :func:`printable` would replace, as ``\uXXXX``.

    Line feeds stay: those inside of strings are escaped in any JSON.
    """
    return _UNFIT.sub(lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}", json_text)
