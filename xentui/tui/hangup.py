"""Whether the user's terminal has gone: Textual reads on and on from one that has."""

from __future__ import annotations

import select

GONE = 129
"""The exit status, as of a process that SIGHUP ended."""


def gone(descriptor: int) -> bool:
    """Whether the other side of a terminal is closed, or the descriptor itself."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(events & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, events in poll.poll(0))
