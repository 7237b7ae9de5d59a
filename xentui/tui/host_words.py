"""What there is to say of hosts: on top, above their domains, and in the details.  No Textual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from xentui.fleet.link import LinkState
from xentui.text import plain
from xentui.tui import humanize
from xentui.tui.details import DetailLine
from xentui.tui.domain_list.host_row import HostRow
from xentui.tui.host_state import HostState

_REASON = 300
_LINKS = {
    LinkState.UP: "up",
    LinkState.SLOW: "slow",
    LinkState.CONNECTING: "connecting",
    LinkState.AWAY: "away",
}
"""In the order they are told of."""


def counts(state: HostState) -> str:
    """Return how many guests run of those there are; "" before anything is known."""
    if state.snapshot is None:
        return ""
    running, there = state.guests
    return f"{running} up of {there}"


def gib(mib: int) -> str:
    """Return a size of memory in a few characters."""
    return f"{mib / 1024:.1f} GiB" if mib >= 1024 else f"{mib} MiB"


def host_parts(state: HostState) -> list[str]:
    """Return what there is to say of a host, the most telling first."""
    info, snapshot = state.info, state.snapshot
    parts = [counts(state) or "looking …"]
    if state.pulse.slow:
        parts.append(f"slow: {state.pulse.slow:.0f} s")
    if info.total_memory_mib:
        parts.append(f"{gib(info.free_memory_mib)} free of {gib(info.total_memory_mib)}")
        parts.append(f"{info.cpus} CPUs")
    if info.xen_version:
        parts.append(f"Xen {info.xen_version}")
    if info.hostname and info.hostname not in (snapshot.host if snapshot else ""):
        parts.append(info.hostname)
    return parts


def host_row(state: HostState, now: float) -> HostRow:
    """Return the line above the domains of a host: why they are not the present, else what there is to say of it."""
    if stale := plain(state.stale(now), _REASON):
        return HostRow(state.label, tuple(filter(None, (stale, counts(state)))), stale=True)
    words = host_parts(state)
    if odd := state.snapshot.oddest if state.snapshot is not None else "":
        words.insert(1, plain(odd, _REASON))
    if uptime := state.uptimes(now).get(0):
        words.append(f"up {humanize.duration(uptime)}")
    return HostRow(state.label, tuple(words))


def fleet_parts(states: Sequence[HostState], now: float) -> list[str]:
    """Return what there is to say of several hosts: how many answer, and how many guests run on them."""
    links = Counter(state.link(now).state for state in states)
    told = [f"{links[link]} {word}" for link, word in _LINKS.items() if links[link]]
    counted = [state.guests for state in states]
    running, there = sum(each for each, _ in counted), sum(each for _, each in counted)
    return [f"{len(states)} hosts: {', '.join(told)}", f"{running} up of {there}"]


def host_lines(state: HostState, now: float) -> list[DetailLine]:
    """Everything about a host, as lines of the details."""
    link, info, guests = state.link(now), state.info, counts(state)
    age = f", known for {humanize.long_duration(link.age)}" if link.age is not None and link.reason else ""
    lines = [
        DetailLine("link", plain(f"{_LINKS[link.state]}{age}"), "" if link.state is LinkState.UP else "alarm")
    ]
    if link.reason:
        lines.append(DetailLine("", plain(link.reason, 1000), "alarm"))
    if guests:
        lines.append(DetailLine("domains", guests))
    if info.total_memory_mib:
        lines.append(
            DetailLine("memory", f"{gib(info.free_memory_mib)} free of {gib(info.total_memory_mib)}")
        )
        lines.append(DetailLine("CPUs", str(info.cpus)))
    if info.xen_version:
        lines.append(DetailLine("Xen", plain(info.xen_version, 100)))
    if info.hostname:
        lines.append(DetailLine("name", plain(info.hostname, 200)))
    for problem in state.snapshot.odd if state.snapshot is not None else ():
        lines.append(DetailLine("problem", plain(problem, 1000), "alarm"))
    return lines
