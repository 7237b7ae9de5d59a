"""From which size of the terminal what is shown where."""

from __future__ import annotations

WIDE = 120
"""Columns from which list and console stand side by side."""
BROAD = 160
"""Columns from which the details stand beside the list."""
TALL = 36
"""Lines from which the details have more of them, however many domains there are."""
DETAILS, DETAILS_TALL = 8, 14
"""Lines the details have at least, below the list."""


def details_below(columns: int, lines: int, *, console: bool) -> int:
    """Return the lines of the details below the list on a terminal of that size, 0 where they stand beside it.

    A ``console`` beside the list takes the place of the details.
    """
    if columns >= BROAD and not console:
        return 0
    return DETAILS_TALL if lines >= TALL else DETAILS
