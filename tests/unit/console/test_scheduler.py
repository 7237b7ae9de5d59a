"""How consoles share the time of an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import pytest

from tests.unit.console.support import Recorder, session_of, shown, until
from xentui.console.scheduler import BUDGET, FRAME, LAZY, Scheduler, scheduler_of

SLICE = 0.001


class Clock:
    """An event loop's clock and timers without an event loop: time passes by feeding and waiting only."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[Timer] = []
        self.longest = 0.0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[], object], /) -> Timer:
        timer = Timer(self, when, callback)
        self.timers.append(timer)
        return timer

    def run(self, seconds: float) -> None:
        """Let that much time pass."""
        end = self.now + seconds
        while self.timers and (timer := min(self.timers, key=Timer.when)).when() <= end:
            self.timers.remove(timer)
            begin = self.now = max(self.now, timer.when())
            timer.callback()
            self.longest = max(self.longest, self.now - begin)
        self.now = max(self.now, end)


class Timer:
    """One call to come."""

    def __init__(self, clock: Clock, when: float, callback: Callable[[], object]) -> None:
        self._clock = clock
        self._when = when
        self.callback = callback

    def when(self) -> float:
        return self._when

    def cancel(self) -> None:
        self._clock.timers.remove(self)


class Flood:
    """A console with ``slices`` of a millisecond each to feed."""

    def __init__(self, clock: Clock, slices: float = float("inf"), *, watched: bool = False) -> None:
        self.clock = clock
        self.slices = slices
        self.watched = watched
        self.fed = 0
        self.announced: list[float] = []

    def feed(self) -> bool:
        self.clock.now += SLICE
        self.fed += 1
        self.slices -= 1
        return self.slices > 0

    def announce(self) -> None:
        self.announced.append(self.clock.now)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scheduler(clock: Clock) -> Scheduler:
    return Scheduler(clock, clock.time)


def test_all_together_stay_within_the_budget(clock: Clock, scheduler: Scheduler) -> None:
    members = [Flood(clock, watched=number == 0) for number in range(10)]
    for member in members:
        scheduler.ready(member)
    clock.run(10.0)
    assert sum(member.fed for member in members) * SLICE <= 10.0 / FRAME * (BUDGET + 2 * SLICE)
    assert clock.longest <= BUDGET + 2 * SLICE


def test_many_watched_ones_do_not_hold_the_loop_either(clock: Clock, scheduler: Scheduler) -> None:
    for _ in range(30):
        scheduler.ready(Flood(clock, watched=True))
        clock.run(0.002)
    clock.run(10.0)
    assert clock.longest <= BUDGET + 2 * SLICE


def test_the_watched_one_comes_first_and_the_others_are_not_forgotten(
    clock: Clock, scheduler: Scheduler
) -> None:
    watched, others = Flood(clock, watched=True), [Flood(clock) for _ in range(9)]
    for member in (*others, watched):
        scheduler.ready(member)
    clock.run(20.0)
    fed = [member.fed for member in others]
    assert watched.fed > 4 * max(fed)
    assert min(fed) > 50
    assert max(fed) <= 1.2 * min(fed), "the others are treated alike"


def test_equals_are_treated_alike(clock: Clock, scheduler: Scheduler) -> None:
    members = [Flood(clock, watched=True) for _ in range(11)]
    for member in members:
        scheduler.ready(member)
    clock.run(20.0)
    fed = [member.fed for member in members]
    assert max(fed) <= 1.2 * min(fed)


def test_it_is_announced_once_a_frame(clock: Clock, scheduler: Scheduler) -> None:
    watched, lazy = Flood(clock, watched=True), Flood(clock)
    scheduler.ready(watched)
    scheduler.ready(lazy)
    clock.run(10.0)
    assert len(watched.announced) == pytest.approx(10.0 / FRAME, abs=20)
    assert len(lazy.announced) == pytest.approx(10.0 / LAZY, abs=40)


def test_what_was_quiet_is_fed_at_once_whatever_floods(clock: Clock, scheduler: Scheduler) -> None:
    for number in range(5):
        scheduler.ready(Flood(clock, watched=number == 0))
    for pause in range(40):
        clock.run(0.1 + pause * SLICE)
        echo = Flood(clock, 1, watched=True)
        now = clock.now
        scheduler.ready(echo)
        clock.run(0.0)
        assert echo.announced
        assert echo.announced[0] - now <= BUDGET


def test_who_begins_to_watch_waits_no_lazy_turn(clock: Clock, scheduler: Scheduler) -> None:
    flood = Flood(clock)
    scheduler.ready(flood)
    clock.run(0.01)
    turns = len(flood.announced)
    clock.run(FRAME)
    assert len(flood.announced) == turns
    flood.watched = True
    scheduler.hasten(flood)
    clock.run(0.0)
    assert len(flood.announced) == turns + 1


def test_who_is_forgotten_gets_no_turn(clock: Clock, scheduler: Scheduler) -> None:
    flood = Flood(clock)
    scheduler.ready(flood)
    clock.run(1.0)
    fed = flood.fed
    scheduler.forget(flood)
    clock.run(1.0)
    assert flood.fed == fed
    assert not clock.timers


def test_one_that_fails_stops_no_other(clock: Clock, scheduler: Scheduler) -> None:
    class Broken(Flood):
        def feed(self) -> bool:
            raise ValueError("broken")

    other = Flood(clock, 5)
    scheduler.ready(Broken(clock, watched=True))
    scheduler.ready(other)
    with pytest.raises(ValueError, match="broken"):
        clock.run(1.0)
    clock.run(1.0)
    assert other.fed == 5


async def test_a_loop_has_one_scheduler() -> None:
    loop = asyncio.get_running_loop()
    assert scheduler_of(loop) is scheduler_of(loop)


async def test_ten_real_floods_leave_the_loop_alive() -> None:
    contexts = [session_of(["yes", "something happens"], history=1000) for _ in range(10)]
    sessions = await asyncio.gather(*(context.__aenter__() for context in contexts))
    try:
        recorder = Recorder()
        sessions[3].listen(recorder)
        await until(lambda: all("something happens" in shown(session.emulator) for session in sessions))
        turns = 0
        begin = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2.0):
                while True:
                    await asyncio.sleep(0.001)
                    turns += 1
        assert time.monotonic() - begin < 20
        # A loop that is held for seconds has few turns; how few is this machine's own business.
        assert turns > 20
        assert len(recorder.outputs) > 5
    finally:
        await asyncio.gather(*(context.__aexit__(None, None, None) for context in contexts))
