"""What ``xl`` prints, read (xl_info.c; checked against xl 4.17)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from sys import intern

from xentui.model.domain import HostInfo
from xentui.model.listed import ListedDomain
from xentui.model.state import DomainState
from xentui.patterns import late_pattern
from xentui.text import lines, plain, shown_name
from xentui.toolstack.xl.states import from_xl_letters

# The name is neither cut nor quoted, so the row is read from the right.  The possessive repeats (`++`) keep a line
# of nothing but blanks from being tried in every way there is.
_ROW = late_pattern(
    r"^(?P<name>.*?) ++(?P<domid>[0-9]{1,9}+) ++(?P<mem>[0-9]{1,15}+) ++(?P<vcpus>[0-9]{1,9}+) ++"
    r"(?P<state>[-rbpscdwS?]{6}) ++(?P<time>[0-9]{1,15}+\.[0-9])"
    r"(?: (?P<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) ++\S++(?: ++\S++)?)?\s*$"
)
_LINE_LIMIT = 4096
_KEPT_LINE = 512
"""Characters of a line that is compared with those of the next list; a longer one is read anew."""
_LINES_OF_A_NAME = 8


def domain_list(text: str, known: dict[str, ListedDomain] | None = None) -> tuple[ListedDomain, ...]:
    """Read ``xl list`` or ``xl list -v``; a row that is ``known`` by its line is the same object.

    ``known`` has the rows of this list afterwards, and no others.
    Rows end at line feeds only; a line that is none belongs to the name of the next row, which holds a line feed
    then.  A name ``(null)`` (xl_info.c prints what libxl cannot name) is a domain on its way out: dying; or one that is
    being made, which has no CPU yet.
    """
    rows = []
    begun: list[str] = []
    before, read = known or {}, dict[str, ListedDomain]()
    for line in text.removesuffix("\n").split("\n")[1:]:
        if not begun and (row := before.get(line)) is not None:
            read[line] = row
        elif match := _ROW.match(line[:_LINE_LIMIT]):
            row = _row(match, begun)
            if not begun and len(line) <= _KEPT_LINE:
                read[line] = row
            begun = []
        else:
            begun = [*begun[-_LINES_OF_A_NAME:], line[:_LINE_LIMIT]]
            continue
        rows.append(row)
    if known is not None:
        known.clear()
        known.update(read)
    domids = [row.domid for row in rows]
    if len(set(domids)) == len(domids):
        return tuple(rows)
    count = Counter(domids)
    # No two domains have one domid: one of these rows is part of a name.
    return tuple(replace(row, odd=True) if count[row.domid] > 1 else row for row in rows)


def _row(match: re.Match[str], begun: list[str]) -> ListedDomain:
    """Return a row; ``begun`` are the lines before it that belong to its name."""
    last, domid, memory, vcpus, letters, seconds, uuid = match.groups()
    name = "\n".join([*begun, last])
    nameless = name == "(null)"
    # The letters of both may be the same: it is paused to be destroyed, too.
    gone = nameless and not (letters == "--p---" and vcpus == "0")
    shown = shown_name(name)
    return ListedDomain(
        "" if nameless else intern(shown),
        int(domid),
        int(memory),
        int(vcpus),
        DomainState.DYING if gone else from_xl_letters(letters),
        float(seconds),
        intern(uuid or ""),
        odd=shown != name,
        asleep=letters[3:5] == "ss",
    )


def host_info(text: str) -> HostInfo:
    """Read ``xl info``."""
    values = {}
    for line in lines(text):
        key, colon, value = line.partition(":")
        if colon:
            values[key.strip()] = plain(value.strip())
    return HostInfo(
        hostname=values.get("host", ""),
        xen_version=values.get("xen_version", ""),
        total_memory_mib=_number(values.get("total_memory")),
        free_memory_mib=_number(values.get("free_memory")),
        cpus=_number(values.get("nr_cpus")),
        capabilities=tuple(values.get("virt_caps", "").split()),
    )


# The row is read from the right, as that of the list (xl_info.c print_dom0_uptime, print_domU_uptime).
_UPTIME = late_pattern(
    r" (?P<domid>[0-9]{1,9}) {1,4}(?:(?P<days>[0-9]{1,6}) days?, )? ?(?P<time>[0-9]{1,2}:[0-9]{2}:[0-9]{2})\s*$"
)


def uptimes(text: str) -> dict[int, int]:
    """Read ``xl uptime``: seconds since each domain was booted, by domid."""
    found = {}
    for line in lines(text)[1:]:
        if match := _UPTIME.search(line[:_LINE_LIMIT]):
            hours, minutes, seconds = (int(part) for part in match["time"].split(":"))
            found[int(match["domid"])] = (
                int(match["days"] or 0) * 86400 + hours * 3600 + minutes * 60 + seconds
            )
    return found


def _number(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError:
        return 0
