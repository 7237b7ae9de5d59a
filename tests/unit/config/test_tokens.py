"""The words of a line, and what may stand at the cursor."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from xentui.config import parse
from xentui.config.tokens import (
    CLOSED,
    MAX_COLUMNS,
    LexerState,
    TokenKind,
    begins_statement,
    complete,
    follow,
    tokens,
)
from xentui.errors import ConfigError


def words(line: str, state: LexerState = CLOSED) -> list[tuple[str, str]]:
    return [(line[start:end], str(kind)) for start, end, kind in tokens(line, state)[0]]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("  # all of it = 1", [("# all of it = 1", "comment")]),
        ("memory = 512", [("memory", "key"), ("=", "operator"), ("512", "number")]),
        ("memry=1", [("memry", "unknown"), ("=", "operator"), ("1", "number")]),
        ("restart = 'x'", [("restart", "xm"), ("=", "operator"), ("'x'", "string")]),
        (
            'extra += "a\'b" # c',
            [("extra", "key"), ("+=", "operator"), ('"a\'b"', "string"), ("# c", "comment")],
        ),
        ("name='a';vcpus=2", [*words("name='a'"), (";", "operator"), *words("vcpus=2")]),
        ("type = pv", [("type", "key"), ("=", "operator"), ("pv", "bad")]),
        ("name = 'open", [("name", "key"), ("=", "operator"), ("'open", "bad")]),
        ("name = 'a\\'b'", [("name", "key"), ("=", "operator"), ("'a\\'b'", "string")]),
        ("name = 'a' 'b'", [*words("name = 'a'"), ("'b'", "bad")]),
        ("memory 5", [("memory", "key"), ("5", "bad")]),
        ("= 5", [("=", "bad"), ("5", "bad")]),
        ("acpi = True", [("acpi", "key"), ("=", "operator"), ("True", "bad")]),
        ("memory = 1\r", [*words("memory = 1"), ("\r", "bad")]),
        ("]", [("]", "bad")]),
        ("name = 'x', 'y'", [*words("name = 'x'"), (",", "bad"), ("'y'", "bad")]),
        ("\x00\x1b[31m", [("\x00\x1b", "bad"), ("[", "bad"), ("31", "bad"), ("m", "bad")]),
    ],
)
def test_each_word_is_told_by_its_place(line: str, expected: list[tuple[str, str]]) -> None:
    assert words(line) == expected


def test_a_list_goes_on_over_lines() -> None:
    _, state = tokens("disk = [ 'a', [ 1,")
    assert state == LexerState(2, "disk")
    assert words("'b', 3 ]", state) == [
        ("'b'", "string"),
        (",", "operator"),
        ("3", "number"),
        ("]", "bracket"),
    ]
    assert tokens("'b' ] # [", state)[1] == LexerState(1, "disk")
    assert tokens("]]", state)[1] == CLOSED


def test_a_list_nobody_closed_ends_where_the_next_statement_begins() -> None:
    assert words("memory = 1", LexerState(1, "disk")) == words("memory = 1")
    assert tokens("memory = 1", LexerState(1, "disk"))[1] == CLOSED
    assert words("memory", LexerState(1, "disk")) == [("memory", "bad")]
    assert begins_statement("\tname+='x'")
    assert not begins_statement("'name = 1'")


@pytest.mark.parametrize(
    "line",
    ["[" * 500_000, "'" + "\\" * 500_001, "a" * 500_000, "\x00" * 500_000, "' " * 250_000, "a=1;" * 125_000],
)
def test_a_line_without_end_takes_no_time(line: str) -> None:
    started = time.process_time()
    found, _ = tokens(line)
    assert time.process_time() - started < 10
    assert all(token.end <= MAX_COLUMNS for token in found)


_PIECES = st.lists(
    st.sampled_from(
        [
            "name",
            "memory",
            "foo",
            "=",
            "+=",
            "'a'",
            '"b\\""',
            "'",
            "12",
            "0x1f",
            "[",
            "]",
            ",",
            ";",
            " ",
            "\t",
            "#",
            "é",
        ]
    )
)


@given(_PIECES.map("".join), st.integers(0, 3))
def test_words_stand_in_order_and_leave_only_blanks_out(line: str, depth: int) -> None:
    state = LexerState(depth, "disk" if depth else "")
    found, after = tokens(line, state)
    left = _between(line, [(token.start, token.end) for token in found])
    assert not left.strip(" \t")
    assert all(token.start < token.end for token in found)
    assert follow(line, state) == after


def _between(line: str, spans: list[tuple[int, int]]) -> str:
    left, at = "", 0
    for start, end in spans:
        assert start >= at
        left += line[at:start]
        at = end
    return left + line[at:]


@given(st.lists(_PIECES.map("".join), max_size=4))
def test_what_xl_takes_has_no_bad_word(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    try:
        parse(text)
    except ConfigError:
        return
    state = CLOSED
    for line in lines:
        found, state = tokens(line, state)
        assert TokenKind.BAD not in [token.kind for token in found]
    assert state == CLOSED


def offered(marked: str) -> tuple[str, list[str]]:
    """What is replaced and offered at the bar."""
    offset = marked.index("|")
    text = marked.replace("|", "", 1)
    found = complete(text, offset)
    return text[found.start : offset], [candidate for candidate, _meta in found.candidates]


@pytest.mark.parametrize(
    ("marked", "word", "first"),
    [
        ("on_c|", "on_c", ["on_crash"]),
        ("name = 'x'\nramd|", "ramd", ["ramdisk"]),
        ("disk|", "disk", ["disk"]),
        ("mdis|", "mdis", ["ramdisk"]),
        ("a = 1; vcp|", "vcp", ["vcpus"]),
        ("memroy|", "memroy", ["memory"]),
        ("type = |", "", ['"pv"', '"pvh"', '"hvm"']),
        ("type=p|", "p", ['"pv"', '"pvh"']),
        ("type = 'h|", "'h", ["'hvm'"]),
        ("type = 'h|'", "'h", ["'hvm"]),
        ("acpi = |", "", ["1", "0"]),
        (
            "disk = [\n 'phy:/dev/x,xvda,w',\n 'format=q|",
            "format=q",
            ["format=qcow", "format=qcow2", "format=qed"],
        ),
        ("disk = [ 'x, vd|", "vd", ["vdev="]),
        ("vif = ['bri|", "bri", ["bridge="]),
        ("vif = ['type=|' ]", "type=", ["type=vif", "type=ioemu"]),
    ],
)
def test_what_may_stand_at_the_cursor(marked: str, word: str, first: list[str]) -> None:
    found, candidates = offered(marked)
    assert found == word
    assert candidates[: len(first)] == first


@pytest.mark.parametrize(
    "marked",
    [
        "# na|",
        "name = 'x'|",
        "name = 'x' |",
        "memory 5|",
        "disk = [ | ]",
        "disk = [ 'a' ]|",
        "foo = |",
        "'a|",
    ],
)
def test_nothing_is_offered_where_nothing_is_known(marked: str) -> None:
    assert offered(marked)[1] == []


def test_candidates_say_what_they_are() -> None:
    meta = dict(complete("", 0).candidates)
    assert meta["memory"] == "Memory the guest gets at the start, in MiB."
    assert "restart" not in meta, "xl does not read what only xm does"
    assert dict(complete("type = ", 7).candidates)['"pv"'] == "default"


@given(st.text(max_size=80), st.integers(-1, 90))
def test_completing_takes_any_text(text: str, offset: int) -> None:
    found = complete(text, offset)
    assert 0 <= found.start <= len(text)


def test_completing_in_a_huge_text_takes_no_time() -> None:
    text = "disk = [\n" + " 'phy:/dev/vg/x,xvda,w',\n" * 40_000 + " 'for"
    started = time.process_time()
    complete(text, len(text))
    complete("x" * 1_000_000, 1_000_000)
    assert time.process_time() - started < 10
