"""What is sent makes the terminal show what was wanted, cell by cell, in few bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.unit.tui.output.frames import COLUMNS, LINES, look, pieces, rendered, strips, whole
from xentui.terminal import Emulator
from xentui.terminal.style import PLAIN
from xentui.tui.output.grid import CLUSTERS, Grid
from xentui.tui.output.looks import LOOKS
from xentui.tui.output.shown import Shown


class OneLookEmulator(Emulator):
    """A terminal that erases to its own colours, as GNU screen does."""

    def __init__(self, columns: int, lines: int) -> None:
        super().__init__(columns, lines, history=0)
        self._screen.styles.blank = lambda index: PLAIN  # type: ignore[method-assign]


class Line:
    """A terminal on a line, and the picture it is to show."""

    def __init__(self, columns: int = COLUMNS, lines: int = LINES, *, coloured: bool = True) -> None:
        self.grid = Grid(columns, lines)
        self.shown = Shown(colours_erased=coloured)
        self.terminal = Emulator(columns, lines, history=0) if coloured else OneLookEmulator(columns, lines)
        self.wanted = Emulator(columns, lines, history=0)
        self.wanted.feed(b"\x1b[?7l")
        self.terminal.feed(b"\x1b[?7l")

    def frame(self, frame: str) -> None:
        """Textual paints."""
        self.grid.take(frame)
        self.wanted.feed(frame.replace("\n", "\r\n").encode())

    def send(self) -> str:
        """The line takes an update."""
        sent = self.shown.update(self.grid.picture(), self.terminal.columns, self.terminal.lines)
        self.terminal.feed(sent.encode())
        assert look(self.terminal) == look(self.wanted)
        assert not self.terminal.replies()
        return sent


@pytest.mark.parametrize("coloured", [True, False])
class TestProperties:
    @settings(max_examples=40)
    @given(data=st.data())
    def test_the_terminal_shows_what_was_wanted(self, data: st.DataObject, coloured: bool) -> None:
        line = Line(coloured=coloured)
        for _ in range(data.draw(st.integers(1, 6))):
            line.frame(rendered(data.draw(pieces())))
            if data.draw(st.booleans()):
                line.send()
        line.send()

    @settings(max_examples=40)
    @given(data=st.data())
    def test_lines_that_move(self, data: st.DataObject, coloured: bool) -> None:
        line = Line(coloured=coloured)
        rows = data.draw(st.lists(strips, min_size=LINES, max_size=LINES))
        line.frame(whole(rows, COLUMNS, LINES))
        line.send()
        for _ in range(3):
            top = data.draw(st.integers(0, LINES - 1))
            bottom = data.draw(st.integers(top, LINES - 1))
            by = data.draw(st.integers(-3, 3))
            inside = rows[top : bottom + 1]
            new = data.draw(st.lists(strips, min_size=3, max_size=3))[: abs(by)]
            moved = (inside[by:] + new if by > 0 else new + inside[:by] if by else inside)[: len(inside)]
            rows[top : bottom + 1] = moved
            line.frame(whole(rows, COLUMNS, LINES))
            line.send()


class Adversity(RuleBasedStateMachine):
    """Frames, a line that takes an update now and then, others who write, sizes that change under way."""

    @initialize(coloured=st.booleans(), columns=st.integers(1, 30), lines=st.integers(1, 9))
    def begin(self, coloured: bool, columns: int, lines: int) -> None:
        self.line = Line(columns, lines, coloured=coloured)
        self.clean = False

    @rule(painted=pieces(30, 9))
    def frame(self, painted: list[tuple[tuple[int, int], Strip]]) -> None:
        self.line.frame(rendered(painted, self.line.terminal.columns, self.line.terminal.lines))
        self.clean = False

    @rule()
    def send(self) -> None:
        self.line.send()
        self.clean = True

    @rule(
        noise=st.sampled_from(
            [b"\r\nwall: going down\r\n", b"\x1b[31mred\x1b[2;4r\x0e", b"\x1b[2J", b"\x1b[?6h\x1b[4h"]
        )
    )
    def others_write(self, noise: bytes) -> None:
        """The terminal is written to behind the back of the program, which is told so."""
        self.line.terminal.feed(noise)
        self.line.shown.forget()
        self.line.send()
        self.clean = True

    @rule(
        columns=st.integers(1, 30),
        lines=st.integers(1, 9),
        rows=st.lists(strips, max_size=9),
        sooner=st.booleans(),
    )
    def resize(self, columns: int, lines: int, rows: list[Strip], sooner: bool) -> None:
        """The terminal has another size before Textual knows; then it paints the whole screen."""
        self.line.terminal.resize(columns, lines)
        if sooner:
            sent = self.line.shown.update(self.line.grid.picture(), columns, lines)
            self.line.terminal.feed(sent.encode())
        self.line.wanted = Emulator(columns, lines, history=0)
        self.line.wanted.feed(b"\x1b[?7l")
        self.line.frame(whole(rows, columns, lines))
        self.line.send()
        self.clean = True

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        if getattr(self, "clean", False):
            assert self.line.send() == ""


TestAdversity = Adversity.TestCase
TestAdversity.settings = settings(max_examples=25)


def row(text: str, style: Style | None = None) -> Strip:
    return Strip([Segment(text, style)])


def test_an_echoed_character_is_the_character() -> None:
    line = Line(80, 24)
    screen = [row("root@guest:~# l", Style(color="white", bgcolor="black"))]
    line.frame(whole(screen, 80, 24))
    line.send()
    line.frame(rendered([((0, 0), row("root@guest:~# ls", Style(color="white", bgcolor="black")))], 80, 24))
    assert len(line.send()) < 30


def test_a_line_more_at_the_bottom_is_that_line() -> None:
    line = Line(80, 24)
    rows = [row(f"[    {number}.000000] something boots {number * 7919}") for number in range(25)]
    line.frame(whole(rows[:24], 80, 24))
    line.send()
    line.frame(whole(rows[1:], 80, 24))
    assert len(line.send()) < 100


def test_what_stays_is_not_sent() -> None:
    line = Line()
    line.frame(rendered([((1, 2), row("same", Style(bold=True)))]))
    line.send()
    line.frame(rendered([((1, 2), row("same", Style(bold=True)))]))
    assert line.send() == ""


def test_a_picture_with_wide_characters_has_each_at_its_place() -> None:
    """A terminal may think it narrow: what follows stands where it should all the same."""
    line = Line()
    line.frame(rendered([((0, 0), row("a漢b"))]))
    narrow = Emulator(COLUMNS, LINES, history=0)
    narrow.feed(line.send().replace("漢", "x").encode())
    assert narrow.text()[0] == "ax b"


def test_control_characters_do_not_pass() -> None:
    grid = Grid(20, 2)
    grid.take("\x1b[1;1Ha\x07b\x9bc\x08d\x1b]0;title\x07e\x1b[2Jf")
    sent = Shown(colours_erased=True).update(grid.picture(), 20, 2)
    emulator = Emulator(20, 2)
    emulator.feed(sent.encode())
    assert emulator.text()[0] == "abcdef"
    assert not emulator.bells


def test_a_guest_that_shows_thousands_of_looks_and_clusters_fills_nothing() -> None:
    line = Line(60, 3)
    for step in range(340):
        segments = [
            Segment("x", Style(color=f"color({step % 256})", bgcolor=f"color({column})", bold=step > 255))
            for column in range(30)
        ]
        marked = "".join(
            f"e{chr(0x300 + number)}{chr(0x300 + step % 16)}{chr(0x310 + step // 16)}" for number in range(16)
        )
        line.frame(rendered([((1, 0), Strip([*segments, Segment(marked)]))], 60, 3))
        if step % 50 == 0:
            line.send()
    line.send()
    picture = line.grid.picture()
    assert len(picture.table._looks) <= LOOKS + 60
    assert len(picture.clusters.texts) <= CLUSTERS + 60
