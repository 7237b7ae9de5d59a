"""Turns at requests that are made to a host one at a time, with a limit on the wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xentui.errors import HostError


@asynccontextmanager
async def turn(
    lock: asyncio.Lock, seconds: float, what: str, error: type[HostError] = HostError
) -> AsyncIterator[None]:
    """Acquire ``lock``, waiting at most ``seconds``.

    ``what`` is what its holder asks of the host, which may take much longer.  Raises ``error``, which says so, if the
    time is over.
    """
    try:
        async with asyncio.timeout(seconds):
            await lock.acquire()
    except TimeoutError:
        raise error(
            f"{what} has not answered for {seconds:g} s",
            hint="the host may be overloaded or hanging; try again, or look at it by hand",
        ) from None
    try:
        yield
    finally:
        lock.release()
