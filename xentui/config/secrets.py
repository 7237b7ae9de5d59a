"""Passwords in configurations, kept out of all that is told, compared or logged.

The text itself, a file to be stored or printed on request, is never touched.
"""

from __future__ import annotations

import re

HIDDEN = "…"
# Names begin where no other character of a name stands before: a long word is looked at once.
_KEY = r"(?<![A-Za-z0-9_.])[A-Za-z0-9_.]*passw[A-Za-z0-9_.]*"
_PART = "passw"
_NAMES = re.compile(_KEY, re.IGNORECASE)
# Within a word of a list a value goes on to the next comma, or to the quote that ends the item.
_VALUE = r"""\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?|(?:\\.|[^,\n\\'"]|['"](?![\s,;#)\]]|$))+"""
_ASSIGNED = re.compile(rf"({_KEY}[ \t]*\+?=[ \t]*)(?:{_VALUE})", re.IGNORECASE | re.MULTILINE)
_NESTED = re.compile(rf"(\([ \t]*{_KEY}\s+)(?!{HIDDEN})[^()]*", re.IGNORECASE)
_QUOTED = re.compile(r"'.*'|`.*[`']|that begins with \S+")


def masked(text: str) -> str:
    """Return the text with ``…`` for each password that is assigned in it: ``vncpasswd=…``, ``(vncpasswd …)``."""
    if _PART not in text.lower():
        return text
    return _NESTED.sub(rf"\1{HIDDEN}", _ASSIGNED.sub(rf"\1{HIDDEN}", text))


def is_secret(key: str) -> bool:
    """Return whether a parameter's value is a password."""
    return _NAMES.fullmatch(key) is not None


def hushed(message: str, line: str) -> str:
    """Return a complaint about a line without the words it quotes, where a password is set on that line."""
    return _QUOTED.sub(f"'{HIDDEN}'", message) if _PART in line.lower() else message


def without(text: str, values: frozenset[str]) -> str:
    """Return the text without any of some passwords, however they got there; very short ones would hide too much."""
    for value in sorted(values, key=len, reverse=True):
        if len(value) > 2:
            text = text.replace(value, HIDDEN)
    return text
