"""Search in logs: what is seen is found, every match is counted, and no pattern keeps anything busy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from xentui.console import log_search as module
from xentui.console.log_search import LogPattern, matching_rows, search
from xentui.errors import HostError, UsageError


def lines_at(data: bytes, wanted: LogPattern) -> list[bytes]:
    """The first words of the lines that are found."""
    return [data[place:].split(b"\n", 1)[0] for place in search(data, wanted).places]


LOG = (
    b"[    1.0] Linux version 6.1\r\n"
    b"[\x1b[0;32m  OK  \x1b[0m] Reached target \x1b[0;1;39mBasic System\x1b[0m.\r\n"
    b"error: 12\n"
    b"Kernel panic - not syncing\x00: oops\n"
    b"login: \xff"
)


def test_text_is_found_as_it_is_seen() -> None:
    assert len(lines_at(LOG, LogPattern("  OK  ] Reached target Basic"))) == 1
    assert lines_at(LOG, LogPattern("syncing: oops"))[0].startswith(b"Kernel panic")
    assert lines_at(LOG, LogPattern("login:")) == [b"login: \xff"]
    assert lines_at(LOG, LogPattern("no such")) == []
    assert lines_at(LOG, LogPattern(".*")) == []


def test_small_letters_find_capitals_and_capitals_only_themselves() -> None:
    assert len(lines_at(LOG, LogPattern("kernel PANIC"))) == 0
    assert len(lines_at(LOG, LogPattern("kernel panic"))) == 1
    assert len(lines_at(LOG, LogPattern("Kernel"))) == 1


def test_expressions_are_those_of_grep() -> None:
    assert lines_at(LOG, LogPattern("^error: [0-9]+$|^login", regex=True)) == [b"error: 12", b"login: \xff"]
    assert lines_at(LOG, LogPattern(r"\boops\b", regex=True))[0].startswith(b"Kernel")
    assert lines_at(LOG, LogPattern("-v", regex=True)) == []


@pytest.mark.parametrize("pattern", ["(", "[a", "*a\\", "a{9999999}"])
def test_what_is_no_expression_is_said(pattern: str) -> None:
    with pytest.raises(UsageError, match="not an extended regular expression"):
        search(LOG * 1000, LogPattern(pattern, regex=True))


@pytest.mark.parametrize("pattern", ["", "a\nb", "a\x00", "x" * 2000])
def test_what_cannot_be_searched_for_is_said(pattern: str) -> None:
    with pytest.raises(UsageError, match="cannot be searched for"):
        search(LOG, LogPattern(pattern))


def test_a_pattern_that_would_take_for_ever_elsewhere_is_no_matter() -> None:
    data = b"a" * 5000 + b"\n"
    assert search(data, LogPattern("(a+)+b", regex=True)).count == 0
    assert search(data, LogPattern("(a|a)*(a|aa)*b|^a", regex=True)).count == 1


def test_one_that_does_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORK", 1)
    with pytest.raises(HostError, match="too long"):
        search(b"a" * 2000 + b"b\n", LogPattern(r"^(a*)(a*)(a*)(a*)(a*)\1\2\3\4\5b", regex=True))


@pytest.mark.parametrize("chunk", [3, 50, 1 << 18])
def test_all_are_counted_and_the_newest_are_told(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(module, "MATCHES", 10)
    monkeypatch.setattr(module, "_CHUNK", chunk)
    found = search(b"hit\nmiss\n" * 50, LogPattern("hit"))
    assert (found.count, found.places) == (50, tuple(range(360, 450, 9)))
    assert matching_rows(["hit", "miss"] * 50, LogPattern("hit")) == list(range(80, 100, 2))


def test_a_log_is_read_once_however_often_it_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MATCHES", 10)
    begun = []
    begin = module._Grep.__enter__

    def begin_noted(grep: Any) -> Any:
        begun.append(grep)
        return begin(grep)

    monkeypatch.setattr(module._Grep, "__enter__", begin_noted)
    assert search(b"hit\n" * 50, LogPattern("hit")).count == 50
    assert len(begun) == 1


def test_without_grep_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(HostError, match="no grep"):
        search(LOG, LogPattern("x"))


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.sampled_from([b"a", b"b\r", b"\x1b[1mab", b"", b"aab" * 50]), max_size=60),
    st.sampled_from(["ab", "a", "b", "ba"]),
    st.integers(1, 200),
)
def test_places_are_lines_however_it_is_cut(lines: list[bytes], text: str, chunk: int) -> None:
    data = b"\n".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", chunk)
        found = search(data, LogPattern(text)).places
    starts = [0, *(match.end() for match in re.finditer(rb"\n", data))]
    plain = [line.replace(b"\x1b[1m", b"") for line in data.split(b"\n")]
    assert list(found) == [start for start, line in zip(starts, plain, strict=True) if text.encode() in line]


def test_rows_are_found_by_number() -> None:
    assert matching_rows(["one", "two", "", "Three two"], LogPattern("two")) == [1, 3]
    assert matching_rows(["one"], LogPattern("^$", regex=True)) == []
