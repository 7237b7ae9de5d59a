"""What the store costs in CPU time: one new domain among many, and polls of a full store.

Run as ``python benchmarks/store.py``; exits 1 where a limit is passed.  Flushing is left out (the disk's
time), and the store lies in memory where there is ``/dev/shm``.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xentui import agent
from xentui.agent.inventory import listing

MANY, POLLED = 10_000, 2_000
NEW_LIMIT_MS = 20.0
TEXT = """name = "guest{number:05d}"
uuid = "{uuid}"
memory = 512
maxmem = 1024
vcpus = 2
on_poweroff = "destroy"
on_reboot = "restart"
on_crash = "restart"
bootloader = "pygrub"
disk = ["file:/srv/images/guest{number:05d}.img,xvda,w"]
vif = ["bridge=xenbr0,mac=00:16:3e:00:00:01"]
"""


def uuid_of(number: int) -> str:
    return f"11111111-2222-4333-8444-{number:012d}"


def call(root: Path, operation: str, **arguments: Any) -> Any:
    return agent.dispatch(str(root), operation, arguments)


def listed(root: Path, *, summaries: bool = False) -> list[dict[str, Any]]:
    """All entries of a store, piece after piece, as one who knows none is told them."""
    entries: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = call(root, "list", summaries=summaries, after=after)
        entries += answer["entries"]
        after = answer["next"]
        if not after:
            return entries


def cpu_ms(action: Callable[[], object], times: int = 1) -> float:
    """The least CPU time of an action in milliseconds."""
    best = float("inf")
    for _ in range(times):
        started = time.process_time()
        action()
        best = min(best, time.process_time() - started)
    return best * 1000


def fill(root: Path, first: int, last: int) -> None:
    for number in range(first, last):
        uuid = uuid_of(number)
        call(root, "create", uuid=uuid, name=f"guest{number:05d}", text=TEXT.format(number=number, uuid=uuid))


def settle(root: Path) -> None:
    """Make every stamp old enough to be trusted."""
    for folder, names, files in os.walk(root, topdown=False):
        for name in [*names, *files]:
            os.utime(os.path.join(folder, name), (1_000_000, 1_000_000), follow_symlinks=False)


def new_ms(root: Path, first: int) -> float:
    """The CPU time of one ``new``: look the name up, store it."""
    numbers = iter(range(first, first + 50))

    def one() -> None:
        number = next(numbers)
        assert call(root, "find", name=f"guest{number:05d}") is None
        fill(root, number, number + 1)

    return cpu_ms(one, 50)


def main() -> int:
    os.fsync = lambda _fd: None  # type: ignore[assignment]
    results: dict[str, float] = {}
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="xentui-bench-", dir=place) as folder:
        root = Path(folder) / "store"
        fill(root, 0, 1)
        results["new, in an empty store (ms)"] = new_ms(root, 90_000)
        fill(root, 1, POLLED - 50)
        settle(root)
        cold: list[dict[str, Any]] = []

        def poll_cold() -> None:
            listing._memories.clear()
            cold[:] = listed(root)

        results["list of 2,000, cold (ms)"] = cpu_ms(poll_cold, 3)
        assert len(cold) == POLLED
        known = call(root, "list", cache={item["uuid"]: item["token"] for item in cold})
        assert not known["entries"]
        results["list of 2,000, unchanged (ms)"] = cpu_ms(
            lambda: call(root, "list", cache=known["digest"]), 5
        )
        results["... its answer (bytes)"] = len(json.dumps(call(root, "list", cache=known["digest"])))
        made = {
            item["uuid"]: {"sha256": item["config_sha256"], "summary": {"memory": 512, "vcpus": 2}}
            for item in cold
        }
        results["put_summaries of 2,000 (ms)"] = cpu_ms(lambda: call(root, "put_summaries", summaries=made))

        def poll_indexed() -> None:
            listing._memories.clear()
            found = listed(root, summaries=True)
            assert len(found) == POLLED
            assert all(item["summary"] for item in found)

        results["list of 2,000, another process, indexed (ms)"] = cpu_ms(poll_indexed, 3)
        fill(root, POLLED, MANY)
        results["new, among 10,000 (ms)"] = new_ms(root, 95_000)
    results["new, ratio"] = results["new, among 10,000 (ms)"] / results["new, in an empty store (ms)"]
    for name, value in results.items():
        print(f"{name:48} {value:10.2f}")
    passed = results["new, among 10,000 (ms)"] <= NEW_LIMIT_MS
    print(f"new among 10,000 within {NEW_LIMIT_MS:.0f} ms: {'yes' if passed else 'NO'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
