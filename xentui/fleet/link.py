"""How it stands with the line to a host."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass


class LinkState(StrEnum):
    """How it stands with the line to a host."""

    CONNECTING = "connecting"
    """It has not answered yet, and has not failed to."""
    UP = "up"
    SLOW = "slow"
    """It answers, but takes long for it."""
    AWAY = "away"
    """It could not be read at the last try."""


@dataclass(frozen=True, slots=True)
class HostLink:
    """The line to a host at one moment.

    ``reason`` says why it is not up ("" where it is); ``next_try`` is the seconds until an absent host is asked again
    (0: it is being asked, or nobody knows); ``age`` the seconds since what is known of it was true (None: nothing is).
    """

    state: LinkState
    reason: str = ""
    next_try: float = 0.0
    age: float | None = None


def aged(seconds: float) -> str:
    """Return seconds in words, by fives from ten on: what is shown need not be sent anew each second."""
    if seconds >= 2 * 86400:
        return f"{seconds / 86400:.0f} days"
    if seconds >= 2 * 3600:
        return f"{seconds / 3600:.0f} h"
    if seconds >= 120:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:.0f} s" if seconds < 10 else f"{seconds // 5 * 5:.0f} s"
