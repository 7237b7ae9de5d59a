"""argv lists, whatever engine they are for."""

from __future__ import annotations

from collections.abc import Sequence

from xentui import config as language

Argv = list[str]

QUERY_TIMEOUT = 60.0
"""Seconds a reading command may take before the host counts as hanging."""


def masked_words(argv: Sequence[str]) -> Argv:
    """Return the words of a command, without the passwords in them."""
    return [language.masked(word) for word in argv]
