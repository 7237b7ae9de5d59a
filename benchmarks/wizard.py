"""The wizard that makes a guest, step by step on 80x24: a key in each step, and the way to the next.

Run as ``python -m benchmarks.wizard``; exits 1 where a limit is passed.  The screens run without a terminal; what is
counted is CPU time of the thread of the screen, painting included: what the host looks at for a step is not in it.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from textual.pilot import Pilot

from xentui.hosts.sim import SimHost
from xentui.settings import Settings
from xentui.tui.app import XentuiApp

LIMIT_KEY_MS = 16.0
KEYS = 20
STEPS = (
    ("1 what it starts from", "down", ("enter",)),
    ("2 its system", "down", ("home", "enter")),
    ("3 its source", "x", tuple("/srv/guests/vmlinuz")),
    ("4 its name and disks", "x", tuple("fresh")),
    ("5 memory, network", "1", ()),
    ("6 the configurations", "down", ()),
)
"""Each step, a key that changes something there, and what is typed to answer it."""


async def measured() -> list[tuple[str, float, float]]:
    """By step: the median of a key and what it takes to open it, in milliseconds."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        app = XentuiApp(SimHost(Path(folder)), Settings())
        app.here.poller._watcher.pacing.interval = 3600.0
        async with app.run_test(size=(80, 24)) as pilot:
            while app.here.host_state.snapshot is None:
                await pilot.pause(0.05)
            await pilot.pause(1)
            opened = await _next(app, pilot, ("ctrl+n",))
            for name, key, answer in STEPS:
                taken = []
                for number in range(KEYS):
                    begun = time.thread_time()
                    await pilot.press({"down": ("down", "up")}.get(key, (key, "backspace"))[number % 2])
                    taken.append(time.thread_time() - begun)
                found.append((name, statistics.median(taken) * 1000, opened))
                if name.startswith("6"):
                    break
                opened = await _next(app, pilot, _whole(name, answer))
    return found


def _whole(step: str, answer: tuple[str, ...]) -> tuple[str, ...]:
    if step.startswith("1"):
        return ("home", *answer)
    return answer if answer[-1:] == ("enter",) else ("ctrl+u", *answer, "enter")[not answer :]


async def _next(app: XentuiApp, pilot: Pilot[None], keys: tuple[str, ...]) -> float:
    """Type an answer, and wait for the step behind it; returns what its last key has taken, in milliseconds."""
    before = app.screen
    await pilot.press(*keys[:-1])
    begun = time.thread_time()
    await pilot.press(keys[-1])
    deadline = time.monotonic() + 60
    while app.screen is before or not app.screen.is_modal:
        if time.monotonic() > deadline:
            raise TimeoutError("\n".join(str(strip.text) for strip in app.screen._compositor.render_strips()))
        await pilot.pause(0.01)
    await pilot.pause(0)
    taken = (time.thread_time() - begun) * 1000
    await pilot.pause(0.2)
    return taken


def main() -> int:
    """Measure, print, and say whether the limits are kept."""
    rows = asyncio.run(measured())
    for name, key, opened in rows:
        print(
            f"{name:<24} a key {key:6.2f} ms   opened in {opened:7.2f} ms   limit {LIMIT_KEY_MS:.0f} ms a key"
        )
    return int(any(key > LIMIT_KEY_MS for _, key, _ in rows))


if __name__ == "__main__":
    sys.exit(main())
