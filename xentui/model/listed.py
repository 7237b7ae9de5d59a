"""What a toolstack tells of a host: the domains there are, what they do, what is in a memory image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from xentui.model.configuration import DomainConfig
from xentui.model.state import DomainState
from xentui.text import is_odd, shown_name


@dataclass(frozen=True, slots=True)
class ListedDomain:
    """A domain the hypervisor holds; memory in MiB, time in seconds; uuid "" where the toolstack does not tell.

    ``name`` is as it is shown, ``odd`` whether that is not what it is (:func:`xentui.text.shown_name`).
    ``asleep``: the guest was stopped for its memory to be saved (its shutdown reason is suspend).
    """

    name: str
    domid: int
    memory_mib: int
    vcpus: int
    state: DomainState
    cpu_seconds: float
    uuid: str = ""
    odd: bool = False
    asleep: bool = False

    def named(self, name: str) -> ListedDomain:
        """The same domain under the name that its details tell, which is the true one."""
        return (
            self
            if self.name == name and not self.odd
            else replace(self, name=shown_name(name), odd=is_odd(name))
        )


@dataclass(frozen=True, slots=True)
class RunningDetails:
    """What takes longer to learn of a domain: its configuration in force, and its name, letter for letter.

    Of two looks that tell the same of a domain the details are one object.
    """

    name: str
    config: DomainConfig


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
