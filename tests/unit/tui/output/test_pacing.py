"""Not more is under way than a slow line carries soon, and no terminal that does not answer is waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st

from tests.unit.tui.output.desk import LINES, PATIENCE, Desk
from tests.unit.tui.output.frames import look
from xentui.tui.output.grid import Cursor
from xentui.tui.output.pacing import QUESTION, Pace


class Clock:
    """Time that goes on when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    """That of a terminal that has answered its first question in a tenth of a second."""
    made = Pace(clock)
    assert made.sent(10)
    clock.now += 0.1
    made.answered()
    return made


def test_the_first_thing_asked_is_whether_there_are_answers(clock: Clock) -> None:
    pace = Pace(clock)
    assert pace.sent(10)
    for _ in range(1000):
        assert not pace.wait_seconds()
        assert not pace.sent(5000)


def test_a_key_is_echoed_without_a_question(pace: Pace) -> None:
    assert not any(pace.sent(1) for _ in range(190))


def test_more_waits_for_an_answer(pace: Pace, clock: Clock) -> None:
    while not pace.wait_seconds():
        pace.sent(1000)
    clock.now += 0.1
    while pace.expects:
        pace.answered()
    assert not pace.wait_seconds()


def test_on_a_slow_line_little_is_under_way_and_on_a_quick_one_much(pace: Pace, clock: Clock) -> None:
    waiting, asked = 0, []

    def under_way(rate: float) -> int:
        """Send for a while; bytes that were under way at most towards the end."""
        nonlocal waiting, asked
        most, now = 0, clock.now + 90
        while clock.now < now:
            while not pace.wait_seconds():
                waiting += 500
                if pace.sent(500):
                    asked.append(waiting)
            if clock.now > now - 15:
                most = max(most, waiting)
            clock.now += 0.02
            carried = int(rate * 0.02)
            waiting = max(0, waiting - carried)
            asked = [at - carried for at in asked]
            while asked and asked[0] <= 0:
                asked.pop(0)
                pace.answered()
        return most

    assert under_way(1200) <= 1000
    assert under_way(1_000_000) > 10_000
    assert under_way(1200) <= 1000


def test_silence_holds_an_update_for_seconds_only_and_then_nothing_is_held(pace: Pace, clock: Clock) -> None:
    updates = 0
    begun = clock.now
    while clock.now < begun + 60:
        held = pace.wait_seconds()
        if held:
            clock.now += held
        else:
            pace.sent(5000)
            updates += 1
            clock.now += 0.03
    assert updates > 100


def test_a_terminal_that_answers_late_is_paced_from_then_on(clock: Clock) -> None:
    pace = Pace(clock)
    pace.sent(10)
    clock.now += 40
    assert not pace.wait_seconds()
    pace.answered()
    for _ in range(100):
        pace.sent(1000)
    assert pace.wait_seconds()


@given(st.lists(st.one_of(st.integers(1, 9000), st.floats(0, 9), st.none(), st.booleans())))
def test_it_never_waits_for_nothing(events: list[int | float | bool | None]) -> None:
    """Whatever comes in whichever order, what is held is let go by an answer or by time."""
    clock = Clock()
    pace = Pace(clock)
    for event in events:
        if event is None:
            pace.forgive()
        elif isinstance(event, bool):
            pace.answered()
        elif isinstance(event, float):
            clock.now += event
        elif not pace.wait_seconds():
            pace.sent(event)
        assert 0 <= pace.parting() <= 3
        assert 0 <= pace.wait_seconds() <= 5
        assert not pace.wait_seconds() or pace.expects


class AskedDesk(Desk):
    """A terminal that answers when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.output.asks = True
        self.answers = 0

    @property
    def asked(self) -> int:
        """How often it was asked."""
        return self.taken.count(QUESTION.encode())

    def full(self, text: str) -> None:
        """A frame that has a text on every line."""
        self.frame(*(f"{text} line {line}" for line in range(LINES)))


@pytest.fixture
def desk() -> Iterator[AskedDesk]:
    made = AskedDesk()
    yield made
    made.close()


def test_a_terminal_that_never_answers_shows_everything(desk: AskedDesk) -> None:
    desk.output.start()
    for number in range(50):
        desk.full(f"{number * 7919}")
        desk.settled()
    assert desk.asked == 1


def test_what_came_while_the_line_was_full_is_not_sent(desk: AskedDesk) -> None:
    desk.output.start()
    desk.full("begin")
    desk.settled()
    desk.until(lambda: desk.asked == 1)
    desk.output.answered()
    number = 0
    while not desk.output._pace.wait_seconds():
        number += 1
        desk.full(f"{number * 7919}")
        desk.settled()
    for old in range(100):
        desk.full(f"old {old}")
    desk.full("newest")
    while desk.output.expects:
        desk.output.answered()
    desk.settled()
    assert b"old" not in desk.taken


def test_it_is_not_left_before_it_has_answered(desk: AskedDesk) -> None:
    desk.output.start()
    desk.full("here")
    desk.until(lambda: desk.asked == 1)
    parted = threading.Event()

    def part() -> None:
        desk.output.part()
        parted.set()

    parting = threading.Thread(target=part)
    parting.start()
    assert not parted.wait(0.05)
    desk.output.answered()
    assert parted.wait(PATIENCE)
    parting.join()
    desk.full("x" * 70)
    desk.output.stop()
    assert desk.asked == 1


def test_one_that_does_not_answer_is_left_all_the_same(desk: AskedDesk) -> None:
    desk.output.start()
    desk.full("here")
    desk.until(lambda: desk.asked == 1)
    desk.output.part()
    desk.output.stop()
    assert desk.output._thread is None


def test_a_slow_line_gets_a_screen_in_pieces_each_of_the_newest(
    desk: AskedDesk, pace: Pace, clock: Clock
) -> None:
    """What is written at once arrives at once; the line of the cursor is in each piece."""
    while pace.most is None:
        pace.sent(1000)
        clock.now += 1
        pace.answered()
    desk.output.start()
    desk.output._pace = pace
    desk.output.cursor = lambda: Cursor(LINES - 1, 0, True)

    def arrives(number: int) -> bool:
        """Whether the newest line is there; the terminal answers what it was asked so far."""
        while desk.asked > desk.answers:
            desk.answers += 1
            clock.now += 1
            desk.output.answered()
        return f"piece {number} {number}" in desk.emulator.text()[-1]

    for number in range(1, 9):
        desk.full(f"piece {number}" + f" {number}" * 30)
        desk.until(lambda: arrives(number))  # noqa: B023
        assert number > 1 or not desk.emulator.text()[0]
    desk.until(lambda: arrives(8) and look(desk.emulator) == look(desk.wanted))
