"""A host of recorded answers: what ``xl`` prints for so many domains, taken once from the simulator."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xentui import agent
from xentui.hosts.base import Completed
from xentui.simulator import Simulator

TEXT = """name = "{name}"
uuid = "{uuid}"
memory = 512
maxmem = 1024
vcpus = 2
on_crash = "restart"
bootloader = "pygrub"
disk = ["file:/srv/images/{name}.img,xvda,w"]
vif = ["bridge=xenbr0,mac=00:16:3e:00:00:01"]
"""
_CPU_TIME = re.compile(r"(\d+\.\d)(?= [0-9a-f]{8}-)")


class RecordedHost:
    """As much of a host as a poll needs: recorded answers, and the agent in a worker thread."""

    name = "recorded"
    toolstack = ""
    turns = 0

    def __init__(self, folder: Path, domains: int) -> None:
        simulator = Simulator(folder / "sim", domains=domains)
        self.listing = simulator.run(["xl", "list", "-v"]).stdout
        self.configs = simulator.run(["xl", "list", "-l"]).stdout
        simulator.close()
        self.store_root = str(folder / "store")
        self.calls = 0

    @property
    def domains(self) -> list[tuple[str, str]]:
        """Name and uuid of every running guest."""
        rows = [line.split() for line in self.listing.decode().splitlines()[2:]]
        return [(row[0], row[6]) for row in rows]

    def manage_all(self) -> None:
        """Store a configuration for every guest."""
        flush = os.fsync
        os.fsync = lambda _fd: None  # type: ignore[assignment]
        try:
            for name, uuid in self.domains:
                text = TEXT.format(name=name, uuid=uuid)
                agent.dispatch(self.store_root, "create", {"uuid": uuid, "name": name, "text": text})
        finally:
            os.fsync = flush

    def change(self, share: float) -> None:
        """Let every guest use CPU time, and ``share`` of them get another memory size."""
        text = _CPU_TIME.sub(lambda match: f"{float(match[1]) + 0.1:.1f}", self.listing.decode())
        self.listing = text.encode()
        pieces = self.configs.split(b'"target_memkb": ')
        every = max(1, round(1 / share)) if share else len(pieces)
        for index in range(every, len(pieces), every):
            number = re.match(rb"\d+", pieces[index])
            assert number is not None
            pieces[index] = b"%d" % (int(number[0]) + 1024) + pieces[index][number.end() :]
        self.configs = b'"target_memkb": '.join(pieces)

    async def run(self, argv: Sequence[str], **_: object) -> Completed:
        """Answer a listing."""
        self.calls += 1
        await asyncio.sleep(0.01)
        output = {"-v": self.listing, "-l": self.configs}[argv[2]]
        return Completed(tuple(argv), 0, bytes(bytearray(output)), b"")

    async def call(self, operation: Any, *_: Any, **arguments: Any) -> Any:
        """Run an agent operation as a local host does."""
        return await asyncio.to_thread(agent.dispatch, self.store_root, operation, arguments)

    def host_path(self, path: str) -> str:
        """The host's own files lie beside the store."""
        return f"{self.store_root}-files{path}"

    def shown(self, text: str) -> str:
        """The text as it is."""
        return text


def recorded_tools(folder: Path, domains: int, *, moments: int = 1) -> Path:
    """A folder of ``xl``, ``xentop`` and ``xenstore-watch`` that say what was recorded, for the host ``local``.

    Of several ``moments``, a second apart, the short list tells another each time, and xentop one a second; of one
    xentop tells nothing.
    """
    began = time.time()
    now = began
    simulator = Simulator(folder / "sim", domains=domains, clock=lambda: now)
    cases = []
    for words in ("list -l", "info", "uptime"):
        answer = folder / words.replace(" ", "")
        answer.write_bytes(simulator.run(["xl", *words.split()]).stdout)
        cases.append(f'"{words}") exec cat {answer};;')
    for moment in range(moments):
        now = began + moment
        (folder / f"listv{moment}").write_bytes(simulator.run(["xl", "list", "-v"]).stdout)
        block = simulator.run(["xentop", "-b", "-f", "-i", "1"]).stdout
        (folder / f"xentop{moment}").write_bytes(block)
    simulator.close()
    one = "0" if moments == 1 else f"$(($(date +%s) % {moments}))"
    cases.append(f'"list -v") exec cat {folder}/listv{one};;')
    seconds = [f"cat {folder}/xentop{moment}; sleep 1" for moment in range(moments)]
    tools = folder / "tools"
    tools.mkdir()
    for name, lines in {
        "xl": ['case "$*" in', *cases, "esac", "exit 1"],
        "xentop": ["while :; do", *seconds, "done"] if moments > 1 else ["exec sleep 1000"],
        "xenstore-watch": ["exec sleep 1000"],
    }.items():
        tool = tools / name
        tool.write_text("\n".join(["#!/bin/sh", *lines, ""]))
        tool.chmod(0o755)
    return tools


def store_all(folder: Path) -> None:
    """Store a configuration for every guest of the tools in ``folder``, in its ``store``."""
    flush = os.fsync
    os.fsync = lambda _fd: None  # type: ignore[assignment]
    try:
        for line in (folder / "listv0").read_text().splitlines()[2:]:
            name, uuid = line.split()[0], line.split()[6]
            text = TEXT.format(name=name, uuid=uuid)
            agent.dispatch(str(folder / "store"), "create", {"uuid": uuid, "name": name, "text": text})
    finally:
        os.fsync = flush


@contextmanager
def recorded_host(domains: int, *, managed: bool = False) -> Iterator[RecordedHost]:
    """A recorded host in a folder in memory, where there is one."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="xentui-bench-", dir=place) as folder:
        host = RecordedHost(Path(folder), domains)
        if managed:
            host.manage_all()
        yield host
