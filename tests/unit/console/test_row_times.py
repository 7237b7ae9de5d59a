"""When the rows of a live console came: through floods, clearing, scrollback that is let go of, and other widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from xentui.console import row_times
from xentui.console.row_times import LiveRowTimes
from xentui.terminal import Emulator


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Callable[[LiveRowTimes, Emulator, float, bytes], None]:
    """Feed what comes at a second."""

    def fed(times: LiveRowTimes, emulator: Emulator, second: float, data: bytes) -> None:
        monkeypatch.setattr("time.time", lambda: second)
        times.come(second)
        emulator.feed(data)

    return fed


Feed = Callable[[LiveRowTimes, Emulator, float, bytes], None]


def shown(times: LiveRowTimes, emulator: Emulator) -> dict[str, float | None]:
    """The time of each row with text."""
    rows = [*emulator.history_text(), *emulator.text()]
    return {text: times.at(row) for row, text in enumerate(rows) if text}


def test_each_row_has_the_time_it_was_begun(feed: Feed) -> None:
    emulator = Emulator(20, 3, 100)
    times = LiveRowTimes(emulator)
    feed(times, emulator, 10, b"one\r\ntwo")
    feed(times, emulator, 20, b" goes on\r\nthree\r\n")
    feed(times, emulator, 30, b"four\r\nfive\r\n")
    assert shown(times, emulator) == {"one": 10, "two goes on": 10, "three": 20, "four": 30, "five": 30}


def test_rows_that_are_let_go_of_take_their_times_along(feed: Feed) -> None:
    emulator = Emulator(20, 3, 4)
    times = LiveRowTimes(emulator)
    for second in range(1, 41):
        feed(times, emulator, second, b"line %d\r\n" % second)
    assert shown(times, emulator) == {f"line {second}": second for second in range(35, 41)}
    assert (times.first_since(38.5), times.first_since(1), times.first_since(41)) == (4, 0, -1)


def test_a_screen_that_is_cleared_is_written_anew(feed: Feed) -> None:
    emulator = Emulator(20, 3, 100)
    times = LiveRowTimes(emulator)
    feed(times, emulator, 1, b"one\r\ntwo\r\n")
    feed(times, emulator, 2, b"\x1b[2J\x1b[H")
    feed(times, emulator, 3, b"three\r\n")
    assert shown(times, emulator) == {"three": 3}
    feed(times, emulator, 4, b"four\r\nfive\r\n\x1b[3J")
    assert shown(times, emulator)["four"] == 4
    feed(times, emulator, 5, b"six\r\n")
    assert shown(times, emulator)["six"] == 5


def test_a_full_screen_program_is_not_told_apart(feed: Feed) -> None:
    emulator = Emulator(20, 3, 100)
    times = LiveRowTimes(emulator)
    feed(times, emulator, 1, b"one\r\n")
    feed(times, emulator, 2, b"\x1b[?1049h\x1b[Htop")
    feed(times, emulator, 3, b"\x1b[Htop again")
    feed(times, emulator, 4, b"\x1b[?1049l")
    feed(times, emulator, 5, b"two\r\n")
    assert shown(times, emulator) == {"one": 1, "two": 5}


def test_there_are_so_many_at_most(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_times, "_MOST", 10)
    emulator = Emulator(20, 3, 5)
    times = LiveRowTimes(emulator)
    for second in range(1, 100):
        feed(times, emulator, second, b"line %d\r\n" % second)
    assert len(times._rows) <= 11
    assert shown(times, emulator)["line 99"] == 99


def test_other_widths_forget_them(feed: Feed) -> None:
    emulator = Emulator(20, 3, 100)
    times = LiveRowTimes(emulator)
    feed(times, emulator, 1, b"x" * 100 + b"\r\n")
    emulator.resize(10, 3)
    times.forget()
    assert times.at(0) is None
    feed(times, emulator, 2, b"new\r\n")
    assert shown(times, emulator)["new"] == 2
