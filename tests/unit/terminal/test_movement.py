"""Cursor movement, tab stops, scroll regions and margins."""

from __future__ import annotations

import pytest

from tests.unit.terminal.helpers import fed, rows

START = "\x1b[2;5H"


@pytest.mark.parametrize(
    ("sequence", "cursor"),
    [
        ("\x1b[A", (0, 4)),
        ("\x1b[9A", (0, 4)),
        ("\x1b[B", (2, 4)),
        ("\x1b[9B", (3, 4)),
        ("\x1b[C", (1, 5)),
        ("\x1b[99C", (1, 9)),
        ("\x1b[D", (1, 3)),
        ("\x1b[99D", (1, 0)),
        ("\x1b[2E", (3, 0)),
        ("\x1b[F", (0, 0)),
        ("\x1b[3G", (1, 2)),
        ("\x1b[99`", (1, 9)),
        ("\x1b[2a", (1, 6)),
        ("\x1b[4d", (3, 4)),
        ("\x1b[99d", (3, 4)),
        ("\x1b[2e", (3, 4)),
        ("\x1b[H", (0, 0)),
        ("\x1b[3;4H", (2, 3)),
        ("\x1b[;4H", (0, 3)),
        ("\x1b[3f", (2, 0)),
        ("\x1b[0;0H", (0, 0)),
        ("\x1b[99;99H", (3, 9)),
        ("\x1b[99999999999999999999;1H", (3, 0)),
        ("\x1b[0A", (0, 4)),
        ("\r", (1, 0)),
        ("\n", (2, 4)),
        ("\v", (2, 4)),
        ("\f", (2, 4)),
        ("\b", (1, 3)),
        ("\t", (1, 8)),
        ("\x1bD", (2, 4)),
        ("\x1bE", (2, 0)),
        ("\x1bM", (0, 4)),
        ("\x1b[20h\n", (2, 0)),
        ("\x1b9", (1, 5)),
        ("\x1b6", (1, 3)),
        ("\u0085", (2, 0)),
        ("\u009b2C", (1, 6)),
    ],
)
def test_moves(sequence: str, cursor: tuple[int, int]) -> None:
    assert fed(START, sequence).cursor == cursor


@pytest.mark.parametrize(
    "move",
    ["A", "B", "C", "D", "E", "F", "G", "10G", "H", "I", "Z", "10`", "a", "d", "e", "10;10f", "r", "s\x1b[u"],
)
def test_moving_ends_the_wait_in_the_last_column(move: str) -> None:
    emulator = fed("0123456789", f"\x1b[{move}")
    line, column = emulator.cursor
    emulator.feed(b"x")
    waits_still = move in ("I", "s\x1b[u")
    assert emulator.cursor == ((line + 1, 1) if waits_still else (line, min(column + 1, 9)))


def test_a_backspace_stops_at_the_first_column() -> None:
    assert fed("a\r\n\b").cursor == (1, 0)


@pytest.mark.parametrize("mode", [45, 1045])
def test_in_reverse_wraparound_mode_it_goes_on_in_the_line_above(mode: int) -> None:
    assert fed(f"\x1b[?{mode}ha\r\n\b").cursor == (0, 9)
    assert fed(f"\x1b[?{mode}h\x1b[?7l\n\b").cursor == (1, 0)


class TestSavedCursor:
    @pytest.mark.parametrize(
        ("save", "restore"), [("\x1b7", "\x1b8"), ("\x1b[s", "\x1b[u"), ("\x1b[?1048h", "\x1b[?1048l")]
    )
    def test_it_comes_back(self, save: str, restore: str) -> None:
        assert fed(START, save, "\x1b[H", restore).cursor == (1, 4)

    def test_looks_and_sets_and_origin_mode_come_back_with_it(self) -> None:
        emulator = fed("\x1b[31m\x1b(0\x1b7\x1b[m\x1b(B\x1b[2;3r\x1b[?6h\x1b8q")
        assert emulator.cell(0, 0).text == "─"
        assert emulator.cell(0, 0).fg == 1
        emulator.feed(b"\x1b[H")
        assert emulator.cursor == (0, 0)

    def test_so_does_the_wait_in_the_last_column(self) -> None:
        assert rows(fed("0123456789\x1b7\x1b[H\x1b8x")) == ["0123456789", "x"]

    def test_without_one_the_cursor_goes_home(self) -> None:
        assert fed(START, "\x1b8").cursor == (0, 0)

    def test_each_screen_has_its_own(self) -> None:
        emulator = fed("\x1b[2;3H\x1b7\x1b[?47h\x1b[4;5H\x1b7\x1b[?47l\x1b8")
        assert emulator.cursor == (1, 2)
        emulator.feed(b"\x1b[?47h\x1b8")
        assert emulator.cursor == (3, 4)


