"""A guest's output as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings, strategies as st

from xentui.expect.guest_text import GuestText


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x1b[1;31mlogin:\x1b[0m ", "login: "),
        (b"a\r\nb\r\r\nc\r50%", "a\nb\nc\n50%"),
        (b"\x1b]0;login:\x07x\x1bPq\x1b\\y\x1bktitle\x1b\\z", "xyz"),
        (b"\x1b]P1234567abc\x1b]Rd", "abcd"),
        (b"gr\xc3\xbc\xff\x00\x08!", "grü�!"),
        (b"/ # \x1b[6n", "/ # "),
        (b"\x1b(B\x1b[?25h\x1b7\x1bMx", "x"),
    ],
)
def test_escape_sequences_and_controls_are_left_out(data: bytes, text: str) -> None:
    assert GuestText().feed(data) == text
    bytewise = GuestText()
    assert "".join(bytewise.feed(bytes((byte,))) for byte in data) == text


def test_a_sequence_without_end_hides_nothing() -> None:
    text = GuestText()
    told = text.feed(b"\x1b]0;")
    for _ in range(10):
        told += text.feed(b"Kernel panic " * 50)
    assert "Kernel panic" in told


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_become_text_without_controls(data: bytes, cut: int) -> None:
    text = GuestText()
    told = text.feed(data[:cut]) + text.feed(data[cut:])
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f]", told)
