"""argv lists, whatever engine they are for."""

from __future__ import annotations

from collections.abc import Sequence

Argv = list[str]


def masked_words(argv: Sequence[str]) -> Argv:
    """The words of a command, without the passwords in them."""
    from xentui.config.secrets import masked  # looking needs no configuration language

    return [masked(word) for word in argv]
