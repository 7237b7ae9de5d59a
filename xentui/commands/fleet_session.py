"""``fleet``: one or several hosts, a line each, and below what differs and what is odd."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from typing import Any

from xentui.commands.context import Context, HostPart
from xentui.commands.per_host import worst
from xentui.errors import ExitStatus, FaultError, HostError, XentuiError
from xentui.fleet import overview
from xentui.fleet.cache import LastLooks
from xentui.fleet.identity import names_of_one
from xentui.fleet.link import aged
from xentui.fleet.overview import HostOverview
from xentui.frozen import dataclass
from xentui.model.state import DomainState
from xentui.service import host_check
from xentui.service.concurrency import run_concurrently
from xentui.service.host_check.report_line import CheckState, Line
from xentui.text import printable

_HEAD = (
    "Host", "Load", "Mem", "Free", "Promised", "Auto", "vCPU/CPU", "Run", "Else", "Off", "Who", "Xen",
)  # fmt: skip
_HOST = 20
"""Columns of a host's name."""
_USERS = 5
"""People that are told of one host in a text."""
_RUNNING = (DomainState.RUNNING.value, DomainState.BLOCKED.value)


@dataclass(frozen=True, slots=True)
class HostLine:
    """A host of the overview: what it has told, or why nothing; ``seen`` is when it was seen before that (seconds since
    1970, None: never); ``check`` is the worst line of its check (None: it was not made).
    """

    host: str
    overview: HostOverview | None
    trouble: XentuiError | None = None
    seen: float | None = None
    check: Line | None = None


async def show_one(context: Context, args: argparse.Namespace) -> int:
    """As :func:`show`, of one host."""
    return await show([HostPart(context, args)], LastLooks())


async def show(parts: Sequence[HostPart], looks: LastLooks) -> int:
    """Ask each host by itself, and print what they say; returns the exit status."""
    args = parts[0].args
    found: list[HostLine] = await run_concurrently(*(_line(part, looks, check=args.check) for part in parts))
    again = names_of_one(
        (part.context.hypervisor.host, each.overview)
        for part, each in zip(parts, found, strict=True)
        if each.overview is not None
    )
    for name, first in again.items():
        parts[0].context.warn(f"{name} is {first} by another name: it is shown once")
    shown = [each for each in found if each.host not in again]
    if args.json:
        parts[0].context.json([as_json(each) for each in shown])
    else:
        for line in as_text(shown, time.time()):
            parts[0].context.out(line)
    return worst(_status(each) for each in shown)


async def _line(part: HostPart, looks: LastLooks, *, check: bool) -> HostLine:
    hypervisor = part.context.hypervisor
    try:
        told = await overview.look(hypervisor)
        line = _worst(await host_check.look(hypervisor)) if check else None
    except XentuiError as error:
        last = looks.of(part.host)
        return HostLine(part.host, None, error, last.snapshot.taken if last else None)
    except Exception as error:  # noqa: BLE001 - the boundary: one bad answer must not hide the other hosts
        return HostLine(part.host, None, FaultError(error))
    return HostLine(part.host, told, check=line)


def _worst(report: host_check.Report) -> Line | None:
    return next((line for line in report.lines if line.state is report.worst), None)


def _status(line: HostLine) -> int:
    if line.trouble is None:
        return int(ExitStatus.DONE)
    return int(ExitStatus.HOSTS_AWAY if isinstance(line.trouble, HostError) else ExitStatus.FAILED)


def as_text(found: Sequence[HostLine], now: float) -> Iterator[str]:
    """Yield the overview in lines: a table, a line for each host that cannot be read, then what is to be known
    besides.
    """
    head, rows = table(found, now)
    if any(each.overview is not None for each in found):
        yield head
    yield from rows
    notes = [*differences_of(found), *notes_of(found)]
    if notes:
        yield ""
        yield from notes


def table(found: Sequence[HostLine], now: float) -> tuple[str, list[str]]:
    """Return the head of the table, and a line for each host, whatever is known of it."""
    told = [each.overview for each in found if each.overview is not None]
    usual = next(iter(overview.differences(told).get("Xen", {})), "")
    cells = [_row(each, usual) for each in told]
    widths = [max(len(row[column]) for row in (_HEAD, *cells)) for column in range(len(_HEAD))]
    widths[0] = max([widths[0], *(min(_HOST, len(each.host)) for each in found)])
    shown = {each.host: _aligned(row, widths) for each, row in zip(told, cells, strict=True)}
    return _aligned(_HEAD, widths), [
        shown[each.host]
        if each.overview is not None
        else f"{_cut(each.host):<{widths[0]}}  {away(each, now)}"
        for each in found
    ]


