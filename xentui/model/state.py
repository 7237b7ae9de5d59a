"""The states of a domain."""

from __future__ import annotations

from enum import StrEnum


class DomainState(StrEnum):
    """One word a domain; the words of ``xentui list --json``."""

    RUNNING = "running"
    BLOCKED = "blocked"
    PAUSED = "paused"
    SHUTDOWN = "shutdown"
    CRASHED = "crashed"
    DYING = "dying"
    SUSPENDED = "suspended"
    OFF = "off"

    @property
    def letter(self) -> str:
        """The letter ``xl list`` shows for it; ``-`` for off, ``S`` for suspended in the store."""
        return _LETTERS[self]

    @property
    def exists(self) -> bool:
        """Whether the hypervisor holds a domain in this state (it has a domid)."""
        return self not in (DomainState.OFF, DomainState.SUSPENDED)

    @property
    def alive(self) -> bool:
        """Whether the guest can still execute: running, blocked or paused."""
        return self in ALIVE


ALIVE = frozenset({DomainState.RUNNING, DomainState.BLOCKED, DomainState.PAUSED})
"""The states in which a guest can still execute."""
_LETTERS = {
    DomainState.RUNNING: "r",
    DomainState.BLOCKED: "b",
    DomainState.PAUSED: "p",
    DomainState.SHUTDOWN: "s",
    DomainState.CRASHED: "c",
    DomainState.DYING: "d",
    DomainState.SUSPENDED: "S",
    DomainState.OFF: "-",
}
