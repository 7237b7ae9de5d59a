"""Who is told how far long work is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told of a percentage as long work goes on, and in words of what is behind it."""

    def __call__(self, percent: int, words: str = "") -> None:
        """Tell."""
