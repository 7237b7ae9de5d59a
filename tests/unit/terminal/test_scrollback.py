"""What scrolled away: its bounds, looks, search and copying."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.unit.terminal.helpers import fed
from xentui.terminal import Emulator, Match
from xentui.terminal.row import Row
from xentui.terminal.searching import find

NUMBERS = "\r\n".join(str(number) for number in range(1, 11))


def test_lines_that_leave_the_screen_are_kept() -> None:
    emulator = fed(NUMBERS)
    assert emulator.history_text() == ["1", "2", "3", "4", "5", "6"]
    assert emulator.history_length == 6
    assert emulator.text() == ["7", "8", "9", "10"]


def test_the_newest_are_kept() -> None:
    assert fed(NUMBERS, history=2).history_text() == ["5", "6"]
    assert fed(NUMBERS, history=0).history_text() == []


@pytest.mark.parametrize("asked", [-1, 0])
def test_there_may_be_none(asked: int) -> None:
    assert fed(NUMBERS, history=asked).history_length == 0


def test_there_are_a_hundred_thousand_lines_at_most_in_little_memory() -> None:
    emulator = Emulator(80, 24, history=10**9)
    chunk = b"[    1.234567] a line of a kernel's log, as long as such lines are\r\n" * 1000
    tracemalloc.start()
    for _ in range(105):
        emulator.feed(chunk)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert emulator.history_length == 100_000
    assert used < 20_000_000


def test_rows_keep_their_looks_and_marks() -> None:
    emulator = fed("\x1b[31mre\u0301d\x1b[m x", "\r\n" * 5)
    assert [(run.text.rstrip(), run.style.fg) for run in emulator.row_runs(0)] == [
        ("re\u0301d", 1),
        (" x", None),
    ]
    assert emulator.history_text()[0] == "re\u0301d x"


def test_rows_are_numbered_through_to_the_screen() -> None:
    emulator = fed(NUMBERS)
    assert [emulator.row_runs(row)[0].text.rstrip() for row in range(10)] == NUMBERS.split("\r\n")
    for outside in (-1, 10):
        with pytest.raises(IndexError):
            emulator.row_runs(outside)


class TestSearch:
    def test_it_finds_in_scrollback_and_screen(self) -> None:
        emulator = fed("one\r\ntwo\r\nOne\r\n4\r\n5\r\n6\r\none")
        assert emulator.search("one") == [Match(0, 0, 3), Match(2, 0, 3), Match(6, 0, 3)]
        assert emulator.search("One", match_case=True) == [Match(2, 0, 3)]
        assert emulator.search("one", limit=2) == [Match(2, 0, 3), Match(6, 0, 3)]
        assert fed("aXaXaa").search("a", limit=2) == [Match(0, 4, 1), Match(0, 5, 1)]
        assert emulator.search("none") == []
        assert emulator.search("") == []

    def test_it_finds_every_place_in_a_line(self) -> None:
        assert fed("aXaXaa").search("a") == [Match(0, 0, 1), Match(0, 2, 1), Match(0, 4, 1), Match(0, 5, 1)]

    def test_it_finds_across_the_end_of_a_row(self) -> None:
        emulator = fed("01234567Kernel panic")
        assert emulator.search("kernel") == [Match(0, 8, 6)]
        assert emulator.search("panic") == [Match(1, 5, 5)]

    def test_a_line_that_ends_the_screen_unfinished_is_searched_too(self) -> None:
        assert fed("0123456789" * 4 + "panic", lines=2).search("9pan") == [Match(3, 9, 4)]
        unfinished = find([Row("ab", wrapped=True)], "b", match_case=False, limit=1)
        assert unfinished == [Match(0, 1, 1)]

    def test_columns_count_wide_characters_twice(self) -> None:
        assert fed("漢字x漢").search("x") == [Match(0, 4, 1)]
        assert fed("漢字x漢").search("字x") == [Match(0, 2, 3)]

    def test_case_of_letters_whose_case_changes_their_length_counts(self) -> None:
        assert fed("aİb").search("b") == [Match(0, 2, 1)]


class TestCopy:
    def test_lines_are_copied_without_the_blanks_at_their_ends(self) -> None:
        emulator = fed(NUMBERS)
        assert emulator.copy((4, 0), (7, 10)) == "5\n6\n7\n8"
        assert emulator.copy((0, 0), (99, 99)) == NUMBERS.replace("\r", "")

    def test_a_part_of_a_line(self) -> None:
        assert fed("012345").copy((0, 2), (0, 4)) == "23"

    def test_rows_of_one_line_are_joined(self) -> None:
        emulator = fed("0123456789abcdef\r\nnext")
        assert emulator.copy((0, 8), (2, 2)) == "89abcdef\nne"

    def test_wide_characters_are_copied_whole(self) -> None:
        assert fed("漢字x").copy((0, 0), (0, 4)) == "漢字"

    def test_backwards_there_is_nothing(self) -> None:
        assert fed("one\r\ntwo").copy((1, 0), (0, 3)) == ""
