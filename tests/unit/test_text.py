"""Untrusted text made fit for a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xentui.text import plain, plain_lines

REPLACED = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("web1", "web1"),
        ("wéb – 日本", "wéb – 日本"),
        ("", ""),
        ("\x1b[31mred", f"{REPLACED}[31mred"),
        ("a\tb\nc\rd", f"a{REPLACED}b{REPLACED}c{REPLACED}d"),
        ("\x9b2J", f"{REPLACED}2J"),
        ("\x00\x7f", REPLACED * 2),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", f"a{REPLACED}b"),
        ("a\N{LINE SEPARATOR}b\N{ZERO WIDTH NO-BREAK SPACE}", f"a{REPLACED}b{REPLACED}"),
    ],
)
def test_what_could_steer_a_terminal_is_replaced(raw: str, shown: str) -> None:
    assert plain(raw) == shown


def test_long_text_is_cut() -> None:
    assert plain("x" * 600) == "x" * 512
    assert plain("x" * 600, 3) == "xxx"


def test_lines_end_where_they_do_and_the_last_ones_are_kept() -> None:
    assert plain_lines("one\r\ntwo\n\nthree") == ["one", "two", "", "three"]
    assert plain_lines("") == []
    assert plain_lines("\n".join(str(number) for number in range(500)), 2) == ["498", "499"]


def test_of_a_line_written_over_itself_the_last_is_shown() -> None:
    assert plain_lines("10%\r20%\r100%\ndone") == ["100%", "done"]
    assert plain_lines("10%\r20%\r\n30%\r") == ["20%", "30%"]


def test_tabs_are_blanks() -> None:
    assert plain_lines("a\tb") == ["a b"]


@given(st.text(max_size=200))
def test_nothing_steers_a_terminal(text: str) -> None:
    for line in [plain(text), *plain_lines(text)]:
        assert not [character for character in line if unicodedata.category(character) in ("Cc", "Zl", "Zp")]


@given(st.text(max_size=50), st.integers(0, 60))
def test_printable_text_is_left_alone(text: str, limit: int) -> None:
    if all(unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp") for character in text):
        assert plain(text, limit) == text[:limit]
