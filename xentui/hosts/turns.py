"""Turns at what is asked of a host by one at a time, waited for no longer than an answer is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xentui.errors import HostError


@asynccontextmanager
async def turn(
    lock: asyncio.Lock, seconds: float, what: str, error: type[HostError] = HostError
) -> AsyncIterator[None]:
    """Have ``lock``, which is waited for so many ``seconds`` at most.

    ``what`` is asked by whoever has it, and may wait for the host much longer.  Raises ``error``, which says so.
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
