"""How xl and xentop spell the state of a domain."""

from __future__ import annotations

from functools import lru_cache

from xentui.model.state import DomainState


@lru_cache(maxsize=64)
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


@lru_cache(maxsize=64)
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
