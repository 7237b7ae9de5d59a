"""``list`` and ``show``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from xentui import commands
from xentui.commands import describe
from xentui.commands.arguments import Argument, ArgumentKind, domain, flag
from xentui.commands.command import Command, Group, Targets
from xentui.commands.context import Context, HostPart
from xentui.errors import ExitStatus, UsageError
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service import lookup

if TYPE_CHECKING:
    from xentui.fleet.cache import LastLooks

_STATES = tuple(state.value for state in DomainState)


async def _list(context: Context, args: argparse.Namespace) -> int:
    states = _wanted_states(args.state)
    if args.cached:
        return await commands.hosts_list.list_cached(context, args, states)
    snapshot = await context.hypervisor.inventory.poll()
    if args.domain:
        shown: Iterable[Domain] = [lookup.find(snapshot, word) for word in args.domain]
    else:
        shown = snapshot.domains
    domains = [item for item in shown if not states or item.state in states]
    for problem in snapshot.odd:
        context.note(f"xentui: {problem}")
    if args.json:
        context.json([describe.row_as_json(item, snapshot) for item in domains])
    else:
        for line in describe.table(domains):
            context.out(line)
    # A script must not take what is missing here for not stored.
    return ExitStatus.FAILED if snapshot.store_unread else ExitStatus.DONE


async def _list_hosts(parts: Sequence[HostPart], looks: LastLooks) -> int:
    args = parts[0].args
    return await commands.hosts_list.list_hosts(parts, looks, _wanted_states(args.state), cached=args.cached)


async def _show(context: Context, args: argparse.Namespace) -> None:
    found = await context.hypervisor.inventory.find(args.domain)
    if args.json:
        host, render = context.hypervisor.host.name, commands.suggestions.as_script
        context.json(describe.details_as_json(found, host, render))
    else:
        for line in describe.details(found, context.word):
            context.out(line)


def _wanted_states(words: str | None) -> frozenset[str]:
    wanted = frozenset(word.strip().lower() for word in (words or "").split(",") if word.strip())
    if unknown := sorted(wanted - set(_STATES)):
        raise UsageError("no such state", subject=unknown[0], hint="states are " + ", ".join(_STATES))
    return wanted


COMMANDS = (
    Command(
        id="host.list",
        verb="list",
        summary="List every domain, managed or transient, running or off",
        group=Group.LOOKING,
        arguments=(
            Argument(
                ("domain",),
                "only these domains",
                ArgumentKind.DOMAIN,
                metavar="DOM",
                many=True,
                optional=True,
            ),
            flag("--json", help="machine-readable (docs/command-line.md)"),
            Argument(("--state",), "only these states, separated by commas", metavar="STATE[,…]"),
            flag("--cached", help="what was seen of several hosts last, with its age; asks none of them"),
        ),
        run=_list,
        across=_list_hosts,
    ),
    Command(
        id="domain.show",
        verb="show",
        summary="Show everything known about a domain",
        group=Group.LOOKING,
        arguments=(domain(), flag("--json", help="machine-readable (docs/command-line.md)")),
        targets=Targets.ONE,
        run=_show,
    ),
)
