"""What a poll of 2,000 managed, running domains costs: the longest time the event loop is held, and CPU time.

Run as ``python -m benchmarks.merge``; exits 1 where a limit is passed.  A ticking task measures the loop: the
same loop idle, and during a JSON parse of the whole answer in a worker thread, are the baselines.  The interpreter
is paced as the screen paces it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

from benchmarks.recorded import RecordedHost, recorded_host
from xentui.service.inventory import Inventory
from xentui.service.session import Session
from xentui.store import ManagedStore
from xentui.toolstack.choose import toolstack_for
from xentui.tui import runtime_tuning

DOMAINS = 2_000
STALL_LIMIT_MS = 15.0
TICK = 0.001
ROUNDS = 15


def session_of(host: RecordedHost) -> Session:
    return Session(host, toolstack_for(host), ManagedStore(host))  # type: ignore[arg-type]


async def stall(action: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """The longest wait of a task that wants to run every millisecond while ``action`` runs, and the CPU time.

    Both in milliseconds.
    """
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(TICK)
            longest = max(longest, time.perf_counter() - asked - TICK)

    ticking = asyncio.ensure_future(tick())
    await asyncio.sleep(0.02)
    longest = 0.0
    started = time.process_time()
    await action()
    used = time.process_time() - started
    await asyncio.sleep(0.005)
    ticking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticking
    return longest * 1000, used * 1000


async def repeated(
    name: str, action: Callable[[], Awaitable[object]], before: Callable[[], None] = lambda: None
) -> tuple[float, float]:
    """Measure an action several times; returns the least of its longest stalls and of its CPU times.

    The least, because other work on the machine only ever adds.
    """
    stalls, used = [], []
    for _ in range(ROUNDS):
        before()
        longest, cpu = await stall(action)
        stalls.append(longest)
        used.append(cpu)
    middle = statistics.median(stalls)
    print(f"{name:44} {middle:8.1f} {min(stalls):8.1f} {max(stalls):8.1f} {min(used):9.1f}")
    return min(stalls), min(used)


async def first(name: str, action: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Measure what happens once in a process, from its start on."""
    runtime_tuning.tune_for_startup()
    longest, used = await stall(action)
    runtime_tuning.freeze_gc()
    print(f"{name:44} {longest:8.1f} {'':17} {used:9.1f}")
    return longest, used


async def measure(host: RecordedHost) -> bool:
    print(f"{DOMAINS} domains, all managed and running{'':7} stall med.   least     most   CPU least (ms)")
    await repeated("baseline: an idle loop", lambda: asyncio.sleep(0.1))
    whole = host.configs
    await repeated("baseline: json.loads in a thread", lambda: asyncio.to_thread(json.loads, whole))
    inventory = Inventory(session_of(host))
    limits = [
        await first("first poll, texts unknown", inventory.poll),
        await first("first poll of the next process", Inventory(session_of(host)).poll),
        await repeated("poll, nothing changed", inventory.poll),
        await repeated("poll, CPU times moved", inventory.poll, lambda: host.change(0)),
        await repeated("poll, CPU times moved and 1 % changed", inventory.poll, lambda: host.change(0.01)),
    ]
    snapshot = await inventory.poll()
    assert len(snapshot.domains) > DOMAINS * 0.9, len(snapshot.domains)
    assert all(domain.managed for domain in snapshot.domains if not domain.is_control)
    return all(longest <= STALL_LIMIT_MS for longest, _ in limits)


def main() -> int:
    with recorded_host(DOMAINS, managed=True) as host:
        passed = asyncio.run(measure(host))
    print(f"no poll holds the loop longer than {STALL_LIMIT_MS:.0f} ms: {'yes' if passed else 'NO'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
