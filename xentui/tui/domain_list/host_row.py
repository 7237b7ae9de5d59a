"""The line that stands above the domains of a host, where the list has several hosts."""

from __future__ import annotations

from typing import NamedTuple

from xentui.tui.domain_list.row import DomainRow

UNFOLDED, FOLDED = "▾", "▸"


class HostRow(NamedTuple):
    """A host of the list, in the order of the list.

    ``host`` is what its domains' rows call it; ``words`` are what there is to say of it, the most telling first;
    ``stale`` that its domains are not the present, for which the first of the words is the reason.
    """

    host: str
    words: tuple[str, ...] = ()
    stale: bool = False

    @property
    def key(self) -> str:
        """What no row of a domain has for a key: those of several hosts hold a slash."""
        return self.host


ListRow = DomainRow | HostRow
"""A line of the list."""
