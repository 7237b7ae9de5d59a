"""Untrusted text made fit for a terminal."""

from __future__ import annotations

import json
import sys
import time
import unicodedata

import pytest
from hypothesis import given, strategies as st

from xentui.text import escaped, is_odd, lines, plain, plain_lines, printable, shown_name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("web1", "web1"),
        ("wéb – 日本", "wéb – 日本"),
        ("", ""),
        ("\x1b[31mred", r"\u001b[31mred"),
        ("a\tb\nc\rd", r"a\u0009b\u000ac\u000dd"),
        ("\x9b2J", r"\u009b2J"),
        ("\x00\x7f", r"\u0000\u007f"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", r"a\u202eb"),
        ("a\N{LINE SEPARATOR}b\N{ZERO WIDTH NO-BREAK SPACE}", r"a\u2028b\ufeff"),
    ],
)
def test_what_could_steer_a_terminal_is_escaped(raw: str, shown: str) -> None:
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


def unseen() -> list[str]:
    """What Unicode has that is not seen: a look at each of a million characters."""
    return [
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]


IGNORABLE = [
    *map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0)),
    *map(
        chr,
        (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)),
    ),
]
"""What Unicode lets a program leave out of sight besides (DerivedCoreProperties.txt, Default_Ignorable_Code_Point)."""


def test_whatever_unicode_has_that_is_not_seen_is_escaped() -> None:
    for character in (*unseen(), *IGNORABLE):
        spelt = f"\\u{ord(character):04x}" if character <= "\uffff" else f"\\U{ord(character):08x}"
        assert plain(f"a{character}b") == f"a{spelt}b"
        if character != "\t":
            assert printable(f"a{character}b") == f"a{spelt}b"
        assert shown_name(f"a{character}b") == f"a{spelt}b"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("web1", "web1"),
        ("wéb – 日本 x", "wéb – 日本 x"),
        ("web1 ", r"web1\u0020"),
        ("  web1", r"\u0020\u0020web1"),
        ("web\u00a01", r"web\u00a01"),
        ("web\u30001", r"web\u30001"),
        ("web\u28001", r"web\u28001"),
        ("web\ufffd", r"web\ufffd"),
        ("web1\ufe0f", r"web1\ufe0f"),
        ("web1\U000e0041", r"web1\U000e0041"),
        ("mallory\u0085backup", r"mallory\u0085backup"),
        ("", ""),
    ],
)
def test_a_name_that_is_not_what_it_looks_like_is_shown_so(name: str, shown: str) -> None:
    assert shown_name(name) == shown
    assert is_odd(name) is (name != shown)


def test_names_that_begin_alike_are_told_apart() -> None:
    assert is_odd("x" * 513)
    assert shown_name("x" * 512) == "x" * 512
    assert len(shown_name("\x1b" * 600)) <= 513


def test_a_list_of_many_domains_is_shown_soon() -> None:
    """Two thousand names ten times over take a few hundredths of a second; quadratic work would take minutes."""
    names = [f"guest-{number:04}" if number % 2 else f"gäst \u200b{number}" for number in range(2000)]
    start = time.process_time()
    for _ in range(10):
        for name in names:
            shown_name(name)
            plain(name)
    assert time.process_time() - start < 5


@given(st.text(max_size=100))
def test_lines_end_at_line_feeds_only(text: str) -> None:
    found = lines(text)
    assert all("\n" not in line for line in found)
    assert "\n".join(found) == text.replace("\r\n", "\n").removesuffix("\n")


@given(st.text(st.characters(codec=None), max_size=50))
def test_json_stays_what_it_is(text: str) -> None:
    """What a terminal must not be given is spelt otherwise, and means the same."""
    told = escaped(json.dumps([text], ensure_ascii=False))
    assert json.loads(told) == [text] or any("\ud800" <= character <= "\udfff" for character in text)
    assert printable(told) == told


@given(st.text(max_size=200))
def test_nothing_steers_a_terminal(text: str) -> None:
    for line in [plain(text), *plain_lines(text)]:
        assert not [character for character in line if unicodedata.category(character) in ("Cc", "Zl", "Zp")]


@given(st.text(max_size=50), st.integers(0, 60))
def test_printable_text_is_left_alone(text: str, limit: int) -> None:
    if not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text
    ) and not any(character in IGNORABLE for character in text):
        assert plain(text, limit) == text[:limit]
