"""Erasing, inserting, deleting."""

from __future__ import annotations

import pytest

from tests.unit.terminal.helpers import fed, rows

FILLED = "abcdef\r\nghijkl\r\nmnopqr\x1b[2;3H"


@pytest.mark.parametrize(
    ("sequence", "screen"),
    [
        ("\x1b[K", ["abcdef", "gh", "mnopqr"]),
        ("\x1b[0K", ["abcdef", "gh", "mnopqr"]),
        ("\x1b[1K", ["abcdef", "   jkl", "mnopqr"]),
        ("\x1b[2K", ["abcdef", "", "mnopqr"]),
        ("\x1b[7K", ["abcdef", "ghijkl", "mnopqr"]),
        ("\x1b[?K", ["abcdef", "gh", "mnopqr"]),
        ("\x1b[J", ["abcdef", "gh"]),
        ("\x1b[1J", ["", "   jkl", "mnopqr"]),
        ("\x1b[2J", []),
        ("\x1b[3J", ["abcdef", "ghijkl", "mnopqr"]),
        ("\x1b[?2J", []),
        ("\x1b[X", ["abcdef", "gh jkl", "mnopqr"]),
        ("\x1b[3X", ["abcdef", "gh   l", "mnopqr"]),
        ("\x1b[99X", ["abcdef", "gh", "mnopqr"]),
        ("\x1b[@", ["abcdef", "gh ijkl", "mnopqr"]),
        ("\x1b[99@", ["abcdef", "gh", "mnopqr"]),
        ("\x1b[2P", ["abcdef", "ghkl", "mnopqr"]),
        ("\x1b[99P", ["abcdef", "gh", "mnopqr"]),
        ("\x1b[L", ["abcdef", "", "ghijkl", "mnopqr"]),
        ("\x1b[99L", ["abcdef"]),
        ("\x1b[M", ["abcdef", "mnopqr"]),
        ("\x1b[99M", ["abcdef"]),
        ("\x1b[S", ["ghijkl", "mnopqr"]),
        ("\x1b[T", ["", "abcdef", "ghijkl", "mnopqr"]),
        ("\x1b[^", ["", "abcdef", "ghijkl", "mnopqr"]),
        ("\x1b['}", ["ab cdef", "gh ijkl", "mn opqr"]),
        ("\x1b[2'~", ["abef", "ghkl", "mnqr"]),
        ("\x1b#8", ["EEEEEEEEEE"] * 4),
        ("\x1bc", []),
    ],
)
def test_edits(sequence: str, screen: list[str]) -> None:
    assert rows(fed(FILLED, sequence)) == screen


@pytest.mark.parametrize("sequence", ["\x1b[K", "\x1b[2J", "\x1b[X", "\x1b[@", "\x1b[P", "\x1b[S"])
def test_the_cursor_stays(sequence: str) -> None:
    assert fed(FILLED, sequence).cursor == (1, 2)


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[K",
        "\x1b[J",
        "\x1b[X",
        "\x1b[@",
        "\x1b[P",
        "\x1b['}",
        "\x1b['~",
        "\x1b[L",
        "\x1b[M",
        "\x1bM",
        "\x1b#8",
        "\x1b[!p",
    ],
)
def test_editing_ends_the_wait_in_the_last_column(sequence: str) -> None:
    emulator = fed("0123456789", sequence)
    line, column = emulator.cursor
    emulator.feed(b"x")
    assert emulator.cursor == (line, min(column + 1, 9))


@pytest.mark.parametrize("sequence", ["\x1b[L", "\x1b[M"])
def test_inserting_and_deleting_lines_moves_it_to_the_first_column(sequence: str) -> None:
    assert fed(FILLED, sequence).cursor == (1, 0)


@pytest.mark.parametrize(
    ("sequence", "line", "column"),
    [
        ("\x1b[K", 1, 9),
        ("\x1b[J", 3, 9),
        ("\x1b[2J", 0, 0),
        ("\x1b[X", 1, 2),
        ("\x1b[@", 1, 2),
        ("\x1b[P", 1, 9),
        ("\x1b[L", 1, 5),
        ("\x1b[M", 3, 5),
        ("\x1b[S", 3, 5),
        ("\x1b[T", 0, 5),
        ("\x1b[4H\n", 3, 5),
        ("\x1b[H\x1bM", 0, 5),
    ],
)
def test_blanks_take_the_background_and_nothing_else(sequence: str, line: int, column: int) -> None:
    cell = fed(FILLED, "\x1b[1;4;31;44m", sequence).cell(line, column)
    assert (cell.text, cell.bg, cell.fg, cell.bold, cell.underline) == (" ", 4, None, False, False)


def test_erasing_the_scrollback_leaves_the_screen() -> None:
    emulator = fed("1\r\n2\r\n3\r\n4\r\n5", "\x1b[3J")
    assert emulator.history_text() == []
    assert emulator.text() == ["2", "3", "4", "5"]


class TestProtectedCharacters:
    def test_selective_erasing_leaves_those_protected_by_decsca(self) -> None:
        text = 'a\x1b[1"qb\x1b[0"qc'
        assert rows(fed(text, "\x1b[?2K")) == [" b"]
        assert rows(fed(text, "\x1b[?2J")) == [" b"]
        assert rows(fed(text, "\x1b[2K")) == []
        assert rows(fed(text, "\x1b[2J")) == []

    def test_all_erasing_leaves_those_protected_by_spa(self) -> None:
        text = "a\x1bVb\x1bWc\r"
        assert rows(fed(text, "\x1b[2K")) == [" b"]
        assert rows(fed(text, "\x1b[J")) == [" b"]
        assert rows(fed(text, "\x1b[3X")) == [" b"]
        assert rows(fed(text, "\x1b[?2J")) == [" b"]

    def test_the_last_kind_used_holds_for_all(self) -> None:
        assert rows(fed("a\x1bVb\x1bWc", '\x1b[0"q', "\x1b[2J")) == []

    def test_protected_wide_characters_stay_whole(self) -> None:
        assert rows(fed('a\x1b[1"q漢e\u0301\x1b[0"qe\u0301\x1b[?2K')) == [" 漢e\u0301"]

    def test_protection_outlasts_a_change_of_looks(self) -> None:
        assert rows(fed('\x1b[1"q\x1b[mb\x1b[?2J')) == ["b"]
