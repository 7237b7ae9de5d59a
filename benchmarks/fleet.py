"""Many hosts over OpenSSH: time and CPU of a sweep, what dead hosts change about it, and memory; beside other tools.

Run as ``python -m benchmarks.fleet [HOSTS]`` (200) with OpenSSH's server installed, 12 MB of memory free for each host;
``parallel-ssh`` and ``ansible`` are compared with where they are installed (Debian: pssh, ansible-core).
The hosts are addresses of 127.0.0.0/8 on one sshd of our own, each with a connection, an agent and a store of its own;
``xl`` is a script there that prints recorded answers of 20 domains.  Exits 1 where a limit is passed.

A sweep is a look at every host, as the screen repeats it: what runs and what the store has.  CPU time is that of this
process and of all its ssh, masters included; that of sshd and the far commands, which run on other machines else, is
shown by itself, and is in the wall time here.  A dead host is a port on which a login begins and nothing answers; a
tenth as many as there are hosts are in the list besides.  "By ssh" is the same sweep with a session of ssh for each
``xl list``, as for hosts without python3.  The others ask ``xl list -v`` alone, by the same kept connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import shlex
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.recorded import recorded_tools
from benchmarks.slow_line import Server
from xentui import agent
from xentui.fleet.fleet import Fleet
from xentui.fleet.member import FleetMember
from xentui.fleet.seen import HostSeen
from xentui.hosts import process
from xentui.hosts.logins import Logins
from xentui.hosts.ssh import SshHost
from xentui.service.hypervisor import Hypervisor

HOSTS, DOMAINS = 200, 20
SWEEPS = 5
LIMITS = {"warm sweep, s": 2.0, "CPU of it, s": 1.5, "with dead hosts, of that": 1.1, "memory, MB": 250.0}
_PATIENCE = 900.0
_TICK = 0.02
_AT_ONCE = "200"
"""Of other tools; by the kept connections nobody logs in."""


class Silence:
    """A port that takes connections and says nothing."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("0.0.0.0", 0), backlog=1024)  # noqa: S104 - 127.0.9.1 and so on
        self.port: int = self._listening.getsockname()[1]


class Bench:
    """So many hosts, of which some are dead."""

    def __init__(self, folder: Path, server: Server, count: int, dead: int) -> None:
        silence = Silence()
        logins = Logins()
        client = shlex.join(server.client(server.port))
        nowhere = shlex.join(server.client(silence.port))
        self._silence = silence
        self.hypervisors = [
            Hypervisor(
                SshHost(
                    f"ssh://127.0.{1 + at // 200}.{1 + at % 200}",
                    command=client,
                    store_root=str(folder / "stores" / str(at)),
                    name=f"xen{at}",
                    logins=logins,
                )
            )
            for at in range(count - dead)
        ]
        self.hypervisors += [
            Hypervisor(SshHost(f"ssh://127.0.9.{1 + at}", command=nowhere, name=f"dead{at}", logins=logins))
            for at in range(dead)
        ]
        self.fleet: Fleet[HostSeen] = Fleet(self.hypervisors, HostSeen, lambda _member, _events: None)

    @property
    def alive(self) -> Sequence[FleetMember[HostSeen]]:
        """The hosts that can be asked."""
        return [member for member in self.fleet.members if not member.name.startswith("dead")]

    async def all_seen(self, since: float) -> None:
        """Wait until every host that can be asked was looked at."""
        async with asyncio.timeout(_PATIENCE):
            while any(  # noqa: ASYNC110 - the fleet looks by itself
                member.seen.snapshot is None or member.seen.snapshot.taken < since for member in self.alive
            ):
                await asyncio.sleep(_TICK)


def cpu(folder: Path) -> float:
    """CPU seconds of this process, its ended children, and every ssh whose control socket is below ``folder``."""
    times = os.times()
    total = times.user + times.system + times.children_user + times.children_system
    tick = os.sysconf("SC_CLK_TCK")
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if entry.name.isdigit() and f"{folder}/xentui/".encode() in (entry / "cmdline").read_bytes():
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                total += (int(fields[11]) + int(fields[12])) / tick
    return total