class TestTabStops:
    def test_there_is_one_every_eight_columns(self) -> None:
        emulator = fed(columns=30)
        stops = []
        for _ in range(5):
            emulator.feed(b"\t")
            stops.append(emulator.cursor[1])
        assert stops == [8, 16, 24, 29, 29]

    @pytest.mark.parametrize(
        ("sequence", "column"),
        [
            ("\x1b[2I", 16),
            ("\x1b[99I", 29),
            ("\x1b[20G\x1b[Z", 16),
            ("\x1b[20G\x1b[2Z", 8),
            ("\x1b[20G\x1b[9Z", 0),
            ("\x1b[5G\x1bH\r\t", 4),
            ("\t\x1b[g\r\t", 16),
            ("\x1b[3g\t", 29),
            ("\x1b[3g\x1bc\t", 8),
        ],
    )
    def test_forward_back_set_and_cleared(self, sequence: str, column: int) -> None:
        assert fed(sequence, columns=30).cursor[1] == column

    def test_a_wider_screen_gains_some(self) -> None:
        emulator = fed(columns=10)
        emulator.resize(30, 4)
        emulator.feed(b"\t\t")
        assert emulator.cursor[1] == 16


class TestScrollRegion:
    FILLED = "1\r\n2\r\n3\r\n4"

    @pytest.mark.parametrize(
        ("sequence", "screen"),
        [
            ("\x1b[3H\n", ["1", "3", "", "4"]),
            ("\x1b[4H\n", ["1", "2", "3", "4"]),
            ("\x1b[2H\x1bM", ["1", "", "2", "4"]),
            ("\x1b[1H\x1bM", ["1", "2", "3", "4"]),
            ("\x1b[S", ["1", "3", "", "4"]),
            ("\x1b[99S", ["1", "", "", "4"]),
            ("\x1b[T", ["1", "", "2", "4"]),
            ("\x1b[2H\x1b[L", ["1", "", "2", "4"]),
            ("\x1b[2H\x1b[M", ["1", "3", "", "4"]),
            ("\x1b[1H\x1b[M", ["1", "2", "3", "4"]),
            ("\x1b[4H\x1b[L", ["1", "2", "3", "4"]),
            ("\x1b[2H\x1b['}", ["1", " 2", " 3", "4"]),
            ("\x1b[2H\x1b['~", ["1", "", "", "4"]),
            ("\x1b[2H\x1b6", ["1", " 2", " 3", "4"]),
            ("\x1b[3;10H\x1b9", ["1", "", "", "4"]),
            ("\x1b[4;10H\x1b9", ["1", "2", "3", "4"]),
        ],
    )
    def test_scrolling_keeps_to_it(self, sequence: str, screen: list[str]) -> None:
        assert fed(self.FILLED, "\x1b[2;3r", sequence).text() == screen

    def test_setting_it_sends_the_cursor_home(self) -> None:
        assert fed(START, "\x1b[2;3r").cursor == (0, 0)

    @pytest.mark.parametrize("refused", ["\x1b[3;3r", "\x1b[3;2r", "\x1b[9;99r"])
    def test_one_of_less_than_two_lines_is_refused(self, refused: str) -> None:
        assert fed(START, refused).cursor == (1, 4)

    def test_the_cursor_stops_at_its_edges_from_within(self) -> None:
        assert fed("\x1b[2;3r\x1b[2H\x1b[9B").cursor == (2, 0)
        assert fed("\x1b[2;3r\x1b[3H\x1b[9A").cursor == (1, 0)
        assert fed("\x1b[2;3r\x1b[4H\x1b[9A").cursor == (1, 0)
        assert fed("\x1b[2;3r\x1b[1H\x1b[9B").cursor == (2, 0)

    def test_in_origin_mode_lines_count_from_its_top(self) -> None:
        emulator = fed("\x1b[2;3r\x1b[?6h")
        assert emulator.cursor == (1, 0)
        emulator.feed(b"\x1b[9;3H\x1b[6n")
        assert emulator.cursor == (2, 2)
        assert emulator.replies() == b"\x1b[2;3R"

    def test_only_lines_that_leave_at_the_top_of_the_screen_are_kept(self) -> None:
        assert fed(self.FILLED, "\x1b[2;3r\x1b[3H\n\n").history_text() == []
        assert fed(self.FILLED, "\x1b[1;3r\x1b[3H\n\n").history_text() == ["1", "2"]
        assert fed(self.FILLED, "\x1b[H\x1b[M").history_text() == []


