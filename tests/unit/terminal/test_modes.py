"""Modes, the alternate screen, resets, titles and the bell."""

from __future__ import annotations

import pytest

from tests.unit.terminal.helpers import fed, rows
from xentui.terminal import Emulator


@pytest.mark.parametrize(
    ("on", "off", "name", "values"),
    [
        ("\x1b[?1h", "\x1b[?1l", "application_cursor", (True, False)),
        ("\x1b=", "\x1b>", "application_keypad", (True, False)),
        ("\x1b[?66h", "\x1b[?66l", "application_keypad", (True, False)),
        ("\x1b[?2004h", "\x1b[?2004l", "bracketed_paste", (True, False)),
        ("\x1b[?25l", "\x1b[?25h", "cursor_visible", (False, True)),
        ("\x1b[?5h", "\x1b[?5l", "reverse_screen", (True, False)),
        ("\x1b[?1004h", "\x1b[?1004l", "focus_events", (True, False)),
        ("\x1b[?9h", "\x1b[?9l", "mouse_mode", (9, 0)),
        ("\x1b[?1000h", "\x1b[?1000l", "mouse_mode", (1000, 0)),
        ("\x1b[?1002;1006h", "\x1b[?1006;1002l", "mouse_mode", (1002, 0)),
        ("\x1b[?1003h", "\x1b[?1003l", "mouse_mode", (1003, 0)),
        ("\x1b[?1049h", "\x1b[?1049l", "alternate_screen", (True, False)),
    ],
)
def test_modes_are_told(on: str, off: str, name: str, values: tuple[object, object]) -> None:
    emulator = fed()
    assert getattr(emulator, name) == values[1]
    emulator.feed(on.encode())
    assert getattr(emulator, name) == values[0]
    emulator.feed(off.encode())
    assert getattr(emulator, name) == values[1]
    emulator.feed(on.encode() + b"\x1bc")
    assert getattr(emulator, name) == values[1]


def test_pygrub_under_vt100_asks_for_application_cursor_keys() -> None:
    emulator = fed("\x1b(B\x1b)0\x1b[1;24r\x1b[m\x0f\x1b[?7h\x1b[?1h\x1b=\x1b[H\x1b[J", columns=80, lines=24)
    assert emulator.application_cursor
    assert emulator.key("up") == b"\x1bOA"


class TestAlternateScreen:
    @pytest.mark.parametrize("mode", [47, 1047, 1049])
    def test_the_main_screen_is_kept_beneath_it(self, mode: int) -> None:
        emulator = fed("main", f"\x1b[?{mode}h", "\x1b[2J\x1b[Hother")
        assert rows(emulator) == ["other"]
        emulator.feed(f"\x1b[?{mode}l".encode())
        assert rows(emulator) == ["main"]

    @pytest.mark.parametrize(("mode", "second"), [(47, ["old"]), (1047, []), (1049, [])])
    def test_whether_it_is_cleared(self, mode: int, second: list[str]) -> None:
        emulator = fed(f"\x1b[?{mode}hold\x1b[?{mode}l\x1b[?{mode}h")
        assert rows(emulator) == second

    def test_1049_brings_the_cursor_back(self) -> None:
        assert fed("\x1b[2;3H\x1b[?1049h\x1b[4;5H\x1b[?1049l").cursor == (1, 2)

    def test_47_leaves_the_cursor_where_it_is(self) -> None:
        assert fed("\x1b[2;3H\x1b[?47h\x1b[4;5H\x1b[?47l").cursor == (3, 4)

    def test_switching_twice_is_switching_once(self) -> None:
        emulator = fed("\x1b[2;3H\x1b[?1049h\x1b[4;5H\x1b[?1049h\x1b[?1049l\x1b[?1049l")
        assert emulator.cursor == (1, 2)

    def test_nothing_of_it_goes_to_the_scrollback(self) -> None:
        assert fed("\x1b[?1049h" + "line\n" * 30).history_length == 0