def away(line: HostLine, now: float) -> str:
    """Return why nothing is known of a host, and since when, in one line."""
    if line.trouble is None:
        return "asking …"
    since = f"seen {aged(max(0.0, now - line.seen))} ago: " if line.seen else ""
    return f"{since}{line.trouble.message}"


def _row(it: HostOverview, usual: str) -> tuple[str, ...]:
    run = sum(it.states.get(word, 0) for word in _RUNNING)
    off = it.states.get(DomainState.OFF.value, 0)
    xen = it.versions.get("Xen", "?")
    return (
        _cut(it.host),
        "?" if it.load is None else f"{it.load[0]:.2f}",
        size(it.total_mib),
        size(it.free_mib),
        size(it.promised_mib) + ("!" if it.total_mib and it.promised_mib > it.room_mib else ""),
        size(it.autostart_mib) + ("!" if it.total_mib and it.autostart_mib > it.room_mib else ""),
        f"{it.vcpus}/{it.cpus or '?'}",
        str(run),
        str(sum(it.states.values()) - run - off),
        str(off),
        "?" if it.users is None else str(len(it.users)),
        xen + ("!" if usual and xen != usual else ""),
    )


def differences_of(found: Sequence[HostLine]) -> Iterator[str]:
    """Yield the versions that differ, with the hosts that have each."""
    told = [each.overview for each in found if each.overview is not None]
    for what, having in overview.differences(told).items():
        hosts = "; ".join(f"{version} on {_some(names)}" for version, names in having.items())
        yield f"! different {what}: {hosts}"


def notes_of(found: Sequence[HostLine]) -> Iterator[str]:
    """Yield what is odd about each host, and who is logged in there."""
    for each in found:
        if (it := each.overview) is None:
            continue
        for sentence in (*it.over, *it.problems):
            yield f"! {each.host}: {sentence}"
        if it.drained:
            guests = "guest was" if it.drained == 1 else "guests were"
            yield f"· {each.host}: {it.drained} {guests} drained from it; `undrain` brings back what is left of that"
        if each.check is not None and each.check.state is not CheckState.OK:
            yield f"{each.check.state.sign} {each.host}: check: {each.check.title}: {each.check.found}"
    for each in found:
        users = each.overview.users if each.overview is not None else None
        for user in (users or ())[:_USERS]:
            origin = f" from {user.origin}" if user.origin else ""
            yield f"· {each.host}: {user.user} is logged in on {user.tty}{origin} since {user.since}"
        if users and len(users) > _USERS:
            yield f"· {each.host}: {len(users) - _USERS} more are logged in"


def as_json(line: HostLine) -> dict[str, Any]:
    """Return the documented form of a host of the overview (docs/fleet.md)."""
    it, trouble = line.overview, line.trouble
    head: dict[str, Any] = {
        "host": line.host,
        "link": "up" if it is not None else "away",
        "reason": printable(trouble.message) if trouble is not None else "",
        "as_of": round(it.taken, 3) if it is not None else line.seen,
    }
    if it is None:
        return head
    return {
        **head,
        "load": list(it.load) if it.load is not None else None,
        "memory_mib": {
            "total": it.total_mib,
            "free": it.free_mib,
            "dom0": it.dom0_mib,
            "promised": it.promised_mib,
            "autostart": it.autostart_mib,
            "for_guests": it.room_mib,
        },
        "cpus": it.cpus,
        "vcpus": it.vcpus,
        "autostart_vcpus": it.autostart_vcpus,
        "guests": dict(it.states),
        "versions": dict(it.versions),
        "users": None
        if it.users is None
        else [
            {"user": each.user, "tty": each.tty, "since": each.since, "from": each.origin}
            for each in it.users
        ],
        "problems": [*it.over, *it.problems],
        "drained": it.drained,
        "check": None
        if line.check is None
        else {"id": line.check.id, "state": line.check.state.value, "found": line.check.found},
    }


def size(mib: int) -> str:
    """Return a size of memory in five characters."""
    return f"{mib}M" if mib < 1024 else f"{mib / 1024:.1f}G" if mib < 1024 * 1000 else f"{mib / 1048576:.1f}T"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.ljust(width) if at in (0, len(row) - 1) else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return f"{cells[0]}  {' '.join(cells[1:])}".rstrip()


def _cut(name: str) -> str:
    return name if len(name) <= _HOST else f"{name[: _HOST - 1]}…"


def _some(hosts: Sequence[str]) -> str:
    return ", ".join(hosts[:3]) + (f" and {len(hosts) - 3} more" if len(hosts) > 3 else "")
