"""Stopped domains that xl keeps beside the ones it has started in their place (``on_crash = "rename-restart"``).

libxl gives such a copy another name, the old one with the time behind it, and another uuid in xenstore only: to the
hypervisor, and so to ``xl list -v``, it bears the uuid of the domain it was, as its successor does (libxl_domain.c,
libxl_domain_preserve; xl_vmcontrol.c, handle_domain_death; seen with 4.17).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from xentui.frozen import dataclass
from xentui.model.listed import ListedDomain
from xentui.model.state import DomainState
from xentui.patterns import late_pattern

# The minute of its end, in UTC (xl_vmcontrol.c, preserve_domain).
_KEPT = late_pattern(r"(?P<name>.+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z", re.DOTALL)
_STOPPED = {
    DomainState.CRASHED: "a crashed copy of {name}, kept since {since}",
    DomainState.SHUTDOWN: "a stopped copy of {name}, kept since {since}",
    DomainState.DYING: "a copy of {name} on its way out",
}


@dataclass(frozen=True, slots=True)
class CopyNote:
    """What a copy is of, and that in a sentence."""

    name: str
    sentence: str


def copy_note(row: ListedDomain, stored_name: str) -> CopyNote | None:
    """Return what a row of the list is a copy of; None where it is a domain of its own.

    ``stored_name`` is that of the managed domain with its uuid, "" where there is none: a domain that is stored under
    a name is no copy, whatever that looks like.
    """
    sentence = _STOPPED.get(row.state)
    if sentence is None or row.name == stored_name:
        return None
    match = _KEPT.fullmatch(row.name)
    if match is None:
        return None
    year, month, day, hour, minute = match.groups()[1:]
    since = f"{year}-{month}-{day} {hour}:{minute} UTC"
    return CopyNote(match["name"], sentence.format(name=match["name"], since=since))


def holders(rows: Sequence[ListedDomain], stored_name: Callable[[str], str]) -> dict[str, int]:
    """Of the rows with one uuid, the domid of the one that is that domain; of copies alone none is.

    ``stored_name`` tells the name that a uuid is stored under.  First comes one that is not on its way out, then the
    one of the stored name, one that runs, the youngest.
    """
    found = {row.uuid: row.domid for row in rows}
    if len(found) == len(rows):
        # Nearly always: no two share one.
        for row in rows:
            if row.state in _STOPPED and copy_note(row, stored_name(row.uuid)) is not None:
                del found[row.uuid]
        return found
    best: dict[str, tuple[tuple[bool, bool, bool, int], int]] = {}
    for row in rows:
        stored = stored_name(row.uuid)
        if copy_note(row, stored) is not None:
            continue
        dying = row.state is DomainState.DYING
        claim = (not dying, bool(stored) and row.name == stored, row.state.alive, row.domid)
        if row.uuid not in best or claim > best[row.uuid][0]:
            best[row.uuid] = claim, row.domid
    return {uuid: domid for uuid, (_, domid) in best.items()}


def count(rows: Iterable[ListedDomain], stored_name: Callable[[str], str]) -> Counter[str]:
    """Return how many of the rows are copies of a domain, by its uuid."""
    return Counter(
        row.uuid
        for row in rows
        if row.state in _STOPPED and copy_note(row, stored_name(row.uuid)) is not None
    )
