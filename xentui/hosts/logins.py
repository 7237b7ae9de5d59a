"""Turns for logins: only a few logins are in progress at a time.

One that hangs does not delay the others for long.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

AT_ONCE = 8
"""Logins under way: OpenSSH drops some where ten are unauthenticated (``MaxStartups 10:30:100``, sshd_config(5))."""
AGAIN = 2
"""The same of hosts that could not be reached at the last try: they keep no other from its login, and cost little."""
_LEASE = 2.0
"""Seconds a login keeps others from beginning: what takes longer waits for a host that hangs or is not there."""
_APART = 0.25
"""Seconds a turn of one of those lasts, at least: one that is refused at once is no reason to begin the next."""
_JITTER = 0.05
"""Seconds, at most, before a login that has waited for its turn."""


class Logins:
    """Limits the logins that are in progress; one no longer counts after ``lease`` seconds.

    ``aside`` are the turns for questions to the local ssh before a login, ``again`` those of hosts that could not be
    reached at the last try.  A turn lasts at least ``least`` seconds.
    """

    def __init__(
        self,
        at_once: int = AT_ONCE,
        *,
        lease: float = _LEASE,
        jitter: float = _JITTER,
        least: float = 0.0,
        whole: bool = True,
    ) -> None:
        self._least = least
        self._free = asyncio.Semaphore(at_once)
        self.aside: Logins = Logins(at_once, lease=lease, jitter=0.0, whole=False) if whole else self
        self.again: Logins = (
            Logins(min(AGAIN, at_once), lease=lease, jitter=jitter, least=_APART, whole=False)
            if whole
            else self
        )
        self._lease = lease
        self._jitter = jitter
        self._under_way: dict[Hashable, asyncio.Task[None]] = {}
        self._control: Path | None = None

    def control(self, find: Callable[[], Path]) -> Path:
        """Return the folder of the control sockets of all hosts, which is looked up once."""
        if self._control is None:
            self._control = find()
        return self._control

    async def once(self, key: Hashable, attempt: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Make one attempt for all that want the same at the same time; they share its result."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.ensure_future(attempt())
            task.add_done_callback(lambda done: self._ended(key, done))
        await asyncio.shield(task)

    def _ended(self, key: Hashable, attempt: asyncio.Task[None]) -> None:
        del self._under_way[key]
        if not attempt.cancelled():
            attempt.exception()  # whoever waited has it

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and keep it until the block ends, or the lease."""
        waits = self._free.locked()
        await self._free.acquire()
        given_back = False

        def give_back() -> None:
            nonlocal given_back
            if not given_back:
                given_back = True
                self._free.release()

        loop = asyncio.get_running_loop()
        timer, began = loop.call_later(self._lease, give_back), loop.time()
        try:
            if waits:
                await asyncio.sleep(random.uniform(0.0, self._jitter))  # noqa: S311 - nothing to be kept secret
            yield
        finally:
            if (left := self._least - (loop.time() - began)) > 0:
                loop.call_later(left, give_back)
            else:
                give_back()
            timer.cancel()
