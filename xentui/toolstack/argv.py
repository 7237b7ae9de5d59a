"""argv lists, whatever engine they are for."""

from __future__ import annotations

from collections.abc import Sequence

Argv = list[str]

QUERY_TIMEOUT = 60.0
"""Seconds a reading command may take before the host counts as hanging."""


def masked_words(argv: Sequence[str]) -> Argv:
    """The words of a command, without the passwords in them."""
    from xentui.config.secrets import masked  # looking needs no configuration language

    return [masked(word) for word in argv]
