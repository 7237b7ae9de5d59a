"""A frame on its way to the terminal, without what would change nothing there: over SSH each byte is waited for.

Textual writes the whole style before each piece of text and takes it back after; between two pieces mostly a
colour changes, or nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(r"\x1b\[([0-9;]*)m|(\x1b\[\d+;\d+H)|(\r\n?|\n)|\x1b[^\x1b\r\n]*|[^\x1b\r\n]+")
_OFF: Final = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "8": "28", "9": "29"}
_PARTS: Final = {"2": 3, "5": 1}
_FOREGROUNDS: Final = frozenset(map(str, (*range(30, 38), 39, *range(90, 98))))
_BACKGROUNDS: Final = frozenset(map(str, (*range(40, 48), 49, *range(100, 108))))
_SEEN_ON_BLANKS: Final = frozenset({"4", "7", "9"})
_CACHED: Final = 4096


class _Style(NamedTuple):
    """What SGR parameters add up to; colours as their parameters, "" for the terminal's own."""

    flags: frozenset[str] = frozenset()
    foreground: str = ""
    background: str = ""


_PLAIN: Final = _Style()


def squeeze(frame: str) -> str:
    """What looks the same on a terminal as ``frame``, in fewer characters.

    It begins from and ends in the terminal's own colours, and no line break scrolls, as in every frame of Textual.
    Sequences that are neither style nor position pass as they are, and so does a frame with a style unknown here.
    """
    made: list[str] = []
    now = wanted = _PLAIN
    moves: list[str] = []
    for token in _TOKEN.finditer(frame):
        parameters, position, newline = token.groups()
        if parameters is not None:
            after = _after(wanted, parameters)
            if after is None:
                return frame
            wanted = after
        elif position is not None:
            moves = [position]  # whatever was moved before comes to nothing
        elif newline is not None:
            moves.append(newline)
        else:
            made += moves
            moves = []
            text = token[0]
            style = wanted
            if not text.strip(" ") and not (now.flags | wanted.flags) & _SEEN_ON_BLANKS:
                style = now._replace(background=wanted.background)
            if style != now:
                made.append(_change(now, style))
                now = style
            made.append(text)
    if now != _PLAIN:
        made.append("\x1b[0m")
    return "".join(made + moves)


@lru_cache(_CACHED)
def _after(style: _Style, parameters: str) -> _Style | None:
    """A style after an SGR sequence, if it is one that Textual writes."""
    flags, foreground, background = style
    numbers = iter((parameters or "0").split(";"))
    for number in numbers:
        if number in ("38", "48"):
            kind = next(numbers, "")
            colour = ";".join([number, kind, *islice(numbers, _PARTS.get(kind, 0))])
            foreground, background = (colour, background) if number == "38" else (foreground, colour)
        elif number == "0":
            flags, foreground, background = _PLAIN
        elif number in _OFF:
            flags |= {number}
        elif number in _FOREGROUNDS:
            foreground = number if number != "39" else ""
        elif number in _BACKGROUNDS:
            background = number if number != "49" else ""
        else:
            return None
    return _Style(flags, foreground, background)


@lru_cache(_CACHED)
def _change(old: _Style, new: _Style) -> str:
    """The shortest sequence from one style to another."""
    anew = ["0", *_ons(new.flags), *filter(None, (new.foreground, new.background))]
    gone = old.flags - new.flags
    kept = old.flags
    steps: list[str] = []
    for off in dict.fromkeys(_OFF[flag] for flag in sorted(gone)):
        steps.append(off)
        kept = frozenset(flag for flag in kept if _OFF[flag] != off)
    steps += _ons(new.flags - kept)
    if old.foreground != new.foreground:
        steps.append(new.foreground or "39")
    if old.background != new.background:
        steps.append(new.background or "49")
    parameters = min(";".join(anew), ";".join(steps), key=len)
    return "\x1b[m" if parameters == "0" else f"\x1b[{parameters}m"


def _ons(flags: frozenset[str]) -> list[str]:
    return sorted(flags, key=int)
