"""The screen of 200 hosts from what they held last, while none of them answers: first list, and a key in it.

Run as ``python -m benchmarks.many``; exits 1 where a limit is passed.  ``ssh`` is a script that never logs in.  All is
CPU time on a pseudo-terminal of 80x24, each round of all cases after the other, compared by the least of them: the
first list of many hosts against that of two, a key among 4,000 rows against one among 2,000.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from benchmarks.screen import Keys, Start, keys, marked, start, usable
from benchmarks.terminal import Terminal, environment
from xentui.fleet.cache import LastLooks
from xentui.model.domain import Domain, HostInfo, Snapshot
from xentui.model.state import DomainState

EACH = 20
TWO, HALF, ALL = 2, 100, 200
STARTS, ROUNDS = 7, 4
FIRST_TIMES, KEY_TIMES = 1.2, 1.2
_SSH = """#!/bin/sh
case " $* " in
*" -G "*) exit 0 ;;
*" -O "*) exit 1 ;;
esac
exec sleep 1000
"""


def ground(folder: Path, hosts: int) -> dict[str, str]:
    """An environment in which so many hosts are a group ``all``, each with a look of an hour ago."""
    place = folder / str(hosts)
    (place / "config" / "xentui").mkdir(parents=True)
    ssh = place / "ssh"
    ssh.write_text(_SSH)
    ssh.chmod(0o755)
    names = [f"xen{number:03}" for number in range(hosts)]
    lines = [f"[groups]\nall = {json.dumps(names)}\n"]
    lines += [f'[hosts.{name}]\naddress = "ssh://root@{name}.example.org"\n' for name in names]
    (place / "config" / "xentui" / "config.toml").write_text("\n".join(lines))
    looks = LastLooks(lambda: place / "state" / "xentui")
    for at, name in enumerate(names):
        domains = tuple(
            Domain(
                f"vm{at}-{number}", f"{at:08x}-0000-4000-8000-{number:012d}", DomainState.RUNNING, number,
                managed=True, memory_kib=1 << 20, maxmem_kib=1 << 20, vcpus=2,
            )
            for number in range(EACH)
        )  # fmt: skip
        looks.put(name, Snapshot(name, time.time() - 3600, domains), HostInfo(name, "4.17", 65536, 32768, 16))
    looks.save()
    return {
        **environment(place),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "XENTUI_SSH": str(ssh),
        "XDG_RUNTIME_DIR": str(place),
    }


def screen(surroundings: Mapping[str, str]) -> Terminal:
    """Start the screen on all hosts."""
    return Terminal([sys.executable, "-m", "xentui", "--hosts", "all"], surroundings)


def measured(surroundings: Mapping[str, str]) -> Keys:
    """A round of keys in the list."""
    terminal = start(partial(screen, surroundings), usable, Start())
    terminal.rest(3)
    found = keys(terminal, lambda: marked(terminal))
    terminal.close()
    return found


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="xentui-bench-") as name:
        places = {hosts: ground(Path(name), hosts) for hosts in (TWO, HALF, ALL)}
        starts = {hosts: Start() for hosts in (TWO, ALL)}
        for number in range(1 + STARTS):
            for hosts, into in starts.items():
                # The first compiles.
                start(partial(screen, places[hosts]), usable, into if number else Start()).close()
        rounds: dict[int, list[Keys]] = {HALF: [], ALL: []}
        for _ in range(ROUNDS):
            for hosts, into_keys in rounds.items():
                into_keys.append(measured(places[hosts]))
    first = {hosts: min(into.cpu) for hosts, into in starts.items()}
    wall = {hosts: min(into.wall) for hosts, into in starts.items()}
    key = {hosts: min(each.cpu for each in of) for hosts, of in rounds.items()}
    waits = {hosts: min(each.half for each in of) for hosts, of in rounds.items()}
    times, key_times = first[ALL] / first[TWO], key[ALL] / key[HALF]
    print(
        f"first list of {TWO} hosts, from what they held last:      {first[TWO]:8.1f} ms CPU, {wall[TWO]:8.1f} ms"
    )
    print(
        f"of {ALL} hosts x {EACH} domains:                     {first[ALL]:8.1f} ms CPU, {wall[ALL]:8.1f} ms"
    )
    print(f"  times that of two: {times:.2f}   limit {FIRST_TIMES:g}")
    for hosts in (HALF, ALL):
        print(f"a key among {hosts * EACH:,} rows: {key[hosts]:8.2f} ms CPU, {waits[hosts]:8.2f} ms")
    print(f"  times that among half as many: {key_times:.2f}   limit {KEY_TIMES:g}")
    print(f"  bytes of one: {statistics.median(each.bytes for each in rounds[ALL]):.0f}")
    return int(times > FIRST_TIMES or key_times > KEY_TIMES)


if __name__ == "__main__":
    sys.exit(main())
