"""Untrusted text made fit for a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xentui.patterns import late_pattern

# What a terminal obeys, what cannot be seen, and what turns round or joins what stands beside it: the controls (Cc),
# format characters (Cf), separators of lines and paragraphs (Zl, Zp), and whatever else Unicode lets a program leave
# out of sight (Default_Ignorable_Code_Point: variation selectors, fillers, tags).  Half surrogates, which stand for
# bytes that are no UTF-8, cannot be written either.
_UNSEEN = (
    "\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_CONTROL = late_pattern(f"[\x00-\x1f{_UNSEEN}]")
_UNFIT = late_pattern(f"[\x00-\x08\x0a-\x1f{_UNSEEN}]")
# In a name, moreover, blanks that are none, or that nobody sees; U+FFFD stands for bytes that could not be read.
_ODD = late_pattern(f"[\x00-\x1f{_UNSEEN}\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\ufffd]|^ +| +$")
_NAME_LIMIT = 512


def plain(text: str, limit: int = _NAME_LIMIT) -> str:
    r"""``text`` with what cannot be seen, or would steer a terminal, as ``\uXXXX``; at most ``limit`` characters.

    Titles and messages of guests and images go through here before they are shown.
    """
    if text.isascii() and text.isprintable():
        return text[:limit]
    return _CONTROL.sub(_escape, text[: limit + 1])[:limit]


def sign_for_sign(text: str) -> str:
    """``text`` with U+FFFD for each character that :func:`plain` escapes: as long as before, so that a cursor fits."""
    return text if text.isascii() and text.isprintable() else _CONTROL.sub("\ufffd", text)


def shown_name(name: str) -> str:
    """Return a domain's name as it is shown: as :func:`plain`, and blanks that are not seen as such are escaped too.

    A name that is shown otherwise than it is (:func:`is_odd`) must not be looked up by what is shown: it could be
    taken for that of another domain.
    """
    if name.isascii() and name.isprintable() and name == name.strip(" "):
        return name if len(name) <= _NAME_LIMIT else name[:_NAME_LIMIT] + "…"
    shown = _ODD.sub(_escape, name[: _NAME_LIMIT + 1])
    return shown if len(shown) <= _NAME_LIMIT and len(name) <= _NAME_LIMIT else shown[:_NAME_LIMIT] + "…"


def is_odd(name: str) -> bool:
    """Return whether a name is shown otherwise than it is."""
    return shown_name(name) != name


def plain_lines(text: str, limit: int = 200) -> list[str]:
    """Return the lines of a longer text, each made plain, tabs as blanks, at most ``limit`` of them (the last ones).

    Of a line that was written over itself (progress ending in a bare carriage return) the last state is kept.
    """
    pieces = text.replace("\r\n", "\n").replace("\t", " ").removesuffix("\n").split("\n")[-limit:]
    return [plain(line.rstrip("\r").rpartition("\r")[2], 2000) for line in pieces] if text else []


def lines(text: str) -> list[str]:
    """Return the lines of a text, cut at line feeds only (a carriage return before one is left out).

    ``str.splitlines`` cuts at NEL, LS, VT and others too: what a guest's name holds would be a line of its own.
    """
    pieces = text.replace("\r\n", "\n").split("\n")
    return pieces if pieces[-1] else pieces[:-1]


def printable(line: str) -> str:
    r"""A line of any length, fit to be written to a terminal: tabs stay, all other control characters are ``\uXXXX``.

    What cannot be seen is escaped too, and so are half surrogates, which cannot be written.
    """
    if line.isascii() and line.isprintable():
        return line
    return _UNFIT.sub(_escape, line)


def escaped(json_text: str) -> str:
    r"""JSON with what a terminal must not be given, and :func:`printable` would escape, as ``\uXXXX``.

    Line feeds stay: those inside of strings are escaped in any JSON.
    """
    return _UNFIT.sub(lambda match: match[0] if match[0] == "\n" else _json_escape(match[0]), json_text)


def _escape(match: re.Match[str]) -> str:
    return "".join(
        f"\\u{ord(character):04x}" if character <= "\uffff" else f"\\U{ord(character):08x}"
        for character in match[0]
    )


def _json_escape(character: str) -> str:
    """Return a character as JSON spells it: beyond U+FFFF as two halves."""
    data = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[at] << 8 | data[at + 1]:04x}" for at in range(0, len(data), 2))


def largest_unit(seconds: int) -> str:
    """So many seconds in their largest unit: ``12 min``, ``3 h``, ``2 days``."""
    if seconds >= 86400:
        days = seconds // 86400
        return f"{days} day{'s' if days > 1 else ''}"
    if seconds >= 3600:
        return f"{seconds // 3600} h"
    return f"{seconds // 60} min" if seconds >= 60 else f"{max(0, seconds)} s"


def first_few(names: Sequence[str], most: int) -> str:
    """Return the first ``most`` of some names in a list, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
