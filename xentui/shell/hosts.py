"""The hosts of a shell: one, or several as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from xentui.cli.several_hosts import several_contexts
from xentui.commands.context import Context
from xentui.commands.several_hosts import SeveralHosts
from xentui.commands.suggestions import as_verb
from xentui.fleet.cache import LastLooks
from xentui.hosts.base import Host


def shell_contexts(hosts: Sequence[Host], *, read_only: bool, dry_run: bool, yes: bool) -> list[Context]:
    """Return what verbs work with on each host; nobody reads standard input but the shell."""
    return several_contexts(
        [(host, host.name) for host in hosts],
        read_only=read_only,
        dry_run=dry_run,
        render=lambda _name: as_verb,
        yes=yes,
        reads=False,
    )


def several_of(contexts: Sequence[Context]) -> SeveralHosts | None:
    """Return the hosts as one, where there are several."""
    if len(contexts) == 1:
        return None
    return SeveralHosts(contexts, LastLooks())


async def close_all(hosts: Sequence[Host]) -> None:
    """Let go of all hosts."""
    await asyncio.gather(*(host.close() for host in hosts))
