"""Edits of the items of a list as splices, as in :mod:`xentui.config.editing`.

A comment behind an item that has its line to itself belongs to the item: it moves and goes with it.  One on a
line of its own, or behind several items, belongs to the place and stays.  One behind the closing bracket moves
with the last item, but stays where that goes: it may be about the list.
"""

from __future__ import annotations

import re

from xentui.config import editing
from xentui.config.editing import Splice
from xentui.config.quoting import quote
from xentui.config.statements import Statements
from xentui.config.syntax import List, Scalar, Value
from xentui.errors import ConfigError

_GAP_COMMA = re.compile(r"((?:[ \t\n]|#[^\n]*+\n)*+),")
_LINE_REST = re.compile(r"(?P<comma>[ \t]*+,)?(?P<bracket>[ \t]*+\])?(?P<trail>[ \t]*+(?:#[^\n]*)?)\n")
_BLANKS = re.compile(r"[ \t]*")


def append(document: Statements, key: str, item: str) -> list[Splice]:
    """Splices that add ``item`` at the end of the list ``key``."""
    editing.check_key(document, key)
    parts = document.parts(key)
    if not parts:
        return [editing.at_end(document, f"{key} = [{quote(item)}]")]
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
        # A comment in the brackets is behind none.
        inside = "#" in document.text[target.start : target.end]
        place = target.end - 1 if inside else target.start + 1
        return [(place, place, quote(item))]
    return _after_last(document.text, target, item)


def _after_last(text: str, target: List, item: str) -> list[Splice]:
    last = target.items[-1]
    written = quote(item, editing.quote_of(last))
    comma = _GAP_COMMA.match(text, last.end)
    after = comma.end() if comma else last.end
    line_end = text.find("\n", after)
    line_start = text.rfind("\n", 0, last.start) + 1
    indent = _indent(text, last)
    alone_before = indent == text[line_start : last.start]
    comma_first = comma is not None and "\n" in comma.group(1)
    if (alone_before or comma_first or _comment(text, target, -1)) and -1 < line_end < target.end:
        # The list has a line an item: the new one gets its own, after the comment of the last.
        new = f"{indent}{written}{',' if comma else ''}\n"
        return [(line_end + 1, line_end + 1, new), *([] if comma else [(last.end, last.end, ",")])]
    glue = f"\n{indent}" if alone_before else " "
    if comma:
        return [(after, after, f"{glue}{written},")]
    return [(last.end, last.end, f",{glue}{written}")]


def insert(document: Statements, key: str, index: int, item: str) -> list[Splice]:
    """Splices that put ``item`` before the item at ``index``; at the end when there is none."""
    try:
        target, position, value = _locate(document, key, index)
    except IndexError:
        return append(document, key, item)
    text = document.text
    indent = _indent(text, value)
    line_start = text.rfind("\n", 0, value.start) + 1
    own_line = indent == text[line_start : value.start] or _comment(text, target, position)
    glue = f"\n{indent}" if own_line else " "
    return [(value.start, value.start, f"{quote(item, editing.quote_of(value))},{glue}")]


def replace(document: Statements, key: str, index: int, item: str) -> list[Splice]:
    """Splices that replace one item of a list."""
    _, _, value = _locate(document, key, index)
    if isinstance(value, Scalar) and value.text == item:
        return []
    return [(value.start, value.end, quote(item, editing.quote_of(value)))]


def swap(document: Statements, key: str, index: int, other: int) -> list[Splice]:
    """Splices that put two items in each other's place, as they are written, each with its comment."""
    one, two = _locate(document, key, index), _locate(document, key, other)
    if index == other:
        return []
    text = document.text
    spans = [((one[2].start, one[2].end), (two[2].start, two[2].end))]
    trails = _trail(text, *one[:2]), _trail(text, *two[:2])
    if trails[0] is not None and trails[1] is not None:
        spans.append((trails[0], trails[1]))
    return [
        splice
        for mine, theirs in spans
        for splice in ((*mine, text[slice(*theirs)]), (*theirs, text[slice(*mine)]))
    ]


def remove(document: Statements, key: str, index: int) -> list[Splice]:
    """Splices that take one item out of a list, with its comma, its comment, and its line if it has one."""
    target, position, value = _locate(document, key, index)
    text = document.text
    comma = _GAP_COMMA.match(text, value.end)
    trail = _trail(text, target, position)
    spans = [_around(text, target, position)]
    if trail is not None and trail[1] < target.end and "#" in text[slice(*trail)]:
        spans.append(trail)
    # What was the last item has no comma behind it: then what becomes the last one has none either.
    if comma is None and position:
        comma = _GAP_COMMA.match(text, target.items[position - 1].end)
    if comma is not None:
        spans.append((comma.end() - 1, comma.end()))
    return editing.merged([(start, end, "") for start, end in spans])


def _around(text: str, target: List, position: int) -> tuple[int, int]:
    """Return an item with the blanks and line ends that go with it."""
    value = target.items[position]
    comma = _GAP_COMMA.match(text, value.end)
    end = comma.end() if comma else value.end
    trail = _trail(text, target, position)
    line_start = text.rfind("\n", 0, value.start) + 1
    found = value.start, value.end
    if trail is not None and trail[1] < target.end and not text[line_start : value.start].strip():
        found = line_start, trail[1] + 1
    elif position + 1 < len(target.items):
        following = target.items[position + 1].start
        if trail is not None and text.count("#", value.end, following) == text.count("#", *trail):
            found = value.start, following
        elif comma and "\n" not in comma.group(1):
            found = value.start, _skip_blanks(text, end)
    elif position:
        previous = target.items[position - 1].end
        if comma and (before := _GAP_COMMA.match(text, previous)):
            previous = before.end()
        if "#" not in text[previous : value.start]:
            found = previous, value.end
    elif not text[target.start + 1 : value.start].strip(" \t"):
        alone = value.start > target.start + 1 and not text[end : target.end - 1].strip(" \t")
        found = (target.start + 1, target.end - 1) if alone else found
    return found


def _trail(text: str, target: List, position: int) -> tuple[int, int] | None:
    """Return where the comment of an item is or has room: from behind its comma to the end of the line.

    None where the item shares its line with another one, with more statements, or with the whole list.
    """
    value = target.items[position]
    line_start = text.rfind("\n", 0, value.start) + 1
    if position and target.items[position - 1].end > line_start:
        return None
    rest = _LINE_REST.match(text, value.end)
    if rest is None or (rest["bracket"] and target.start >= line_start):
        return None
    return rest.span("trail")


def _comment(text: str, target: List, position: int) -> bool:
    """Return whether an item has a comment of its own."""
    trail = _trail(text, target, position % len(target.items))
    return trail is not None and "#" in text[slice(*trail)]


def _indent(text: str, value: Value) -> str:
    """Return what brings an item of another line below this one."""
    line_start = text.rfind("\n", 0, value.start) + 1
    return re.sub(r"[^\t]", " ", text[line_start : value.start])


def _locate(document: Statements, key: str, index: int) -> tuple[List, int, Value]:
    """Return the list that holds item ``index`` of the effective list, its position there, and the item."""
    if index >= 0:
        for part in document.parts(key):
            if not isinstance(part.value, List):
                break
            if index < len(part.value.items):
                return part.value, index, part.value.items[index]
            index -= len(part.value.items)
    raise IndexError(f"'{key}' has no such item")


def _skip_blanks(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position
