"""The screen of 2,000 domains at rest: its share of a processor, what of that is the host's own work, and memory.

Run as ``python -m benchmarks.rest [DOMAINS] [managed]``; exits 1 where a limit is passed.  Tools that say what was
recorded take the place of ``xl`` and ``xentop``, on a pseudo-terminal of 80x24: the CPU times of guests move from poll
to poll, and their load from sample to sample.  There is a poll every three seconds and a sample a second, as on a host
that answers at once, however busy the machine is.  On a real one that has so many domains both are asked for less
often.  All domains are transient; with ``managed`` behind the number all are managed.  What the agent takes is told
apart: of a far host it is that host's.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.pacing import poll_steadily
from benchmarks.recorded import recorded_tools, store_all
from benchmarks.screen import usable
from benchmarks.terminal import Terminal, environment

DOMAINS = 2_000
MOMENTS = 8
STARTED, STAYS, ROUNDS = 12.0, 20.0, 3
SHARE = 4.0
MEMORY = {2_000: 70.0, 10_000: 160.0}
"""MiB (PSS) of so many domains."""


def watched(control: int, host: str) -> None:
    """Run the screen; write each second how long its agent has worked, in seconds, and the polls and samples so far."""
    from xentui import agent
    from xentui.fleet.seen import HostSeen
    from xentui.main import main as xentui

    poll_steadily()
    taken = 0.0
    original = agent.dispatch
    counts = {"take_snapshot": 0, "take_loads": 0}

    def counted(name: str) -> None:
        whole = getattr(HostSeen, name)

        def take(*given: object) -> object:
            counts[name] += 1
            return whole(*given)

        setattr(HostSeen, name, take)

    def dispatch(*given: Any, **more: Any) -> Any:
        nonlocal taken
        began = time.thread_time()
        try:
            return original(*given, **more)
        finally:
            taken += time.thread_time() - began

    def tell() -> None:
        while True:
            time.sleep(1)
            os.write(control, json.dumps([taken, *counts.values()]).encode() + b"\n")

    for name in counts:
        counted(name)
    agent.dispatch = dispatch
    threading.Thread(target=tell, daemon=True).start()
    xentui(["--host", host])


def pss(terminal: Terminal) -> float:
    """Memory in MiB, of what is shared its part."""
    for line in Path(f"/proc/{terminal.process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no Pss")


def loop_seconds(terminal: Terminal) -> float:
    """CPU seconds of the thread with the event loop."""
    pid = terminal.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9


def main(domains: int = DOMAINS, *, managed: bool = False) -> int:
    with tempfile.TemporaryDirectory(prefix="xentui-bench-") as name:
        folder = Path(name)
        tools = recorded_tools(folder, domains, moments=MOMENTS)
        surroundings = environment(folder, PATH=f"{tools}:{os.environ['PATH']}")
        settings = folder / "config" / "xentui" / "config.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text(f'store = "{folder / "store"}"\n')
        if managed:
            store_all(folder)
        read, write = os.pipe()
        argv = [sys.executable, "-m", "benchmarks.rest", "watched", str(write)]
        terminal = Terminal(argv, surroundings, pass_fds=[write])
        os.close(write)
        terminal.until(lambda: usable(terminal), 120)
        terminal.rest(STARTED + 1)

        def so_far() -> list[float]:
            told = json.loads(os.read(read, 1 << 16).splitlines()[-1])
            return [time.perf_counter(), terminal.cpu, loop_seconds(terminal), *told, terminal.bytes]

        rounds = []
        for _ in range(ROUNDS):
            before = so_far()
            terminal.rest(STAYS)
            took, *more = (late - early for early, late in zip(before, so_far(), strict=True))
            rounds.append([each / took for each in more])
        used = min(rounds)
        memory = pss(terminal)
        terminal.close()
        os.close(read)
    whole, loop, agents, looks, samples, sent = used
    limit = MEMORY.get(domains)
    print(
        f"{domains} {'managed' if managed else 'transient'} domains at rest, the least of {ROUNDS} times {STAYS:.0f} s"
    )
    print(f"CPU, % of one             {whole * 100:8.2f}   limit {SHARE if domains == DOMAINS else '-'}")
    print(f"  of it the event loop    {loop * 100:8.2f}")
    print(f"  polls read in threads   {(whole - loop - agents) * 100:8.2f}")
    print(f"  the agent of this host  {agents * 100:8.2f}")
    print(f"polls, samples a second   {looks:8.2f} {samples:8.2f}")
    print(f"bytes a second            {sent:8.0f}")
    print(f"load of the machine       {os.getloadavg()[0]:8.1f}")
    print(f"memory (PSS), MiB         {memory:8.1f}   limit {limit or '-'}")
    held = domains != DOMAINS or whole * 100 <= SHARE
    return int(not held or (limit is not None and memory > limit))


if __name__ == "__main__":
    if sys.argv[1:2] == ["watched"]:
        watched(int(sys.argv[2]), "local")
    else:
        words = [word for word in sys.argv[1:] if word != "managed"]
        sys.exit(main(*map(int, words), managed="managed" in sys.argv))
