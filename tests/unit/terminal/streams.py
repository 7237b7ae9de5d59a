"""Hostile and ordinary input for property tests, and what must hold of an emulator whatever it was fed."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from xentui.terminal import Cell, Emulator

_FINALS = "@ABCDEFGHIJKLMPSTXZ^`abcdefghilmnrsux"
_NUMBERS = st.one_of(st.integers(0, 12), st.sampled_from([23, 24, 80, 81, 9999, 10**30]))
_MODES = st.sampled_from([1, 3, 4, 5, 6, 7, 20, 25, 40, 45, 47, 69, 69, 1000, 1006, 1047, 1048, 1049, 2004])

parameters = st.lists(st.one_of(st.just(""), _NUMBERS.map(str)), max_size=4).map(";".join)
texts = st.one_of(
    st.sampled_from(
        ["a", "word", "x" * 7, "x" * 25, "漢字", "e\u0301", "\u0301\u0302", "한", "👍", "─│", "\u202e", "é"]
    ),
    st.text(max_size=6),
)
sequences = st.one_of(
    texts.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [b"\r\n", b"\n", b"\r", b"\b", b"\t", b"\x0e", b"\x0f", b"\x07", b"\x18", b"\x7f", b"\x00"]
    ),
    st.lists(st.sampled_from([b"", b"line", b"12", b"y" * 30]), min_size=1, max_size=9).map(
        lambda lines: b"".join(line + b"\r\n" for line in lines)
    ),
    st.tuples(parameters, st.sampled_from(_FINALS)).map(lambda parts: f"\x1b[{parts[0]}{parts[1]}".encode()),
    st.tuples(st.sampled_from("?>=! '"), parameters, st.sampled_from(_FINALS)).map(
        lambda parts: f"\x1b[{parts[0]}{parts[1]}{parts[2]}".encode()
    ),
    st.tuples(_MODES, st.sampled_from("hl")).map(lambda parts: f"\x1b[?{parts[0]}{parts[1]}".encode()),
    st.sampled_from(
        [
            b"\x1b[4h",
            b"\x1b[4l",
            b"\x1b[2;4r",
            b"\x1b[?69h\x1b[3;9s",
            b"\x1b[m",
            b"\x1b[7;41m",
            b"\x1b[38;2;1;2;3m",
            b"\x1b[0;1m",
        ]
    ),
    st.sampled_from("6789=>DEHMNOVWZcno\\").map(lambda final: f"\x1b{final}".encode()),
    st.sampled_from([b"\x1b(0", b"\x1b)0", b"\x1b(B", b"\x1b*A", b"\x1b#8", b"\x1b%G", b'\x1b[1"q', b"\x1b"]),
    st.sampled_from(
        [b"\x1b]0;title\x07", b"\x1b]2;t\x1b\\", b"\x1bPq#0\x1b\\", b"\x1b]0;half", b"\x1b_x\x9c"]
    ),
    st.sampled_from(["\u009b5n", "\u0085", "\u009d0;eight\u009c", "\u008d"]).map(lambda text: text.encode()),
    st.binary(max_size=4),
)
streams = st.lists(sequences, max_size=40).map(b"".join)
sizes = st.tuples(st.integers(1, 30), st.integers(1, 8))

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def everything(emulator: Emulator) -> tuple[object, ...]:
    """All that can be seen of an emulator."""
    return (
        [
            [emulator.cell(line, column) for column in range(emulator.columns)]
            for line in range(emulator.lines)
        ],
        emulator.cursor,
        emulator.cursor_visible,
        emulator.history_text(),
        [emulator.row_runs(row) for row in range(emulator.history_length)],
        emulator.title,
        emulator.bells,
        emulator.alternate_screen,
        emulator.application_cursor,
        emulator.application_keypad,
        emulator.bracketed_paste,
        emulator.mouse_mode,
        emulator.reverse_screen,
    )


def check(emulator: Emulator, history: int) -> None:
    """Fail unless the emulator is whole: sizes, cursor, widths, bounds, nothing but printable text."""
    line, column = emulator.cursor
    assert 0 <= line < emulator.lines
    assert 0 <= column < emulator.columns
    assert len(emulator.text()) == emulator.lines
    for number in range(emulator.lines):
        cells = [emulator.cell(number, at) for at in range(emulator.columns)]
        assert "".join(cell.text for cell in cells).rstrip(" ") == emulator.text()[number]
        assert all(_is_whole(cells, at) for at in range(emulator.columns))
        runs = emulator.runs(number)
        assert sum(run.cells for run in runs) == emulator.columns
        assert "".join(run.text for run in runs) == "".join(cell.text for cell in cells)
    assert emulator.history_length <= history
    assert len(emulator.history_text()) == emulator.history_length
    for row in range(emulator.history_length + emulator.lines):
        assert sum(run.cells for run in emulator.row_runs(row)) == emulator.columns
    assert len(emulator.title) <= 256
    assert not _CONTROL.search("".join(emulator.text() + emulator.history_text()) + emulator.title)


def _is_whole(cells: list[Cell], at: int) -> bool:
    """Whether a right half has its left one, and no cell bears more than a character and four marks."""
    return len(cells[at].text) <= 5 and (cells[at].text != "" or (at > 0 and len(cells[at - 1].text) > 0))
