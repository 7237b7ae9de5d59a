"""Edits of a configuration as splices of its text, so that all that is not touched stays byte for byte.

Each function returns the splices for one edit; :class:`~xentui.config.document.Document` applies and parses
them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xentui.config.quoting import quote
from xentui.config.refusal import printable
from xentui.config.syntax import Assignment, List, Scalar, Value
from xentui.errors import ConfigError

if TYPE_CHECKING:
    from xentui.config.document import Document

MAX_SINGLE_EDITS = 50
"""Where more items of a list than this change, it is written anew: each single edit parses the whole text."""

Splice = tuple[int, int, str]
"""Start and end offsets, and the text to put there."""

_KEY = re.compile(r"[a-z][._0-9a-z]*")
_GAP_COMMA = re.compile(r"((?:[ \t\n]|#[^\n]*\n)*+),")
_ALONE_AFTER = re.compile(r"[ \t;]*+(?:#[^\n]*)?(?:\n|\Z)")
_ITEM_ALONE_AFTER = re.compile(r"[ \t]*+(?:#[^\n]*)?\n")
_SEPARATOR = re.compile(r"[ \t]*;[ \t]*")
_BLANKS = re.compile(r"[ \t]*")


def apply(text: str, splices: Sequence[Splice]) -> str:
    """The text with the splices done; they must not overlap."""
    pieces: list[str] = []
    position = 0
    for start, end, new in sorted(splices):
        pieces += (text[position:start], new)
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


def at_end(document: Document, lines: str) -> Splice:
    """Add lines after the last one, which is given its line end if it has none."""
    text = document.text
    glue = "\n" if text and not text.endswith("\n") else ""
    tail = "" if lines.endswith("\n") else "\n"
    return len(text), len(text), f"{glue}{lines}{tail}"


def set_scalar(document: Document, key: str, value: str | int) -> list[Splice]:
    """Splices that make ``key`` a single value."""
    _check_key(document, key)
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


def set_new_list(document: Document, key: str, items: Sequence[str]) -> list[Splice]:
    """Splices that make ``key`` a list, written on one line whatever it was."""
    _check_key(document, key)
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


def set_items(document: Document, key: str, items: Sequence[str]) -> Document:
    """The document with ``items`` in the list ``key``; items equal at both ends are not touched."""
    old = [item.text if isinstance(item, Scalar) else None for item in document.items(key)]
    head = _common(old, items)
    tail = _common(old[head:][::-1], items[head:][::-1])
    old_count, new = len(old) - head - tail, items[head : len(items) - tail]
    if max(old_count, len(new)) > MAX_SINGLE_EDITS:
        return document.rewrite_list(key, items)
    for offset, item in enumerate(new[:old_count]):
        document = document.replace_item(key, head + offset, item)
    for _ in range(old_count - len(new)):
        document = document.remove_item(key, head + len(new))
    for offset, item in enumerate(new[old_count:]):
        document = document.insert_item(key, head + old_count + offset, item)
    return document


def append_item(document: Document, key: str, item: str) -> list[Splice]:
    """Splices that add ``item`` at the end of the list ``key``."""
    _check_key(document, key)
    parts = document.parts(key)
    if not parts:
        return [at_end(document, f"{key} = [{quote(item)}]")]
    target = parts[-1].value
    if not isinstance(target, List):
        line, column = document.place(key)
        raise ConfigError(
            f"'{key}' is a single value, not a list",
            source=document.source,
            line=line,
            column=column,
            hint=f"Write it as a list, {key} = [ '…' ], and try again.",
        )
    if not target.items:
        return [(target.start + 1, target.start + 1, quote(item))]
    return _after_last(document.text, target, item)


def _after_last(text: str, target: List, item: str) -> list[Splice]:
    last = target.items[-1]
    written = quote(item, _quote_of(last))
    comma = _GAP_COMMA.match(text, last.end)
    after = comma.end() if comma else last.end
    line_end = text.find("\n", after)
    line_start = text.rfind("\n", 0, last.start) + 1
    alone_before = not text[line_start : last.start].strip()
    if alone_before and -1 < line_end < target.end:
        # The list has a line an item: the new one gets its own, after the comment of the last.
        new = f"{text[line_start : last.start]}{written}{',' if comma else ''}\n"
        return [(line_end + 1, line_end + 1, new), *([] if comma else [(last.end, last.end, ",")])]
    glue = f"\n{text[line_start : last.start]}" if alone_before else " "
    if comma:
        return [(after, after, f"{glue}{written},")]
    return [(last.end, last.end, f",{glue}{written}")]


def insert_item(document: Document, key: str, index: int, item: str) -> list[Splice]:
    """Splices that put ``item`` before the item at ``index``; at the end when there is none."""
    try:
        _, _, value = _locate(document, key, index)
    except IndexError:
        return append_item(document, key, item)
    text = document.text
    line_start = text.rfind("\n", 0, value.start) + 1
    indent = text[line_start : value.start]
    glue = " " if indent.strip() else f"\n{indent}"
    return [(value.start, value.start, f"{quote(item, _quote_of(value))},{glue}")]


def replace_item(document: Document, key: str, index: int, item: str) -> list[Splice]:
    """Splices that replace one item of a list."""
    _, _, value = _locate(document, key, index)
    if isinstance(value, Scalar) and value.text == item:
        return []
    return [(value.start, value.end, quote(item, _quote_of(value)))]


def remove_item(document: Document, key: str, index: int) -> list[Splice]:  # noqa: PLR0911 - one a layout
    """Splices that take one item out of a list, with its comma, and its line if it stands alone on it."""
    target, position, value = _locate(document, key, index)
    text = document.text
    line_start = text.rfind("\n", 0, value.start) + 1
    alone_before = not text[line_start : value.start].strip()
    comma = _GAP_COMMA.match(text, value.end)
    if comma:
        end = comma.end()
        if "\n" in comma.group(1):
            return [(value.start, value.end, ""), (end - 1, end, "")]
        if alone_before and (line := _ITEM_ALONE_AFTER.match(text, end)):
            return [(line_start, line.end(), "")]
        return [(value.start, _skip_blanks(text, end), "")]
    if position == 0:
        if (
            not text[target.start + 1 : value.start].strip(" \t")
            and text[value.end : target.end].strip() == "]"
        ):
            return [(target.start + 1, target.end - 1, "")]
        return [(value.start, value.end, "")]
    if alone_before and (line := _ITEM_ALONE_AFTER.match(text, value.end)):
        return [(line_start, line.end(), "")]
    previous = target.items[position - 1]
    if "#" not in text[previous.end : value.start]:
        return [(previous.end, value.end, "")]
    return [(value.start, value.end, "")]


def remove(document: Document, key: str) -> list[Splice]:
    """Splices that remove every assignment of ``key``."""
    splices: list[Splice] = []
    for assignment in document.assignments:
        if assignment.key == key:
            splices.extend(_remove_statement(document.text, assignment))
    return _merged(splices)


def _remove_statement(text: str, assignment: Assignment) -> list[Splice]:
    start, end = assignment.start, assignment.end
    line_start = text.rfind("\n", 0, start) + 1
    after = _ALONE_AFTER.match(text, end)
    if after and not text[line_start:start].strip(" \t;"):
        return [(line_start, after.end(), "")]
    separator = _SEPARATOR.match(text, end)
    return [(start, separator.end() if separator else end, "")]


def _merged(splices: list[Splice]) -> list[Splice]:
    """Removals that overlap, as one."""
    merged: list[Splice] = []
    for start, end, new in sorted(splices):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), new)
        else:
            merged.append((start, end, new))
    return merged


def _locate(document: Document, key: str, index: int) -> tuple[List, int, Value]:
    """The list that holds item ``index`` of the effective list, its position there, and the item."""
    if index >= 0:
        for part in document.parts(key):
            if not isinstance(part.value, List):
                break
            if index < len(part.value.items):
                return part.value, index, part.value.items[index]
            index -= len(part.value.items)
    raise IndexError(f"'{key}' has no such item")


def _plain_operator(document: Document, assignment: Assignment) -> list[Splice]:
    """Turns ``+=`` into ``=``."""
    if assignment.operator == "=":
        return []
    plus = document.text.index("+=", assignment.start + len(assignment.key))
    return [(plus, plus + 1, "")]


def _written(value: str | int, old: Value) -> str:
    """A single value, quoted as the old one was; text always, and so is what has no bare form."""
    if isinstance(value, int) and value >= 0 and not (isinstance(old, Scalar) and old.quoted):
        return str(int(value))
    return quote(str(int(value)) if isinstance(value, int) else value, _quote_of(old))


def _same(document: Document, key: str, value: str | int) -> bool:
    if isinstance(value, int):
        return document.number(key) == value
    return document.string(key) == value and isinstance(document.get(key), str)


def _quote_of(value: Value) -> str:
    return value.raw[0] if isinstance(value, Scalar) and value.quoted else '"'


def _common(left: Sequence[str | None], right: Sequence[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _skip_blanks(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def _check_key(document: Document, key: str) -> None:
    if not _KEY.fullmatch(key):
        raise ConfigError(
            f"'{printable(key)}' cannot be a parameter name",
            source=document.source,
            hint="Names begin with a lower-case letter; lower-case letters, digits, '_' and '.' may follow.",
        )
