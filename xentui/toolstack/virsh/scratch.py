"""Texts as files of the host that ``virsh`` reads: its standard input is a socket in places, which it cannot open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from xentui.errors import HostError, StoreError
from xentui.hosts import operations
from xentui.hosts.base import Host


@contextlib.asynccontextmanager
async def files(host: Host, texts: Sequence[str]) -> AsyncIterator[tuple[str, ...]]:
    """The paths of owner-only files with these texts, gone afterwards whatever happens."""
    making = [asyncio.ensure_future(host.call(operations.write_scratch, text=text)) for text in texts]
    try:
        yield tuple(str(path) for path in await asyncio.shield(asyncio.gather(*making)))
    finally:
        await asyncio.shield(_removed(host, making))


async def _removed(host: Host, making: Sequence[asyncio.Future[str]]) -> None:
    made = await asyncio.gather(*making, return_exceptions=True)
    for path in made:
        if isinstance(path, str):
            # One that stays is removed when a text is next checked there.
            with contextlib.suppress(StoreError, HostError):
                await host.call(operations.remove_scratch, path=path)
