"""What ``xentop -b`` prints, read (xentop.c; checked against Xen 4.17)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from xentui.model.state import DomainState, from_xentop_letters
from xentui.text import shown_name


@dataclass(frozen=True, slots=True)
class Sample:
    """One domain's row in one ``xentop -b`` block; counters since boot, memory and traffic in KiB."""

    name: str
    state: DomainState
    cpu_seconds: float
    cpu_percent: float
    memory_kib: int
    vcpus: int
    net_tx_kib: int
    net_rx_kib: int
    disk_reads: int
    disk_writes: int
    sectors_read: int
    sectors_written: int


_LINE_LIMIT = 4096
# MAXMEM of Domain-0 may read `no limit` and `n/a`, which a split by blanks would shift.
_NUMBER = r"[0-9]{1,18}"
_SAMPLE = re.compile(
    r"^[ \t]*+(?P<name>.*?)[ \t]++(?P<state>[d-][s-][b-][c-][p-][r-]) +"
    rf"(?P<cpu>{_NUMBER}) +(?P<percent>{_NUMBER}(?:\.[0-9]{{1,9}})?) +(?P<mem>{_NUMBER}) +"
    rf"[0-9.]+ +(?:no limit|{_NUMBER}) +(?:n/a|[0-9.]+) +(?P<vcpus>{_NUMBER}) +{_NUMBER} +(?P<tx>{_NUMBER}) +"
    rf"(?P<rx>{_NUMBER}) +{_NUMBER} +{_NUMBER} +(?P<rd>{_NUMBER}) +(?P<wr>{_NUMBER}) +"
    rf"(?P<rsect>{_NUMBER}) +(?P<wsect>{_NUMBER})"
)


def sample(line: str) -> Sample | None:
    """Read one row of ``xentop -b -f``; None for anything else."""
    match = _SAMPLE.match(line[:_LINE_LIMIT])
    if not match:
        return None
    return Sample(
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
    """Whether a line of ``xentop -b`` starts a new block."""
    return line.split(maxsplit=2)[:2] == ["NAME", "STATE"]
