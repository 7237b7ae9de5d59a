"""A line cut at the cursor, and words written so that they are read back."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, strategies as st

from xentui.commands.words import PartialLine, begun, quoted

TEXT = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", PartialLine((), "", 0, "")),
        ("  sta", PartialLine((), "sta", 2, "")),
        ("start ", PartialLine(("start",), "", 6, "")),
        ("start  web", PartialLine(("start",), "web", 7, "")),
        ("start my\\ vm", PartialLine(("start",), "my vm", 6, "")),
        ("start 'my v", PartialLine(("start",), "my v", 6, "'")),
        ("start 'a \\\" b", PartialLine(("start",), 'a \\" b', 6, "'")),
        ("start 'a\\' b", PartialLine(("start", "a\\"), "b", 11, "")),
        ('start "a \\" b', PartialLine(("start",), 'a " b', 6, '"')),
        ("new /srv/'my dir'/x", PartialLine(("new",), "/srv/my dir/x", 4, "")),
        ("start '' ", PartialLine(("start", ""), "", 9, "")),
        ("start web\\", PartialLine(("start",), "web", 6, "")),
    ],
)
def test_a_line_is_cut_into_finished_words_and_the_one_under_the_cursor(
    text: str, expected: PartialLine
) -> None:
    assert begun(text) == expected


@given(TEXT.filter(bool))
def test_finished_words_are_what_the_shell_will_read(text: str) -> None:
    try:
        words = shlex.split(text + " ")
    except ValueError:
        return
    cut = begun(text + " ")
    # A backslash at the end takes the blank into a word that goes on.
    open_word = [cut.word] if cut.start <= len(text) else []
    assert [*cut.before, *open_word] == words


@given(TEXT, st.sampled_from(["", "'", '"']))
def test_a_quoted_word_is_read_back_as_it_is(word: str, quote: str) -> None:
    assert shlex.split(f"start {quoted(word, quote)}") == ["start", word]


@given(TEXT.filter(bool), st.sampled_from(["", "'", '"']))
def test_a_word_left_open_goes_on_where_it_ended(word: str, quote: str) -> None:
    assert begun(quoted(word, quote, final=False) + "x").word == word + "x"


def test_plain_names_and_paths_are_written_as_they_are() -> None:
    for word in ("web1", "/etc/xen/web1.cfg", "ssh://root@xen1:22", "phy:/dev/vg0/a", "-c", "größe"):
        assert quoted(word) == word


def test_a_word_that_would_be_expanded_is_not() -> None:
    assert quoted("~root") == "\\~root"
    assert quoted("$(reboot)") == "\\$\\(reboot\\)"
