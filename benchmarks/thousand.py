"""A thousand simulated hosts of 20 domains, looked at by one process: what that takes of it beside all lines and hosts.

Run as ``python -m benchmarks.thousand [HOSTS]`` (1,000).  Each host answers from what was recorded, 10 ms later; all
have the one store, which is read here: over SSH that is the hosts' own work.  A sweep is a look at every host, as the
screen repeats it; before each, the guests have used CPU time, and one in ten has another memory size.
"""

from __future__ import annotations

import asyncio
import copy
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

from benchmarks.fleet import resident
from benchmarks.recorded import RecordedHost, recorded_host
from xentui.fleet.duplicates import doubles
from xentui.service.hypervisor import Hypervisor

HOSTS, DOMAINS = 1000, 20
SWEEPS = 3
LIMITS = {"warm sweep, CPU s": 3.0, "memory, MB": 500.0}


def hypervisors(recorded: RecordedHost, count: int) -> list[Hypervisor]:
    """So many services, each on a host of its own."""
    found = []
    for number in range(count):
        host = copy.copy(recorded)
        host.name = f"xen{number:04}"
        found.append(Hypervisor(host))  # type: ignore[arg-type]
    return found


async def taken(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Wall and CPU seconds of some work."""
    began, used = time.monotonic(), time.process_time()
    await work()
    return time.monotonic() - began, time.process_time() - used


async def measure(recorded: RecordedHost, count: int) -> dict[str, float]:
    """Look at all hosts, then again and again; the least of the sweeps."""
    every = hypervisors(recorded, count)
    hosts: Sequence[RecordedHost] = [each.host for each in every]  # type: ignore[misc]

    async def first() -> None:
        await asyncio.gather(*(each.inventory.poll() for each in every))

    async def sweep() -> None:
        await asyncio.gather(*(each.inventory.look() for each in every))

    found: dict[str, float] = {}
    found["first look with devices, s"], found["first look with devices, CPU s"] = await taken(first)
    costs = []
    for _ in range(SWEEPS):
        recorded.change(0.1)
        for host in hosts:
            host.listing, host.configs = recorded.listing, recorded.configs
        costs.append(await taken(sweep))
    found["warm sweep, s"], found["warm sweep, CPU s"] = (min(each) for each in zip(*costs, strict=True))
    found["memory, MB"] = resident()
    snapshots = {each.host.name: await each.inventory.glance() for each in every[:200]}
    began = time.process_time()
    doubles(snapshots)
    found["doubles among 200, CPU s"] = time.process_time() - began
    return found


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else HOSTS
    with recorded_host(DOMAINS, managed=True) as recorded:
        found = asyncio.run(measure(recorded, count))
    passed = True
    for name, value in found.items():
        limit = LIMITS.get(name)
        passed &= limit is None or value <= limit * count / HOSTS
        print(
            f"{count:>5} hosts x {DOMAINS} domains: {name:32} {value:8.2f}{f'   limit {limit:g}' if limit else ''}"
        )
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
