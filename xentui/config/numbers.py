"""Numbers as the C library reads them for xl (``strtol``, ``strtoul`` and ``atoi``)."""

from __future__ import annotations

import re

_LONG = re.compile(r"[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9][0-9]*))")
_DECIMAL = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)")
_LIMIT = 1 << 63
_ULONG = 1 << 64
_UNSIGNED = {
    base: re.compile(rf"[ \t\n\v\f\r]*([+-]?)({digits})")
    for base, digits in (
        (10, r"[0-9]+"),
        (16, r"0[xX][0-9a-fA-F]+|[0-9a-fA-F]+"),
        (0, r"0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*"),
    )
}
# Longer digit strings than this are out of range whatever they say, and int() would be slow on them.
_MAX_DIGITS = 64


def c_long(text: str) -> int | None:
    """``strtol(text, &end, 0)`` over the whole text (``0x``, octal ``0``); None if it is not a number."""
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


def c_strtoul(text: str, base: int = 10, at: int = 0) -> tuple[int, int]:
    """``strtoul(text + at, &end, base)``: the number in 64 bits without a sign, and where it ends.

    Where there is none the end is ``at``.  ``base`` is 0, 10 or 16; NUL is no digit, as any other character.
    """
    match = _UNSIGNED[base].match(text, at)
    if not match:
        return 0, at
    sign, digits = match.group(1), match.group(2)
    prefix = digits[:2].lower() == "0x"
    if base == 0:
        base = 16 if prefix else 8 if digits[0] == "0" else 10
    digits = (digits[2:] if prefix else digits).lstrip("0") or "0"
    number = int(digits, base) if len(digits) <= _MAX_DIGITS else _ULONG
    if number >= _ULONG:
        return _ULONG - 1, match.end()
    return (-number % _ULONG if sign == "-" else number), match.end()


def is_out_of_range(text: str) -> bool:
    """Return whether the text is a number by its form, but no C long can hold it."""
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
    """Return a long stored in a C ``int``."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)
