"""Strings and numbers as Python 2 reads them (language reference 2.4)."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:(\n)|([\\'\"abfnrtv])|([0-7]{1,3})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_UNICODE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")
_SIMPLE = {
    "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip
_PREFIX = re.compile(r"[a-zA-Z]*")
_MAX_DIGITS = 20


class LiteralError(ValueError):
    """A string or number that has no value; the argument says why."""


def text(raw: str) -> str:
    """Return the text of one string literal, prefix and quotes included; raises LiteralError."""
    match = _PREFIX.match(raw)
    prefix = match.group().lower() if match else ""
    quotes = 3 if raw[len(prefix) :][:3] in ("'''", '"""') else 1
    body = raw[len(prefix) + quotes : len(raw) - quotes]
    if "r" in prefix or "\\" not in body:
        return body
    if "u" in prefix:
        body = _UNICODE.sub(_code_point, body)
    pieces: list[bytes] = []
    position = 0
    for escape in _ESCAPE.finditer(body):
        pieces.append(body[position : escape.start()].encode("utf-8", "surrogatepass"))
        position = escape.end()
        pieces.append(_escaped(escape))
    pieces.append(body[position:].encode("utf-8", "surrogatepass"))
    try:
        found = b"".join(pieces).decode("utf-8")
    except UnicodeDecodeError:
        raise LiteralError("the string holds bytes that are not UTF-8") from None
    if "\0" in found:
        raise LiteralError("the string holds a NUL byte")
    return found


def _escaped(match: re.Match[str]) -> bytes:
    line_end, simple, octal, hexadecimal, other = match.groups()
    if line_end:
        return b""
    if simple:
        return _SIMPLE[simple].encode()
    if octal:
        return bytes((int(octal, 8) & 0xFF,))
    if hexadecimal:
        return bytes((int(hexadecimal, 16),))
    if other == "x":
        raise LiteralError("the string has \\x without two hexadecimal digits")
    return match.group().encode("utf-8", "surrogatepass")


def _code_point(match: re.Match[str]) -> str:
    code = int(match.group(1) or match.group(2), 16)
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        raise LiteralError("the string names a character that does not exist")
    return "\\\\" if code == ord("\\") else chr(code)


def number(raw: str) -> int | float:
    """Return the value of one number, ``0777`` and ``12L`` included; raises LiteralError for what is none."""
    digits = raw.rstrip("lL")
    if len(digits) > _MAX_DIGITS:
        raise LiteralError("the number is too long")
    try:
        if digits[:2] in ("0x", "0X"):
            return int(digits, 16)
        if digits.isdigit():
            return int(digits, 8) if digits[0] == "0" and len(digits) > 1 else int(digits)
        return float(digits)
    except ValueError:
        raise LiteralError(f"{raw} is not a number") from None
