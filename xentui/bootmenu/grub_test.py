"""GRUB's command ``test`` and ``[ … ]`` (grub-core/commands/test.c)."""

from __future__ import annotations

import re

from xentui.bootmenu.limits import DEPTH, BootMenuError
from xentui.domuloader.tuples import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    FileIs = Callable[[str, str], bool]

"""Whether a file is there: its kind (``d``, ``e``, ``f``, ``s``) and path."""
_NUMBER = re.compile(r"\s*([+-]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]+)|([0-9]+))")
_STRINGS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda one, other: one == other,
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda one, other: one == other,
    "-ge": lambda one, other: one >= other,
    "-gt": lambda one, other: one > other,
    "-le": lambda one, other: one <= other,
    "-lt": lambda one, other: one < other,
    "-ne": lambda one, other: one != other,
}
_PREFIXED: dict[str, Callable[[int, int], bool]] = {
    "-pgt": lambda one, other: one > other,
    "-plt": lambda one, other: one < other,
}
_LETTERS = re.compile(r"[A-Za-z]*")


def holds(words: Sequence[str], file_is: FileIs) -> bool:
    """Return whether the words hold; an empty list does not."""
    return _Test(words, file_is).all()


def number(text: str) -> int | None:
    """Return the number a text begins with, None for none (``grub_strtol``).

    It is hexadecimal after ``0x``, and octal after a 0 that another octal digit follows.
    """
    match = _NUMBER.match(text)
    if match is None:
        return None
    sign, hexadecimal, octal, decimal = match.groups()
    found = int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else int(decimal)
    return -found if sign == "-" else found


class _Test:
    """``-o`` between groups that ``-a`` joins, from left to right."""

    def __init__(self, words: Sequence[str], file_is: FileIs) -> None:
        self._words = list(words)
        self._at = 0
        self._file_is = file_is
        self._depth = 0

    def all(self) -> bool:
        """Return what is left, up to a closing parenthesis or the end."""
        found, group, seen = False, True, False
        negate = False
        while self._at < len(self._words):
            word = self._words[self._at]
            if word == ")":
                self._at += 1
                break
            if word == "-o":
                found, group, seen, negate = found or (group and seen), True, False, False
                self._at += 1
            elif word == "-a":
                negate = False
                self._at += 1
            elif word == "!":
                negate = not negate
                self._at += 1
            else:
                one = self._one() != negate
                group = group and one
                seen, negate = True, False
        return found or (group and seen)

    def _one(self) -> bool:  # noqa: PLR0911 - a table of cases
        left = self._words[self._at :]
        if left[0] == "(":
            self._at += 1
            self._depth += 1
            if self._depth > DEPTH:
                raise BootMenuError(f"a test has more than {DEPTH} parentheses within each other")
            inner = self.all()
            self._depth -= 1
            return inner
        if len(left) >= 3:
            one, operator, other = left[:3]
            if operator in _STRINGS:
                self._at += 3
                return _STRINGS[operator](one, other)
            if operator in _NUMBERS:
                self._at += 3
                return _NUMBERS[operator](number(one) or 0, number(other) or 0)
            if operator in _PREFIXED:
                self._at += 3
                return _PREFIXED[operator](_behind(one), _behind(other))
            if operator in ("-nt", "-ot"):
                self._at += 3
                return False  # the times of files are not looked at
        if len(left) >= 2 and left[0] in ("-d", "-e", "-f", "-s"):
            self._at += 2
            return self._file_is(left[0][1], left[1])
        if len(left) >= 2 and left[0] in ("-n", "-z"):
            self._at += 2
            return bool(left[1]) == (left[0] == "-n")
        self._at += 1
        return bool(left[0])


def _behind(text: str) -> int:
    match = _LETTERS.match(text)
    return number(text[match.end() :] if match else text) or 0
