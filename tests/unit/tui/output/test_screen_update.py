"""What is sent makes the terminal show what was wanted, cell by cell, in few bytes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.unit.tui.output.frames import COLUMNS, LINES, look, pieces, rendered, strips, whole
from xentui.terminal import Emulator
from xentui.terminal.style import PLAIN
from xentui.tui.output.cell_style import LOOKS
from xentui.tui.output.grid import CLUSTERS, Cursor, Grid
from xentui.tui.output.screen_update import Shown
from xentui.tui.output.tty import Erasing


class NoMargins(Emulator):
    """A terminal that knows no left and right margins, nor how to scroll but at its margins, as Linux's console."""

    def feed(self, data: bytes) -> None:
        assert not re.search(rb"\x1b\[(\?69[hl]|\d+;\d+s|\d*[ST])", data)
        super().feed(data)


class OneLook(NoMargins):
    """A terminal that erases to its own colours, as GNU screen does."""

    def __init__(self, columns: int, lines: int, history: int) -> None:
        super().__init__(columns, lines, history)
        self._screen.styles.blank = lambda index: PLAIN  # type: ignore[method-assign]


class Line:
    """A terminal on a line, and the picture it is to show."""

    def __init__(self, columns: int = COLUMNS, lines: int = LINES, kind: str = "xterm") -> None:
        self.grid = Grid(columns, lines)
        self.shown = Shown(Erasing(kind != "screen", kind != "linux"), margins=kind == "xterm")
        self.terminal: Emulator = {"xterm": Emulator, "linux": NoMargins, "screen": OneLook}[kind](
            columns, lines, 0
        )
        self.cursor: Cursor | None = None
        self.most: int | None = None
        self.wanted = Emulator(columns, lines, history=0)
        self.wanted.feed(b"\x1b[?7l")
        self.terminal.feed(b"\x1b[?7l")

    def frame(self, frame: str) -> None:
        """Textual paints."""
        self.grid.take(frame)
        self.wanted.feed(frame.replace("\n", "\r\n").encode())

    def point(self, cursor: Cursor | None) -> None:
        """The cursor is to be elsewhere."""
        self.cursor = cursor
        self.grid.point(cursor)

    def send(self) -> str:
        """The line takes an update, on a slow one as many as a picture takes."""
        sent = self.piece()
        for _ in range(self.terminal.lines):
            if not self.shown.behind:
                break
            sent += self.piece()
        assert look(self.terminal) == look(self.wanted)
        if self.cursor is not None:
            lines, columns = self.terminal.lines - 1, self.terminal.columns - 1
            place = min(self.cursor.line, lines), min(self.cursor.column, columns)
            assert self.terminal.cursor == place
        assert self.terminal.cursor_visible == (self.cursor is not None and self.cursor.shown)
        assert not self.terminal.replies()
        return sent

    def piece(self) -> str:
        """The line takes a part of an update, which is right as far as it goes."""
        sent = self.shown.update(
            self.grid.picture(), self.terminal.columns, self.terminal.lines, most=self.most
        )
        self.terminal.feed(sent.encode())
        if not self.shown.behind:
            assert look(self.terminal) == look(self.wanted)
        return sent


mosts = st.sampled_from([None, 1, 20, 80])
KINDS = ("xterm", "linux", "screen")
cursors = st.one_of(
    st.none(), st.builds(Cursor, st.integers(0, LINES), st.integers(0, COLUMNS), st.booleans())
)


@pytest.mark.parametrize("kind", KINDS)
class TestProperties:
    @settings(max_examples=40)
    @given(data=st.data())
    def test_the_terminal_shows_what_was_wanted(self, data: st.DataObject, kind: str) -> None:
        line = Line(kind=kind)
        for _ in range(data.draw(st.integers(1, 6))):
            line.frame(rendered(data.draw(pieces())))
            line.point(data.draw(cursors))
            line.most = data.draw(mosts)
            if data.draw(st.booleans()):
                line.piece()
        line.send()

    @settings(max_examples=40)
    @given(data=st.data())
    def test_lines_that_move(self, data: st.DataObject, kind: str) -> None:
        line = Line(kind=kind)
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
            line.most = data.draw(mosts)
            line.piece()
        line.send()

    @settings(max_examples=60)
    @given(data=st.data())
    def test_columns_that_move(self, data: st.DataObject, kind: str) -> None:
        """A console beside the list: what moves is a part of the lines, and the cursor is there."""
        line = Line(kind=kind)
        rows = data.draw(st.lists(strips, min_size=LINES, max_size=LINES))
        line.frame(whole(rows, COLUMNS, LINES))
        left = data.draw(st.integers(0, COLUMNS - 2))
        width = data.draw(st.integers(2, COLUMNS - left))
        shown = [numbered(number, width) for number in range(LINES)]
        for count in range(4):
            pane = [((at, left), row) for at, row in enumerate(shown)]
            line.frame(rendered([*pane, *data.draw(st.one_of(st.just([]), pieces()))]))
            line.point(data.draw(cursors))
            line.piece() if count < 3 else line.send()
            top = data.draw(st.integers(0, LINES - 4))
            by = data.draw(st.sampled_from([-2, -1, 1, 1, 2]))
            new = [numbered(LINES * (count + 1) + number, width) for number in range(abs(by))]
            inside = shown[top:]
            line.most = data.draw(mosts)
            shown[top:] = inside[by:] + new if by > 0 else new + inside[:by]


