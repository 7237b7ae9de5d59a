"""A change of size: lines are broken anew, nothing is lost, the cursor stays on its character."""

from __future__ import annotations

import pytest

from tests.unit.terminal.helpers import fed, rows
from xentui.terminal import Emulator


def test_a_narrower_screen_breaks_lines_and_a_wider_one_joins_them() -> None:
    emulator = fed("0123456789\r\nab")
    emulator.resize(4, 4)
    assert rows(emulator) == ["0123", "4567", "89", "ab"]
    assert emulator.cursor == (3, 2)
    emulator.resize(10, 4)
    assert rows(emulator) == ["0123456789", "ab"]
    assert emulator.cursor == (1, 2)


def test_rows_that_wrapped_are_joined_on_a_wider_screen() -> None:
    emulator = fed("0123456789abcdef")
    emulator.resize(20, 4)
    assert rows(emulator) == ["0123456789abcdef"]
    assert emulator.cursor == (0, 16)


def test_lines_ended_by_the_guest_are_not_joined() -> None:
    emulator = fed("0123456789\r\nabc")
    emulator.resize(20, 4)
    assert rows(emulator) == ["0123456789", "abc"]


def test_a_line_whose_end_was_erased_is_not_joined_to_the_next() -> None:
    emulator = fed("0123456789abc\x1b[1;5H\x1b[K")
    emulator.resize(20, 4)
    assert rows(emulator) == ["0123", "abc"]


def test_what_does_not_fit_goes_to_the_scrollback_and_comes_back() -> None:
    emulator = fed("1\r\n2\r\n3\r\n4")
    emulator.resize(10, 2)
    assert (emulator.history_text(), emulator.text()) == (["1", "2"], ["3", "4"])
    assert emulator.cursor == (1, 1)
    emulator.resize(10, 4)
    assert (emulator.history_text(), emulator.text()) == ([], ["1", "2", "3", "4"])
    assert emulator.cursor == (3, 1)


def test_empty_lines_below_the_cursor_go_first() -> None:
    emulator = fed("1\r\n2", lines=6)
    emulator.resize(10, 2)
    assert (emulator.history_text(), emulator.text(), emulator.cursor) == ([], ["1", "2"], (1, 1))


def test_the_line_of_the_cursor_stays_on_the_screen() -> None:
    emulator = fed("1\r\n2\r\n3\r\n4\x1b[1;1H")
    emulator.resize(10, 2)
    assert emulator.cursor == (0, 0)
    assert emulator.text()[0] == "1"


def test_a_line_cut_off_below_the_cursor_does_not_take_up_what_is_written_there_later() -> None:
    emulator = fed("0123456789abc\x1b[H")
    emulator.resize(10, 1)
    emulator.resize(10, 2)
    emulator.feed(b"\x1b[2Hxyz")
    emulator.resize(20, 2)
    assert rows(emulator) == ["0123456789", "xyz"]


def test_the_scrollback_is_broken_anew_too() -> None:
    emulator = fed("0123456789ab\r\nx\r\n" * 10, history=100)
    before = emulator.history_text()
    emulator.resize(4, 4)
    narrow = emulator.history_text()
    assert narrow[:4] == ["0123", "4567", "89ab", "x"]
    assert emulator.history_length == len(narrow)
    emulator.resize(10, 4)
    assert emulator.history_text() == before


def test_a_line_half_in_the_scrollback_stays_one_line() -> None:
    emulator = fed("0123456789" * 3 + "\r\n1\r\n2")
    assert emulator.history_text() == ["0123456789"]
    emulator.resize(30, 4)
    assert emulator.history_text() + rows(emulator) == ["0123456789" * 3, "1", "2"]


def test_looks_survive() -> None:
    emulator = fed("\x1b[31m01234\x1b[32m56789")
    emulator.resize(4, 4)
    emulator.resize(10, 4)
    assert [(run.text, run.style.fg) for run in emulator.runs(0)] == [("01234", 1), ("56789", 2)]


