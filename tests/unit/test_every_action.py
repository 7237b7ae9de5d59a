"""What can be done to a domain can be done by a verb and by a key, or it stands here why not; and it is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xentui.commands import registry
from xentui.service.legality import Action
from xentui.tui.keys import COMMANDS, KEYS

ROOT = Path(__file__).parents[2]
VERBS = {Action.WRITE_FILE: "drift"}
"""The verb of an action that is not called as it is."""
NO_KEY = {
    Action.MEM_MAX: "the form of m asks for memory and maximum at once",
    Action.CD_EJECT: "the form of M empties a drive where no medium is chosen",
    Action.INSTALL: "what its installer boots from takes more than a key: `:install`",
    Action.WRITE_FILE: "W on the screen that = opens",
    Action.SEND_KEY: "the list of h has the keys beside sysrq",
}
_QUOTED = re.compile(r"`([^`\n]+)`")


def documented() -> set[str]:
    """All words that stand as commands in what there is to read for users."""
    texts = [path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]]
    return {word for text in texts for command in _QUOTED.findall(text) for word in command.split()}


@pytest.mark.parametrize("action", Action)
def test_it_has_a_verb(action: Action) -> None:
    assert VERBS.get(action, action.value) in registry.verbs()


@pytest.mark.parametrize("action", Action)
def test_it_has_a_key_or_a_reason_for_none(action: Action) -> None:
    keys = [KEYS[command.id].keys for command in COMMANDS if command.action is action]
    assert all(keys)
    assert bool(keys) is (action not in NO_KEY)


def test_every_verb_is_documented() -> None:
    assert {word for verb in registry.verbs() for word in verb.split()} - documented() == set()