def numbered(number: int, width: int) -> Strip:
    """A line that is not like others."""
    style = Style(bgcolor=f"color({number % 3})") if number % 2 else None
    return Strip([Segment(f"{number:03}{chr(97 + number % 26) * 9}", style)]).adjust_cell_length(width, style)


class Adversity(RuleBasedStateMachine):
    """Frames, a line that takes an update now and then, others who write, sizes that change under way."""

    @initialize(kind=st.sampled_from(KINDS), columns=st.integers(1, 30), lines=st.integers(1, 9))
    def begin(self, kind: str, columns: int, lines: int) -> None:
        self.line = Line(columns, lines, kind)
        self.clean = False

    @rule(painted=pieces(30, 9))
    def frame(self, painted: list[tuple[tuple[int, int], Strip]]) -> None:
        self.line.frame(rendered(painted, self.line.terminal.columns, self.line.terminal.lines))
        self.clean = False

    @rule(cursor=cursors)
    def point(self, cursor: Cursor | None) -> None:
        self.line.point(cursor)
        self.clean = False

    @rule()
    def send(self) -> None:
        self.line.send()
        self.clean = True

    @rule(
        noise=st.sampled_from(
            [
                b"\r\nwall: going down\r\n",
                b"\x1b[31mred\x1b[2;4r\x0e",
                b"\x1b[2J",
                b"\x1b[?6h\x1b[4h\x1b[?25h",
            ]
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
    sent = []
    for typed in ("", "l", "ls", "ls ", "ls"):
        line.point(Cursor(0, 14 + len(typed), True))
        line.frame(
            rendered([((0, 0), row(f"root@guest:~# {typed}".ljust(80), Style(color="white")))], 80, 24)
        )
        sent.append(line.send())
    assert sent[2:] == ["s", " ", "\b"]


def _keys(line: Line, *keys: tuple[str, str]) -> str:
    """Paint a line of keys and what they do at the bottom; what that sends."""
    key, label = "\x1b[0;1;38;5;111;48;5;17m", "\x1b[0;38;5;153;48;5;17m"
    line.frame("\x1b[24;1H" + "".join(f"{key} {name}{label} {does}" for name, does in keys) + "\x1b[0m")
    return line.send()


@pytest.mark.parametrize("kind", KINDS)
def test_looks_that_alternate_are_set_once(kind: str) -> None:
    line = Line(80, 24, kind)
    line.send()
    keys = (("a", "Console"), ("b", "Shutdown"), ("R", "Reboot"), ("e", "Edit"), ("z", "Suspend"))
    assert _keys(line, *keys).count("38;5;111") == 1


def test_lines_of_labels_and_texts_set_each_look_once() -> None:
    line = Line(80, 24)
    line.send()
    rows = [
        f"\x1b[{row};1H\x1b[0;38;5;103mlabel{row}\x1b[0;38;5;153m text {row} of it" for row in range(3, 9)
    ]
    line.frame("".join(rows))
    assert line.send().count("38;5;") == 2


@pytest.mark.parametrize(("some", "used"), [(True, True), (False, False)])
def test_cells_are_erased_by_number_only_where_a_terminal_knows_it(some: bool, used: bool) -> None:
    grid = Grid(80, 2)
    shown = Shown(Erasing(in_colour=True, some=some))
    shown.update(grid.picture(), 80, 2)
    row = f"{'> web1':<30}{'b blocked':<20}{'1':<29}"
    grid.take(f"\x1b[1;1H\x1b[48;5;111m{row}\x1b[0;7m|")
    sent = shown.update(grid.picture(), 80, 2)
    assert bool(re.search(r"\x1b\[\d+X", sent)) == used
    # The last cell is of another look: a terminal that erases to the end of a line only would have it written again.
    assert len(sent) < (70 if some else 130)


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
    sent = Shown(Erasing(in_colour=True)).update(grid.picture(), 20, 2)
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


@pytest.mark.parametrize(("kind", "most"), [("xterm", 60), ("linux", 3000)])
def test_a_line_more_beside_the_list_is_that_line_where_there_are_margins(kind: str, most: int) -> None:
    line = Line(120, 40, kind)
    names = [row(f"domain{number} running {number * 7919}") for number in range(40)]
    line.frame(whole(names, 120, 40))
    for first in range(4):
        pane = [((at, 40), row(f"[ 0.{at + first:06}] something boots")) for at in range(39)]
        line.frame(rendered(pane, 120, 40))
        sent = line.send()
    assert len(sent) < most


def test_lines_that_scroll_one_after_the_other_are_the_lines() -> None:
    """Margins stay, the cursor is where it is written: what a guest prints costs what it is."""
    line = Line(80, 24)
    sent = ""
    for first in range(4):
        rows = ["header", *(f"line {(first + number) * 7919}" for number in range(23))]
        style = Style(color="green", bgcolor="blue")
        line.frame(rendered([((at, 0), row(text.ljust(80), style)) for at, text in enumerate(rows)], 80, 24))
        line.point(Cursor(23, 11, True))
        sent = line.send()
    assert sent == "\r\nline 197975"


def test_on_a_slow_line_the_newest_line_comes_first_and_none_is_forgotten() -> None:
    line = Line(80, 24)
    line.most = 100
    for first in (0, 9):
        rows = [f"line {(first + number) * 7919}" for number in range(23)]
        line.frame(rendered([((at, 0), row(text.ljust(80))) for at, text in enumerate(rows)], 80, 24))
        line.point(Cursor(22, 11, True))
        sent = line.piece()
        assert line.shown.behind
        assert len(sent) < 200
        sent += line.send()
        assert not line.shown.behind
    assert sent.index("line 245489") < sent.index("line 237570") < sent.index("line 182137")


def test_on_a_slow_line_each_line_has_its_turn() -> None:
    """A program paints all lines anew, again and again: the cursor's come each time, the others by turns."""
    line = Line(80, 24)
    line.most = 150
    written: set[int] = set()
    for count in range(24):
        rows = [f"{at:02} {count:02} of a line that is quite long" for at in range(24)]
        line.frame(rendered([((at, 0), row(text.ljust(80))) for at, text in enumerate(rows)], 80, 24))
        line.point(Cursor(12, 0, True))
        line.piece()
        shown = line.terminal.text()
        assert shown[12].startswith(f"12 {count:02}")
        written |= {at for at, text in enumerate(shown) if text.startswith(f"{at:02} {count:02}")}
    assert written == set(range(24))


def test_what_is_left_of_lines_that_scroll_moves_with_them() -> None:
    """A slow line carries fewer lines than a guest prints: no line that is right is written again."""
    line = Line(80, 24)
    right = []
    for first in range(0, 40, 4):
        rows = [f"{(first + number) * 7919 % 9973:04}" * 15 for number in range(23)]
        line.frame(rendered([((at, 0), row(text.ljust(80))) for at, text in enumerate(rows)], 80, 24))
        line.point(Cursor(22, 11, True))
        line.most = 100 if first else None
        line.piece()
        right.append(sum(shown == text for shown, text in zip(line.terminal.text(), rows, strict=False)))
    assert right == [23, 21, 19, 17, 15, 13, 12, 12, 12, 12]


@settings(max_examples=60)
@given(data=st.data())
def test_rows_put_are_as_those_of_a_frame(data: st.DataObject) -> None:
    line, other = Line(), Grid(COLUMNS, LINES)
    for _ in range(3):
        for (at, column), strip in data.draw(pieces()):
            frame = rendered([((at, column), strip)])
            line.frame(frame)
            other.put_rows([(at, column, frame.partition("H")[2])])
        line.send()
        one, two = line.grid.picture(), other.picture()
        assert one.texts == two.texts
        assert [[one.table[index] for index in row] for row in one.looks] == [
            [two.table[index] for index in row] for row in two.looks
        ]
