"""``xentop -b``: a table of all domains, again and again (tools/xentop/xentop.c)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xentui.simulator import host
from xentui.simulator.call import Call, Exit
from xentui.simulator.guest import Guest

_COLUMNS = (
    ("NAME", 10), ("STATE", 6), ("CPU(sec)", 10), ("CPU(%)", 6), ("MEM(k)", 10), ("MEM(%)", 6),
    ("MAXMEM(k)", 10), ("MAXMEM(%)", 9), ("VCPUS", 5), ("NETS", 4), ("NETTX(k)", 8), ("NETRX(k)", 8),
    ("VBDS", 4), ("VBD_OO", 8), ("VBD_RD", 8), ("VBD_WR", 8), ("VBD_RSECT", 10), ("VBD_WSECT", 10),
    ("SSID", 4),
)  # fmt: skip
_HEAD = " ".join(f"{name:>{width}}" for name, width in _COLUMNS) + "\n"
_USAGE = """Usage: /usr/lib/xen-4.17/bin/xentop [OPTION]
Displays ongoing information about xen vm resources \n
-h, --help           display this help and exit
-V, --version        output version information and exit
-d, --delay=SECONDS  seconds between updates (default 3)
-n, --networks       output vif network data
-x, --vbds           output vbd block device data
-r, --repeat-header  repeat table header before each domain
-v, --vcpus          output vcpu data
-b, --batch\t     output in batch mode, no user input accepted
-i, --iterations     number of iterations before exiting
-f, --full-name      output the full domain name (not truncated)

Report bugs to <xen-devel@lists.xen.org>.
"""
_LONG = {
    "help": "h", "version": "V", "delay": "d", "networks": "n", "vbds": "x", "repeat-header": "r",
    "vcpus": "v", "batch": "b", "iterations": "i", "full-name": "f",
}  # fmt: skip


def run(call: Call, words: Sequence[str]) -> int:
    """``xentop -b [-d SECONDS] [-i N] [-f]``; without ``-i`` it goes on until it is stopped."""
    given = _options(call, words)
    if "b" not in given:
        raise call.fail("xentop: the simulator knows batch mode (-b) only")
    delay = float(given.get("d") or 3)
    rounds = int(given.get("i") or 0)
    before: dict[int, tuple[float, float]] = {}
    done = 0
    while True:
        now = call.now()
        guests = call.state.guests()[::-1]
        total = host.hardware(call.state).memory_mb * 1024
        listings = dict(zip((guest.domid for guest in guests[::-1]), call.state.listings(), strict=True))
        lines = [_HEAD]
        for guest in guests:
            lines.append(
                _row(total, listings[guest.domid], guest, now, before.get(guest.domid), full="f" in given)
            )
        before = {guest.domid: (now, guest.cpu_seconds(now)) for guest in guests}
        call.out("".join(lines))
        done += 1
        if done == rounds or call.sleep(delay) or call.cancel.is_set():
            return 0


def _options(call: Call, words: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    queue = list(words)
    while queue:
        word = queue.pop(0)
        letters = word[1:]
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            letters = _LONG.get(name, "?") + (value if equals else "")
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter not in "hVdnxrvbif":
                call.err(f"/usr/lib/xen-4.17/bin/xentop: invalid option -- '{letter}'\n")
                call.out(_USAGE)
                raise Exit(0)
            if letter == "h":
                call.out(_USAGE)
                raise Exit(0)
            if letter in "di":
                value = letters or (queue.pop(0) if queue else "")
                given[letter] = value if re.fullmatch(r"\d{1,6}", value) else ""
                letters = ""
            else:
                given[letter] = ""
    return given


def _row(
    total: int, config: str, guest: Guest, now: float, before: tuple[float, float] | None, *, full: bool
) -> str:
    seconds = guest.cpu_seconds(now)
    share = 0.0
    if before is not None and now > before[0]:
        share = max(0.0, 100 * (seconds - before[1]) / (now - before[0]))
    nets, disks = config.count('"mac": '), config.count('"vdev": ')
    work = int(seconds * 10)
    # The hypervisor's own ceiling is what the domain may have now, and a little for its overhead.
    ceiling = guest.target_kb + (1024 if guest.domid else 0)
    cells = (
        guest.name if full else guest.name[:10],
        guest.xentop_letters(now),
        f"{seconds:.0f}",
        f"{share:.1f}",
        str(guest.mem_kb),
        f"{100 * guest.mem_kb / total:.1f}",
        str(ceiling),
        f"{100 * ceiling / total:.1f}",
        str(guest.max_vcpus),
        str(nets),
        str(work * 7 if nets else 0),
        str(work * 11 if nets else 0),
        str(disks),
        "0",
        str(work * 3 if disks else 0),
        str(work * 2 if disks else 0),
        str(work * 90 if disks else 0),
        str(work * 40 if disks else 0),
        "0",
    )
    return " ".join(f"{cell:>{width}}" for cell, (_, width) in zip(cells, _COLUMNS, strict=True)) + "\n"
