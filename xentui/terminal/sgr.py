"""Select Graphic Rendition: what ``CSI … m`` makes of a style (ECMA-48 8.3.117, ISO 8613-6, xterm)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from xentui.terminal.style import DEFAULT, Colour, Style

_LIMIT = 32
_ATTRIBUTES: dict[int, dict[str, Any]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    5: {"blink": True},
    6: {"blink": True},
    7: {"reverse": True},
    8: {"hidden": True},
    9: {"strike": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    25: {"blink": False},
    27: {"reverse": False},
    28: {"hidden": False},
    29: {"strike": False},
    39: {"fg": None},
    49: {"bg": None},
    53: {"overline": True},
    55: {"overline": False},
}
for _colour in range(8):
    _ATTRIBUTES[30 + _colour] = {"fg": _colour}
    _ATTRIBUTES[40 + _colour] = {"bg": _colour}
    _ATTRIBUTES[90 + _colour] = {"fg": 8 + _colour}
    _ATTRIBUTES[100 + _colour] = {"bg": 8 + _colour}

_EXTENDED = {38: "fg", 48: "bg", 58: ""}
"""Parameters that take a colour after them; 58, the colour of the underline, is read and not kept."""


def select(parameters: str, style: Style) -> Style:
    """``style`` changed by the parameters of a ``CSI … m`` as they came, colons and all."""
    changes: dict[str, Any] = {}
    remaining = iter(parameters.split(";", _LIMIT)[:_LIMIT])
    for parameter in remaining:
        head, colon, rest = parameter.partition(":")
        code = _number(head)
        if code == 0:
            style, changes = replace(DEFAULT, protected=style.protected), {}
        elif code in _EXTENDED:
            known, colour = _colour_of_parts(rest) if colon else _colour_that_follows(remaining)
            if known and _EXTENDED[code]:
                changes[_EXTENDED[code]] = colour
        elif code == 4 and colon:
            changes["underline"] = _number(rest.partition(":")[0]) != 0
        else:
            changes.update(_ATTRIBUTES.get(code, {}))
    return replace(style, **changes) if changes else style


def _number(digits: str) -> int:
    return min(int(digits), 9999) if digits.isdigit() else 0


def _colour_of_parts(rest: str) -> tuple[bool, Colour]:
    """Return a colour in ISO 8613-6's form: ``5:N``, ``2:R:G:B`` or ``2:SPACE:R:G:B[:…]``."""
    parts = [_number(part) for part in rest.split(":", 8)]
    if parts[0] == 5 and len(parts) > 1:
        return _indexed(parts[1])
    if parts[0] == 2 and len(parts) > 3:
        return _direct(parts[1:4] if len(parts) == 4 else parts[2:5])
    return False, None


def _colour_that_follows(remaining: Iterator[str]) -> tuple[bool, Colour]:
    """Return a colour in xterm's form, its parts in the parameters that follow: ``5;N`` or ``2;R;G;B``."""
    kind = _number(next(remaining, ""))
    if kind == 5:
        number = next(remaining, None)
        return (False, None) if number is None else _indexed(_number(number))
    if kind == 2:
        parts = [part for part in (next(remaining, None) for _ in range(3)) if part is not None]
        return _direct([_number(part) for part in parts]) if len(parts) == 3 else (False, None)
    return False, None


def _indexed(number: int) -> tuple[bool, Colour]:
    return number <= 255, number


def _direct(parts: list[int]) -> tuple[bool, Colour]:
    red, green, blue = (min(part, 255) for part in parts)
    return True, (red, green, blue)
