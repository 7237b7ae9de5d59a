"""Regular expressions a user types, refused where they could take more than an instant.

``re`` tries every way to match, so that ``(a+)+b`` takes years on thirty letters of a guest's choosing.  The ways a
pattern offers on a name are counted from above, by its text alone.
"""

from __future__ import annotations

import re
import warnings

from xentui.patterns import late_pattern
from xentui.tui.domain_list.column_values import NAME_LIMIT

PATTERN_LIMIT = 200
_WAYS_LIMIT = 2 * NAME_LIMIT**3
_REPEAT = late_pattern(r"[*+?]|(?P<fixed>\{\d+\})|\{\d*,?\d*\}")
_NUMBER = late_pattern(r"\d+")
_REFERENCE = late_pattern(r"\\\d")
_PIECE = late_pattern(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|[()|]|(?:[*+?]|\{\d*,?\d*\})[?+]?|.", re.DOTALL)


class PatternError(ValueError):
    """Why a pattern is not searched for, in a few words."""


def compiled(pattern: str) -> re.Pattern[str]:
    """``pattern`` made ready, upper and lower case alike.

    Raises PatternError for one that is too long, not a regular expression, or could take long.
    """
    if len(pattern) > PATTERN_LIMIT:
        raise PatternError(f"longer than {PATTERN_LIMIT} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(str(error) or "not a regular expression") from None
    if _ways(pattern) > _WAYS_LIMIT:
        raise PatternError("it could take too long")
    return made


def _ways(pattern: str) -> int:
    """In how many ways a valid pattern can be tried on a name, at most; one more than the limit for too many."""
    total = 1
    groups = [_Group()]
    closed: _Group | None = None
    for match in _PIECE.finditer(pattern):
        piece = match[0]
        last, closed = closed, None
        # Looking around, references and flags inside of the pattern are not counted, hence not let through.
        refused = piece == "(" and pattern.startswith("(?", match.start())
        refused = refused or _REFERENCE.match(piece) is not None
        if piece in ("(", "(?:"):
            groups.append(_Group())
        elif piece == ")":
            refused = refused or len(groups) == 1
            closed = groups.pop()
            total *= closed.branches
            if groups:
                groups[-1].repeats |= closed.repeats or closed.branches > 1
        elif piece == "|":
            groups[-1].branches += 1
        elif repeat := _REPEAT.match(piece):
            nested = last is not None and piece[0] != "?" and (last.repeats or last.branches > 1)
            refused = refused or nested or any(int(number) > NAME_LIMIT for number in _NUMBER.findall(piece))
            total *= 2 if piece[0] == "?" else 1 if repeat["fixed"] else NAME_LIMIT
            groups[-1].repeats = True
        if refused or total > _WAYS_LIMIT:
            return _WAYS_LIMIT + 1
    return total * groups[0].branches


class _Group:
    """What stands in one pair of parentheses: how many alternatives, and whether anything is repeated in it."""

    def __init__(self) -> None:
        self.branches = 1
        self.repeats = False
