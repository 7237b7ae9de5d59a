"""Scripts: what they say, and what is refused with its line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings, strategies as st

from xentui.errors import ExitStatus
from xentui.expect import script
from xentui.expect.script import ScriptError, Verb

LOGIN = """\
# Log in.
timeout 90
  expect login: ?$
send root
if Password:
\tsecret ROOT_PASSWORD Password of root
end
key ctrl-c
pause 0.5
fail Login incorrect
fail
send
"""


def test_a_script_is_its_steps_with_their_lines() -> None:
    read = script.parsed(LOGIN, "login")
    assert [(step.line, step.shown) for step in read.steps] == [
        (2, "timeout 90"),
        (3, "expect login: ?$"),
        (4, "send root"),
        (5, "if Password:"),
        (6, "secret ROOT_PASSWORD"),
        (7, "end"),
        (8, "key ctrl-c"),
        (9, "pause 0.5"),
        (10, "fail Login incorrect"),
        (11, "fail"),
        (12, "send"),
    ]
    assert read.secrets == {"ROOT_PASSWORD": "Password of root"}
    assert read.types


def test_one_that_only_waits_types_nothing() -> None:
    assert not script.parsed("expect login:", "wait").types


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 0, "no step"),
        ("# nothing\n", 0, "no step"),
        ("timeout 5", 0, "no step"),
        ("expect a\nexpct b", 2, "there is no step `expct`"),
        ("expect", 1, "needs a regular expression"),
        ("send x\n\nexpect (a", 3, "missing )"),
        ("expect a*", 1, "where nothing is printed"),
        ("timeout 0", 1, "needs seconds"),
        ("pause soon", 1, "needs seconds"),
        ("pause 1e9", 1, "needs seconds"),
        ("key ctrl-]", 1, "no key `ctrl-]`"),
        ("key", 1, "needs a key"),
        ("type", 1, "needs what to type"),
        ("send a\x1db", 1, "control character"),
        ("send " + "x" * 1001, 1, "1000 characters"),
        ("secret hunter2", 1, "capital letters"),
        ("if a\nend", 1, "no `expect` before it"),
        ("expect a\nif a\nsend", 2, "no `end`"),
        ("expect a\nif a\nif b\nend\nend", 3, "line 2 has no `end`"),
        ("expect a\nend", 2, "no `if`"),
        ("expect a\nif a\nend now", 3, "nothing stands behind"),
        ("send\n" * 1001, 1001, "more than 1000 steps"),
        ("#" * 70_000, 0, "larger than 64 KiB"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(ScriptError, match=re.escape(words)) as refused:
        script.parsed(text, "file")
    assert refused.value.headline.startswith(f"file:{line}: " if line else "file: ")
    assert refused.value.exit_status == ExitStatus.USAGE


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([f"{verb} " for verb in Verb]), st.text(max_size=8)), max_size=8))
def test_any_text_is_a_script_or_refused(parts: list[str]) -> None:
    try:
        read = script.parsed("".join(parts), "file")
    except ScriptError as error:
        assert error.headline
    else:
        assert read.steps


def test_a_secret_is_shown_by_its_name() -> None:
    (step,) = script.parsed("secret PW The word", "file").steps
    assert (step.shown, step.text) == ("secret PW", "The word")


def test_words_of_the_command_line_are_a_script_too() -> None:
    made = script.given(send="uname -r", expect=r"^\d", timeout=5, source="--send")
    assert [step.shown for step in made.steps] == ["send uname -r", r"expect ^\d"]
    assert made.timeout == 5
    with pytest.raises(ScriptError, match="needs seconds"):
        script.given(send=None, expect="a", timeout=0, source="--wait")