def resident() -> float:
    """Resident memory of this process, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def served(server: Server) -> float:
    """CPU seconds of sshd, of all that it runs, and of what has ended of that."""
    parents: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    tick = os.sysconf("SC_CLK_TCK")
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if entry.name.isdigit():
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
                seconds[int(entry.name)] = sum(map(int, fields[11:15])) / tick
    total, waiting = 0.0, [server.pid]
    while waiting:
        pid = waiting.pop()
        total += seconds.get(pid, 0.0)
        waiting += parents.get(pid, [])
    return total


class Cost(NamedTuple):
    """What something took, in seconds: wall time, CPU time of the asking side and of the asked one."""

    wall: float
    cpu: float
    served: float


async def least(
    folder: Path,
    server: Server,
    work: Callable[[], Awaitable[object]],
    beside: Sequence[Callable[[], Coroutine[Any, Any, object]]] = (),
) -> Cost:
    """The least of some runs; ``beside`` begins with each, and is left when it has ended."""
    costs = []
    for _ in range(SWEEPS):
        began, used, there = time.monotonic(), cpu(folder), served(server)
        left = [asyncio.ensure_future(each()) for each in beside]
        await work()
        costs.append(Cost(time.monotonic() - began, cpu(folder) - used, served(server) - there))
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
    return Cost(*(min(each) for each in zip(*costs, strict=True)))


async def measure(folder: Path, server: Server, count: int, dead: int) -> tuple[dict[str, float], list[str]]:
    """Follow the hosts until each has been looked at, then sweep; the figures, and lines of comparison."""
    bench = Bench(folder, server, count + dead, dead)
    following = asyncio.ensure_future(bench.fleet.run())
    began, used = time.monotonic(), cpu(folder)
    await bench.all_seen(0.0)
    found = {"first list, s": time.monotonic() - began, "CPU of that, s": cpu(folder) - used}
    await asyncio.sleep(20.0)  # what `xl list -l` tells comes after the list
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    hosts = [member.hypervisor for member in bench.alive]

    async def sweep() -> None:
        await asyncio.gather(*(host.inventory.look() for host in hosts))

    dying = [member.hypervisor.inventory.look for member in bench.fleet.members if member not in bench.alive]
    warm = await least(folder, server, sweep)
    among_dead = await least(folder, server, sweep, beside=dying)
    found |= {
        "warm sweep, s": warm.wall,
        "CPU of it, s": warm.cpu,
        "CPU of the hosts, s": warm.served,
        "with dead hosts, of that": among_dead.wall / warm.wall,
        "memory, MB": resident(),
    }
    for each in hosts:
        assert isinstance(each.host, SshHost)
        each.host._often_asked._without = math.inf
    lines = [_compared("by ssh", await least(folder, server, sweep), warm)]
    names = [f"127.0.{1 + at // 200}.{1 + at % 200}" for at in range(count)]
    for name, argv in others(folder, server, names).items():

        async def ask(argv: Sequence[str] = argv) -> None:
            done = await process.run(argv, timeout=_PATIENCE, environment={"LC_ALL": "C.UTF-8"})
            if done.text.count("Domain-0") < count:
                raise RuntimeError(f"{argv[0]} has not asked all: {done.text[-500:]}{done.words[-5:]}")

        lines.append(_compared(name, await least(folder, server, ask), warm))
    await bench.fleet.close()
    await asyncio.gather(*(hypervisor.host.close() for hypervisor in bench.hypervisors))
    return found, lines


def _compared(name: str, cost: Cost, ours: Cost) -> str:
    return (
        f"{name:24} {cost.wall:8.2f} s ({cost.wall / ours.wall:5.1f} x), CPU {cost.cpu:7.2f} s"
        f" ({cost.cpu / ours.cpu:5.1f} x), of the hosts {cost.served:7.2f} s"
    )


def others(folder: Path, server: Server, names: Sequence[str]) -> dict[str, list[str]]:
    """The command lines of other tools that ask all hosts, by the connections that are there."""
    _ssh, *options = server.client(server.port)
    options += ["-o", f"ControlPath={folder}/xentui/%C"]
    made = {}
    if parallel := shutil.which("parallel-ssh"):
        hosts = folder / "hosts"
        hosts.write_text("".join(f"{name}\n" for name in names))
        made["parallel-ssh"] = [
            *(parallel, "-h", str(hosts), "-i", "-p", _AT_ONCE, "-t", "0"),
            *("-x", shlex.join(options), "xl list -v"),
        ]
    if ansible := shutil.which("ansible"):
        inventory = folder / "inventory"
        inventory.write_text("".join(f"{name} ansible_port={server.port}\n" for name in names))
        made["ansible -m raw"] = [
            *(ansible, "all", "-i", str(inventory), "-f", _AT_ONCE, "-m", "raw", "-a", "xl list -v"),
            *("--ssh-common-args", shlex.join(options)),
        ]
    return made


@contextlib.contextmanager
def ground(count: int) -> Iterator[tuple[Path, Server]]:
    """An sshd with recorded tools, and a store of five stored domains for each host."""
    with tempfile.TemporaryDirectory(prefix="xentui-bench-") as name:
        folder = Path(name)
        os.environ["XDG_RUNTIME_DIR"] = name
        tools = recorded_tools(folder, DOMAINS)
        # What this user's shell reads at each session would cost more than all there is to measure.
        server = Server(folder, f"SetEnv PATH={tools}:/usr/bin:/bin HOME={folder}\n", "0.0.0.0")  # noqa: S104
        for at in range(count):
            root = folder / "stores" / str(at)
            root.mkdir(parents=True)
            for number in range(5):
                uuid = f"11111111-2222-3333-{at:04d}-{number:012d}"
                text = f'name = "vm{number}"\nuuid = "{uuid}"\nmemory = 64\n'
                agent.dispatch(str(root), "create", {"uuid": uuid, "name": f"vm{number}", "text": text})
        try:
            yield folder, server
        finally:
            server.close()


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else HOSTS
    dead = count // 10
    with ground(count) as (folder, server):
        found, lines = asyncio.run(measure(folder, server, count, dead))
    passed = True
    for name, value in found.items():
        limit = LIMITS.get(name)
        passed &= limit is None or value <= limit
        print(
            f"{count:>5} hosts x {DOMAINS} domains: {name:26} {value:8.2f}{f'   limit {limit:g}' if limit else ''}"
        )
    print("\n".join(lines))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
