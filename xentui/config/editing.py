"""Edits of a configuration as splices of its text, so that all that is not touched stays byte for byte.

Each function returns the splices for one edit; :class:`~xentui.config.document.Document` applies and parses
them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from xentui.config.quoting import quote
from xentui.config.refusal import printable
from xentui.config.statements import Statements
from xentui.config.syntax import Assignment, List, Scalar, Value
from xentui.errors import ConfigError

MAX_SINGLE_EDITS = 50
"""Where more items of a list than this change, it is written anew: each single edit parses the whole text."""

Splice = tuple[int, int, str]
"""Start and end offsets, and the text to put there."""

_KEY = re.compile(r"[a-z][._0-9a-z]*")
_ALONE_AFTER = re.compile(r"[ \t;]*+(?:#[^\n]*)?(?:\n|\Z)")
_SEPARATOR = re.compile(r"[ \t]*;[ \t]*")


def apply(text: str, splices: Sequence[Splice]) -> str:
    """Return the text with the splices done; they must not overlap."""
    pieces: list[str] = []
    position = 0
    for start, end, new in sorted(splices):
        pieces += (text[position:start], new)
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


def at_end(document: Statements, lines: str) -> Splice:
    """Add lines after the last one, which is given its line end if it has none."""
    text = document.text
    glue = "\n" if text and not text.endswith("\n") else ""
    tail = "" if lines.endswith("\n") else "\n"
    return len(text), len(text), f"{glue}{lines}{tail}"


def set_scalar(document: Statements, key: str, value: str | int) -> list[Splice]:
    """Splices that make ``key`` a single value."""
    check_key(document, key)
    parts = document.parts(key)
    if not parts:
        written = str(int(value)) if isinstance(value, int) and value >= 0 else quote(str(value))
        return [at_end(document, f"{key} = {written}")]
    if not isinstance(parts[-1].value, List) and _same(document, key, value):
        return []
    last = parts[-1]
    splices = _plain_operator(document, last)
    splices.append((last.value.start, last.value.end, _written(value, last.value)))
    # Earlier parts of a value joined with += no longer count; they go, or they would only mislead.
    for part in parts[:-1]:
        splices.extend(_remove_statement(document.text, part))
    return splices


def set_new_list(document: Statements, key: str, items: Sequence[str]) -> list[Splice]:
    """Splices that make ``key`` a list, written on one line whatever it was."""
    check_key(document, key)
    written = "[" + ", ".join(quote(item) for item in items) + "]"
    parts = document.parts(key)
    if not parts:
        return [at_end(document, f"{key} = {written}")]
    last = parts[-1]
    splices = [*_plain_operator(document, last), (last.value.start, last.value.end, written)]
    # As in set_scalar: what was joined before no longer counts.
    for part in parts[:-1]:
        splices.extend(_remove_statement(document.text, part))
    return splices


class ListChange(NamedTuple):
    """How a list becomes another: ``old`` items from place ``head`` on (from 0) give way to ``new``."""

    head: int
    old: int
    new: Sequence[str]


def between(now: Sequence[Value], items: Sequence[str]) -> ListChange | None:
    """Return what has to change for a list to have these items; None where it is better written anew."""
    texts = [item.text if isinstance(item, Scalar) else None for item in now]
    head = _common(texts, items)
    tail = _common(texts[head:][::-1], items[head:][::-1])
    old, new = len(texts) - head - tail, items[head : len(items) - tail]
    return None if max(old, len(new)) > MAX_SINGLE_EDITS else ListChange(head, old, new)


def remove(document: Statements, key: str) -> list[Splice]:
    """Splices that remove every assignment of ``key``."""
    splices: list[Splice] = []
    for assignment in document.assignments:
        if assignment.key == key:
            splices.extend(_remove_statement(document.text, assignment))
    return merged(splices)


def _remove_statement(text: str, assignment: Assignment) -> list[Splice]:
    start, end = assignment.start, assignment.end
    line_start = text.rfind("\n", 0, start) + 1
    after = _ALONE_AFTER.match(text, end)
    if after and not text[line_start:start].strip(" \t;"):
        return [(line_start, after.end(), "")]
    separator = _SEPARATOR.match(text, end)
    return [(start, separator.end() if separator else end, "")]


def merged(splices: list[Splice]) -> list[Splice]:
    """Removals that overlap, as one."""
    merged: list[Splice] = []
    for start, end, new in sorted(splices):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), new)
        else:
            merged.append((start, end, new))
    return merged


def _plain_operator(document: Statements, assignment: Assignment) -> list[Splice]:
    """Turns ``+=`` into ``=``."""
    if assignment.operator == "=":
        return []
    plus = document.text.index("+=", assignment.start + len(assignment.key))
    return [(plus, plus + 1, "")]


def _written(value: str | int, old: Value) -> str:
    """Return a single value, quoted as the old one was; text always, and so is what has no bare form."""
    if isinstance(value, int) and value >= 0 and not (isinstance(old, Scalar) and old.quoted):
        return str(int(value))
    return quote(str(int(value)) if isinstance(value, int) else value, quote_of(old))


def _same(document: Statements, key: str, value: str | int) -> bool:
    if isinstance(value, int):
        return document.number(key) == value
    return document.string(key) == value and isinstance(document.get(key), str)


def quote_of(value: Value) -> str:
    """Return the quote an item or value is written in."""
    return value.raw[0] if isinstance(value, Scalar) and value.quoted else '"'


def _common(left: Sequence[str | None], right: Sequence[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def check_key(document: Statements, key: str) -> None:
    """Raise ConfigError for what cannot be the name of a parameter."""
    if not _KEY.fullmatch(key):
        raise ConfigError(
            f"'{printable(key)}' cannot be a parameter name",
            source=document.source,
            hint="Names begin with a lower-case letter; lower-case letters, digits, '_' and '.' may follow.",
        )
