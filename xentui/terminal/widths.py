"""How many columns a character takes, and which characters a cell never holds.

The widths are those of Unicode's East Asian Width (UAX #11) with nonspacing marks at nought, as ``wcwidth``
has them.  Characters that would make the user's own terminal lay a line out otherwise than here (direction
overrides, joiners, variation selectors) are dropped.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from xentui.patterns import late_pattern

DROPPED = -1
SOFT_HYPHEN = "\u00ad"

NARROW = late_pattern(
    "[\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0559\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"
    "\u2190-\u2319\u23ba-\u23bd\u2400-\u24ff\u2500-\u25fc\u2713\u2717\ue0a0-\ue0b3\ufffd]+"
)
"""Runs of characters one column wide each, without a look at the tables: Latin, Greek, Cyrillic, line drawing."""

WIDE = late_pattern(
    "[\u2e80-\u2e99\u2e9b-\u2ef3\u2f00-\u2fd5\u3001-\u3029\u3030-\u303e\u3041-\u3096\u309b-\u30ff\u3105-\u312f"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7a3\uf900-\ufa6d\uff01-\uff60]+"
)
"""Runs of characters two columns wide each: kana, Han, Hangul, full-width Latin."""

_VARIATION_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x1810))
_HANGUL_JOINING = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


@lru_cache(maxsize=4096)
def width(character: str) -> int:
    """Return columns one character takes: 2, 1, 0 (a mark on the cell before it) or ``DROPPED``."""
    if character.isascii():
        return 1 if " " <= character <= "~" else DROPPED
    if character == SOFT_HYPHEN:
        return 1
    code = ord(character)
    category = unicodedata.category(character)
    if category in _NOT_SHOWN or any(code in block for block in _VARIATION_SELECTORS):
        return DROPPED
    if category in ("Mn", "Me") or any(code in block for block in _HANGUL_JOINING):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
