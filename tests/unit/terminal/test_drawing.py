"""Writing characters: wrapping, inserting, wide and combining ones, character sets."""

from __future__ import annotations

import pytest

from tests.unit.terminal.helpers import fed, rows
from tests.unit.terminal.streams import everything
from xentui.terminal.widths import WIDE, width


def test_text_is_written_from_the_upper_left_corner() -> None:
    emulator = fed("one\r\ntwo")
    assert emulator.text() == ["one", "two", "", ""]
    assert emulator.cursor == (1, 3)


def test_text_goes_on_in_the_next_line() -> None:
    assert rows(fed("0123456789abc")) == ["0123456789", "abc"]


def test_the_cursor_waits_in_the_last_column_until_a_further_character_comes() -> None:
    emulator = fed("0123456789")
    assert emulator.cursor == (0, 9)
    emulator.feed(b"a")
    assert emulator.cursor == (1, 1)


@pytest.mark.parametrize(
    ("then", "cursor"),
    [
        ("\r\n", (1, 0)),
        ("\n", (1, 9)),
        ("\b", (0, 8)),
        ("\x1b[D", (0, 8)),
        ("\x1b[A", (0, 9)),
        ("\t", (0, 9)),
    ],
)
def test_a_line_filled_exactly_leaves_no_empty_line_behind(then: str, cursor: tuple[int, int]) -> None:
    assert fed("0123456789", then).cursor == cursor


def test_a_tab_does_not_undo_the_wait_in_the_last_column() -> None:
    assert rows(fed("0123456789\tx")) == ["0123456789", "x"]


def test_without_autowrap_the_last_column_is_written_over() -> None:
    emulator = fed("\x1b[?7l0123456789abc")
    assert rows(emulator) == ["012345678c"]
    emulator.feed(b"\x1b[?7hd")
    assert rows(emulator) == ["012345678d"]


def test_insert_mode_pushes_characters_to_the_right_and_out() -> None:
    assert rows(fed("0123456789\r\x1b[4hab\x1b[4lc")) == ["abc1234567"]


def test_repeat_writes_the_last_character_again() -> None:
    assert rows(fed("ab\x1b[3b")) == ["abbbb"]
    assert rows(fed("ab", "\x1b", "[3b")) == ["abbbb"]
    assert rows(fed("ab\x1b[1m\u200d\x1b[3b")) == ["ab"], "nothing was written behind the look"
    assert rows(fed("ab\x1b[1;3H\u200d\x1b[3b")) == ["ab"]


@pytest.mark.parametrize(
    "between", ["\x1b[b", "\x1b[m", "\x1b(B", "\r", "\r\n", "\a", "\x1b[;1\a;H", "\x1b]0;x\a\x1b[K"]
)
def test_repeat_has_nothing_to_repeat_behind_a_control_function(between: str) -> None:
    plain = fed(f"ab{between}")
    assert fed(f"ab{between}", "\x1b[3b").text() == plain.text()


@pytest.mark.parametrize("count", [1, 39, 40, 41, 57, 999, 9999])
@pytest.mark.parametrize("character", ["x", "字"])
def test_a_long_repetition_ends_where_all_of_it_would(count: int, character: str) -> None:
    repeated, written = fed(character, f"\x1b[{count}b"), fed(character * (count + 1))
    assert repeated.text() == written.text()
    assert repeated.cursor == written.cursor


def test_a_mark_goes_to_the_last_cell_where_nothing_wraps() -> None:
    emulator = fed("\x1b[?7l0123456789e\u0301")
    assert emulator.text()[0] == "012345678e\u0301"
    emulator.feed("\r012345678\u0301".encode())
    assert emulator.text()[0] == "012345678\u0301e\u0301"


class TestWide:
    """Runs of characters of two columns, as one by one."""

    @pytest.mark.parametrize(
        "before", ["", "a", "\x1b[1;9H", "\x1b[1;10H", "\x1b[?7l", "\x1b[?7l\x1b[1;8H", "\x1b[4hzz\r"]
    )
    @pytest.mark.parametrize("margins", ["", "\x1b[?69h\x1b[3;7s", "\x1b[?69h\x1b[3;4s\x1b[1;3H"])
    def test_at_once(self, before: str, margins: str) -> None:
        text = "漢字かな交じり文全角カナ"
        once, each = fed(margins, before, text), fed(margins, before, *(piece for piece in text))
        assert once.text() == each.text()
        assert once.cursor == each.cursor
        assert once.history_text() == each.history_text()

    def test_the_quick_way_knows_only_characters_of_two_columns(self) -> None:
        assert {width(chr(code)) for code in range(0x110000) if WIDE.fullmatch(chr(code))} == {2}

    assert rows(fed("─\x1b[2b")) == ["───"]
    assert rows(fed("\x1b[5b")) == []


