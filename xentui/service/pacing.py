"""The intervals between polls of a host, from what a poll costs it, so that an idle screen causes little load.

The cost of a command is its duration without the round trips of the connection: the CPU time that it takes on the host
cannot be measured from another machine, and is less.
"""

from __future__ import annotations

import random
from collections import deque

SLOW = 3.0
"""Seconds of a look beyond which a host is called slow."""
_LIST_SHARE = 1 / 40
_DETAILS_SHARE = 1 / 200
_LOAD_SHARE = 1 / 100
_INFO_SHARE = 1 / 200
"""The parts of a host's time for the list, for what ``xl list -l`` tells, for xentop and for the host's own figures:
below 5 % together.
"""
_CHANGING_SHARE = 1 / 5
"""The same for ``xl list -l`` while domains come and go: somebody watches that."""
_BURST = 0.1, 10.0
"""Seconds from an event to the look for it, at least and at most: events come in bursts (a create introduces, a destroy
releases several times), and one look serves a burst.
"""
_LIST_PAUSE = 300.0
_DETAILS_PAUSE = 60.0
_DETAILS_PAUSE_LONGEST = 7200.0
_INFO_PAUSE = 15.0
_INFO_INTERVALS = 5
_LOAD_SECONDS_LONGEST = 120
_LOAD_COST = 0.15
"""What a sample of xentop costs, as a part of a look: 6 % of a CPU each second where looks took 0.4 s (measured)."""
_RETRY_LONGEST = 60.0
_JITTER = 0.2
_TURNS = 2
"""Turns of the line in a command over a kept SSH connection: to open a channel, and to run it there."""
_REMEMBERED = 20
_LOOKS, _AGREEING = 10, 3
"""So many looks tell what one costs; before there are as many as agree, the first may have had to wake something."""
_UNSURE = 3.0
"""Intervals, at most, between the first looks."""


class Pacing:
    """Records how long polls have taken, in seconds, and returns how long to wait for the next one.

    ``interval`` is the pause, in seconds, for a fast host; ``spread`` the largest random deviation of pauses, as a
    fraction of them, so that many hosts are not polled at the same moment.
    """

    def __init__(self, interval: float, spread: float = 0.0) -> None:
        self.interval = interval
        self._spread = spread
        self._turns: deque[float] = deque(maxlen=_REMEMBERED)
        self._looks: deque[float] = deque(maxlen=_LOOKS)
        self._details = 0.0

    def turned(self, seconds: float) -> None:
        """Record the ``seconds`` of one round trip, measured by a request that costs the host almost nothing."""
        self._turns.append(seconds)

    def looked(self, seconds: float, turns: int = _TURNS) -> None:
        """Record the duration of a poll, and the round trips in it."""
        self._looks.append(self._cost(seconds, turns))

    def read_details(self, seconds: float) -> None:
        """Record the duration of ``xl list -l``."""
        self._details = self._cost(seconds, _TURNS)

    def _cost(self, seconds: float, turns: int) -> float:
        return max(0.0, seconds - turns * min(self._turns, default=0.0))

    @property
    def cost(self) -> float:
        """The seconds of the host that a poll costs: the least of the last few, since other work slows it down too."""
        return min(self._looks, default=0.0)

    def list_pause(self) -> float:
        """Return the seconds between two polls while nothing happens."""
        longest = _UNSURE * self.interval if len(self._looks) < _AGREEING else max(self.interval, _LIST_PAUSE)
        pause = min(max(self.interval, self.cost * (1 / _LIST_SHARE - 1)), longest)
        return pause * _about(self._spread) if self._spread else pause

    def burst_pause(self) -> float:
        """Return the seconds from an event to the poll for it; if domains restart in a loop, polls take half the host's
        time.
        """
        least, most = _BURST
        return max(least, min(self.cost, most))

    def details_pause(self, *, changed: bool) -> float:
        """Return the seconds between two runs of ``xl list -l``; ``changed``: other domains run than at the last."""
        if changed:
            return self._details * (1 / _CHANGING_SHARE - 1)
        return min(max(_DETAILS_PAUSE, self._details * (1 / _DETAILS_SHARE - 1)), _DETAILS_PAUSE_LONGEST)

    def info_pause(self) -> float:
        """Return the seconds between two runs of ``xl info``.

        Many hosts are each asked as rarely as they are polled.
        """
        return max(_INFO_PAUSE, _INFO_INTERVALS * self.interval, self.cost * (1 / _INFO_SHARE - 1))

    def load_seconds(self) -> int:
        """Return seconds from one sample of xentop to the next."""
        return max(1, min(round(self.cost * _LOAD_COST / _LOAD_SHARE), _LOAD_SECONDS_LONGEST))


def retry_pause(failures: int, interval: float) -> float:
    """Return the seconds until a host that could not be read is tried again, after ``failures`` failures in a row.

    The result is random within limits, so that not all clients try at the same moment.
    """
    pause = max(interval, min(interval * 2.0 ** min(failures, 10), _RETRY_LONGEST))
    return pause * _about(_JITTER)


def _about(spread: float) -> float:
    return random.uniform(1 - spread, 1 + spread)  # noqa: S311 - nothing to be kept secret
