"""``xentui help``."""

from __future__ import annotations

import pytest

from tests.unit.hints import hint
from xentui.cli import hostless
from xentui.commands import help as manual
from xentui.commands.registry import FAMILIES, family, split, verbs
from xentui.commands.run import find_verb, parse_verb
from xentui.errors import UsageError


def test_every_verb_has_one_line_under_its_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert hostless.run("help", []) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = [line[2:].split("  ")[0].strip() for line in lines if line.startswith("  ")]
    assert shown == [*verbs(), "shell", "help", "completion"]
    groups = [line for line in lines[:-1] if line and not line.startswith(" ")]
    assert groups == [*dict.fromkeys(verb.group for verb in verbs().values()), "xentui itself"]


def test_the_overview_fits_a_terminal_of_80_columns() -> None:
    assert max(len(line) for line in manual.text().splitlines()) < 80


def test_help_of_a_verb_is_what_the_verb_says_of_itself(capsys: pytest.CaptureFixture[str]) -> None:
    hostless.run("help", ["create"])
    asked = capsys.readouterr().out
    with pytest.raises(SystemExit) as leaving:
        parse_verb(verbs()["create"], ["--help"])
    assert leaving.value.code == 0
    assert asked == capsys.readouterr().out
    assert "KEY=VALUE" in asked


def test_the_first_word_of_two_lists_what_there_is_and_both_explain_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hostless.run("help", ["image"])
    listed = capsys.readouterr().out
    assert "image create" in listed and "image rm" in listed and "shutdown" not in listed
    hostless.run("help", ["image", "create"])
    assert "--preallocated" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "about"), [(["image"], "image"), (["image", "mend"], "mend")])
def test_a_verb_of_two_words_needs_its_second(words: list[str], about: str) -> None:
    name, rest = split(words)
    with pytest.raises(UsageError) as refused:
        find_verb(name)
    assert (refused.value.subject, rest) == (about, [])
    assert "create, resize" in hint(refused.value)


def test_each_first_word_names_the_module_that_declares_its_verbs() -> None:
    families = {verb.partition(" ")[0] for verb in verbs() if " " in verb}
    assert families == set(FAMILIES)
    for name in FAMILIES:
        assert [command.verb for command in family(name)] == [
            verb for verb in verbs() if verb.startswith(f"{name} ")
        ]


def test_the_front_ends_own_words_are_explained_too() -> None:
    assert "bash|zsh|fish" in manual.text("completion")
    assert "--read-only" not in manual.text("completion")


def test_an_unknown_verb_is_a_usage_error_with_the_nearest() -> None:
    with pytest.raises(UsageError) as refused:
        hostless.run("help", ["strat"])
    assert refused.value.subject == "strat"
    assert "start" in hint(refused.value)
