"""Patterns find what ``re`` finds, however the text is cut, and in linear time whatever the pattern."""

from __future__ import annotations

import itertools
import re
import time
import warnings

import pytest
from hypothesis import assume, example, given, settings, strategies as st

from xentui.expect.pattern import OutputPattern
from xentui.expect.syntax import LENGTH, OutputPatternError

LETTERS = "abA \n_0."
WRITTEN = r"a b A . \. [ab] [^a] [a-c_] \d \w \W \s \S \b \B ^ $ \n []a] [\d_] [^\W\n]"
ATOMS = st.sampled_from(WRITTEN.split())
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{,2}", "*?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=500, deadline=None)
@given(PATTERNS, st.text(LETTERS, min_size=1, max_size=20), st.booleans())
@example("(?:a|ab)(?:c|bcd)$", "abcd", False)
def test_it_finds_what_re_finds(pattern: str, text: str, ignore_case: bool) -> None:
    written = f"(?i){pattern}" if ignore_case else pattern
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = re.search(written, text, re.MULTILINE) is not None
    assert OutputPattern(written).search(text) is expected


@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.text(LETTERS, max_size=20), st.lists(st.integers(0, 20), max_size=4))
def test_a_text_may_be_cut_anywhere(pattern: str, text: str, cuts: list[int]) -> None:
    """What depends on what follows (an end, an edge) is decided by what has come so far."""
    assume(not re.search(r"\$|\\[bB]", pattern))
    whole = OutputPattern(pattern).finder().feed(text)
    finder, before, found = OutputPattern(pattern).finder(), 0, None
    places = sorted({0, *(cut for cut in cuts if cut < len(text)), len(text)})
    for start, end in itertools.pairwise(places):
        if found is None:
            place = finder.feed(text[start:end])
            found = None if place is None else start + place
        before = end
    assert before == len(text)
    if text:
        assert found == whole


@pytest.mark.parametrize(
    ("pattern", "pieces", "places"),
    [
        ("login: $", ["web1 lo", "gin: "], [None, 5]),
        ("login: $", ["web1 login: r"], [None]),
        ("^panic", ["no panic\npa", "nic"], [None, 3]),
        ("[#$] $", ["/ # ls\n", "/ # "], [None, 4]),
        ("(?i)KERNEL panic", ["Kernel pan", "ic - not"], [None, 2]),
        (r"\x41\u0042", ["xAB"], [3]),
        ("a{2}b", ["xaab!"], [4]),
        ("a{x}", ["a{x}"], [4]),
    ],
)
def test_it_is_found_where_it_ends_first(pattern: str, pieces: list[str], places: list[int | None]) -> None:
    finder = OutputPattern(pattern).finder()
    assert [finder.feed(piece) for piece in pieces] == places


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text("ab.", min_size=1, max_size=4), min_size=1, max_size=3),
    st.text("ab.x", max_size=30),
    st.integers(0, 30),
)
def test_of_several_words_the_first_that_ends_is_found(words: list[str], text: str, cut: int) -> None:
    finder = OutputPattern(*map(re.escape, words)).finder()
    ends = [text.index(word) + len(word) for word in words if word in text]
    found = finder.feed(text[:cut])
    if found is None:
        found = finder.feed(text[cut:])
        found = None if found is None else found + len(text[:cut])
    assert found == min(ends, default=None)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(a", "missing ) (character 3)"),
        ("a)", "unbalanced )"),
        ("[a", "missing ]"),
        ("*a", "nothing to repeat"),
        ("^*", "nothing to repeat"),
        ("a**", "multiple repeat"),
        ("a{3,2}", "fewer"),
        ("[z-a]", "bad range"),
        ("a\\", "backslash"),
        (r"(a)\1", "not known"),
        ("(?=a)", "only (…)"),
        (r"\x4", "hexadecimal"),
        ("a{999}", "repeats"),
        ("((a{20}){20}){20}", "comes to too much"),
        ("(" * 21 + ")" * 21, "nested too deeply"),
        ("a" * (LENGTH + 1), "longer than"),
    ],
)
def test_what_is_none_is_refused_with_its_place(pattern: str, words: str) -> None:
    with pytest.raises(OutputPatternError, match=re.escape(words)):
        OutputPattern(pattern)


@settings(max_examples=300, deadline=None)
@given(st.text("ab()[]{}*+?|\\^$.,1-:=x", max_size=30))
def test_whatever_is_typed_is_a_pattern_or_refused(text: str) -> None:
    try:
        OutputPattern(text).search("ab1")
    except OutputPatternError as error:
        assert str(error)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)*c", "a*a*a*a*a*b", "(a|b)*a(a|b){12}c", "(.*)*x"])
def test_no_pattern_takes_longer_than_linear_time(pattern: str) -> None:
    """``re`` takes years for these."""
    finder = OutputPattern(pattern).finder()
    begin = time.process_time()
    finder.feed("ab" * 2_000 + "a" * 16_000)
    assert time.process_time() - begin < 60


def test_what_is_remembered_is_bounded() -> None:
    """Each new character is a step that is remembered: a guest may print every one there is."""
    pattern = OutputPattern("x.y")
    text = "".join(chr(code) for code in range(0x4E00, 0x4E00 + 50_000) if not 0xD800 <= code < 0xE000)
    assert pattern.finder().feed(text + "x1y") == len(text) + 3
    assert pattern._known <= 20_000
