"""What a painter is told: runs of one look, and the lines that changed."""

from __future__ import annotations

from tests.recordings import twins
from tests.unit.terminal.helpers import fed
from xentui.terminal import Emulator, Run, Style


def test_a_line_is_runs_of_one_look_over_all_columns() -> None:
    assert fed("ab\x1b[7mcd\x1b[me").runs(0) == [
        Run("ab", Style(), 2),
        Run("cd", Style(reverse=True), 2),
        Run("e     ", Style(), 6),
    ]
    assert fed().runs(0) == [Run(" " * 10, Style(), 10)]


def test_cells_of_wide_characters_are_counted() -> None:
    assert fed("漢e\u0301").runs(0) == [Run("漢e\u0301       ", Style(), 10)]


class TestChangedLines:
    def test_at_first_all_of_them(self) -> None:
        assert fed().changed_lines() == [0, 1, 2, 3]

    def test_then_those_written_to(self) -> None:
        emulator = fed()
        emulator.changed_lines()
        assert emulator.changed_lines() == []
        emulator.feed(b"\x1b[3Hx")
        assert emulator.changed_lines() == [2]
        emulator.feed(b"\x1b[Ha\x1b[2Hb")
        assert emulator.changed_lines() == [0, 1]

    def test_a_change_of_looks_is_a_change(self) -> None:
        emulator = fed("a")
        emulator.changed_lines()
        emulator.feed(b"\r\x1b[7ma")
        assert emulator.changed_lines() == [0]

    def test_a_line_rewritten_with_what_it_held_is_not(self) -> None:
        emulator = fed("abc\r\ndef")
        emulator.changed_lines()
        emulator.feed(b"\x1b[H\x1b[2Jabc\r\ndeg")
        assert emulator.changed_lines() == [1]

    def test_moving_the_cursor_is_not(self) -> None:
        emulator = fed("abc")
        emulator.changed_lines()
        emulator.feed(b"\x1b[3;3H")
        assert emulator.changed_lines() == []

    def test_reverse_video_of_the_whole_screen_changes_all(self) -> None:
        emulator = fed()
        emulator.changed_lines()
        emulator.feed(b"\x1b[?5h")
        assert emulator.changed_lines() == [0, 1, 2, 3]

    def test_so_does_another_size(self) -> None:
        emulator = fed()
        emulator.changed_lines()
        emulator.resize(12, 4)
        assert emulator.changed_lines() == [0, 1, 2, 3]
        emulator.resize(12, 2)
        assert emulator.changed_lines() == [0, 1]

    def test_a_key_in_a_boot_menu_changes_the_two_entries_it_moves_between(self) -> None:
        data = (twins.CONSOLE / "pygrub-keys.bin").read_bytes()
        emulator = Emulator(80, 24)
        places = [place for place, _ in twins.screens("pygrub-keys")]
        emulator.feed(data[: places[0]])
        emulator.changed_lines()
        emulator.feed(data[places[0] : places[1]])
        assert 1 <= len(emulator.changed_lines()) <= 4
