"""The terminal is taken and given back as often, however its screen is stopped and continued."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import sys
import termios
import threading
from collections.abc import Iterator

import pytest
from textual.app import App

from tests.unit.tui.stage import until
from xentui.tui.driver import ThriftyDriver
from xentui.tui.output.control import Waiting

_KEPT = re.compile(rb"\x1b\[>\d+u")
"""What has a terminal keep its keyboard's state, and take another one."""
_BACK = b"\x1b[<u"


class Interrupted(ThriftyDriver):
    """A driver that is continued once more while it takes the terminal, ``times`` times."""

    times = 0

    def write(self, data: str) -> None:
        super().write(data)
        if data.startswith("\x1b[>") and self.times:
            self.times -= 1
            os.kill(os.getpid(), signal.SIGCONT)


class Line:
    """A pseudo-terminal, and all that was written to it."""

    def __init__(self) -> None:
        self.near, self.far = pty.openpty()
        self.written = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def kept(self) -> int:
        return len(_KEPT.findall(self.written))

    @property
    def back(self) -> int:
        return self.written.count(_BACK)

    @property
    def modes(self) -> list[object]:
        return termios.tcgetattr(self.near)[:4]

    def close(self) -> None:
        os.close(self.far)
        self._reader.join()
        os.close(self.near)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.near, 4096)
            except OSError:
                return
            self.written += data


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A terminal that this process is on."""
    made = Line()
    handlers = {
        number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)
    }
    with open(made.far, closefd=False) as stdin, open(made.far, "w", closefd=False) as stderr:
        monkeypatch.setattr(sys, "__stdin__", stdin)
        monkeypatch.setattr(sys, "__stderr__", stderr)
        yield made
    for number, handler in handlers.items():
        signal.signal(number, handler)
    made.close()


def readers() -> int:
    """How many threads read keys."""
    return sum(thread.name == "textual-input" for thread in threading.enumerate())


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_continued_in_the_middle_of_going_on(line: Line, times: int) -> None:
    """As on a busy machine, where a second SIGCONT comes before the first has been dealt with."""
    before = line.modes
    driver = Interrupted(App())
    driver.start_application_mode()
    try:
        await until(lambda: line.kept == 1)
        driver.times = times
        os.kill(os.getpid(), signal.SIGCONT)
        await until(lambda: line.kept == times + 2)
        assert (line.back, readers()) == (times + 1, 1)
    finally:
        driver.stop_application_mode()
        await asyncio.to_thread(driver.close)
    await until(lambda: line.back == line.kept)
    assert line.modes == before
    assert readers() == 0


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("push", "push"),
        ("push pop", ""),
        ("pop push", "pop push"),
        ("pop push pop push", "pop push"),
        ("push pop push", "push"),
        ("pop push pop", "pop"),
        ("push set pop", ""),
        ("push set", "push set"),
    ],
)
def test_while_the_terminal_takes_nothing_its_keyboard_stays_as_many_times_kept(
    written: str, sent: str
) -> None:
    """What was never kept is not taken back: that would be the shell's."""
    sequences = {"push": "\x1b[>25u", "pop": "\x1b[<u", "set": "\x1b[=4;2u"}
    waiting = Waiting()
    for word in written.split():
        waiting.add(sequences[word])
    assert waiting.take() == "".join(sequences[word] for word in sent.split())
