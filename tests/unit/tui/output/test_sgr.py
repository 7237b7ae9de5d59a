"""Looks: what SGR sequences add up to, and the shortest way from one to another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from tests.unit.tui.output.frames import styles
from xentui.tui.output.cell_style import PLAIN, Look, after, change, on_blanks

WHITE = "38;2;192;202;245"
DARK = "48;2;26;27;38"


def test_of_a_look_that_changes_only_the_change_is_written() -> None:
    one = after(PLAIN, f"{WHITE};{DARK}")
    two = after(PLAIN, f"1;31;{DARK}")
    three = after(PLAIN, f"31;{DARK}")
    assert [change(PLAIN, one), change(one, two), change(two, three), change(three, PLAIN)] == [
        f"\x1b[{WHITE};{DARK}m",
        "\x1b[1;31m",
        "\x1b[22m",
        "\x1b[m",
    ]


def test_of_a_blank_only_the_background_is_seen() -> None:
    assert after(PLAIN, f"1;{WHITE};{DARK}").blank == Look(background=DARK)
    assert after(PLAIN, f"1;{WHITE}").blank == PLAIN
    for line in ("4", "7", "9", "21", "53"):
        look = after(PLAIN, f"{line};{DARK}")
        assert look.blank == look


def test_a_blank_is_written_in_the_look_at_hand() -> None:
    bold = after(PLAIN, f"1;{WHITE}")
    assert on_blanks(bold, Look(background=DARK)) == after(PLAIN, f"1;{WHITE};{DARK}")
    assert on_blanks(after(bold, "4"), PLAIN) == PLAIN


@settings(deadline=None)
@given(st.lists(styles, max_size=5))
def test_each_change_leads_to_the_look(wanted: list[object]) -> None:
    now = PLAIN
    for style in wanted:
        look = after(PLAIN, style._make_ansi_codes(3) or "0")  # type: ignore[attr-defined]
        reached = now
        if sequence := change(now, look):
            reached = Look(*after(now, sequence.removeprefix("\x1b[").removesuffix("m")))
        assert (reached.foreground, reached.background) == (look.foreground, look.background)
        now = look


@pytest.mark.parametrize("parameters", ["73", "38;2;1", "38", "999;1", "48;5"])
def test_what_is_not_known_raises_nothing(parameters: str) -> None:
    assert after(PLAIN, parameters)
