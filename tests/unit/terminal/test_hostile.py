"""A guest that means harm: everything it can make grow is bounded."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest

from tests.unit.terminal.helpers import fed, rows
from xentui.terminal import Emulator

FLOODS = {
    "a title without end": b"\x1b]2;" + b"x" * 100_000,
    "a device string without end": b"\x1bP" + b"\x07" * 100_000,
    "parameters without end": b"\x1b[" + b"1;" * 50_000,
    "one parameter without end": b"\x1b[" + b"9" * 100_000,
    "intermediates without end": b"\x1b[" + b"!" * 100_000,
    "combining characters without end": b"a" + "\u0301".encode() * 50_000,
    "questions without end": b"\x1b[6n" * 20_000,
    "saved cursors without end": b"\x1b7" * 10_000,
    "tab stops without end": b"\x1bH\x1b[C" * 10_000,
    "escapes without end": b"\x1b" * 100_000,
}


@pytest.mark.parametrize("data", FLOODS.values(), ids=FLOODS.keys())
def test_memory_stays_bounded(data: bytes) -> None:
    emulator = Emulator(80, 24, history=100)
    chunks = [data[at : at + 4096] for at in range(0, len(data), 4096)]
    tracemalloc.start()
    for chunk in chunks:
        emulator.feed(chunk)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 60_000


def test_looks_without_end_stay_bounded() -> None:
    emulator = Emulator(80, 24, history=100)
    tracemalloc.start()
    for red in range(0, 256, 12):
        emulator.feed(b"".join(b"\x1b[38;2;%d;%d;1mx" % (red, green) for green in range(256)))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 4_000_000


def test_after_a_string_or_sequence_too_long_all_goes_on() -> None:
    assert rows(fed("a\x1b]2;" + "x" * 10_000 + "\x07b")) == ["ab"]
    assert fed("\x1b]2;" + "x" * 10_000 + "\x07").title == ""
    assert rows(fed("a\x1b[" + "1" * 10_000 + "Cb")) == ["ab"]
    assert rows(fed("a\x1b[" + "1;" * 120 + "Cb")) == ["a b"]


def test_a_single_sequence_cannot_make_much_work() -> None:
    emulator = fed("a\x1b[9999b", columns=80, lines=24)
    assert emulator.history_length <= 1
    emulator = fed("\x1b[9999L\x1b[9999M\x1b[9999@\x1b[9999P\x1b[9999S\x1b[9999T\x1b[9999I\x1b[9999Z")
    assert emulator.cursor == (0, 0)


def test_nothing_printed_holds_control_characters() -> None:
    every = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
    emulator = fed(
        *(f"{character}x" for character in every if character not in "\x1b\x90\x98\x9d\x9e\x9f\x9b")
    )
    text = "".join(emulator.text() + emulator.history_text())
    assert set(text) <= {"x", " ", "─"}


def test_repeating_a_wide_character_is_no_more_work_than_a_narrow_one() -> None:
    """Counted, not timed: rows that are written."""
    counts = []
    for character in ("x", "名"):
        emulator = Emulator(200, 50, history=100)
        written = 0
        original = emulator._screen._put

        def put(column: int, text: str, cells: int, edge: int, put: Callable[..., None] = original) -> None:
            nonlocal written
            written += 1
            put(column, text, cells, edge)

        emulator._screen._put = put  # type: ignore[method-assign]
        emulator.feed(f"{character}\x1b[9999b".encode())
        counts.append(written)
    assert counts[1] <= 2 * counts[0] + 2
