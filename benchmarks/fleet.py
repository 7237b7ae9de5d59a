"""Many hosts over OpenSSH: time and CPU of a sweep, what dead hosts change about it, and memory.

Run as ``python -m benchmarks.fleet [HOSTS]`` (200) with OpenSSH's server installed, 12 MB of memory free for each host.
The hosts are addresses of 127.0.0.0/8 on one sshd of our own, each with a connection, an agent and a store of its own;
``xl`` is a script there that prints recorded answers of 20 domains.  Exits 1 where a limit is passed.

A sweep is a look at every host, as the screen repeats it.  CPU time is that of this process and of all its ssh, masters
included; what sshd and the far commands take on the same machine is not in it, but in the wall time.  A dead host is a
port on which a login begins and nothing answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.recorded import recorded_tools
from benchmarks.slow_line import Server
from xentui import agent
from xentui.fleet.fleet import Fleet
from xentui.fleet.member import FleetMember
from xentui.fleet.seen import HostSeen
from xentui.hosts.logins import Logins
from xentui.hosts.ssh import SshHost
from xentui.service.hypervisor import Hypervisor

HOSTS, DOMAINS = 200, 20
SWEEPS = 3
LIMITS = {"warm sweep, s": 2.0, "CPU of it, s": 1.5, "with dead hosts, of that": 1.1, "memory, MB": 250.0}
_PATIENCE = 300.0
_TICK = 0.02


class Silence:
    """A port that takes connections and says nothing."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
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


async def measure(folder: Path, server: Server, count: int, dead: int) -> dict[str, float]:
    """Follow the hosts: until each has been looked at, and some sweeps after that, the least of which counts."""
    bench = Bench(folder, server, count, dead)
    following = asyncio.ensure_future(bench.fleet.run())
    began, used = time.monotonic(), cpu(folder)
    await bench.all_seen(0.0)
    found = {"first list, s": time.monotonic() - began, "CPU of that, s": cpu(folder) - used}
    await asyncio.sleep(20.0)  # what `xl list -l` tells comes after the list
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    sweeps = []
    for _ in range(SWEEPS):
        began, used = time.monotonic(), cpu(folder)
        dying = [
            asyncio.ensure_future(member.hypervisor.inventory.look())
            for member in bench.fleet.members
            if member.name.startswith("dead")
        ]
        await asyncio.gather(*(member.hypervisor.inventory.look() for member in bench.alive))
        sweeps.append((time.monotonic() - began, cpu(folder) - used))
        for each in dying:
            each.cancel()
        await asyncio.gather(*dying, return_exceptions=True)
    found |= {
        "warm sweep, s": min(wall for wall, _cpu in sweeps),
        "CPU of it, s": min(taken for _wall, taken in sweeps),
        "memory, MB": resident(),
    }
    await bench.fleet.close()
    await asyncio.gather(*(each.host.close() for each in bench.hypervisors))
    return found


@contextlib.contextmanager
def ground(count: int) -> Iterator[tuple[Path, Server]]:
    """An sshd with recorded tools, and a store of five stored domains for each host."""
    with tempfile.TemporaryDirectory(prefix="xentui-bench-") as name:
        folder = Path(name)
        os.environ["XDG_RUNTIME_DIR"] = name
        tools = recorded_tools(folder, DOMAINS)
        server = Server(folder, f"SetEnv PATH={tools}:{os.environ['PATH']}\n", "0.0.0.0")  # noqa: S104
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
        well = asyncio.run(measure(folder, server, count, 0))
        some = asyncio.run(measure(folder, server, count, dead))
    share = some["warm sweep, s"] / well["warm sweep, s"] * count / (count - dead)
    passed = True
    for name, value in {**well, "with dead hosts, of that": share}.items():
        limit = LIMITS.get(name)
        passed &= limit is None or value <= limit
        print(
            f"{count:>5} hosts x {DOMAINS} domains: {name:26} {value:8.2f}{f'   limit {limit:g}' if limit else ''}"
        )
    print(f"{count:>5} hosts, {dead} of them dead: first list of the others {some['first list, s']:8.2f} s")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
