"""``"text %s" % values`` with nothing but text and numbers in it (Python 2.7 library reference, 5.6.2)."""

from __future__ import annotations

import math
import re

MAX_WIDTH = 1000
_SPECIFIER = re.compile(r"%(?:\(([^()]*)\))?([-+ #0]*)([0-9]{0,9})(?:\.([0-9]{0,9}))?[hlL]?(.)", re.DOTALL)
_TEXT, _WHOLE, _REAL = "sr", "dixXou", "eEfFgG"


class FormatError(ValueError):
    """A format that does not fit its values; the argument says why."""


def format_text(pattern: str, values: object, limit: int) -> str:
    """``pattern % values``, at most ``limit`` characters; raises FormatError."""
    pieces: list[str] = []
    length = position = taken = 0
    row = values if isinstance(values, tuple) else (values,)
    while (at := pattern.find("%", position)) >= 0:
        match = _SPECIFIER.match(pattern, at)
        if match is None:
            raise FormatError("the format ends within a %")
        name, flags, width, precision, kind = match.groups()
        pieces.append(pattern[position:at])
        position = match.end()
        if kind == "%":
            pieces.append("%")
        else:
            if name is not None:
                value = _named(values, name)
            elif taken < len(row):
                value, taken = row[taken], taken + 1
            else:
                raise FormatError("the format has more % than there are values")
            if max(int(width or 0), int(precision or 0)) > MAX_WIDTH:
                raise FormatError("the format asks for too wide a field")
            dot = "" if precision is None else f".{precision}"
            pieces.append(_formatted(f"%{flags}{width}{dot}", kind, value))
        length += len(pieces[-1]) + len(pieces[-2])
        if length > limit:
            raise FormatError(f"the value is longer than {limit}")
    pieces.append(pattern[position:])
    if taken < len(row) and not isinstance(values, dict):
        raise FormatError("the format has fewer % than there are values")
    return "".join(pieces)


def _named(values: object, name: str) -> object:
    if not isinstance(values, dict):
        raise FormatError("the format names its values, but they have no names")
    if name not in values:
        raise FormatError(f"the format wants a value `{name[:40]}` that is not there")
    return values[name]


def _formatted(head: str, kind: str, value: object) -> str:
    if kind in _TEXT and isinstance(value, str | int | float | None):
        made: str = f"{head}{kind}" % (value,)
    elif kind in _WHOLE and isinstance(value, int | float):
        if not math.isfinite(value):
            raise FormatError(f"%{kind} wants a whole number, and {value} has none")
        made = f"{head}{'d' if kind == 'u' else kind}" % (int(value),)
    elif kind == "c" and (
        (isinstance(value, int) and 0 < value < 128) or (isinstance(value, str) and len(value) == 1)
    ):
        made = f"{head}c" % (value,)
    elif kind in _REAL and isinstance(value, int | float):
        made = f"{head}{kind}" % (value,)
    else:
        raise FormatError(f"%{kind} does not fit its value")
    return made
