"""The numbers of a control sequence."""

from __future__ import annotations

Parameters = tuple[int, ...]
MOST = 32
LARGEST = 9999


def parsed(text: str) -> Parameters:
    """Return the parameters in ``text``, missing ones as 0; of one with parts the first part.

    At most 32 are kept, and none is above 9999.
    """
    if not text:
        return ()
    return tuple(_value(part) for part in text.split(";", MOST)[:MOST])


def _value(part: str) -> int:
    digits = part.partition(":")[0]
    return min(int(digits), LARGEST) if digits else 0


def first(parameters: Parameters) -> int:
    """Return the first parameter as a count or position: 1 if it is missing or 0."""
    return (parameters[0] or 1) if parameters else 1
