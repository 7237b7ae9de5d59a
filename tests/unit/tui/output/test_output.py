"""Nobody waits for a terminal that takes nothing; it is shown the newest picture, and given back whatever it does."""

from __future__ import annotations

import os
import random
import termios
import threading
import time
from collections.abc import Iterator

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.unit.tui.output.desk import LINES, PATIENCE, Desk
from tests.unit.tui.output.frames import rendered, whole
from xentui.terminal import Emulator
from xentui.tui.output import control
from xentui.tui.output.control import Waiting
from xentui.tui.output.screen_update import Shown

BUFFER = 70_000
"""Bytes, more than a pseudo-terminal holds."""


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


def test_a_frame_is_shown(desk: Desk) -> None:
    desk.output.start()
    desk.frame("one", "two", "日本語 🎉 é")
    desk.settled()


def test_nobody_waits_for_a_terminal_that_takes_nothing(desk: Desk) -> None:
    """After megabytes of frames the next thing it shows is the newest."""
    desk.output.start()
    desk.hang()
    for number in range(2000):
        desk.frame(*(f"frame {number} line {line} " * 4 for line in range(LINES)))
    desk.settled()
    assert len(desk.taken) < 3 * BUFFER
    assert "frame 1000" not in desk.taken.decode(errors="replace")


def test_a_slow_reader_sees_the_newest_in_the_end(desk: Desk) -> None:
    rng = random.Random(7)  # noqa: S311 - only moments
    desk.output.start()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            desk.read(0.01, rng.randrange(1, 700))
            time.sleep(rng.random() / 200)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(150):
        styles = Style(color=f"rgb({number},0,0)", bold=number % 3 == 0)
        rows = [f"{(number + line) % 40} moves up {'漢' * (line % 3)}" for line in range(LINES)]
        desk.frame(*rows, style=styles if number % 5 == 0 else None)
        if number % 7 == 0:
            desk.output.repaint()
        time.sleep(rng.random() / 100)
    stop.set()
    reader.join()
    desk.settled()


def test_a_hung_terminal_gets_every_mode_in_its_last_setting(desk: Desk) -> None:
    desk.output.start()
    desk.output.write("\x1b[?1049h")
    desk.output.write("\x1b[?25l")
    desk.hang()
    for number in range(1000):
        desk.output.write("\x1b[?1003h" if number % 2 else "\x1b[?1003l")
        desk.output.write(f"\x1b]52;c;{number}\x07")
        desk.output.write("\x07")
    desk.output.write("\x1b[?1004h")
    desk.until(lambda: b"\x1b[?1004h" in desk.taken)
    desk.settled()
    sent = desk.taken
    assert sent.index(b"\x1b[?1049h") < sent.index(b"\x1b[?25l")
    assert b"\x1b]52;c;999\x07" in sent
    assert sent.rindex(b"\x1b[?1003h") > sent.rfind(b"\x1b[?1003l")
    assert sent.count(b"\x1b]52;c;") < 50
    assert sent.rindex(b"\x1b[?1003h") < sent.index(b"\x1b[?1004h")


def test_what_was_set_is_taken_back_before_the_terminal_is_left(desk: Desk) -> None:
    desk.output.start()
    desk.output.write("\x1b[?1049h")
    desk.frame("here")
    desk.settled()
    desk.output.write("\x1b[?1049l")
    desk.output.write("\x1b[?25h")
    desk.output.stop()
    assert desk.read(PATIENCE)
    assert desk.taken.endswith(b"\x1b[m\x1b[r\x1b[?1049l\x1b[?25h")
    desk.frame("nobody sees this")
    assert not desk.read(0.1)


def test_the_cursor_of_the_main_screen_stays_where_it_was(desk: Desk) -> None:
    """Ending the scroll region moves the cursor: that comes before the main screen does."""
    desk.emulator.feed(b"one\r\ntwo\r\n$ ")
    before = desk.emulator.cursor
    desk.output.start()
    desk.output.write("\x1b[?1049h")
    desk.frame("anything")
    desk.settled()
    desk.output.part()
    desk.output.write("\x1b[?1049l")
    while desk.read(0.2):
        pass
    desk.output.stop()
    desk.until(lambda: desk.read(0.1) or not desk.emulator.alternate_screen)
    while desk.read(0.1):
        pass
    assert desk.emulator.cursor == before


