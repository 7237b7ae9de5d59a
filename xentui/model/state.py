"""The states of a domain, and how xl and xentop spell them."""

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
        return self in (DomainState.RUNNING, DomainState.BLOCKED, DomainState.PAUSED)


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


def from_xl_letters(letters: str) -> DomainState:
    """Read the six state letters of ``xl list`` (``rbpsRd``; the fifth is the shutdown reason).

    ``------`` is a healthy domain that is runnable but on no CPU at that instant: running.
    """
    r, b, p, s, reason, d = tuple((letters + "------")[:6])
    if d == "d":
        return DomainState.DYING
    if s == "s":
        return DomainState.CRASHED if reason in "cw" else DomainState.SHUTDOWN
    if p == "p":
        return DomainState.PAUSED
    if b == "b" and r != "r":
        return DomainState.BLOCKED
    return DomainState.RUNNING


def from_xentop_letters(letters: str) -> DomainState:
    """Read xentop's STATE column, whose order is ``dsbcpr`` (xentop.c)."""
    d, s, b, c, p, _r = tuple((letters + "------")[:6])
    if d == "d":
        return DomainState.DYING
    if c == "c":
        return DomainState.CRASHED
    if s == "s":
        return DomainState.SHUTDOWN
    if p == "p":
        return DomainState.PAUSED
    return DomainState.BLOCKED if b == "b" else DomainState.RUNNING
