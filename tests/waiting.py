"""Waiting for what another process, thread or task does: until it is so, and a minute at the most."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

import pytest

PATIENCE = 60.0
"""Seconds something may take on a busy machine."""
_LONGEST = 0.1


async def until(
    condition: Callable[[], bool | Awaitable[bool]], what: str = "it has not come about", pause: float = 0.01
) -> None:
    """Wait until ``condition`` holds, which may have to be awaited; the test fails with ``what`` where it does not."""
    deadline = time.monotonic() + PATIENCE
    while True:
        holds = condition()
        if await holds if inspect.isawaitable(holds) else holds:
            return
        if time.monotonic() > deadline:
            pytest.fail(what)
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST)


def wait_until(condition: Callable[[], bool], what: str = "it has not come about") -> None:
    """As :func:`until`, where no loop runs."""
    deadline, pause = time.monotonic() + PATIENCE, 0.01
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(what)
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST)