class TestResets:
    def test_a_full_reset_is_as_at_power_on_but_for_the_scrollback(self) -> None:
        emulator = fed(
            "a\r\nb\r\nc\r\nd\r\ne", "\x1b[31m\x1b[4h\x1b[?6h\x1b[2;3r\x1b(0\x1b[?7l\x1b[?1049h\x1bcq"
        )
        assert emulator.text() == ["q", "", "", ""]
        assert emulator.cell(0, 0).fg is None
        assert emulator.history_text() == ["a"]
        emulator.feed(b"\x1b[9B")
        assert emulator.cursor == (3, 1)

    def test_a_soft_reset_leaves_text_and_cursor(self) -> None:
        emulator = fed("text\x1b[31m\x1b[4h\x1b[2;3r\x1b[?6h\x1b(0\x1b[?1h\x1b=\x1b[2;3H\x1b[?25l\x1b[!p")
        assert rows(emulator) == ["text"]
        assert emulator.cursor == (2, 2)
        assert (emulator.cursor_visible, emulator.application_cursor, emulator.application_keypad) == (
            True,
            False,
            False,
        )
        emulator.feed(b"\x1b[Hq")
        assert rows(emulator) == ["qext"]
        assert emulator.cell(0, 0).fg is None

    def test_a_soft_reset_ends_the_saved_cursor(self) -> None:
        assert fed("\x1b[3;3H\x1b7\x1b[!p\x1b8").cursor == (0, 0)


class TestSavedModes:
    def test_modes_are_saved_and_restored(self) -> None:
        emulator = fed("\x1b[?1;1000h\x1b[?1;7;1000;1002s\x1b[?1;7;1000l\x1b[?1;7;1000r")
        assert (emulator.application_cursor, emulator.mouse_mode) == (True, 1000)
        emulator.feed(b"0123456789ab")
        assert rows(emulator) == ["0123456789", "ab"]

    def test_what_was_not_saved_stays(self) -> None:
        assert fed("\x1b[?1h\x1b[?1r").application_cursor
        assert fed("\x1b[?1049s\x1b[?1049h\x1b[?1049r").alternate_screen


def test_the_fix_for_more_wraps_before_a_tab() -> None:
    assert fed("\x1b[?41h0123456789\t").cursor == (1, 8)


def test_the_guest_cannot_resize() -> None:
    emulator = fed("\x1b[8;50;200t\x1b[?40h\x1b[?3h")
    assert (emulator.columns, emulator.lines) == (10, 4)


class TestDeccolm:
    def test_it_clears_and_goes_home_where_the_guest_has_allowed_it(self) -> None:
        emulator = fed("text\x1b[?40h\x1b[2;3r\x1b[3;3H\x1b[?3l")
        assert (rows(emulator), emulator.cursor) == ([], (0, 0))

    def test_else_it_does_nothing(self) -> None:
        assert rows(fed("text\x1b[?3h\x1b[?3l")) == ["text"]


class TestTitle:
    @pytest.mark.parametrize("sequence", ["\x1b]0;name\x07", "\x1b]2;name\x1b\\", "\u009d2;name\u009c"])
    def test_it_is_told(self, sequence: str) -> None:
        assert fed(sequence).title == "name"

    @pytest.mark.parametrize(
        "sequence",
        ["\x1b]1;name\x07", "\x1b]52;c;bmFtZQ==\x07", "\x1b]2\x07", "\x1b]2;na\x18me", "\x1bP2;name\x1b\\"],
    )
    def test_other_strings_leave_it(self, sequence: str) -> None:
        assert fed(sequence).title == ""

    def test_control_characters_and_direction_marks_do_not_get_into_it(self) -> None:
        assert fed("\x1b]2;a\x01b\u202ec\td\x07").title == r"a\u0001b\u202ec\u0009d"

    def test_it_is_bounded(self) -> None:
        assert fed("\x1b]2;" + "x" * 3000 + "\x07").title == "x" * 256


