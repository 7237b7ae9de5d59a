"""How a cell looks, as the SGR sequences that Textual writes add up to it, and the shortest one between two looks."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

_OFF: Final = {
    "1": "22",
    "2": "22",
    "3": "23",
    "4": "24",
    "21": "24",
    "5": "25",
    "6": "25",
    "7": "27",
    "8": "28",
    "9": "29",
    "51": "54",
    "52": "54",
    "53": "55",
}
"""What switches an attribute on, and what switches it off again: all those Rich knows."""
_PARTS: Final = {"2": 3, "5": 1}
_FOREGROUNDS: Final = frozenset(map(str, (*range(30, 38), 39, *range(90, 98))))
_BACKGROUNDS: Final = frozenset(map(str, (*range(40, 48), 49, *range(100, 108))))
_SEEN_ON_BLANKS: Final = frozenset({"4", "21", "7", "9", "51", "52", "53"})
_CACHED: Final = 4096
LOOKS: Final = 8192
"""How many looks a table holds before it is :attr:`~Looks.full`."""


class Look(NamedTuple):
    """Attributes as the parameters that switch them on, colours as theirs; "" is the terminal's own colour."""

    flags: frozenset[str] = frozenset()
    foreground: str = ""
    background: str = ""

    @property
    def blank(self) -> Look:
        """What a blank of this look looks like: there, a colour of text is not seen."""
        if self.flags & _SEEN_ON_BLANKS:
            return self
        return PLAIN if not self.background else Look(background=self.background)

    @property
    def erasable(self) -> bool:
        """Whether a terminal that erases in colour leaves blanks of this look."""
        return not self.flags and not self.foreground


PLAIN: Final = Look()
PLAIN_INDEX: Final = "\0"


class Looks:
    """Looks by index; an index is one character, so that the looks of a row are a string.  It only ever grows."""

    def __init__(self) -> None:
        self._looks = [PLAIN]
        self._indexes = {PLAIN: PLAIN_INDEX}
        self._blanks: dict[str, str] = {}

    def __getitem__(self, index: str) -> Look:
        return self._looks[ord(index)]

    @property
    def full(self) -> bool:
        """Whether it is time to begin a new one."""
        return len(self._looks) >= LOOKS

    def index(self, look: Look) -> str:
        """Return the index of a look."""
        index = self._indexes.get(look)
        if index is None:
            index = self._indexes[look] = chr(len(self._looks))
            self._looks.append(look)
        return index

    def known(self, look: Look) -> str:
        """Return the index of a look that has one, else ""."""
        return self._indexes.get(look, "")

    def blank(self, index: str) -> str:
        """Return the index of the look of a blank."""
        blank = self._blanks.get(index)
        if blank is None:
            blank = self._blanks[index] = self.index(self[index].blank)
        return blank


@lru_cache(_CACHED)
def on_blanks(look: Look, blank: Look) -> Look:
    """Return the look nearest to ``look`` in which a blank can be written that is to look like ``blank``."""
    if blank.flags or look.flags & _SEEN_ON_BLANKS:
        return blank
    return look._replace(background=blank.background)


@lru_cache(_CACHED)
def after(look: Look, parameters: str) -> Look:
    """Return a look after an SGR sequence; what Textual does not write is not heeded."""
    flags, foreground, background = look
    numbers = iter((parameters or "0").split(";"))
    for number in numbers:
        if number in ("38", "48"):
            kind = next(numbers, "")
            colour = ";".join([number, kind, *islice(numbers, _PARTS.get(kind, 0))])
            foreground, background = (colour, background) if number == "38" else (foreground, colour)
        elif number in ("0", ""):
            flags, foreground, background = PLAIN
        elif number in _OFF:
            flags |= {number}
        elif number in _FOREGROUNDS:
            foreground = number if number != "39" else ""
        elif number in _BACKGROUNDS:
            background = number if number != "49" else ""
    return Look(flags, foreground, background)


@lru_cache(_CACHED)
def change(old: Look, new: Look) -> str:
    """Return the shortest sequence from one look to another."""
    if old == new:
        return ""
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
