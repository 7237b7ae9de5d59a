"""The kinds of arguments that operations take, and how what a caller sends is checked."""

from __future__ import annotations

import re
from typing import Any

from xentui.agent.protocol import commands
from xentui.agent.protocol.operations import ArgumentCheck

#: The longest text of a configuration, in bytes.
TEXT_LIMIT = 1 << 20
MOST_PATHS = 10_000
MOST_WORDS = 100
WORDS_LIMIT = 500
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")


def is_uuid(value: str) -> bool:
    """Return whether a text is a uuid as the store writes it: in small letters."""
    return bool(_UUID.match(value))


def optional(argument: ArgumentCheck) -> ArgumentCheck:
    """Return an argument that may be left out."""
    return argument._replace(optional=True)


def or_none(argument: ArgumentCheck) -> ArgumentCheck:
    """Return an argument that may be None."""
    return argument._replace(check=lambda value: None if value is None else argument.check(value))


def or_empty(argument: ArgumentCheck) -> ArgumentCheck:
    """Return an argument that may be an empty text."""
    return argument._replace(check=lambda value: "" if value == "" else argument.check(value))


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("is not text")
    if "\0" in value:
        raise ValueError("contains a NUL character")
    return value


def _text(value: Any) -> str:
    if len(_string(value).encode("utf-8")) > TEXT_LIMIT:
        raise ValueError(f"is longer than {TEXT_LIMIT} bytes")
    return str(value)


def _path(value: Any) -> str:
    if not _string(value):
        raise ValueError("is empty")
    return str(value)


def _paths(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or len(value) > MOST_PATHS:
        raise TypeError(f"is not a list of at most {MOST_PATHS} paths")
    return [_path(item) for item in value]


def _word_list(value: Any) -> Any:
    if not isinstance(value, (list, tuple)) or len(value) > MOST_WORDS:
        raise TypeError(f"is not a list of at most {MOST_WORDS} words")
    return [_string(item) for item in value]


def _argv(value: Any) -> Any:
    if not isinstance(value, list):
        raise TypeError(f"is not a list of at most {MOST_WORDS} words")
    return _word_list(value)


def _uuid(value: Any) -> str:
    uuid = _string(value).lower()
    if not is_uuid(uuid):
        raise ValueError("is not a UUID")
    return uuid


def _name(value: Any) -> str:
    if not _string(value) or not value.isprintable():
        raise ValueError("is empty or contains control characters")
    return str(value)


def _words(value: Any) -> str:
    return "".join(character if character.isprintable() else " " for character in _string(value))[
        :WORDS_LIMIT
    ]


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("is not a whole number")
    return value


def _object(value: Any) -> Any:
    if not isinstance(value, dict):
        raise TypeError("is not an object")
    return value


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("is not bytes")
    return value


def _source(value: Any) -> Any:
    if value is None:
        return None
    return {"path": _path(_object(value).get("path")), "sha256": _string(value.get("sha256"))}


def _cache(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    return _object(value)


def _objects(value: Any) -> Any:
    return {_string(key): _object(item) for key, item in _object(value).items()}


STRING = ArgumentCheck(_string)
#: A configuration.
TEXT = ArgumentCheck(_text)
PATH = ArgumentCheck(_path)
PATHS = ArgumentCheck(_paths)
ARGV = ArgumentCheck(_argv)
#: Names or patterns of such.
WORD_LIST = ArgumentCheck(_word_list)
UUID = ArgumentCheck(_uuid)
#: The name of a domain, or of what else is shown in a line.
NAME = ArgumentCheck(_name)
#: Words for an admin, cut and made printable.
WORDS = ArgumentCheck(_words)
COUNT = ArgumentCheck(_count)
FLAG = ArgumentCheck(bool)
OBJECT = ArgumentCheck(_object)
#: Objects by name.
OBJECTS = ArgumentCheck(_objects)
BYTES = ArgumentCheck(_bytes)
#: The argv of a job by what they do.
COMMANDS = ArgumentCheck(commands.checked)
#: The file a text was made from, and its sha256; or None.
SOURCE = ArgumentCheck(_source)
#: What the caller of a list knows: nothing, tokens by uuid, or a digest.
CACHE = ArgumentCheck(_cache)

#: Of each job: what it is called, who has asked for it, and from where.
JOB_WORDS = {"subject": optional(WORDS), "user": optional(WORDS), "host": optional(WORDS)}