def test_the_bell_is_counted_but_not_that_which_ends_a_string() -> None:
    assert fed("\x07\x07\x1b]2;t\x07").bells == 2


def test_a_string_is_not_shown() -> None:
    for introducer in "PX^_]":
        assert rows(fed(f"a\x1b{introducer}hidden\x1b\\b")) == ["ab"]


@pytest.mark.parametrize(
    ("data", "screen"),
    [
        ("a\x1b[3\x18b", ["ab"]),
        ("a\x1b[3\x1ab", ["ab"]),
        ("a\x1b[3\x1b[2Cb", ["a  b"]),
        ("a\x1b[2\r\nCb", ["a", "  b"]),
        ("a\x1b[2\x7fCb", ["a  b"]),
        ("a\x1b[?1?2hb", ["ab"]),
        ("a\x1b[1;2wb", ["ab"]),
        ("a\x1b[<>xb", ["ab"]),
        ("a\x1b%Gb\x1b#3c", ["abc"]),
        ("a\x1b]2;t\x1b[2Cb", ["a  b"]),
        ("a\x1bPx\x18b", ["ab"]),
        ("\x00a\x00\x7fb\x05", ["ab"]),
    ],
)
def test_what_is_malformed_or_unknown_is_passed_over(data: str, screen: list[str]) -> None:
    emulator: Emulator = fed(data)
    assert rows(emulator) == screen
    bytewise = fed(*(bytes((byte,)) for byte in data.encode()))
    assert rows(bytewise) == screen


def test_1049_brings_the_cursor_back_on_the_main_screen_too() -> None:
    """As dialog(1) ends: it leaves the alternate screen twice."""
    emulator = fed("ab\r\n\x1b[?1049h\x1b[?1049l\x1b[4;3Hdlg\x1b[?1049l\r$")
    assert rows(emulator) == ["ab", "$", "", "  dlg"]


def test_a_soft_reset_leaves_the_mode_of_line_feeds() -> None:
    assert fed("\x1b[20h\x1b[!pa\nb").cursor == (1, 1)


class TestPalette:
    """The Linux console's commands for colours have no end of their own, linux(4)."""

    @pytest.mark.parametrize("command", ["\x1b]R", "\x1b]P1aa0000", "\x1b]PfFFffFF", "\u009dR"])
    @pytest.mark.parametrize("behind", ["login: ro", "\r\nlogin", "RP0123456", "\x1b[1;3Hx", "]0;x", "字"])
    def test_what_follows_is_shown(self, command: str, behind: str) -> None:
        shown = fed(behind)
        data = (command + behind).encode()
        assert fed(data).text() == shown.text()
        assert fed(*(data[at : at + 1] for at in range(len(data)))).text() == shown.text()

    @pytest.mark.parametrize("command", ["\x1b]P", "\x1b]P1aa", "\x1b]P12345"])
    def test_one_that_is_cut_short_swallows_nothing(self, command: str) -> None:
        for behind in ("xyz", "\r\nx", "\x1b[2;2Hz"):
            assert fed(command, behind).text() == fed(behind).text()

    def test_titles_are_titles(self) -> None:
        assert fed("\x1b]0;PR\a").title == "PR"


def test_down_by_none_scrolls_nothing() -> None:
    assert rows(fed("a\x1b[0T")) == ["a"]
    assert rows(fed("a\x1b[T")) == ["", "a"]


@pytest.mark.parametrize("sequence", ["\x1b[2;3字", "\x1b[2é", "\x1b[>字", "\x1b[2$ é"])
def test_a_character_that_ends_a_sequence_ends_no_other(sequence: str) -> None:
    assert rows(fed(sequence + "xyz")) == ["xyz"]
    assert rows(fed(*sequence, "xyz")) == ["xyz"]
