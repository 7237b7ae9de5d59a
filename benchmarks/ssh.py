"""What polls over one kept SSH connection cost: processes and CPU time a poll.

Run as ``python -m benchmarks.ssh``; exits 1 where a poll starts more than one ssh for each ``xl`` call.  A shell
script stands for ssh: the figures are those of this side, without cryptography.  Baseline of the same run: the
same number of scripts started by themselves.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.recorded import RecordedHost
from xentui.hosts import process
from xentui.hosts.ssh import SshHost
from xentui.service.inventory import Inventory
from xentui.service.session import Session
from xentui.store import ManagedStore
from xentui.toolstack.choose import toolstack_for

POLLS = 10
XL_CALLS = 1
"""``xl list -l``: what else a poll asks the agent runs."""
SSH = """#!/bin/sh
echo started >> "{folder}/starts"
for word in "$@"; do [ "$word" = check ] && exit 0; done
for word in "$@"; do :; done
PATH="{folder}:$PATH" exec /bin/sh -c "$word"
"""
XL = """#!/bin/sh
exec cat "{folder}/answer$2"
"""


def used() -> float:
    """CPU time of this process and its ended children, in milliseconds."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (time.process_time() + children.ru_utime + children.ru_stime) * 1000


async def measure(folder: Path, domains: int) -> int:
    recorded = RecordedHost(folder, domains)
    (folder / "answer-v").write_bytes(recorded.listing)
    (folder / "answer-l").write_bytes(recorded.configs)
    for name, script in (("ssh", SSH), ("xl", XL)):
        (folder / name).write_text(script.format(folder=folder))
        (folder / name).chmod(0o755)
    starts = folder / "starts"
    host = SshHost("ssh://root@xen1", command=str(folder / "ssh"), store_root=recorded.store_root)
    inventory = Inventory(Session(host, toolstack_for(host), ManagedStore(host)))
    before = used()
    await inventory.poll()
    first = used() - before
    connecting = len(starts.read_text().splitlines())
    starts.write_text("")
    before = used()
    for _ in range(POLLS):
        await inventory.poll()
    later = (used() - before) / POLLS
    started = len(starts.read_text().splitlines())
    before = used()
    for _ in range(POLLS):
        for kind in ("-v", "-l"):
            await process.run([str(folder / "ssh"), f"xl list {kind}"])
    alone = (used() - before) / POLLS
    await host.close()
    print(f"{domains:>6,} domains: {'first poll':24} {first:8.1f} ms {connecting:5} processes")
    print(f"{'':16} {'a poll after that':24} {later:8.1f} ms {started / POLLS:7.1f} processes")
    print(f"{'':16} {'the scripts alone':24} {alone:8.1f} ms")
    return started


def main() -> int:
    passed = True
    for domains in (13, 2_000):
        with tempfile.TemporaryDirectory(prefix="xentui-bench-") as folder:
            os.environ["XDG_RUNTIME_DIR"] = folder
            passed &= asyncio.run(measure(Path(folder), domains)) <= POLLS * XL_CALLS
    print(f"no more than {XL_CALLS} processes a poll: {'yes' if passed else 'NO'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
