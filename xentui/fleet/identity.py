"""Which of several hosts are one under two names, by what their kernels and stores say of themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from xentui.hosts.base import Host


class Booted(Protocol):
    """What was seen of a host that says since when its kernel runs: ``boot`` is "" where that is not known."""

    @property
    def boot(self) -> str: ...


def names_of_one(looks: Iterable[tuple[Host, Booted]]) -> dict[str, str]:
    """Return the hosts that were looked at under another name before, by their names: that name.

    One kernel has booted once, whatever address it is reached by; simulated hosts share that of this machine and have
    stores of their own.
    """
    first: dict[tuple[str, str], str] = {}
    again: dict[str, str] = {}
    for host, seen in looks:
        if seen.boot:
            name = first.setdefault((seen.boot, host.store_root), host.name)
            if name != host.name:
                again[host.name] = name
    return again
