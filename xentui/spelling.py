"""What a misspelt word may have been meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], *, n: int = 1, likeness: float = 0.6) -> list[str]:
    """Return the ``n`` at most of the ``known`` words that are most like ``word``, the nearest first; 1.0 is the
    same.
    """
    from difflib import get_close_matches  # only on the way out

    return get_close_matches(word[:64], list(known), n=n, cutoff=likeness)
