"""Load figures: one long-running ``xentop -b``, its counters turned into rates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from xentui.service.session import Session
from xentui.toolstack.xl import argv as xl
from xentui.toolstack.xl import xentop

_SECTOR = 512
_MOST = 40_000
"""Rows of one sample: Xen runs 32,000 domains at most."""
_BATCH = 50
"""Rows read in one go, so that two thousand domains do not hold the event loop."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one domain did since the last sample: CPU in percent of one CPU, traffic in bytes a second."""

    name: str
    cpu_percent: float
    memory_kib: int
    net_tx: float = 0.0
    net_rx: float = 0.0
    disk_read: float = 0.0
    disk_write: float = 0.0


class Statistics:
    """Reads xentop as long as it is iterated."""

    def __init__(self, session: Session, *, seconds: int = 1) -> None:
        self._session = session
        self._seconds = seconds

    async def loads(self) -> AsyncGenerator[dict[str, Load], None]:
        """One table of loads by domain name a sample; the first, whose rates are not known yet, is left out.

        Ends when xentop does.  Raises HostError where it cannot be started.
        """
        stream = await self._session.host.stream(xl.xentop(self._seconds))
        last: dict[str, xentop.Sample] | None = None
        block: dict[str, xentop.Sample] = {}
        loads: dict[str, Load] = {}
        try:
            async for raw in stream.lines():
                line = raw.decode("utf-8", "replace")
                if xentop.is_header(line):
                    if loads:
                        yield loads
                    last, block, loads = block or last, {}, {}
                elif len(block) < _MOST and (row := xentop.sample(line)):
                    block[row.name] = row
                    if last is not None:
                        loads[row.name] = self._load(last.get(row.name, row), row)
                    if len(block) % _BATCH == 0:
                        await asyncio.sleep(0)  # what has arrived is read without a pause otherwise
        finally:
            await stream.close()

    def _load(self, last: xentop.Sample, now: xentop.Sample) -> Load:
        def rate(before: int, after: int, unit: int) -> float:
            # A counter that went back belongs to a new boot of the domain.
            return max(after - before, 0) * unit / self._seconds

        return Load(
            name=now.name,
            cpu_percent=now.cpu_percent,
            memory_kib=now.memory_kib,
            net_tx=rate(last.net_tx_kib, now.net_tx_kib, 1024),
            net_rx=rate(last.net_rx_kib, now.net_rx_kib, 1024),
            disk_read=rate(last.sectors_read, now.sectors_read, _SECTOR),
            disk_write=rate(last.sectors_written, now.sectors_written, _SECTOR),
        )
