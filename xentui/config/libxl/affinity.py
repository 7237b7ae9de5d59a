"""CPU affinity: the ``cpus`` and ``cpus_soft`` of xl.cfg(5)."""

from __future__ import annotations

import re

from xentui.config.refusal import printable

_RANGE = re.compile(r"[ \t]*\+?([0-9]{1,18})(?:-[ \t]*\+?([0-9]{1,18}))?")


ANY_HOST = 4096
"""More CPUs than Xen supports: for when the host is not known."""
ANY_NODES = 1 << 32
"""More NUMA nodes than a host can have: for when it is not known."""


class AffinityError(ValueError):
    """A range xl refuses; the argument is xl's message."""


def parse_cpus(text: str, host_cpus: int) -> list[int]:
    """Return the physical CPUs of a list such as ``0-3,^1``, ``all`` or ``nodes:0``, in ascending order.

    CPUs a host of ``host_cpus`` has no room for are left out, as xl does (its map is whole bytes).  Node 0 is
    taken to have all CPUs; on :data:`ANY_HOST`, whose nodes are not known, every node is, and none is taken
    away.  Raises :class:`AffinityError`.
    """
    bits = (host_cpus + 7) // 8 * 8
    chosen: set[int] = set()
    for word in text.split(","):
        if word:
            _apply(word, chosen, bits, host_cpus)
    return sorted(chosen)


def _apply(word: str, chosen: set[int], bits: int, host_cpus: int) -> None:
    without = word.startswith("^")
    rest = word.removeprefix("^")
    nodes = rest.startswith(("node:", "nodes:"))
    if nodes:
        rest = rest.partition(":")[2]
    if rest == "all":
        if without:
            raise AffinityError('Can\'t combine "^" and "all".')
        chosen.update(range(bits))
        return
    match = _RANGE.fullmatch(rest)
    if not match:
        raise AffinityError(f"Invalid pcpu range: {printable(rest, 200)}.")
    first = int(match.group(1))
    last = int(match.group(2)) if match.group(2) else first
    if last < first:
        raise AffinityError(f"Invalid pcpu range: {printable(rest, 200)}.")
    cpus = range(min(first, bits), min(last + 1, bits))
    if nodes and host_cpus >= ANY_HOST:
        cpus = range(0 if without else host_cpus)
    elif nodes:
        cpus = range(host_cpus if first == 0 else 0)
    if without:
        chosen.difference_update(cpus)
    else:
        chosen.update(cpus)
