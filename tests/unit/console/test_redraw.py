"""A screen drawn on another terminal looks the same."""

from __future__ import annotations

from hypothesis import given, strategies as st

from xentui.console.redraw import redraw
from xentui.terminal import Emulator

PIECES = st.lists(
    st.sampled_from(
        [
            b"text ",
            "wide \u4e2d\u6587 e\u0301".encode(),
            b"\r\n",
            b"\x1b[1;31m",
            b"\x1b[38;5;200;48;2;1;2;3m",
            b"\x1b[94;107m",
            b"\x1b[3;4;7;9m",
            b"\x1b[m",
            b"\x1b[5;5H",
            b"\x1b[2J",
            b"\x1b(0lqqk\x1b(B",
            b"\x1b[?1049h",
            b"\x1b[?1h\x1b=\x1b[?2004h",
            b"\x1b[?1002;1006h",
            b"\x1b[?1000h",
            b"\x1b[?25l",
            b"\x1b[?5h",
            b"x" * 45,
        ]
    ),
    max_size=20,
)


@given(PIECES)
def test_it_looks_and_answers_the_same(pieces: list[bytes]) -> None:
    emulator, other = Emulator(20, 6), Emulator(20, 6)
    emulator.feed(b"".join(pieces))
    other.feed(b"\x1b[7mwhat was there before" + b"\x1b[m" + redraw(emulator))
    assert other.text() == emulator.text()
    assert [other.runs(line) for line in range(6)] == [emulator.runs(line) for line in range(6)]
    assert other.cursor == emulator.cursor
    for mode in (
        "alternate_screen",
        "application_cursor",
        "application_keypad",
        "bracketed_paste",
        "cursor_visible",
        "focus_events",
        "mouse_mode",
        "reverse_screen",
    ):
        assert getattr(other, mode) == getattr(emulator, mode), mode
