"""A text as a file of the host for as long as a command needs it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from xentui.errors import HostError, StoreError
from xentui.hosts import operations
from xentui.hosts.base import Host


async def write(host: Host, text: str) -> str:
    """Write ``text`` to an owner-only file on the host; returns its path.  :func:`remove` takes it away again."""
    making = asyncio.ensure_future(host.call(operations.write_scratch, text=text))
    try:
        return str(await asyncio.shield(making))
    except asyncio.CancelledError:
        # It may be there already: whoever is cancelled still tidies up.
        with contextlib.suppress(StoreError, HostError):
            await asyncio.shield(asyncio.ensure_future(remove(host, str(await making))))
        raise


async def remove(host: Host, path: str) -> None:
    """Remove the file; a host that is gone removes it the next time a text is checked there."""
    with contextlib.suppress(StoreError, HostError):
        await asyncio.shield(asyncio.ensure_future(host.call(operations.remove_scratch, path=path)))


@contextlib.asynccontextmanager
async def temp_file(host: Host, text: str) -> AsyncIterator[str]:
    """The path of a file with ``text`` on the host, gone afterwards whatever happens."""
    path = await write(host, text)
    try:
        yield path
    finally:
        await remove(host, path)
