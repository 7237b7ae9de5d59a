"""Text for a terminal whose encoding lacks frames, arrows or dots: signs of the same width stand in for them."""

from __future__ import annotations

import codecs
import io
import unicodedata
from functools import lru_cache
from typing import Final, TextIO

from xentui.terminal.widths import width

_SIGNS: Final = {
    "–": "-",
    "—": "-",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "•": "*",
    "…": ".",
    "·": ".",
    "†": "!",
    "×": "x",
    "←": "<",
    "↑": "^",
    "→": ">",
    "↓": "v",
    "↕": "|",
    "↵": "<",
    "⏎": "<",
    "⌫": "<",
    "≥": ">",
    "≤": "<",
    "▲": "^",
    "△": "^",
    "▼": "v",
    "▽": "v",
    "▾": "v",
    "◀": "<",
    "◂": "<",
    "▶": ">",
    "▸": ">",
    "►": ">",
    "❯": ">",
    "›": ">",
    "»": ">",
    "‹": "<",
    "■": "#",
    "□": "o",
    "●": "*",
    "○": "o",
    "◆": "*",
    "◇": "o",
    "◉": "*",
    "✓": "v",
    "✔": "v",
    "✗": "x",
    "✘": "x",
    "☐": "o",
    "☑": "x",
    "\ufffd": "?",
    "▀": '"',
    "▄": "_",
    "▌": "|",
    "▐": "|",
    "░": ".",
    "▒": ":",
    "▓": "%",
}
_HORIZONTAL: Final = frozenset("─━┄┅┈┉╌╍═╴╶╸╺╼╾")
_VERTICAL: Final = frozenset("│┃┆┇┊┋╎╏║╵╷╹╻╽╿")
_HEIGHTS: Final = "._-=+*#"
"""Bars of a chart, ▁ to ▇, and █ as #."""
HANDLER: Final = "xentui.standins"
"""The name of :func:`stand_in` among Python's handlers of errors, once it is registered."""


class Encoder:
    """Encodes what is sent to a terminal, in the terminal's ``encoding``."""

    def __init__(self, encoding: str = "utf-8") -> None:
        try:
            self._encoding = codecs.lookup(encoding).name
        except LookupError:
            self._encoding = "ascii"

    def __call__(self, text: str) -> bytes:
        """Return the bytes of a text; what it cannot say takes as many columns as before."""
        if self._encoding == "utf-8":
            return text.encode("utf-8", "replace")
        try:
            return text.encode(self._encoding)
        except UnicodeEncodeError:
            return b"".join(_encoded(sign, self._encoding) for sign in text)


@lru_cache(maxsize=4096)
def _encoded(sign: str, encoding: str) -> bytes:
    try:
        return sign.encode(encoding)
    except UnicodeEncodeError:
        return standin(sign).encode("ascii")


def standin(sign: str) -> str:
    """ASCII of the same width in the place of a character."""
    columns = max(0, width(sign))
    if columns != 1:
        return "?" * columns
    if sign in _SIGNS:
        return _SIGNS[sign]
    if "\u2500" <= sign <= "\u257f":
        return "-" if sign in _HORIZONTAL else "|" if sign in _VERTICAL else "+"
    if "\u2581" <= sign <= "\u2588":
        return _HEIGHTS[min(ord(sign) - 0x2581, len(_HEIGHTS) - 1)]
    if "\u2800" <= sign <= "\u28ff":
        return ":" if sign != "\u2800" else " "
    # A letter without its marks.
    plain = unicodedata.normalize("NFKD", sign)[0]
    return plain if " " <= plain <= "~" else "?"


def stand_in(error: UnicodeError) -> tuple[str, int]:
    """Handle characters an encoding lacks, as an error handler of Python's; raises any other error again."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(standin(sign) for sign in error.object[error.start : error.end]), error.end


def readable(stream: TextIO) -> None:
    """Let a stream to people write stand-ins, where its encoding is not UTF-8."""
    if isinstance(stream, io.TextIOWrapper) and codecs.lookup(stream.encoding).name != "utf-8":
        codecs.register_error(HANDLER, stand_in)
        stream.reconfigure(errors=HANDLER)
