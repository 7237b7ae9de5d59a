"""How long a program's event loop is held: by one callback in CPU time, and as a ticking task sees it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from dataclasses import asdict, dataclass


@dataclass
class Longest:
    """The most of a window; seconds.

    ``cpu`` is of one callback, ``turn`` the CPU time between two turns of the ticking task: unlike ``stall`` they do
    not tell of what else the machine does.
    """

    stall: float = 0.0
    turn: float = 0.0
    cpu: float = 0.0


class LoopWatch:
    """Watches the event loop of this process; made before the loop runs."""

    def __init__(self, window: float) -> None:
        self._window = window
        self._longest = Longest()
        original = asyncio.Handle._run

        def run(handle: asyncio.Handle) -> None:
            begin = time.thread_time()
            original(handle)
            used = time.thread_time() - begin
            self._longest.cpu = max(self._longest.cpu, used)

        asyncio.Handle._run = run  # type: ignore[method-assign, assignment]

    async def tick(self, control: int) -> None:
        """Want to run every millisecond; write to ``control`` what was longest in each window."""
        end = time.monotonic() + self._window
        while True:
            asked, used = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            self._longest.stall = max(self._longest.stall, time.perf_counter() - asked - 0.001)
            self._longest.turn = max(self._longest.turn, time.thread_time() - used)
            if time.monotonic() >= end:
                os.write(control, json.dumps(asdict(self._longest)).encode() + b"\n")
                self._longest = Longest()
                end = time.monotonic() + self._window


def windows(said: str) -> list[Longest]:
    """What was written, a line a window."""
    return [Longest(**json.loads(line)) for line in said.splitlines()]


def watched_feed(watch: LoopWatch, control: int) -> None:
    """Let ``watch`` tick for as long as the screen follows its host."""
    from xentui.fleet.poller import HostPoller  # a part of the start that is measured

    original = HostPoller.run

    async def run(poller: HostPoller) -> None:
        ticking = asyncio.ensure_future(watch.tick(control))
        try:
            await original(poller)
        finally:
            ticking.cancel()

    HostPoller.run = run  # type: ignore[method-assign, assignment]