def test_a_terminal_that_takes_nothing_is_left_all_the_same(desk: Desk) -> None:
    """And told to be as before, in the place of frames it would have shown one day."""
    desk.output.start()
    desk.output.write("\x1b[?1049h")
    desk.hang()
    desk.output.write("\x1b[?1049l")
    desk.output.write("\x1b[?25h")
    desk.output.stop()
    desk.until(lambda: desk.taken.endswith(b"\x1b[?25h"))
    assert desk.taken.endswith(b"\x18\x1b[m\x1b[r\x1b[?1049l\x1b[?25h")
    assert not desk.read(0.1)
    assert not desk.emulator.alternate_screen


def test_a_terminal_that_has_gone_is_left(desk: Desk) -> None:
    desk.output.start()
    desk.frame("here")
    desk.settled()
    os.close(desk.near)
    for number in range(100):
        desk.frame(f"frame {number}")
        desk.output.write("\x07")
    desk.output.write("\x1b[?1049l")
    desk.output.stop()
    desk.near = os.open("/dev/null", os.O_RDONLY)


def test_a_fault_of_the_thread_is_told_and_the_terminal_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would see anything any more, and not know why."""
    told: list[Exception] = []
    heard = threading.Event()

    def failed(error: Exception) -> None:
        told.append(error)
        heard.set()

    def broken(*arguments: object, **options: object) -> str:
        raise ValueError("nobody thought of this")

    desk.output.failed = failed
    desk.output.start()
    desk.output.write("\x1b[?1049h")
    desk.frame("here")
    desk.settled()
    monkeypatch.setattr(Shown, "update", broken)
    desk.frame("there")
    assert heard.wait(PATIENCE)
    assert str(told[0]) == "nobody thought of this"
    desk.output.write("\x1b[?1049l")
    desk.output.stop()
    desk.until(lambda: b"\x1b[?1049l" in desk.taken)


def test_a_terminal_taken_again_is_painted_whole(desk: Desk) -> None:
    desk.output.start()
    desk.frame("one", "two")
    desk.settled()
    desk.output.stop()
    desk.read(1)
    desk.emulator.feed(b"\x1b[2J\x1b[H\x1b[41mthe shell was here")
    desk.output.start()
    desk.output.repaint()
    desk.settled()


def test_another_size_is_painted_whole(desk: Desk) -> None:
    desk.output.start()
    desk.frame("one", "two")
    desk.settled()
    termios.tcsetwinsize(desk.far, (10, 40))
    desk.emulator = Emulator(40, 10, history=0)
    desk.wanted = Emulator(40, 10, history=0)
    frame = rendered([((9, 30), Strip([Segment("x" * 10)]))], 40, 10)
    desk.wanted.feed(
        whole([Strip([Segment("one")]), Strip([Segment("two")])], 40, 10).replace("\n", "\r\n").encode()
    )
    desk.wanted.feed(frame.encode())
    desk.output.write(frame)
    desk.settled()


def test_the_shell_of_the_terminal_keeps_its_own_way_of_writing(desk: Desk) -> None:
    """Not to wait for the terminal is a property of the description of a file, which processes share."""
    desk.output.start()
    desk.frame("here")
    desk.settled()
    assert os.get_blocking(desk.far)


@pytest.mark.parametrize(
    ("data", "sequences"),
    [
        ("\x1b[?1049h", ["\x1b[?1049h"]),
        ("\x1b[>25u", ["\x1b[>25u"]),
        ("\x1b[<u\x1b[?25h", ["\x1b[<u", "\x1b[?25h"]),
        ("\x1b]22;default\x07", ["\x1b]22;default\x07"]),
        ("\x1b[?2026$p", ["\x1b[?2026$p"]),
        ("\x07", ["\x07"]),
        ("\x1b[3;4Htext", []),
        ("\x1b>\x1b[=4;2u", ["\x1b>", "\x1b[=4;2u"]),
        ("\x1b[6n", ["\x1b[6n"]),
    ],
)
def test_frames_are_told_from_other_sequences(data: str, sequences: list[str]) -> None:
    assert control.pieces(data) == sequences


def test_few_sequences_wait_however_many_are_written() -> None:
    waiting = Waiting()
    for number in range(1000):
        for sequence in (f"\x1b]0;title {number}\x07", "\x1b[?2004h", "\x1b[?25l", "\x07"):
            waiting.add(sequence)
    assert waiting.take() == "\x1b]0;title 999\x07\x1b[?2004h\x1b[?25l\x07"
    assert not waiting
