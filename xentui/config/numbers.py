"""Numbers as the C library reads them for xl (``strtol`` and ``atoi``)."""

from __future__ import annotations

import re

_LONG = re.compile(r"[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))")
_DECIMAL = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)")
_LIMIT = 1 << 63
# Longer digit strings than this are out of range whatever they say, and int() would be slow on them.
_MAX_DIGITS = 64


def c_long(text: str) -> int | None:
    """``strtol(text, &end, 0)`` over the whole text (``0x``, octal ``0``); None if it is no number."""
    match = _LONG.fullmatch(text)
    if not match or len(text) > _MAX_DIGITS:
        return None
    sign, hexadecimal, octal, decimal = match.groups()
    if hexadecimal:
        number = int(hexadecimal, 16)
    elif decimal:
        number = int(decimal)
    else:
        number = int(octal or "0", 8)
    if sign == "-":
        number = -number
    return number if -_LIMIT <= number < _LIMIT else None


def is_out_of_range(text: str) -> bool:
    """Whether the text is a number by its form, but no C long can hold it."""
    return c_long(text) is None and _LONG.fullmatch(text) is not None


def c_atoi(text: str) -> int:
    """``atoi(text)``: the decimal number the text begins with, else 0, cut to 32 bits."""
    match = _DECIMAL.match(text)
    if not match:
        return 0
    digits = match.group(1)
    number = int(digits) if len(digits) <= _MAX_DIGITS else (-_LIMIT if digits[0] == "-" else _LIMIT - 1)
    return c_int(max(-_LIMIT, min(_LIMIT - 1, number)))


def c_int(number: int) -> int:
    """A long stored in a C ``int``."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)