def test_bytes_of_one_character_may_come_apart() -> None:
    assert rows(fed(b"\xe2\x9c", b"\x93 \xf0", b"\x9f", b"\x91", b"\x8d")) == ["✓ 👍"]


def test_bytes_that_are_no_utf8_show_as_replacement_characters() -> None:
    assert rows(fed(b"a\xffb\xc3(\xed\xa0\x80")) == ["a�b�(���"]


class TestWideCharacters:
    def test_they_take_two_cells(self) -> None:
        emulator = fed("漢x")
        assert emulator.cursor == (0, 3)
        assert [emulator.cell(0, column).text for column in range(4)] == ["漢", "", "x", " "]
        assert rows(emulator) == ["漢x"]

    def test_they_wrap_whole(self) -> None:
        assert rows(fed("012345678漢")) == ["012345678", "漢"]

    @pytest.mark.parametrize(("at", "left"), [(1, "x 字"), (2, " x字"), (3, "漢x"), (4, "漢 x")])
    def test_half_of_one_written_over_leaves_a_blank(self, at: int, left: str) -> None:
        assert rows(fed(f"漢字\x1b[{at}Gx")) == [left]

    @pytest.mark.parametrize(
        ("edit", "left"),
        [
            ("\x1b[2G\x1b[P", " b"),
            ("\x1b[2G\x1b[@", "   b"),
            ("\x1b[2G\x1b[K", ""),
            ("\x1b[1K", " b"),
            ("\x1b[1G\x1b[X", " b"),
        ],
    )
    def test_half_of_one_edited_away_leaves_a_blank(self, edit: str, left: str) -> None:
        emulator = fed("漢b\r", edit)
        assert [row.lstrip() for row in rows(emulator)] == ([left.lstrip()] if left else [])
        assert "漢" not in emulator.text()[0]

    def test_pushed_half_out_of_the_line_they_go(self) -> None:
        assert rows(fed("01234567漢\r\x1b[@")) == [" 01234567"]

    def test_a_screen_of_one_column_has_no_room_for_them(self) -> None:
        assert rows(fed("a漢b", columns=1)) == ["a", "b"]


class TestCombiningCharacters:
    def test_they_join_the_cell_before(self) -> None:
        emulator = fed("e\u0301x")
        assert emulator.cell(0, 0).text == "e\u0301"
        assert emulator.cursor == (0, 2)

    def test_they_join_the_last_column_while_the_cursor_waits_there(self) -> None:
        assert fed("012345678e", "\u0301").cell(0, 9).text == "e\u0301"

    def test_they_join_a_wide_character(self) -> None:
        assert fed("か\u3099").cell(0, 0).text == "か\u3099"

    def test_a_cell_bears_four_of_them(self) -> None:
        assert fed("e" + "\u0301" * 50).cell(0, 0).text == "e" + "\u0301" * 4

    def test_they_go_with_their_character(self) -> None:
        assert fed("e\u0301\rx").cell(0, 0).text == "x"
        assert fed("ae\u0301\r\x1b[2P").cell(0, 0).text == " "

    def test_they_move_with_their_character(self) -> None:
        assert rows(fed("ae\u0301b\r\x1b[@")) == [" ae\u0301b"]
        assert rows(fed("ae\u0301b\r\x1b[P")) == ["e\u0301b"]

    def test_without_a_cell_before_they_are_dropped(self) -> None:
        assert fed("\u0301a").cell(0, 0).text == "a"


@pytest.mark.parametrize(
    "character", ["\u202e", "\u2066", "\u200d", "\ufe0f", "\u2028", "\U000e0041", "\ufeff"]
)
def test_characters_that_would_change_the_layout_around_them_are_dropped(character: str) -> None:
    emulator = fed(f"a{character}b")
    assert [emulator.cell(0, column).text for column in range(3)] == ["a", "b", " "]


