"""Colours and attributes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.terminal.helpers import fed
from xentui.terminal import Style
from xentui.terminal.style import STYLES, TRUE_COLOUR_STYLES, StyleTable


def style_after(parameters: str) -> Style:
    run = fed(f"\x1b[{parameters}mx").runs(0)[0]
    return run.style


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ("1", {"bold": True}),
        ("2", {"dim": True}),
        ("3", {"italic": True}),
        ("4", {"underline": True}),
        ("5", {"blink": True}),
        ("7", {"reverse": True}),
        ("8", {"hidden": True}),
        ("9", {"strike": True}),
        ("21", {"underline": True}),
        ("53", {"overline": True}),
        ("1;2;22", {}),
        ("3;23", {}),
        ("4;24", {}),
        ("5;25", {}),
        ("7;27", {}),
        ("8;28", {}),
        ("9;29", {}),
        ("53;55", {}),
        ("4:3", {"underline": True}),
        ("4;4:0", {}),
        ("31", {"fg": 1}),
        ("47", {"bg": 7}),
        ("97", {"fg": 15}),
        ("100", {"bg": 8}),
        ("31;39", {}),
        ("41;49", {}),
        ("38;5;200", {"fg": 200}),
        ("48;5;200", {"bg": 200}),
        ("38:5:200", {"fg": 200}),
        ("38;2;1;2;3", {"fg": (1, 2, 3)}),
        ("48:2:1:2:3", {"bg": (1, 2, 3)}),
        ("38:2::1:2:3", {"fg": (1, 2, 3)}),
        ("38:2:7:1:2:3:0:0", {"fg": (1, 2, 3)}),
        ("38;2;999;2;3", {"fg": (255, 2, 3)}),
        ("38;5;255", {"fg": 255}),
        ("38;5;256", {}),
        ("38;5", {}),
        ("38;2;1", {}),
        ("38", {}),
        ("31;38;2;1", {"fg": 1}),
        ("31;38;5", {"fg": 1}),
        ("31;38:5", {"fg": 1}),
        ("31;38:9:1", {"fg": 1}),
        ("31;38:2:1", {"fg": 1}),
        ("31;38;5;256", {"fg": 1}),
        ("38;9;1", {"bold": True}),
        ("58;5;3;1", {"bold": True}),
        ("58:2::1:2:3;4", {"underline": True}),
        ("1;31;44", {"bold": True, "fg": 1, "bg": 4}),
        ("1;31;0", {}),
        ("1;;31", {"fg": 1}),
        ("", {}),
        ("10;99;1234567890", {}),
    ],
)
def test_what_sgr_selects(parameters: str, wanted: dict[str, Any]) -> None:
    assert style_after(parameters) == Style(**wanted)


def test_a_cell_has_its_text_and_looks() -> None:
    cell = fed("\x1b[1;7;32;48;5;17mx").cell(0, 0)
    assert (cell.text, cell.fg, cell.bg, cell.bold, cell.reverse) == ("x", 2, 17, True, True)
    assert (cell.dim, cell.italic, cell.underline, cell.blink, cell.hidden) == (False,) * 5


@pytest.mark.parametrize(("line", "column"), [(-1, 0), (0, -1), (4, 0), (0, 10)])
def test_there_is_no_cell_outside_of_the_screen(line: int, column: int) -> None:
    with pytest.raises(IndexError, match="no cell"):
        fed().cell(line, column)


def test_looks_last_until_changed() -> None:
    assert [run.style.fg for run in fed("\x1b[31ma\x1b[Hb\x1b[32mc\x1b[md").runs(0)] == [1, 2, None]


def test_private_forms_of_the_sequence_change_nothing() -> None:
    assert fed("\x1b[>4;2mx\x1b[?4my").runs(0)[0].style == Style()


class TestTable:
    def test_past_its_bound_true_colours_become_those_of_the_palette(self) -> None:
        table = StyleTable()
        for number in range(TRUE_COLOUR_STYLES):
            table.index(Style(fg=(number & 255, number >> 8, 0)))
        assert table[table.index(Style(fg=(254, 1, 0), bg=(128, 128, 128)))] == Style(fg=196, bg=244)

    def test_it_never_grows_past_what_is_left_without_colours(self) -> None:
        table = StyleTable()
        for fg in range(256):
            for bg in range(0, 256, 3):
                table.index(Style(fg=fg, bg=bg))
        assert len(table) <= STYLES + 1
        assert table[table.index(Style(fg=255, bg=255, bold=True))] == Style(bold=True)
        assert len(table) <= STYLES + 2
