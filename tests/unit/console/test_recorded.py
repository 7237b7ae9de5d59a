"""A past session in an emulator: its rows have times, what was searched for has a row, and it can be replayed."""

from __future__ import annotations

from pathlib import Path

import pytest

from xentui.console import recorded as module
from xentui.console.log_times import LogTimes, TimedPiece
from xentui.console.logs import ConsoleLog
from xentui.console.recorded import RecordedConsole
from xentui.console.row_times import RowTimes
from xentui.errors import NotAllowedError

BEGAN = 1_000_000.0


def logged(*pieces: tuple[float | None, bytes], note: bool = False) -> RecordedConsole:
    """A session of these pieces, with seconds after its beginning, None for one without a time."""
    data, timed = b"", []
    for moment, text in pieces:
        if moment is not None:
            timed.append(TimedPiece(len(data), len(data) + len(text), BEGAN + moment, note))
        data += text
    log = ConsoleLog(Path("x.log"), data, LogTimes(timed), 0.0)
    return RecordedConsole(log, log.sessions()[0], name="web1", uuid="u")


def shown(console: RecordedConsole) -> list[str]:
    emulator = console.session.emulator
    return [row for row in (*emulator.history_text(), *emulator.text()) if row]


class Watcher:
    """Listens to a console."""

    def __init__(self) -> None:
        self.told = 0

    def on_output(self, _session: object) -> None:
        self.told += 1

    def on_ended(self, _session: object) -> None:
        raise AssertionError("the past does not end")


async def test_rows_have_the_time_they_were_begun() -> None:
    console = logged((0, b"one\r\ntwo"), (5, b" more\r\n"), (9, b"three\r\n"), (None, b"four\r\n"))
    await console.load()
    assert shown(console) == ["one", "two more", "three", "four"]
    assert [console.times.at(row) for row in range(4)] == [BEGAN, BEGAN, BEGAN + 9, None]


async def test_a_row_written_anew_keeps_its_time() -> None:
    times = RowTimes()
    for row, moment in ((0, 1.0), (5, 2.0), (0, 3.0), (6, 4.0)):
        times.mark(row, moment)
    assert [times.at(row) for row in (0, 4, 5, 6, 99)] == [1.0, 1.0, 2.0, 4.0, 4.0]
    assert RowTimes().at(0) is None


async def test_a_place_in_the_log_has_its_row() -> None:
    console = logged((0, b"a\r\n" * 50), (9, b"Kernel panic\r\nend\r\n"))
    row = await console.load(console.log.data.index(b"Kernel"))
    assert shown(console)[row] == "Kernel panic"
    assert console.times.at(row) == BEGAN + 9
    assert await console.load() == -1


async def test_lines_of_ours_begin_at_the_left() -> None:
    console = logged((0, b"\n--- attached to web1 ---\n--- left ---\n"), note=True)
    await console.load()
    assert shown(console) == ["--- attached to web1 ---", "--- left ---"]


async def test_of_a_long_session_the_end_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_LINES", 3)
    console = logged((0, b"1\r\n2\r\n3\r\n4\r\n5\r\n"))
    await console.load()
    assert shown(console) == ["3", "4", "5"]


async def test_nothing_is_typed_into_the_past() -> None:
    console = logged((0, b"\x1b[c login: "))
    await console.load()
    console.session.write(b"root\r")
    console.session.resize(200, 50)
    assert (console.session.emulator.columns, console.session.emulator.replies()) == (80, b"")
    with pytest.raises(NotAllowedError):
        console.session.send_leave()


async def test_a_replay_takes_the_time_it_took_and_cuts_silences_short() -> None:
    console = logged((0, b"one\r\n"), (1, b"two\r\n"), (1000, b"three\r\n"), (999, b"four\r\n"))
    watcher = Watcher()
    console.listen(watcher)
    replay = console.begin_replay()
    assert (replay.length, shown(console)) == (3.0, [])
    replay.advance(0.5)
    assert (shown(console), watcher.told) == (["one"], 1)
    replay.paused = True
    replay.advance(9)
    assert shown(console) == ["one"]
    replay.paused = False
    replay.faster(1)
    replay.advance(0.3)
    assert (replay.speed, shown(console), replay.moment) == (2.0, ["one", "two"], BEGAN + 1)
    replay.advance(60)
    assert (shown(console)[2:], replay.over) == (["three", "four"], True)


async def test_a_replay_goes_back_and_on() -> None:
    console = logged(*((second, b"%d\r\n" % second) for second in range(10)))
    replay = console.begin_replay()
    await replay.jump(100)
    assert (shown(console)[-1], replay.over) == ("9", True)
    await replay.jump(-6)
    assert shown(console)[-1] == "3"
    await replay.jump(2)
    assert shown(console)[-1] == "5"
    await replay.jump(-100)
    assert shown(console) == ["0"]
    replay.faster(-99)
    assert replay.speed == module.SPEEDS[0]
    await console.load()
    assert (shown(console)[-1], console.replay) == ("9", None)


async def test_a_flood_is_replayed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUDGET", 0.0)
    console = logged((0, b"x" * 79 + b"\r\n"), (1, b"y\r\n" * 5000))
    replay = console.begin_replay()
    replay.advance(1)
    assert not replay.over
    for _ in range(10):
        replay.advance(0.0)
    assert replay.over
    assert len(shown(console)) == 5001


async def test_without_times_there_is_no_replay() -> None:
    with pytest.raises(NotAllowedError, match="not known when"):
        logged((None, b"one\r\n")).begin_replay()