def test_a_soft_hyphen_shows_as_a_hyphen() -> None:
    assert rows(fed("a\u00adb")) == ["a-b"]


class TestCharacterSets:
    def test_line_drawing_by_designating_g0(self) -> None:
        assert rows(fed("\x1b(0lqk\x1b(Bq")) == ["┌─┐q"]

    def test_line_drawing_by_shifting_to_g1(self) -> None:
        assert rows(fed("\x1b(B\x1b)0q\x0eqx\x0fq")) == ["q─│q"]

    def test_sets_leave_other_characters_alone(self) -> None:
        assert rows(fed("\x1b(0é✓Aq")) == ["é✓A─"]

    def test_the_british_pound(self) -> None:
        assert rows(fed("\x1b(A#\x1b(B#")) == ["£#"]

    def test_single_shifts_hold_for_one_character(self) -> None:
        assert rows(fed("\x1b*0\x1b+0\x1bNqq\x1bOqq")) == ["─q─q"]

    def test_locking_shifts(self) -> None:
        assert rows(fed("\x1b*0\x1bnqq\x0fq")) == ["──q"]

    def test_repeat_repeats_what_was_shown(self) -> None:
        assert rows(fed("\x1b(0q\x1b[2b")) == ["───"]


class TestManyLinesAtOnce:
    """A block of whole lines takes a way of its own and must come to the same."""

    def test_lines_that_pass_through_are_in_the_scrollback(self) -> None:
        emulator = fed("".join(f"line {number}\r\n" for number in range(20)))
        assert emulator.history_text() == [f"line {number}" for number in range(17)]
        assert emulator.text() == ["line 17", "line 18", "line 19", ""]

    def test_they_go_on_where_the_cursor_is(self) -> None:
        emulator = fed("ab", "c\r\nd\r\ne\r\nf\r\ng\r\n")
        assert emulator.history_text() + emulator.text() == ["abc", "d", "e", "f", "g", ""]

    def test_long_ones_wrap(self) -> None:
        emulator = fed("x\r\n" * 4 + "0123456789abcde\r\n" * 2 + "y\r\n" * 4)
        everything = emulator.history_text() + emulator.text()
        assert everything == ["x"] * 4 + ["0123456789", "abcde"] * 2 + ["y"] * 4 + [""]
        emulator.resize(20, 4)
        assert "0123456789abcde" in emulator.history_text()

    def test_on_the_alternate_screen_they_are_gone(self) -> None:
        emulator = fed("\x1b[?1049h", "".join(f"{number}\r\n" for number in range(20)))
        assert emulator.text() == ["17", "18", "19", ""]
        assert emulator.history_length == 0

    def test_within_a_region_they_scroll_there(self) -> None:
        emulator = fed("top\x1b[2;3r\x1b[2H", "".join(f"{number}\r\n" for number in range(20)))
        assert emulator.text() == ["top", "19", "", ""]
        assert emulator.history_length == 0

    def test_coloured_ones_keep_their_colour(self) -> None:
        emulator = fed("\x1b[31m", "".join(f"{number}\r\n" for number in range(20)))
        assert {run.style.fg for run in emulator.row_runs(0) if run.text.strip()} == {1}

    @pytest.mark.parametrize(
        "before",
        [
            "",
            "\x1b[4h",
            "\x1b[?7l",
            "\x1b(0",
            "\x1b[44m",
            "\x1b[2;4r",
            "\x1b[1;3r",
            "\x1b[?69h\x1b[2;7s",
            "\x1b[20h",
            "\x1b[?1049h",
        ],
    )
    def test_they_are_as_written_one_by_one(self, before: str) -> None:
        lines = "".join(f"{number} {'lines of ten ' * (number % 3)}\r\n" for number in range(12)) + "\x1b[2b"
        at_once = fed("old\r\nold text\r", before, lines)
        one_by_one = fed("old\r\nold text\r", before, *(bytes((byte,)) for byte in lines.encode()))
        assert everything(at_once) == everything(one_by_one)

    def test_they_stay_on_a_screen_of_one_line(self) -> None:
        emulator = fed("a\r\nb\r\nc\r\nd\r\n", lines=1)
        assert emulator.history_text() == ["a", "b", "c", "d"]
        assert emulator.text() == [""]
