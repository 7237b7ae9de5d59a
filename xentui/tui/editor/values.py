"""Parameters as text of a field, and back.  No Textual."""

from __future__ import annotations

from xentui.config import SCHEMA, Document, Key, parse
from xentui.config.numbers import c_long
from xentui.config.schema import BOOLEAN, LIST, NUMBER
from xentui.errors import ConfigError

UNKNOWN = Key("", "string", "", (), "xl knows no such parameter and ignores it.", "none", "")


def key_of(name: str) -> Key:
    """What the schema says of a parameter; of an unknown one that it is unknown."""
    return SCHEMA.get(name, UNKNOWN)


def shown(document: Document, name: str) -> str:
    """A parameter as a field shows it: a single value as it is, a list as it is written; "" when not set."""
    parts = document.parts(name)
    if not parts:
        return ""
    if is_list(document, name):
        return "[" + ", ".join(part.value_text for part in _written(document, name)) + "]"
    return document.string(name) or ""


def is_list(document: Document, name: str) -> bool:
    """Whether a parameter is set to a list."""
    return isinstance(document.get(name), list)


class _Written:
    """An item of a list as the file writes it."""

    def __init__(self, text: str) -> None:
        self.value_text = text


def _written(document: Document, name: str) -> list[_Written]:
    return [_Written(document.text[item.start : item.end]) for item in document.items(name)]


def problem(name: str, text: str) -> str:
    """Why a field's text cannot be the value of a parameter, as the end of a sentence; "" when it can."""
    key = key_of(name)
    text = text.strip()
    if not text or text.startswith("["):
        return _list_problem(name, text, key) if text else ""
    if key.kind == LIST:
        return 'is a list: write ["first", "second"]'
    if key.values and text not in key.values:
        return f"is one of {', '.join(key.values)}"
    if key.kind in (BOOLEAN, NUMBER):
        return _number_problem(text, key)
    return "cannot hold a line end" if "\n" in text else ""


def _number_problem(text: str, key: Key) -> str:
    if key.kind == BOOLEAN:
        return "" if text in ("0", "1") else "is 0 or 1"
    return "" if c_long(text) is not None else f"is a number{' of MiB' if 'MiB' in key.doc else ''}"


def _list_problem(name: str, text: str, key: Key) -> str:
    if key.kind in ("string", "number", "boolean") and key is not UNKNOWN:
        return "takes a single value, no list"
    try:
        parse(f"{name or 'key'} = {text}\n")
    except ConfigError as error:
        return error.message
    return ""


def changed(document: Document, name: str, text: str) -> Document:
    """The document with a field's text in it; an empty text removes the parameter.

    Raises ConfigError for what no file can hold; see :func:`problem`.
    """
    text = text.strip()
    if text == shown(document, name):
        return document
    if not text:
        return document.remove(name)
    if text.startswith("["):
        typed = parse(f"{name} = {text}\n")
        value = typed.get(name)
        items = [str(item) for item in value if not isinstance(item, list)] if isinstance(value, list) else []
        return document.set(name, items)
    if key_of(name).kind in (NUMBER, BOOLEAN) and text.isdecimal():
        return document.set(name, int(text))
    return document.set(name, text)


def about(name: str) -> str:
    """A parameter's help: meaning, values, default, who reads it, its term."""
    key = key_of(name)
    if key is UNKNOWN:
        return f"{name}: {key.doc}"
    parts = [f"{name}: {key.doc}", f"{key.kind}"]
    if key.values:
        parts.append(f"one of {', '.join(key.values)}")
    parts.append(f"default {key.default}" if key.default else "no default")
    who = {"both": "xl and xm", "xl": "xl only", "xm": "xm only"}[key.toolstack]
    text = " · ".join([parts[0], *parts[1:], who])
    if key.instead:
        text += f" · for xl write {key.instead}"
    return f"{text} · xl.cfg(5)"
