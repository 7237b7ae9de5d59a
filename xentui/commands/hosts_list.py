"""``list`` over several hosts, and of what was seen of them last."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from xentui.commands import describe
from xentui.commands.context import Context, HostPart
from xentui.commands.per_host import kept, print_failure, worst
from xentui.errors import ExitStatus, FaultError, XentuiError
from xentui.fleet.cache import LastLook, LastLooks
from xentui.fleet.duplicates import Doubles, doubles
from xentui.fleet.identity import names_of_one
from xentui.fleet.link import aged
from xentui.model.domain import Domain, Snapshot
from xentui.service import lookup
from xentui.service.concurrency import run_concurrently

_DOUBLE = "double"
_WARNINGS = 10
"""Warnings that are told beside a table, at most."""


async def list_cached(context: Context, args: argparse.Namespace, states: frozenset[str]) -> int:
    """List what was seen of one host last; returns the exit status."""
    return await list_hosts([HostPart(context, args)], LastLooks(), states, cached=True)


async def list_hosts(
    parts: Sequence[HostPart], looks: LastLooks, states: frozenset[str], *, cached: bool
) -> int:
    """List the domains of all hosts; returns the exit status.

    ``states`` are those that are listed, all where it is empty.  With ``cached`` no host is asked: what was seen last
    is listed, with its age.
    """
    now = time.time()
    seen: dict[str, Snapshot] = {}
    rows: list[tuple[HostPart, Snapshot, Domain]] = []
    statuses: list[int] = []
    found = (
        [kept(part.host, looks) for part in parts] if cached else await run_concurrently(*map(_look, parts))
    )
    again = names_of_one(
        (part.context.hypervisor.host, snapshot)
        for part, snapshot in zip(parts, found, strict=True)
        if isinstance(snapshot, Snapshot)
    )
    for part, snapshot in zip(parts, found, strict=True):
        if isinstance(snapshot, XentuiError):
            last = None if cached else looks.of(part.host)
            statuses.append(print_failure(part, snapshot, _last_seen(last, now)))
            continue
        if first := again.get(part.host):
            part.context.warn(f"{part.host} is {first} by another name: it is listed once")
            continue
        if not cached:
            looks.put(part.host, snapshot)
        seen[part.host] = snapshot
        for problem in snapshot.odd:
            part.context.note(f"{part.host}: {problem}")
        if snapshot.store_unread:
            statuses.append(int(ExitStatus.FAILED))
        try:
            chosen = _chosen(snapshot, part.args.domain)
        except XentuiError as error:
            statuses.append(print_failure(part, error))
            continue
        rows += [(part, snapshot, domain) for domain in chosen if not states or domain.state in states]
    _print(parts[0], rows, doubles(seen), now, cached=cached)
    looks.save()
    return worst(statuses)


def _print(
    first: HostPart,
    rows: Sequence[tuple[HostPart, Snapshot, Domain]],
    warned: Doubles,
    now: float,
    *,
    cached: bool,
) -> None:
    warnings = [warned.get((part.host, domain.uuid), ()) for part, _snapshot, domain in rows]
    if first.args.json:
        first.context.json(
            [
                describe.row_as_json(domain, snapshot, told)
                for (_part, snapshot, domain), told in zip(rows, warnings, strict=True)
            ]
        )
        return
    table = describe.table(
        [domain for _part, _snapshot, domain in rows],
        before={
            "Host": [part.host for part, _snapshot, _domain in rows],
            **({"Age": [_age(snapshot, now) for _part, snapshot, _domain in rows]} if cached else {}),
        },
        noted=[[_DOUBLE] if told else [] for told in warnings],
    )
    for line in table:
        first.context.out(line)
    texts: dict[str, list[str]] = {}
    for (part, _snapshot, domain), told in zip(rows, warnings, strict=True):
        # Of each uuid only the first is told: the others say the same of the same domain.
        if told:
            texts.setdefault(domain.uuid, [f"{domain.label}@{part.host} {text}" for text in told])
    for lines in list(texts.values())[:_WARNINGS]:
        for line in lines:
            first.context.warn(line)
    if len(texts) > _WARNINGS:
        first.context.warn(f"{len(texts) - _WARNINGS} more domains are doubles: list --json tells of each")


async def _look(part: HostPart) -> Snapshot | XentuiError:
    if part.seen is not None:  # whoever looked which host has the domain has seen all of it
        return part.seen
    try:
        return await part.context.hypervisor.inventory.poll()
    except XentuiError as error:
        return error
    except Exception as error:  # noqa: BLE001 - the boundary: one bad answer must not hide the other hosts
        return FaultError(error)


def _chosen(snapshot: Snapshot, words: Sequence[str]) -> Sequence[Domain]:
    return [lookup.find(snapshot, word) for word in words] if words else snapshot.domains


def _age(snapshot: Snapshot, now: float) -> str:
    return aged(max(0.0, now - snapshot.taken)).replace(" ", "")


def _last_seen(look: LastLook | None, now: float) -> str:
    if look is None:
        return ""
    return f" (seen {aged(max(0.0, now - look.snapshot.taken))} ago; list --cached shows what it held)"
