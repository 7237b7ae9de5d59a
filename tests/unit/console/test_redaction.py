"""Secrets are kept out of what is logged, however they come."""

from __future__ import annotations

import itertools

from hypothesis import given, settings, strategies as st

from xentui.console.redaction import Redactor, redacted


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text("ab", min_size=2, max_size=5), min_size=1, max_size=3),
    st.text("abc", max_size=40),
    st.lists(st.integers(0, 40), max_size=6),
)
def test_no_secret_passes_however_the_bytes_are_cut(secrets: list[str], text: str, cuts: list[int]) -> None:
    redactor = Redactor()
    redactor.hide(secrets)
    places = sorted({0, *(cut for cut in cuts if cut < len(text)), len(text)})
    pieces = [text[start:end] for start, end in itertools.pairwise(places)]
    told = b"".join(redactor.passed(piece.encode()) for piece in pieces) + redactor.rest()
    assert not any(secret.encode() in told for secret in secrets)


def test_a_secret_that_begins_with_another_one_is_hidden_whole() -> None:
    assert redacted("it is hunter2!", ["hunter", "", "hunter2"]) == "it is ********!"


def test_all_else_passes_and_nothing_is_held_back_without_secrets() -> None:
    redactor = Redactor()
    assert redactor.passed(b"as it is") == b"as it is"
    key = redactor.hide(["hunter2", ""])
    assert redactor.passed(b"say hun") == b"say "
    assert redactor.passed(b"t for it") == b"hunt for it"
    assert redactor.passed(b"hunter2!") == b"********!"
    assert redactor.passed(b"hun") == b""
    redactor.show(key)
    assert redactor.passed(b"ter2") == b"hunter2"
