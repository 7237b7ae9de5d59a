"""What ``xentop -b`` prints, read (xentop.c; checked against Xen 4.17)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from sys import intern

from xentui.hosts.base import Stream
from xentui.model.answers import LoadSample
from xentui.text import shown_name
from xentui.toolstack.xl.states import from_xentop_letters

_LINE_LIMIT = 4096
_MOST = 40_000
"""Rows of one sample: Xen runs 32,000 domains at most."""
_KEPT_LINE = 512
"""Characters of a line that is compared with the next; it is not kept for that where it is longer."""
_BATCH = 200
"""Rows read in one go, so that two thousand domains do not hold the event loop."""
# MAXMEM of Domain-0 may read `no limit` and `n/a`, which a split by blanks would shift.
_NUMBER = r"[0-9]{1,18}"
# The groups are the fields of a sample, in their order.
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
    name, letters, seconds, percent, *counters = match.groups()
    return LoadSample(
        intern(shown_name(name)),
        from_xentop_letters(letters),
        float(seconds),
        float(percent),
        *map(int, counters),
    )


def is_header(line: str) -> bool:
    """Return whether a line of ``xentop -b`` starts a new block."""
    return line.split(maxsplit=2)[:2] == ["NAME", "STATE"]


async def blocks(stream: Stream) -> AsyncGenerator[dict[str, LoadSample], None]:
    """Yield the samples of ``xentop -b -f`` by domain name, each as soon as the next one begins.

    A domain whose line is that of the sample before has the same object: most of thousands do nothing.
    """
    block: dict[str, LoadSample] = {}
    before: dict[bytes, LoadSample] = {}
    read: dict[bytes, LoadSample] = {}
    lines = 0
    async for raw in stream.lines():
        lines += 1
        if lines % _BATCH == 0:
            await asyncio.sleep(0)  # what has arrived is read without a pause otherwise
        row = before.get(raw)
        if row is None:
            line = raw.decode("utf-8", "replace")
            if is_header(line):
                if block:
                    yield block
                block, before, read = {}, read, {}
                continue
            row = sample(line)
        if row is not None and len(block) < _MOST:
            block[row.name] = row
            if len(raw) <= _KEPT_LINE:
                read[raw] = row
