"""What a toolstack answers to other questions than which domains there are."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass
from xentui.model.configuration import DomainConfig
from xentui.model.state import DomainState


@dataclass(frozen=True, slots=True)
class SavedImage:
    """A file with a guest's memory: name and configuration of its domain, None where they cannot be read."""

    name: str = ""
    config: DomainConfig | None = None


@dataclass(frozen=True, slots=True)
class LoadSample:
    """What one domain has used by now; counters since its boot, memory and traffic in KiB."""

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


@dataclass(frozen=True, slots=True)
class RefusedDevices:
    """The numbers of the devices a domain is said to have and that were never connected."""

    disks: frozenset[int] = frozenset()
    interfaces: frozenset[int] = frozenset()


class ConsoleTrouble(StrEnum):
    """Why a console could not be attached to."""

    HELD = "held"
    """Another client has it."""
    NOT_YET = "not-yet"
    """The domain is listed before it has its console."""


@dataclass(frozen=True, slots=True)
class HostVerdict:
    """What the host's own tool says of a configuration.

    ``words`` are all it said; ``refusal`` is why it does not take it ("": it does), in the line ``line`` of the text
    (0: it names none); ``hint`` is what to do.
    """

    words: tuple[str, ...] = ()
    refusal: str = ""
    line: int = 0
    hint: str = ""
