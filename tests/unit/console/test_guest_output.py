"""What of a guest's output the user's own terminal gets, and that it is given back whole."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from xentui.console.output_filter import LONGEST_STRING, GuestFilter
from xentui.console.user_terminal import GuestOutput
from xentui.terminal import Emulator, MouseEvent

ST = b"\x1b\\"
COLUMNS, LINES = 20, 6
RECORDINGS = Path(__file__).parents[2] / "recordings" / "console"


def passed(data: bytes) -> bytes:
    return GuestFilter().passed(data)


class TestFilter:
    @pytest.mark.parametrize(
        "string",
        [
            b"\x1b]52;c;aGFybQ==\x07",
            b"\x1b]52;c;aGFybQ==\x1b\\",
            b"\x1b]0;title\x07",
            b"\x1b]2;title\x1b\\",
            b"\x1b]4;1;rgb:00/00/00\x07",
            b"\x1b]10;#fff\x07\x1b]11;#000\x07",
            b"\x1b]8;;http://example.org\x1b\\",
            b"\x1b]777;notify;a;b\x07",
            b"\x1b]1337;File=:AAAA\x07",
            b"\x1bP1;1|17/726d0a\x1b\\",
            b'\x1bP$q"p\x1b\\',
            b"\x1b_Ga=T;AAAA\x1b\\",
            b"\x1b^private\x1b\\",
            b"\x1bXstart\x1b\\",
            "\x9d52;c;aGFybQ==\x9c".encode(),
            "\x90q\x9c\x9fG\x9c".encode(),
            b"\x1b]R\x1b]P1aa0000",
            b"\x1b[21t\x1b[2;0t\x1b[8;1;1t\x1b[5i\x1b[?5i\x1b[4i",
            b"\x1b[?2031h\x1b[?2048h\x1b[?3h\x1b[2h\x1b[12l\x1b[?1046l",
            b"\x1b[12;1]\x1b%@\x1b G\x1b[62;0\"p\x1b[1;2'z\x1b[>2p",
            b"\x7f",
        ],
    )
    def test_what_reaches_beyond_the_screen_does_not_pass(self, string: bytes) -> None:
        assert passed(b"a" + string + b"b").replace(ST, b"") == b"ab"
        one_by_one = GuestFilter()
        data = b"a" + string + b"b"
        assert b"".join(one_by_one.passed(data[at : at + 1]) for at in range(len(data))) == passed(data)

    @pytest.mark.parametrize(
        "data",
        [
            b"text\r\n\t\x08\x07\x0e\x0f",
            "grün 字 ─│┌ 🙂".encode(),
            b"\x1b[2J\x1b[1;1H\x1b[K\x1b[3;4r\x1b[5L\x1b[m\x1b[38;2;1;2;3;48:2::4:5:6m",
            b"\x1b(0lqk\x1b(B\x1b)0\x1b7\x1b8\x1bM\x1bD\x1bc\x1b=\x1b>\x1b#8",
            b"\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[4h\x1b[20l",
            b"\x1b[c\x1b[>c\x1b[6n\x1b[?6n\x1b[?2026$p\x1b[>q",
            b"\x1b[!p\x1b[2 q\x1b[>1u\x1b[<u\x1b[>4;2m\x1b[?0c\x1b[s\x1b[u\x1b[2;3s\x1b[3b",
            b"\xe4\xf6 latin",
        ],
    )
    def test_what_is_the_screens_does(self, data: bytes) -> None:
        assert passed(data) == data

    def test_sequences_come_out_well_formed(self) -> None:
        assert passed(b"\x1b[?10\x0049h") == b"\x1b[?1049h"
        assert passed(b"\x1b[3\r1m") == b"\r\x1b[31m"
        assert passed(b"\x1b[?25;1049;52;7l") == b"\x1b[?25l\x1b[?1049l\x1b[?7l"
        assert passed("\x9b31m".encode()) == b"\x1b[31m"
        assert passed(b"\x1b[3\x18ab") == b"ab"
        assert passed(b"\x1b[3\x1b[4m") == b"\x1b[4m"
        assert passed(b"\x1b[" + b"1;" * 500 + b"mx") == b"x"

    def test_bare_c1_bytes_are_none(self) -> None:
        """Not UTF-8; a terminal of another encoding takes them for controls."""
        assert passed(b"a\x9d52;c;x\x07\x9b21tb") == b"a?52;c;x\x07?21tb"
        assert b"\x9b" not in passed(b"\xe0\x82\x9b31m"), "nor in an overlong spelling"

    def test_a_string_without_end_is_passed_over_no_longer_than_its_bound(self) -> None:
        guest = GuestFilter()
        assert guest.passed(b"\x1b]52;c;" + b"x" * 1000) == b""
        out = b"".join(guest.passed(b"x" * 65536) for _ in range(LONGEST_STRING // 65536 + 1))
        assert out
        assert set(out) == {ord("x")}

    def test_titles_of_screen(self) -> None:
        assert GuestFilter(titles=True).passed(b"\x1bkvi\x1b\\x").replace(b"\x1b\\", b"") == b"x"
        assert passed(b"\x1bkvi") == b"vi"

    @pytest.mark.parametrize("start", [b'\x1b"', b"\x1b!"])
    def test_other_strings_of_screen(self, start: bytes) -> None:
        assert GuestFilter(titles=True).passed(start + b"evil\x1b\\x").replace(ST, b"") == b"x"
        assert start not in passed(start + b"evil\x1b\\x"), "screen may call itself xterm"

    @pytest.mark.parametrize("sequence", [b"\x1bG", b"\x1b}"])
    def test_what_single_terminals_take_for_a_command(self, sequence: bytes) -> None:
        assert passed(b"a" + sequence + b"Qb") == b"aQb"

    @given(st.binary(max_size=80), st.lists(st.integers(1, 79), max_size=4))
    def test_however_it_is_cut(self, data: bytes, cuts: list[int]) -> None:
        places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
        guest = GuestFilter()
        pieces = [data[start:end] for start, end in itertools.pairwise(places)]
        assert b"".join(map(guest.passed, pieces)) == passed(data)

    @given(
        st.lists(
            st.sampled_from(
                [
                    b"\x1b",
                    b"[",
                    b"]",
                    b"P",
                    b"\\",
                    b"?",
                    b"1049",
                    b"h",
                    b"\x9b",
                    b"\xc2",
                    b"52;c;",
                    b"\x07",
                    b"x",
                    b"\x18",
                    b"k",
                ]
            ),
            max_size=30,
        ).map(b"".join)
    )
    def test_no_string_begins_at_the_terminal(self, data: bytes) -> None:
        out = passed(data)
        assert not any(b"\x1b" + kind in out for kind in (b"]", b"P", b"_", b"^", b"X"))
        assert not any(b"\xc2" + bytes((code,)) in out for code in range(0x80, 0xA0))

    @pytest.mark.parametrize("recording", sorted(RECORDINGS.glob("*.bin")), ids=lambda path: path.stem)
    def test_what_real_guests_show_looks_the_same(self, recording: Path) -> None:
        data = recording.read_bytes()
        plain, filtered = Emulator(80, 24), Emulator(80, 24)
        plain.feed(data)
        filtered.feed(passed(data))
        assert filtered.text() == plain.text()
        assert filtered.cursor == plain.cursor
        assert [filtered.runs(line) for line in range(24)] == [plain.runs(line) for line in range(24)]


LEFT_BEHIND = {
    "left and right margins": b"\x1b[?69h\x1b[3;9s",
    "margins": b"\x1b[2;4r",
    "no tab stops": b"\x1b[3g",
    "other tab stops": b"\x1b[1;4H\x1bH",
    "alternate screen": b"\x1b[?1049h",
    "alternate screen with NUL": b"\x1b[?10\x0049h",
    "alternate screen by C1": "\x9b?1049h".encode(),
    "alternate screen behind many": b"\x1b[?" + b"25;" * 29 + b"1049h",
    "alternate screen with noughts": b"\x1b[?" + b"0" * 90 + b"1049h",
    "alternate screen restored": b"\x1b[?1047h\x1b[?1047s\x1b[?1047l\x1b[?1047r",
    "origin": b"\x1b[2;4r\x1b[?6h",
    "origin with a control": b"\x1b[2;4r\x1b[?\r6h",
    "origin restored": b"\x1b[?6h\x1b7\x1b[?6l\x1b8",
    "line feed mode": b"\x1b[20h",
    "insertion": b"\x1b[4h",
    "keyboard locked": b"\x1b[2h",
    "a link": b"\x1b]8;;http://example.org\x07link",
    "a string left open": b"\x1b]0;title",
    "a device string left open": b"\x1bPq",
    "half a sequence": b"\x1b[3",
    "line drawing": b"\x1b(0",
    "line drawing by SO": b"\x1b)0\x0e",
    "line drawing in G2": b"\x1b*0\x1bn",
    "looks": b"\x1b[1;7;31m",
    "reversed": b"\x1b[?5h",
    "hidden cursor": b"\x1b[?25l",
    "no wrap": b"\x1b[?7l",
    "mouse": b"\x1b[?1003;1006h",
    "focus": b"\x1b[?1004h",
    "pastes": b"\x1b[?2004h",
    "keys": b"\x1b[?1h\x1b=\x1b[?67h",
    "protection": b'\x1b[1"q',
    "all at once": b"\x1b[?69h\x1b[3;9s\x1b[2;4r\x1b[?6h\x1b[3g\x1b[?1049h\x1b[20h\x1b[4h\x1b)0\x0e\x1b[?5h",
}


@pytest.mark.parametrize("left_behind", LEFT_BEHIND.values(), ids=LEFT_BEHIND.keys())
def test_the_terminal_is_given_back_whole(left_behind: bytes) -> None:
    guest, terminal = GuestOutput(COLUMNS, LINES), Emulator(COLUMNS, LINES)
    terminal.feed(b"shell$ xentui\r\n")
    terminal.feed(guest.passed(left_behind))
    terminal.feed(guest.restoring(COLUMNS, LINES) + b"\r\n")
    assert not terminal.alternate_screen
    assert not terminal.origin_mode
    assert terminal.usual_tab_stops
    assert terminal.cursor_visible
    assert not (
        terminal.reverse_screen or terminal.mouse_mode or terminal.focus_events or terminal.bracketed_paste
    )
    assert terminal.key("up") == b"\x1b[A"
    assert terminal.key("enter") == b"\r"
    assert terminal.key("backspace") == b"\x7f"
    assert terminal.mouse(MouseEvent(0, "press", 0, 0)) == b""
    assert [*terminal.history_text(), *terminal.text()][0] == "shell$ xentui"
    terminal.feed(b"\x1b[2J\x1b[Hq\ta\x1b[H\x1b[2;1H" + b"x" * COLUMNS + b"yy\nz\x1b[3;1Hab\r\x1b[2CB")
    assert terminal.text()[:4] == ["q       a", "x" * COLUMNS, "abB", "  z"], "all of the screen, as it was"
    cell = terminal.cell(0, 0)
    assert not (cell.bold or cell.reverse or cell.fg or cell.protected)
    terminal.feed(b"\x1b[6;1H\r\n")
    assert terminal.text()[0] == "x" * COLUMNS, "all of it scrolls"


@pytest.mark.parametrize(
    ("written", "given_back"),
    [
        (b"\x1b[>1u\x1b[>5u\x1b[<u", b"\x1b[<1u"),
        (b"\x1b[=5u", b"\x1b[=0u"),
        (b"\x1b[>4;2m", b"\x1b[>4m"),
        (b"\x1b[4 q", b"\x1b[0 q"),
        (b"\x1b[?2026h", b"\x1b[?2026l"),
    ],
)
def test_what_only_some_terminals_have_is_taken_back_where_it_was_used(
    written: bytes, given_back: bytes
) -> None:
    guest = GuestOutput()
    assert guest.passed(written) == written
    assert given_back in guest.restoring(80, 24)
    if b"2026" not in written:
        assert given_back not in GuestOutput().restoring(80, 24)


def test_the_keyboard_is_given_back_on_both_screens() -> None:
    guest = GuestOutput()
    guest.passed(b"\x1b[?1049h\x1b[>1u")
    before, _, behind = guest.restoring(80, 24).partition(b"\x1b[?1049l")
    assert b"\x1b[<1u" in before
    assert b"\x1b[<1u" in behind
