"""How often a host is looked at: by what a look costs it, so that a screen at rest is no load.

What a command costs is how long it takes, less what the line takes for a question and its answer: the host's own CPU
seconds cannot be told from far, and are fewer.
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
    """Takes in what looks have taken, in seconds, and says how long to wait for the next ones.

    ``interval`` is how often a host is looked at that is quick; ``spread`` how far pauses may differ from what they are
    to be, as a part of them, so that many hosts are not looked at in the same moment.
    """

    def __init__(self, interval: float, spread: float = 0.0) -> None:
        self.interval = interval
        self._spread = spread
        self._turns: deque[float] = deque(maxlen=_REMEMBERED)
        self._looks: deque[float] = deque(maxlen=_LOOKS)
        self._details = 0.0

    def turned(self, seconds: float) -> None:
        """A question that costs the host next to nothing has been answered."""
        self._turns.append(seconds)

    def looked(self, seconds: float, turns: int = _TURNS) -> None:
        """A look has taken so long, with so many turns of the line in it."""
        self._looks.append(self._cost(seconds, turns))

    def read_details(self, seconds: float) -> None:
        """``xl list -l`` has taken so long."""
        self._details = self._cost(seconds, _TURNS)

    def _cost(self, seconds: float, turns: int) -> float:
        return max(0.0, seconds - turns * min(self._turns, default=0.0))

    @property
    def cost(self) -> float:
        """Seconds of the host a look costs: of the last few the least, since others keep it busy, too."""
        return min(self._looks, default=0.0)

    def list_pause(self) -> float:
        """Return seconds from one look to the next while nothing happens."""
        longest = _UNSURE * self.interval if len(self._looks) < _AGREEING else max(self.interval, _LIST_PAUSE)
        pause = min(max(self.interval, self.cost * (1 / _LIST_SHARE - 1)), longest)
        return pause * _about(self._spread) if self._spread else pause

    def burst_pause(self) -> float:
        """Return seconds from an event of the host to the look for it: of a host whose domains loop, half its time."""
        least, most = _BURST
        return max(least, min(self.cost, most))

    def details_pause(self, *, changed: bool) -> float:
        """Return seconds from one ``xl list -l`` to the next; ``changed`` where what runs is not what it was at the
        last.
        """
        if changed:
            return self._details * (1 / _CHANGING_SHARE - 1)
        return min(max(_DETAILS_PAUSE, self._details * (1 / _DETAILS_SHARE - 1)), _DETAILS_PAUSE_LONGEST)

    def info_pause(self) -> float:
        """Return seconds from one ``xl info`` to the next: of many hosts each is asked seldom, as each is looked at
        seldom.
        """
        return max(_INFO_PAUSE, _INFO_INTERVALS * self.interval, self.cost * (1 / _INFO_SHARE - 1))

    def load_seconds(self) -> int:
        """Return seconds from one sample of xentop to the next."""
        return max(1, min(round(self.cost * _LOAD_COST / _LOAD_SHARE), _LOAD_SECONDS_LONGEST))


def retry_pause(failures: int, interval: float) -> float:
    """Return seconds until a host that could not be read is tried again, after so many failures one after the other.

    Not all who wait for it try at the same moment.
    """
    pause = max(interval, min(interval * 2.0 ** min(failures, 10), _RETRY_LONGEST))
    return pause * _about(_JITTER)


def _about(spread: float) -> float:
    return random.uniform(1 - spread, 1 + spread)  # noqa: S311 - nothing to be kept secret
