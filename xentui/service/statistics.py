"""Load figures: the counters of the domains turned into rates."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from xentui.frozen import dataclass
from xentui.model.answers import LoadSample
from xentui.service.session import Session

_SECTOR = 512


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
    """Samples the host as long as it is iterated."""

    def __init__(self, session: Session, *, seconds: int = 1) -> None:
        self._session = session
        self._seconds = seconds

    async def loads(self) -> AsyncGenerator[dict[str, Load], None]:
        """Yield one table of loads by domain name a sample; the first, whose rates are not known yet, is left out.

        Ends when the toolstack's own tool does.  Raises HostError where it cannot be started.
        """
        last: Mapping[str, LoadSample] | None = None
        loads: dict[str, Load] = {}
        still: dict[str, LoadSample] = {}
        async with aclosing(self._session.toolstack.samples(self._seconds)) as samples:
            async for block in samples:
                if last is not None:
                    told, loads, seen, still = loads, {}, still, {}
                    for name, row in block.items():
                        before = last.get(name, row)
                        if before is row:
                            # It does nothing: where it did nothing before either its load is the same object.
                            still[name] = row
                            loads[name] = told[name] if seen.get(name) is row else self._load(row, row)
                        else:
                            loads[name] = self._load(before, row)
                    yield loads
                last = block

    def _load(self, last: LoadSample, now: LoadSample) -> Load:
        return Load(
            now.name,
            now.cpu_percent,
            now.memory_kib,
            self._rate(last.net_tx_kib, now.net_tx_kib, 1024),
            self._rate(last.net_rx_kib, now.net_rx_kib, 1024),
            self._rate(last.sectors_read, now.sectors_read, _SECTOR),
            self._rate(last.sectors_written, now.sectors_written, _SECTOR),
        )

    def _rate(self, before: int, after: int, unit: int) -> float:
        # A counter that went back belongs to a new boot of the domain.
        return (after - before) * unit / self._seconds if after > before else 0.0