class TestMargins:
    """Left and right margins (DECLRMM, DECSLRM) of columns 3 to 6."""

    MARGINS = "\x1b[?69h\x1b[3;6s"
    FILLED = "abcdefgh\r\nABCDEFGH\r\n12345678"

    @pytest.mark.parametrize(
        ("sequence", "screen"),
        [
            ("\x1b[1;4HWXYZ", ["abcWXYgh", "ABZDEFGH", "12345678"]),
            ("\x1b[1;4H\x1b[@", ["abc degh", "ABCDEFGH", "12345678"]),
            ("\x1b[1;4H\x1b[P", ["abcef gh", "ABCDEFGH", "12345678"]),
            ("\x1b[1;1H\x1b[P", ["abcdefgh", "ABCDEFGH", "12345678"]),
            ("\x1b[1;4H\x1b[M", ["abCDEFgh", "AB3456GH", "12    78"]),
            ("\x1b[2;4H\x1b[L", ["abcdefgh", "AB    GH", "12CDEF78", "  3456"]),
            ("\x1b[S", ["abCDEFgh", "AB3456GH", "12    78"]),
            ("\x1b[T", ["ab    gh", "ABcdefGH", "12CDEF78", "  3456"]),
            ("\x1b[1;4H\x1b['}", ["abc degh", "ABC DEGH", "123 4578", "   "]),
            ("\x1b[1;4H\x1b['~", ["abcef gh", "ABCEF GH", "12356 78"]),
            ("\x1b[1;6H\x1b9", ["abdef gh", "ABDEF GH", "12456 78"]),
            ("\x1b[1;3H\x1b6", ["ab cdegh", "AB CDEGH", "12 34578"]),
            ("\x1b[1;4H\x1b[4hX", ["abcXdegh", "ABCDEFGH", "12345678"]),
            ("\x1b[1;4H\x1b[K", ["abc", "ABCDEFGH", "12345678"]),
            ("\x1b[1;3r\x1b[3;4H\x1bE", ["abCDEFgh", "AB3456GH", "12    78"]),
            ("\x1b[1;3r\x1b[3;8H\x1bE", ["abcdefgh", "ABCDEFGH", "12345678"]),
            ("\x1b[1;4H\x1bM", ["ab    gh", "ABcdefGH", "12CDEF78", "  3456"]),
            ("\x1b[1;2H\x1bM", ["abcdefgh", "ABCDEFGH", "12345678"]),
            ("\x1b[1;8H\x1bM", ["abcdefgh", "ABCDEFGH", "12345678"]),
        ],
    )
    def test_editing_keeps_to_them(self, sequence: str, screen: list[str]) -> None:
        assert [row.rstrip() for row in rows(fed(self.FILLED, self.MARGINS, sequence))] == [
            row for row in map(str.rstrip, screen) if row
        ]

    @pytest.mark.parametrize(
        ("sequence", "column"),
        [
            ("\x1b[1;4H\x1b[9C", 5),
            ("\x1b[1;7H\x1b[9C", 9),
            ("\x1b[1;4H\x1b[9D", 2),
            ("\x1b[1;2H\x1b[9D", 0),
            ("\x1b[1;4H\r", 2),
            ("\x1b[1;2H\r", 0),
            ("\x1b[1;4H\t", 5),
            ("\x1b[?6h\x1b[1;2H", 3),
            ("\x1b[?6h\x1b[1;9H", 5),
        ],
    )
    def test_the_cursor_keeps_to_them_from_within(self, sequence: str, column: int) -> None:
        assert fed(self.MARGINS, sequence).cursor[1] == column

    @pytest.mark.parametrize(
        ("at", "column", "line"),
        [("\x1b[2;3H", 5, 0), ("\x1b[2;6H", 4, 1), ("\x1b[2;2H", 0, 1), ("\x1b[2;1H", 5, 0)],
    )
    def test_reverse_wraparound_keeps_to_them(self, at: str, column: int, line: int) -> None:
        assert fed("\x1b[?45h", self.MARGINS, at, "\b").cursor == (line, column)

    def test_without_the_mode_the_sequence_saves_the_cursor(self) -> None:
        assert fed(START, "\x1b[s\x1b[H\x1b[u").cursor == (1, 4)

    def test_marks_and_looks_scroll_with_their_characters(self) -> None:
        emulator = fed("e\u0301bc\r\nABe\u0301\x1b[31mD\x1b[m", self.MARGINS, "\x1b[S")
        assert rows(emulator) == ["e\u0301be\u0301D", "AB"]
        assert emulator.cell(0, 3).fg == 1
        assert emulator.cell(1, 3).fg is None

    def test_what_scrolls_between_them_is_not_kept(self) -> None:
        assert fed(self.FILLED, self.MARGINS, "\x1b[4;4H\n\n").history_length == 0
