"""docs/keys.md is what the bindings make it."""

from __future__ import annotations

from pathlib import Path

from tests.unit.tui.test_keymap import binders, bindings
from xentui.tui.keys import COMMANDS
from xentui.tui.keys_document import document

DOCUMENT = Path(__file__).parents[3] / "docs" / "keys.md"


def test_it_is_up_to_date() -> None:
    made = "`python -m xentui.tui.keys_document > docs/keys.md` makes it anew"
    assert DOCUMENT.read_text(encoding="utf-8") == document(), made


def test_it_has_every_action() -> None:
    text = document()
    assert [command.id for command in COMMANDS if f"| {command.id} |" not in text] == []


def test_it_has_every_binding_of_every_screen_and_widget() -> None:
    text = document()
    ids = [binding.id for owner in binders() for binding in bindings(owner)]
    assert [name for name in ids if f"| {name} |" not in text] == []


def test_keys_are_named_as_on_keyboards() -> None:
    text = document()
    assert "`Shift-F8` | Go to the previous problem | edit.problem-back |" in text
    assert "`Ctrl-PgDn` | Go to the next section | edit.section |" in text
    keys = [line.partition("| ")[2].partition(" |")[0] for line in text.split("\n") if line.startswith("| `")]
    assert [key for key in keys if "+" in key.replace("`+`", "")] == []
