"""Regular expressions as they are written: ``re``'s language without what cannot be matched in linear time."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from xentui.frozen import dataclass

LENGTH: Final = 500
"""Characters of a pattern at most."""
REPEATS: Final = 200
_DEPTH: Final = 20
_LAST: Final = "\U0010ffff"


class OutputPatternError(ValueError):
    """Why a pattern is not matched, in a few words; where in it, counted from 1."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(f"{message} (character {column})" if column else message)


class Place(Enum):
    """Where in a text something must stand."""

    BEGIN = "^"
    END = "$"
    EDGE = "\\b"
    INSIDE = "\\B"


@dataclass(frozen=True, slots=True)
class Set:
    """One character of a set: of ``ranges`` or of the ``kinds``, or of none of them where ``negated``."""

    ranges: tuple[tuple[str, str], ...] = ()
    kinds: tuple[str, ...] = ()
    negated: bool = False
    ignore_case: bool = False

    @property
    def exactly(self) -> str:
        """The one character it is; "" where it may be another."""
        single = len(self.ranges) == 1 and self.ranges[0][0] == self.ranges[0][1]
        return self.ranges[0][0] if single and not (self.kinds or self.negated or self.ignore_case) else ""

    def holds(self, character: str) -> bool:
        """Return whether a character is one of them."""
        forms = {character}
        if self.ignore_case:
            forms |= {character.lower(), character.upper()}
        found = any(low <= form <= high for form in forms for low, high in self.ranges) or any(
            _KINDS[kind](character) for kind in self.kinds
        )
        return found is not self.negated


@dataclass(frozen=True, slots=True)
class Series:
    """One after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same ``least`` times and up to ``most``, None for any number."""

    part: Node
    least: int
    most: int | None


Node = Set | Place | Series | Either | Repeat


def is_word(character: str) -> bool:
    r"""Return whether ``\w`` is it."""
    return character.isalnum() or character == "_"


_KINDS: Final[dict[str, Callable[[str], bool]]] = {
    "d": str.isdecimal,
    "s": str.isspace,
    "w": is_word,
    "D": lambda character: not character.isdecimal(),
    "S": lambda character: not character.isspace(),
    "W": lambda character: not is_word(character),
}
_CONTROLS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "0": "\0"}
_HEX: Final = {"x": 2, "u": 4, "U": 8}
_PLACES: Final = {"b": Place.EDGE, "B": Place.INSIDE, "A": Place.BEGIN, "Z": Place.END}


def parsed(pattern: str) -> Node:
    """Read a pattern.

    Raises OutputPatternError for what is not a regular expression, and for what ``re`` knows besides: references back,
    looking around, flags inside (``(?i)`` may stand at the beginning).
    """
    if len(pattern) > LENGTH:
        raise OutputPatternError(f"longer than {LENGTH} characters")
    return _Parser(pattern).whole()


class _Parser:
    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._depth = 0
        self._ignore_case = pattern.startswith("(?i)")
        if self._ignore_case:
            self._at = 4

    def whole(self) -> Node:
        found = self._choice()
        if self._at < len(self._text):
            raise self._error("unbalanced )")
        return found

    def _error(self, message: str) -> OutputPatternError:
        return OutputPatternError(message, self._at + 1)

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, what: str) -> bool:
        taken = self._text.startswith(what, self._at)
        self._at += len(what) if taken else 0
        return taken

    def _choice(self) -> Node:
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._repeated(self._one()))
        return Series(tuple(parts))

    def _repeated(self, part: Node) -> Node:
        times = self._times()
        if times is None:
            return part
        if isinstance(part, Place):
            raise self._error("nothing to repeat")
        if self._next() in ("?", "+"):
            # Lazy or possessive: where a match begins and what it takes along is not asked here.
            if self._next() == "+":
                raise self._error("possessive repeats are not known here")
            self._at += 1
        if self._next() in ("*", "+", "?"):
            raise self._error("multiple repeat")
        least, most = times
        if max(least, most or 0) > REPEATS:
            raise self._error(f"more than {REPEATS} repeats")
        if most is not None and most < least:
            raise self._error("fewer repeats at most than at least")
        return Repeat(part, least, most)

    def _times(self) -> tuple[int, int | None] | None:
        for mark, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(mark):
                return times
        if self._next() != "{":
            return None
        inside, closing, _ = self._text[self._at + 1 :].partition("}")
        least, comma, most = inside.partition(",")
        numbers = all(not part or (part.isascii() and part.isdecimal()) for part in (least, most))
        if not closing or not numbers or not (least or most) or len(inside) > 10:
            return None  # as to `re`, a brace like any other character
        self._at += len(inside) + 2
        return int(least or 0), (int(most) if most else None) if comma else int(least)

    def _one(self) -> Node:
        character = self._next()
        if character in ("*", "+", "?"):
            raise self._error("nothing to repeat")
        self._at += 1
        special: dict[str, Callable[[], Node]] = {
            "(": self._group,
            "[": self._set,
            ".": lambda: Set((("\n", "\n"),), negated=True),
            "^": lambda: Place.BEGIN,
            "$": lambda: Place.END,
            "\\": self._escape,
        }
        return special[character]() if character in special else self._exactly(character)

    def _exactly(self, character: str) -> Set:
        return Set(((character, character),), ignore_case=self._ignore_case)

    def _group(self) -> Node:
        if self._next() == "?" and not self._take("?:"):
            raise self._error("only (…) and (?:…) are known here, and (?i) at the beginning")
        self._depth += 1
        if self._depth > _DEPTH:
            raise self._error("nested too deeply")
        found = self._choice()
        if not self._take(")"):
            raise self._error("missing )")
        self._depth -= 1
        return found

    def _escape(self) -> Node:
        letter = self._next()
        if letter in _PLACES:
            self._at += 1
            return _PLACES[letter]
        if letter in _KINDS:
            self._at += 1
            return Set(kinds=(letter,))
        return self._exactly(self._escaped())

    def _escaped(self) -> str:
        """Return the character a backslash and what follows it stand for."""
        letter = self._next()
        if not letter:
            raise self._error("a backslash at the end")
        if letter in _HEX:
            digits = self._text[self._at + 1 : self._at + 1 + _HEX[letter]]
            if len(digits) < _HEX[letter] or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
                raise self._error(f"\\{letter} needs {_HEX[letter]} hexadecimal digits")
            if int(digits, 16) > ord(_LAST):
                raise self._error("no such character")
            self._at += 1 + len(digits)
            return chr(int(digits, 16))
        if letter in _CONTROLS:
            self._at += 1
            return _CONTROLS[letter]
        if letter.isascii() and letter.isalnum():
            raise self._error(f"\\{letter} is not known here")
        self._at += 1
        return letter

    def _set(self) -> Set:
        negated = self._take("^")
        ranges: list[tuple[str, str]] = []
        kinds: list[str] = []
        first = True
        while first or self._next() != "]":
            first = False
            low = self._member(kinds)
            if low is None:
                continue
            if self._next() == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                high = self._member([])
                if high is None or high < low:
                    raise self._error("bad range")
                ranges.append((low, high))
            else:
                ranges.append((low, low))
        self._at += 1
        return Set(tuple(ranges), tuple(kinds), negated, self._ignore_case)

    def _member(self, kinds: list[str]) -> str | None:
        """Return a character of a set, None where it was a kind of them."""
        character = self._next()
        if not character:
            raise self._error("missing ]")
        self._at += 1
        if character != "\\":
            return character
        if self._next() in _KINDS:
            kinds.append(self._next())
            self._at += 1
            return None
        if self._take("b"):
            return "\b"
        return self._escaped()
