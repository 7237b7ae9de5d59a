"""Parameters as text of a field, and back.  No Textual."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xentui.config import SCHEMA, Document, Key, List, parse
from xentui.config.numbers import c_long
from xentui.config.schema import BOOLEAN, LIST, NUMBER, STRING
from xentui.config.syntax import Value
from xentui.errors import ConfigError
from xentui.model.sizes import EXAMPLES, mebibytes

_PLAIN_NUMBER = re.compile("0|[1-9][0-9]{0,17}")
"""What means the same to us and to xl; others (``0x10``, ``010``) are written as they were typed."""
_NAME = re.compile(r"[a-z][._0-9a-z]*")
UNKNOWN = Key("", STRING, toolstack="none", term="", doc="xl knows no such parameter and ignores it.")


def key_of(name: str) -> Key:
    """Return what the schema says of a parameter; of an unknown one that it is unknown."""
    return SCHEMA.get(name, UNKNOWN)


def shown(document: Document, name: str) -> str:
    """Return a parameter as a field shows it: a single value as it is, a list as it is written; "" when not set."""
    if is_list(document, name):
        return "[" + ", ".join(_written(document, item) for item in document.items(name)) + "]"
    return document.string(name) or ""


def is_list(document: Document, name: str) -> bool:
    """Return whether a parameter is set to a list."""
    return isinstance(document.get(name), list)


def _written(document: Document, item: Value) -> str:
    """Return an item on one line: one that is a list may be written on several, with comments between."""
    if isinstance(item, List):
        return "[" + ", ".join(_written(document, inner) for inner in item.items) + "]"
    return document.text[item.start : item.end]


def problem(name: str, text: str) -> str:
    """Return why a field's text cannot be the value of a parameter, as the end of a sentence; "" when it can."""
    key = key_of(name)
    text = text.strip()
    if not text or text.startswith("["):
        return _list_problem(text, key) if text else ""
    if key.kind == LIST:
        return 'must be a list: write ["first", "second"]'
    if key.values and text not in key.values:
        return f"must be one of {', '.join(key.values)}"
    if key.kind in (BOOLEAN, NUMBER):
        return _number_problem(text, key)
    return "cannot contain a line break" if "\n" in text else ""


def _number_problem(text: str, key: Key) -> str:
    if key.kind == BOOLEAN:
        return "" if text in ("0", "1") else "must be 0 or 1"
    number = c_long(text)
    if number is None and key.is_size:
        number = mebibytes(text)
    if number is None:
        return f"must be a size in MiB, or with a suffix: {EXAMPLES}" if key.is_size else "must be a number"
    return "" if key.holds(number) else f"must be {key.takes}"


def _list_problem(text: str, key: Key) -> str:
    if key.kind in (STRING, NUMBER, BOOLEAN) and key is not UNKNOWN:
        return "must be a single value, not a list"
    try:
        _items(text)
    except ConfigError as error:
        return error.message
    return ""


def _items(text: str) -> list[str]:
    """Return the items of a list that was typed; raises ConfigError where it is none, or has what a field cannot
    set.
    """
    document = parse(f"list = {text}\n")
    if document.keys() != ("list",) or len(document.assignments) != 1:
        raise ConfigError('must be a list: write ["first", "second"]')
    items = document.items("list")
    if any(isinstance(item, List) for item in items):
        raise ConfigError("contains a list in a list: edit it as raw text (F9)")
    return list(document.strings("list"))


def changed(document: Document, name: str, text: str) -> Document:
    """Return the document with a field's text in it; an empty text removes the parameter.

    Raises ConfigError for what no file can hold; see :func:`problem`.
    """
    before = shown(document, name)
    if text in (before, before.strip()) and (text or not document.parts(name)):
        return document
    text = text.strip()
    if not text:
        return document.remove(name)
    key = key_of(name)
    if text.startswith("[") and (key is UNKNOWN or key.kind not in (STRING, NUMBER, BOOLEAN)):
        return document.set(name, _items(text))
    if key.kind in (NUMBER, BOOLEAN) and _PLAIN_NUMBER.fullmatch(text):
        return document.set(name, int(text))
    if key.is_size and c_long(text) is None and (size := mebibytes(text)) is not None:
        return document.set(name, size)
    return document.set(name, text)


def about(name: str) -> str:
    """Return a parameter's help in two lines: what it means; what it takes, holds without it, and who reads it."""
    return "\n".join(_about(name, key_of(name)))


def _about(name: str, key: Key) -> Iterator[str]:
    if key is UNKNOWN:
        yield f"{name}: {key.doc}"
        yield "Check the spelling against xl.cfg(5); empty removes it."
        return
    term = "" if key.term.replace(" ", "_").lower() == name.lower() else f" ({key.term})"
    yield f"{name}{term}: {key.doc}"
    takes = {BOOLEAN: "0 or 1"}.get(key.kind, key.kind)
    parts = [" | ".join(key.values) if key.values else takes]
    parts.append(f"default {key.default}" if key.default else "no default")
    parts.append({"both": "xl and xm", "xl": "xl only", "xm": "xm only"}[key.toolstack])
    if key.instead:
        parts.append(f"for xl write {key.instead}")
    if key.toolstack != "xm":
        parts.append("xl.cfg(5)")
    yield " · ".join(parts)


def is_name(text: str) -> bool:
    """Return whether a parameter can have that name."""
    return _NAME.fullmatch(text) is not None
