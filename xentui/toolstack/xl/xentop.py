"""What ``xentop -b`` prints, read (xentop.c; checked against Xen 4.17)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator

from xentui.hosts.base import Stream
from xentui.model.answers import LoadSample
from xentui.text import shown_name
from xentui.toolstack.xl.states import from_xentop_letters

_LINE_LIMIT = 4096
_MOST = 40_000
"""Rows of one sample: Xen runs 32,000 domains at most."""
_BATCH = 50
"""Rows read in one go, so that two thousand domains do not hold the event loop."""
# MAXMEM of Domain-0 may read `no limit` and `n/a`, which a split by blanks would shift.
_NUMBER = r"[0-9]{1,18}"
_SAMPLE = re.compile(
    r"^[ \t]*+(?P<name>.*?)[ \t]++(?P<state>[d-][s-][b-][c-][p-][r-]) +"
    rf"(?P<cpu>{_NUMBER}) +(?P<percent>{_NUMBER}(?:\.[0-9]{{1,9}})?) +(?P<mem>{_NUMBER}) +"
    rf"[0-9.]+ +(?:no limit|{_NUMBER}) +(?:n/a|[0-9.]+) +(?P<vcpus>{_NUMBER}) +{_NUMBER} +(?P<tx>{_NUMBER}) +"
    rf"(?P<rx>{_NUMBER}) +{_NUMBER} +{_NUMBER} +(?P<rd>{_NUMBER}) +(?P<wr>{_NUMBER}) +"
    rf"(?P<rsect>{_NUMBER}) +(?P<wsect>{_NUMBER})"
)


def sample(line: str) -> LoadSample | None:
    """Read one row of ``xentop -b -f``; None for anything else."""
    match = _SAMPLE.match(line[:_LINE_LIMIT])
    if not match:
        return None
    return LoadSample(
        name=shown_name(match["name"]),
        state=from_xentop_letters(match["state"]),
        cpu_seconds=float(match["cpu"]),
        cpu_percent=float(match["percent"]),
        memory_kib=int(match["mem"]),
        vcpus=int(match["vcpus"]),
        net_tx_kib=int(match["tx"]),
        net_rx_kib=int(match["rx"]),
        disk_reads=int(match["rd"]),
        disk_writes=int(match["wr"]),
        sectors_read=int(match["rsect"]),
        sectors_written=int(match["wsect"]),
    )


def is_header(line: str) -> bool:
    """Return whether a line of ``xentop -b`` starts a new block."""
    return line.split(maxsplit=2)[:2] == ["NAME", "STATE"]


async def blocks(stream: Stream) -> AsyncGenerator[dict[str, LoadSample], None]:
    """Yield the samples of ``xentop -b -f`` by domain name, each as soon as the next one begins."""
    block: dict[str, LoadSample] = {}
    async for raw in stream.lines():
        line = raw.decode("utf-8", "replace")
        if is_header(line):
            if block:
                yield block
            block = {}
        elif len(block) < _MOST and (row := sample(line)):
            block[row.name] = row
            if len(block) % _BATCH == 0:
                await asyncio.sleep(0)  # what has arrived is read without a pause otherwise
