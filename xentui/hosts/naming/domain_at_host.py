"""A domain with its host behind it, as in ``web1@xen2``."""

from __future__ import annotations

from collections.abc import Callable

AT = "@"
"""Stands between a domain and its host.  A managed domain's name cannot have it (xm's rule, as ours)."""


def split(word: str, is_host: Callable[[str], bool]) -> tuple[str, str]:
    """Return a word as domain and host; the host is "" where none stands behind it.

    What stands behind the first ``@`` may be an address, which has one itself.
    """
    at = word.find(AT)
    while at > 0:
        if is_host(word[at + 1 :]):
            return word[:at], word[at + 1 :]
        at = word.find(AT, at + 1)
    return word, ""
