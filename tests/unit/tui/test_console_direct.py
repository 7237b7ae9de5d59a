"""A console writes its rows to the terminal itself while nothing lies above it, and never what Textual would not."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

import pytest

from tests.unit.tui.output.frames import look
from tests.unit.tui.stage import NARROW, WIDE, Stage, StageHost, stage
from tests.unit.tui.test_console_keys import open_console
from xentui.terminal import Emulator

GUEST = r"""
import os, tty
tty.setraw(0)
os.write(1, b"ready\r\n")
number = 0
while key := os.read(0, 1):
    for _ in range(40 if key == b"p" else 1):
        number += 1
        os.write(1, b"\x1b[3%dmline %d\x1b[m \xe6\xbc\xa2 e\xcc\x81 " % (number % 8, number))
        os.write(1, b"\x1b[44m blue\x1b[K\x1b[m\r\n")
    os.write(1, b"done %d" % number)
"""


@dataclass
class Terminal:
    """What a console is shown on: each frame is taken in, and the widget's part of it can be compared."""

    emulator: Emulator
    frames: list[str] = field(default_factory=list)

    def put_rows(self, rows: Iterable[tuple[int, int, str]]) -> None:
        self.write("".join(f"\x1b[{line + 1};{column + 1}H{text}" for line, column, text in rows))

    def write(self, data: str) -> None:
        self.frames.append(data)
        self.emulator.feed(data.encode())

    def last_holds(self, text: str) -> bool:
        """Whether what was written last has a text."""
        return text in self.frames[-1]

    def point(self) -> None:
        """There is no cursor."""


async def direct(it: Stage) -> Terminal:
    """Open the console of a guest that prints for each key; from then on it is written to a terminal."""
    it.host.console = [sys.executable, "-c", GUEST]
    await open_console(it)
    await it.settled()
    columns, lines = it.app.size
    terminal = Terminal(Emulator(columns, lines, history=0))
    terminal.write("\x1b[?7l" + painted(it))
    it.app.main.console.view.surface = terminal
    terminal.frames.clear()
    return terminal


def painted(it: Stage) -> str:
    """The whole screen as Textual has it."""
    console = it.app.console
    strips = it.app.screen._compositor.render_strips()
    return "".join(f"\x1b[{line + 1};1H{strip.render(console)}" for line, strip in enumerate(strips))


def wanted(it: Stage) -> Emulator:
    emulator = Emulator(*it.app.size, history=0)
    emulator.feed(f"\x1b[?7l{painted(it)}".encode())
    return emulator


def console_part(it: Stage, emulator: Emulator) -> list[list[object]]:
    region = it.app.main.console.view.content_region
    return [list(cells) for cells in look(emulator)[region.y : region.bottom]]


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_what_is_written_is_what_textual_would_paint(host: StageHost, size: tuple[int, int]) -> None:
    async with stage(host, size=size) as it:
        terminal = await direct(it)
        for key, end in (("x", 1), ("y", 2), ("p", 42), ("z", 43), ("p", 83), ("x", 84)):
            await it.press(key)
            await it.shows(f"done {end}")
            await it.settled()
        assert terminal.frames
        terminal.write(painted(it))
        terminal.frames.clear()
        for end in range(85, 90):
            await it.press("x")
            await it.shows(f"done {end}")
            await it.settled()
            assert terminal.frames
            assert console_part(it, terminal.emulator) == console_part(it, wanted(it))


async def test_below_a_dialog_nothing_is_written_and_behind_it_the_newest_is_painted(
    host: StageHost,
) -> None:
    async with stage(host, size=NARROW) as it:
        terminal = await direct(it)
        await it.press("p")
        await it.shows("done 40")
        await it.press("x")
        await it.shows("done 41")
        await it.settled()
        view = it.app.main.console.view
        await it.paste("one\ntwo\n")
        await it.shows("Type 2 lines into the guest?")
        await it.settled()
        written = len(terminal.frames)
        console = view.console
        assert console is not None
        console.session.write(b"z")
        await it.until(lambda: "done 42" in "\n".join(console.session.emulator.text()))
        await it.settled()
        assert len(terminal.frames) == written
        await it.press("escape")
        await it.shows("done 42")


async def test_a_line_written_directly_is_not_painted_from_memory(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        terminal = await direct(it)
        await it.press("p")
        await it.shows("done 40")
        for number in range(41, 45):
            await it.press("x")
            await it.until(partial(terminal.last_holds, f"done {number}"))
            await it.shows(f"line {number}")


async def test_while_looking_around_textual_paints(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        terminal = await direct(it)
        await it.press("p")
        await it.shows("done 40")
        it.app.main.console.look(True)
        await it.settled()
        written = len(terminal.frames)
        view = it.app.main.console.view
        assert view.console is not None
        view.console.session.write(b"z")
        await it.settled()
        assert len(terminal.frames) == written
