"""Quoted strings of the configuration language: reading and writing them.

The escapes are those xl 4.17 takes (libxlutil's dequoting, verified with ``xl create -n``): ``\\" \\' \\\\
\\a \\b \\f \\n \\r \\t \\v``.  xl refuses every ``\\xHH``, and reads an octal escape as nothing at all;
both are kept as they are, so that a text means here what it means to xl.
"""

from __future__ import annotations

import re

from xentui.errors import ConfigError

_ESCAPE = re.compile(r"\\(?:([\"'\\abfnrtv])|([0-7])|(.))", re.DOTALL)
_SIMPLE = {
    '"': '"',
    "'": "'",
    "\\": "\\",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_OCTAL_TAIL = re.compile(r"[ \t\v\f\r]*[+-]?[0-9]*")
_MUST_ESCAPE = re.compile(r"[\\\a\b\f\n\r\t\v]")
_WRITTEN = {
    "\\": "\\\\",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}
_UNWRITABLE = re.compile(r"[\x00\ud800-\udfff]")


class EscapeError(ValueError):
    """An escape xl refuses; the argument is xl's message."""


def unquote(raw: str) -> str:
    """Return the text that a quoted string stands for; ``raw`` has its two quotes.  Raises :class:`EscapeError`."""
    body = raw[1:-1]
    if "\\" not in body:
        return body
    pieces = []
    position = 0
    while match := _ESCAPE.search(body, position):
        pieces.append(body[position : match.start()])
        simple, octal, _other = match.groups()
        position = match.end()
        if simple:
            pieces.append(_SIMPLE[simple])
        elif octal:
            position = _skip_octal(body, position)
        elif match.group().startswith("\\x"):
            raise EscapeError("invalid digit after backslash hexnumerical character escape in quoted string")
        else:
            raise EscapeError("invalid character after backlash in quoted string")
    pieces.append(body[position:])
    return "".join(pieces)


def _skip_octal(body: str, position: int) -> int:
    """Return where xl goes on after an octal escape: it reads up to three more characters and drops the value."""
    window = body[position : position + 3]
    match = _OCTAL_TAIL.match(window)
    taken = match.group() if match else ""
    if not taken or not taken[-1].isdigit() or len(taken) < 2:
        raise EscapeError("invalid digit after backslash octalnumerical character escape in quoted string")
    return position + len(taken)


def quote(text: str, prefer: str = '"') -> str:
    """Write ``text`` as a quoted string; ``prefer`` is the quote to use unless the other saves escapes.

    Raises ConfigError for what no configuration file can hold: a NUL or a lone surrogate.
    """
    if _UNWRITABLE.search(text):
        raise ConfigError(
            "a value holds a character that a configuration file cannot hold",
            hint="Remove NUL bytes and undecodable characters from the value.",
        )
    mark = prefer
    if mark in text:
        other = "'" if mark == '"' else '"'
        if other not in text:
            mark = other
    written = _MUST_ESCAPE.sub(lambda match: _WRITTEN[match.group()], text)
    return f"{mark}{written.replace(mark, chr(92) + mark)}{mark}"
