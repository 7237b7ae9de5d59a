"""Has the screen poll as on a host that answers at once, however busy the machine is."""

from __future__ import annotations


def poll_steadily() -> None:
    """Let what a poll costs count for nothing in this process; imports of xentui only what paces."""
    from xentui.service.pacing import Pacing

    Pacing.cost = property(lambda _pacing: 0.0)  # type: ignore[assignment, method-assign]
