"""One budget of parsing time for all consoles of an event loop: however many flood, the loop answers."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakKeyDictionary

FRAME = 1 / 30
"""Seconds between two announcements of a watched console."""
LAZY = 1 / 10
"""Seconds between two turns of a console nobody watches."""
BUDGET = 0.008
"""Seconds of feeding in a frame, for all consoles together."""
_WATCHED_SHARE = 0.75
_QUICK = 0.004
"""Further seconds a frame for watched consoles that were quiet: typed echo does not wait for the floods of others."""


class Member(Protocol):
    """A console that is fed by the scheduler."""

    @property
    def watched(self) -> bool:
        """Whether somebody looks at it."""

    def feed(self) -> bool:
        """Feed one slice, about a millisecond of work at most; returns whether more waits."""

    def announce(self) -> None:
        """Tell the listeners that it was fed."""


class Timers(Protocol):
    """What is needed of an event loop."""

    def time(self) -> float:
        """Return its clock."""

    def call_at(self, when: float, callback: Callable[[], object], /) -> Any:
        """Call once its clock is there; returns a handle with ``cancel()`` and ``when()``."""


class Scheduler:
    """Gives consoles with output their turns; all methods are called on the event loop.

    ``clock`` measures in seconds what feeding costs.

    A frame begins with the first turn after the last one.  In it watched consoles come first, but leave a quarter of
    the budget to the others where these wait; within each group it goes round slice by slice.  A console is fed
    again a frame after its last turn at the soonest, at once if it was quiet for longer.
    """

    def __init__(self, loop: Timers, clock: Callable[[], float] = time.perf_counter) -> None:
        self._loop = loop
        self._clock = clock
        self._waiting: dict[Member, None] = {}
        self._next: WeakKeyDictionary[Member, float] = WeakKeyDictionary()
        self._timer: Any = None
        self._frame_end = 0.0
        self._left = 0.0

    def ready(self, member: Member) -> None:
        """``member`` has output."""
        self._waiting[member] = None
        self._plan()

    def hasten(self, member: Member) -> None:
        """``member`` is watched from now on: its next turn is not to wait as a lazy one."""
        self._next.pop(member, None)
        if member in self._waiting:
            self._plan()

    def forget(self, member: Member) -> None:
        """``member`` has nothing more to feed."""
        self._waiting.pop(member, None)
        self._next.pop(member, None)

    def _plan(self) -> None:
        if not self._waiting:
            return
        when = min(self._next.get(member, 0.0) for member in self._waiting)
        if self._timer is not None:
            if self._timer.when() <= when:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(when, self._turn)

    def _turn(self) -> None:
        self._timer = None
        now = self._loop.time()
        if now >= self._frame_end:
            self._frame_end, self._left = now + FRAME, BUDGET
        due = [member for member in self._waiting if self._next.get(member, 0.0) <= now]
        watched = [member for member in due if member.watched]
        others = [member for member in due if not member.watched]
        share = self._left * _WATCHED_SHARE if others else self._left
        more: dict[Member, bool] = {}
        try:
            self._feed(watched, max(share, min(_QUICK, self._left + _QUICK)), more)
            self._feed(others, self._left, more)
        finally:
            for member in due:
                self._after_turn(member, now, more.get(member))
            self._plan()
        for member in more:
            member.announce()

    def _feed(self, members: list[Member], budget: float, more: dict[Member, bool]) -> None:
        """Feed slices round and round; ``more`` gets whom, and whether more of it waits."""
        queue = deque(members)
        begin = self._clock()
        while queue and self._clock() - begin < budget:
            member = queue.popleft()
            more[member] = False
            if member.feed():
                more[member] = True
                queue.append(member)
        self._left -= self._clock() - begin

    def _after_turn(self, member: Member, now: float, more: bool | None) -> None:
        if more is None:
            # There was no time for it: it is first in line in the next frame.
            self._next[member] = self._frame_end
            return
        self._next[member] = now + (FRAME if member.watched else LAZY)
        self._waiting.pop(member, None)
        if more:
            self._waiting[member] = None


_schedulers: WeakKeyDictionary[asyncio.AbstractEventLoop, Scheduler] = WeakKeyDictionary()


def scheduler_of(loop: asyncio.AbstractEventLoop) -> Scheduler:
    """Return the one scheduler of an event loop."""
    scheduler = _schedulers.get(loop)
    if scheduler is None:
        scheduler = _schedulers[loop] = Scheduler(loop)
    return scheduler