def test_a_background_up_to_the_edge_survives() -> None:
    emulator = fed("\x1b[44mab\x1b[K")
    emulator.resize(12, 4)
    assert [(run.cells, run.style.bg) for run in emulator.runs(0)] == [(10, 4), (2, None)]
    emulator.resize(6, 4)
    assert [(run.cells, run.style.bg) for run in emulator.runs(0)] == [(6, 4)]
    assert rows(emulator) == ["ab"]


def test_wide_characters_are_not_cut() -> None:
    emulator = fed("a漢字b")
    emulator.resize(4, 4)
    assert rows(emulator) == ["a漢", "字b"]
    emulator.resize(10, 4)
    assert rows(emulator) == ["a漢字b"]


def test_a_cursor_that_waits_in_the_last_column_writes_on_where_it_stood() -> None:
    emulator = fed("0123456789")
    emulator.resize(20, 4)
    emulator.feed(b"x")
    assert rows(emulator) == ["0123456789x"]
    emulator = fed("0123456789")
    emulator.resize(5, 4)
    emulator.feed(b"x")
    assert rows(emulator) == ["01234", "56789", "x"]


def test_a_cursor_behind_text_that_fills_the_row_waits_there_and_comes_back() -> None:
    """As in tmux and xterm.js: a line feed leads to the next row, not past it."""
    emulator = fed("0123")
    emulator.resize(4, 4)
    assert emulator.cursor == (0, 3)
    emulator.resize(10, 4)
    assert emulator.cursor == (0, 4)
    emulator.resize(4, 4)
    emulator.feed(b"\r\nx")
    assert rows(emulator) == ["0123", "x"]
    emulator = fed("0123")
    emulator.resize(4, 4)
    emulator.feed(b"x")
    assert rows(emulator) == ["0123", "x"]


class TestAlternateScreen:
    def test_the_wait_in_the_last_column_ends_where_there_is_room(self) -> None:
        emulator = fed("\x1b[?1049h0123456789")
        emulator.resize(20, 4)
        emulator.feed(b"x")
        assert rows(emulator) == ["0123456789x"]
        emulator = fed("\x1b[?1049h0123456789")
        emulator.resize(5, 4)
        emulator.feed(b"x")
        assert rows(emulator) == ["01234", "x"]

    def test_it_is_cut_and_filled_up(self) -> None:
        emulator = fed("\x1b[?1049h0123456789\r\nabc\r\n3\r\n4")
        emulator.resize(4, 3)
        assert emulator.text() == ["abc", "3", "4"]
        emulator.resize(10, 5)
        assert emulator.text() == ["abc", "3", "4", "", ""]
        assert emulator.history_length == 0

    def test_the_main_screen_beneath_is_broken_anew(self) -> None:
        emulator = fed("0123456789ab\x1b[?1049hother")
        emulator.resize(20, 4)
        emulator.feed(b"\x1b[?1049l")
        assert rows(emulator) == ["0123456789ab"]
        assert emulator.cursor == (0, 12)


def test_scroll_regions_end() -> None:
    emulator = fed("\x1b[2;3r")
    emulator.resize(10, 6)
    emulator.feed(b"\x1b[9B")
    assert emulator.cursor == (5, 0)


@pytest.mark.parametrize(
    ("asked", "given"), [((0, 0), (1, 1)), ((-5, 3), (1, 3)), ((10**9, 10**9), (1000, 1000))]
)
def test_sizes_are_kept_within_bounds(asked: tuple[int, int], given: tuple[int, int]) -> None:
    emulator = fed("text")
    emulator.resize(*asked)
    assert (emulator.columns, emulator.lines) == given
    made = Emulator(*asked)
    assert (made.columns, made.lines) == given


def test_a_resize_costs_no_look_at_the_whole_scrollback() -> None:
    emulator = fed("line\r\n" * 1000, history=1000)
    kept = emulator._screen.scrollback._entries
    emulator.resize(3, 4)
    assert emulator._screen.scrollback._entries is kept
    assert len(emulator.history_text()) == 1000
