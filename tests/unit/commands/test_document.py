"""The verbs of docs/command-line.md are those that are declared."""

from __future__ import annotations

from pathlib import Path

from xentui.commands import registry
from xentui.commands.document import document, renewed

DOCUMENT = Path(__file__).parents[3] / "docs" / "command-line.md"


def test_it_is_up_to_date() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert renewed(text) == text, "`python -m xentui.commands.document docs/command-line.md` makes it anew"


def test_every_verb_stands_there_with_its_summary() -> None:
    rows = [line for line in document().splitlines() if line.startswith("| `")]
    for verb, command in registry.verbs().items():
        assert [row for row in rows if row.startswith(f"| `{verb}") and f"| {command.summary} |" in row], verb


def test_a_row_has_three_cells() -> None:
    rows = [line for line in document().splitlines() if line.startswith("|")]
    assert {row.replace("\\|", "").count("|") for row in rows} == {4}


def test_without_the_marks_nothing_of_a_text_is_lost() -> None:
    assert renewed("before\n").startswith("before\n")
