"""Another host than the one a command works on, as long as the command needs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xentui.hosts.choose import choose
from xentui.service.hypervisor import Hypervisor
from xentui.settings import load


@asynccontextmanager
async def other_host(hypervisor: Hypervisor, word: str) -> AsyncIterator[Hypervisor]:
    """The service on the host a word names (a name of config.toml, ``ssh://…``), with the same rights as on this one.

    Raises UsageError for a word that names none.
    """
    session = hypervisor.session
    async with Hypervisor(
        choose(word, load(), read_only=session.read_only).host,
        user=session.acting,
        read_only=session.read_only,
        dry_run=session.dry_run,
        announce=session.announce,
        warn=session.warn,
    ) as other:
        yield other
