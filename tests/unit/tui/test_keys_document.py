"""docs/keys.md is what the bindings make it."""

from __future__ import annotations

from pathlib import Path

from xentui.tui.actions import ACTIONS
from xentui.tui.keys_document import document

DOCUMENT = Path(__file__).parents[3] / "docs" / "keys.md"


def test_it_is_up_to_date() -> None:
    made = "`python -m xentui.tui.keys_document > docs/keys.md` makes it anew"
    assert DOCUMENT.read_text(encoding="utf-8") == document(), made


def test_it_has_every_action() -> None:
    text = document()
    assert [action.id for action in ACTIONS if f"| {action.id} |" not in text] == []
