"""What holds for any input: it may be cut anywhere, nothing raises, nothing grows without bound."""

from __future__ import annotations

import itertools

from hypothesis import given, settings, strategies as st

from tests.unit.terminal.streams import check, everything, sizes, streams
from xentui.terminal import Emulator

HISTORY = 20


@settings(max_examples=100, deadline=None)
@given(streams, sizes, st.lists(st.integers(0, 400), max_size=12))
def test_any_cut_of_the_input_gives_the_same_screen(
    data: bytes, size: tuple[int, int], cuts: list[int]
) -> None:
    whole, parts, bytewise = (Emulator(*size, history=HISTORY) for _ in range(3))
    whole.feed(data)
    places = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    for start, end in itertools.pairwise(places):
        parts.feed(data[start:end])
    for byte in data:
        bytewise.feed(bytes((byte,)))
    assert everything(parts) == everything(whole)
    assert everything(bytewise) == everything(whole)
    assert parts.replies() == bytewise.replies() == whole.replies()


@settings(max_examples=100, deadline=None)
@given(st.one_of(streams, st.binary(max_size=300)), sizes)
def test_any_bytes_leave_the_emulator_whole(data: bytes, size: tuple[int, int]) -> None:
    emulator = Emulator(*size, history=HISTORY)
    emulator.feed(data)
    check(emulator, HISTORY)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(streams, sizes), max_size=5), sizes)
def test_it_may_be_resized_at_any_moment(
    steps: list[tuple[bytes, tuple[int, int]]], size: tuple[int, int]
) -> None:
    emulator = Emulator(*size, history=HISTORY)
    for data, (columns, lines) in steps:
        emulator.feed(data)
        emulator.resize(columns, lines)
        assert (emulator.columns, emulator.lines) == (columns, lines)
        check(emulator, HISTORY)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text("abc 漢", max_size=40), max_size=8), st.integers(2, 30), st.integers(2, 30))
def test_no_character_is_lost_by_a_change_of_width(lines: list[str], before: int, after: int) -> None:
    emulator = Emulator(before, 4, history=1000)
    emulator.feed("\r\n".join(lines).encode())

    def said() -> list[str]:
        total = emulator.history_length + emulator.lines
        return emulator.copy((0, 0), (total - 1, emulator.columns)).rstrip().split("\n")

    emulator.resize(after, 4)
    narrow = said()
    emulator.resize(before, 4)
    assert [line.replace(" ", "") for line in narrow] == [line.replace(" ", "") for line in said()]
    assert "".join(narrow).replace(" ", "") == "".join(lines).replace(" ", "")


@settings(max_examples=80, deadline=None)
@given(streams, streams, sizes)
def test_lines_not_told_as_changed_look_as_before(first: bytes, second: bytes, size: tuple[int, int]) -> None:
    emulator = Emulator(*size, history=HISTORY)
    emulator.feed(first)
    emulator.changed_lines()
    before = [emulator.runs(line) for line in range(emulator.lines)]
    reverse = emulator.reverse_screen
    emulator.feed(second)
    changed = emulator.changed_lines()
    after = [emulator.runs(line) for line in range(emulator.lines)]
    differing = [line for line in range(emulator.lines) if before[line] != after[line]]
    assert changed == (differing if reverse == emulator.reverse_screen else list(range(emulator.lines)))
