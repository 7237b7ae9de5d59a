"""Many hosts are logged in to some at a time, and one that hangs holds up nobody for long."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from xentui.hosts.logins import Logins


async def turns(logins: Logins, count: int, seen: list[int], *, done: asyncio.Event) -> None:
    """So many hosts log in, each until ``done``; ``seen`` gets how many were at it."""
    busy = 0

    async def log_in() -> None:
        nonlocal busy
        async with logins.turn():
            busy += 1
            seen.append(busy)
            await done.wait()
            busy -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(log_in())


async def test_no_more_log_in_at_a_time_than_may() -> None:
    seen: list[int] = []
    done = asyncio.Event()
    work = asyncio.ensure_future(turns(Logins(3, lease=1000.0, jitter=0.0), 10, seen, done=done))
    while len(seen) < 3:  # noqa: ASYNC110 - they begin by themselves
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert seen == [1, 2, 3]
    done.set()
    await work
    assert len(seen) == 10
    assert max(seen) <= 3


async def test_logins_that_hang_lose_their_turns() -> None:
    logins = Logins(2, lease=0.0, jitter=0.0)
    async with AsyncExitStack() as hanging, asyncio.timeout(60):
        for _ in range(2):
            await hanging.enter_async_context(logins.turn())
        async with logins.turn(), logins.turn():
            pass
    async with asyncio.timeout(60), logins.turn(), logins.turn():
        pass  # nothing was given back twice, nothing lost


async def test_a_login_that_was_given_up_gives_its_turn_back() -> None:
    logins = Logins(1, lease=1000.0, jitter=0.0)
    async with logins.turn():
        waiting = asyncio.ensure_future(logins.turn().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(60), logins.turn():
        pass


async def test_hosts_that_refuse_at_once_are_not_asked_one_after_the_other_without_a_pause() -> None:
    logins = Logins(1, lease=2000.0, jitter=0.0, least=1000.0)
    async with logins.turn():
        pass
    waiting = asyncio.ensure_future(logins.turn().__aenter__())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
