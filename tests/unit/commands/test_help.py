"""``xentui help``."""

from __future__ import annotations

import pytest

from tests.unit.hints import hint
from xentui.cli import hostless
from xentui.commands import help as manual
from xentui.commands.registry import verbs
from xentui.commands.run import parse_verb
from xentui.errors import UsageError


def test_every_verb_has_one_line_under_its_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert hostless.run("help", []) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = [line.split()[0] for line in lines if line.startswith("  ")]
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


def test_the_front_ends_own_words_are_explained_too() -> None:
    assert "bash|zsh|fish" in manual.text("completion")
    assert "--read-only" not in manual.text("completion")


def test_an_unknown_verb_is_a_usage_error_with_the_nearest() -> None:
    with pytest.raises(UsageError) as refused:
        hostless.run("help", ["strat"])
    assert refused.value.subject == "strat"
    assert "start" in hint(refused.value)
