"""A command line for several hosts: which they are, and one verb on all of them."""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Callable, Sequence

from xentui.cli.run import INTERRUPTED, cancel_on, print_command, print_note, print_warning, terminal_context
from xentui.commands.command import Command
from xentui.commands.context import Context
from xentui.commands.several_hosts import SeveralHosts
from xentui.commands.suggestions import as_command_line
from xentui.errors import Render
from xentui.fleet.cache import LastLooks
from xentui.hosts.base import Host
from xentui.hosts.naming import groups as naming
from xentui.hosts.naming.open_hosts import open_hosts
from xentui.service.hypervisor import Hypervisor
from xentui.settings import Settings


def opened(
    hosts: str, groups: str, domains: Sequence[str], settings: Settings, *, read_only: bool
) -> list[tuple[Host, str]] | None:
    """Return the hosts that ``--host`` or ``--hosts`` name, else those behind ``domains``, each with the word that
    names it.

    None where nothing names any.
    """
    if not hosts and not groups:
        behind = naming.hosts_behind(domains, settings)
        if behind is None:
            return None
        wanted = behind
    else:
        wanted = naming.wanted_hosts(hosts, groups, settings)
    chosen = open_hosts(wanted, settings, read_only=read_only)
    for notice in chosen.notices:
        print_note(f"xentui: {notice}")
    return [(choice.host, word) for choice, word in zip(chosen.choices, chosen.words, strict=True)]


def run_on_hosts(hosts: Sequence[tuple[Host, str]], command: Command, args: argparse.Namespace) -> int:
    """Run one verb on several hosts, each given with how it is named behind ``--host``.

    SIGINT and SIGTERM cancel it in good order.
    """

    async def work() -> int:
        cancel_on(signal.SIGTERM)
        try:
            contexts = several_contexts(
                hosts,
                read_only=getattr(args, "read_only", False),
                dry_run=getattr(args, "dry_run", False),
                render=as_command_line,
            )
            return await SeveralHosts(contexts, LastLooks()).run(command, args)
        finally:
            await asyncio.gather(*(host.close() for host, _named in hosts))

    try:
        return asyncio.run(work())
    except (KeyboardInterrupt, asyncio.CancelledError):
        print_note("interrupted; `xentui list` with the same hosts shows where things stand")
        return INTERRUPTED


def several_contexts(
    hosts: Sequence[tuple[Host, str]],
    *,
    read_only: bool,
    dry_run: bool,
    render: Callable[[str], Render],
    yes: bool = False,
    reads: bool = True,
) -> list[Context]:
    """Return the contexts of a command line for several hosts; ``render`` words what is suggested for a host of that
    name.

    ``yes`` and ``reads`` as for :func:`xentui.cli.run.terminal_context`.
    """
    contexts = []
    for host, named in hosts:
        hypervisor = Hypervisor(
            host, read_only=read_only, dry_run=dry_run, announce=print_command, warn=print_warning
        )
        contexts.append(terminal_context(hypervisor, render=render(named), yes=yes, reads=reads))
    return contexts
