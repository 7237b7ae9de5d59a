"""Other hosts than the one a command works on, as long as the command needs them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from xentui.errors import UsageError
from xentui.hosts.choose import named_beside
from xentui.service.hypervisor import Hypervisor
from xentui.settings import Settings, load


@asynccontextmanager
async def other_host(
    hypervisor: Hypervisor, word: str, beside: Sequence[Hypervisor] = ()
) -> AsyncIterator[Hypervisor]:
    """The service on the host a word names, with the same rights as on this one: a name of config.toml or of the
    inventory this one is of, ``ssh://…``.

    One of ``beside``, which the session has open, is taken as it is, and left open.  Raises UsageError for a word that
    names none.
    """
    session = hypervisor.session
    for other in beside:
        if other.host.name == word:
            rights = (other.session.read_only, other.session.dry_run)
            same = rights == (session.read_only, session.dry_run)
            yield (
                other
                if same
                else other.stricter(
                    read_only=session.read_only,
                    dry_run=session.dry_run,
                    announce=session.announce or (lambda _line: None),
                )
            )
            return
    async with Hypervisor(
        named_beside(hypervisor.host, word, load(), read_only=session.read_only).host,
        user=session.acting,
        read_only=session.read_only,
        dry_run=session.dry_run,
        announce=session.announce,
        warn=session.warn,
    ) as made:
        yield made


@asynccontextmanager
async def other_hosts(
    hypervisor: Hypervisor, names: Sequence[str], beside: Sequence[Hypervisor] = ()
) -> AsyncIterator[list[Hypervisor]]:
    """As :func:`other_host` for several."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(other_host(hypervisor, name, beside)) for name in names]


def names_of_others(
    hypervisor: Hypervisor, words: str, beside: Sequence[Hypervisor] = (), settings: Settings | None = None
) -> list[str]:
    """Return the hosts that are meant: those of ``words``, separated by commas; else the others of the session; else
    all that config.toml has.

    Raises UsageError where there is none.
    """
    named = [word.strip() for word in words.split(",") if word.strip()]
    if not named:
        named = [other.host.name for other in beside] or sorted((settings or load()).hosts)
    names = [name for name in dict.fromkeys(named) if name != hypervisor.host.name]
    if not names:
        raise UsageError(
            "no other host is known",
            hint="name some: --to HOST[,…], or --host with commas; config.toml keeps their names",
        )
    return names
