"""A command that is suggested, as each front end words it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import xentui
from xentui.commands import registry
from xentui.commands.frontends import FRONT_ENDS
from xentui.commands.suggestions import as_command_line, as_verb
from xentui.errors import Suggest
from xentui.tui.suggestions import as_key

KEYS = {"domain.shutdown": "S", "domain.start": "s", "domain.rename": "r", "config.bulk-undo": "Ctrl-Z"}
WORDINGS = [
    (Suggest("domain.shutdown", "-w", "web1"), "shutdown -w web1", "S (Shutdown) on web1"),
    (Suggest("domain.start"), "start", "s (Start)"),
    (Suggest("domain.rename", "web1", "a b"), "rename web1 'a b'", "`:rename web1 'a b'`"),
    (Suggest("domain.show", "größe"), "show größe", "`:show größe`"),
    (Suggest("config.bulk-undo", "bulk-1"), "bulk-undo bulk-1", "`:bulk-undo bulk-1`"),
    (Suggest("host.list"), "list", "`:list`"),
]


@pytest.mark.parametrize("case", WORDINGS, ids=lambda case: case[1])
def test_each_front_end_words_it_as_it_is_done_there(case: tuple[Suggest, str, str]) -> None:
    suggest, typed, key = case
    assert as_command_line()(suggest) == f"`xentui {typed}`"
    assert as_command_line("xen1")(suggest) == f"`xentui --host xen1 {typed}`"
    assert as_verb(suggest) == f"`{typed}`"
    assert as_key(lambda name: KEYS.get(name, ""))(suggest) == key


def test_a_host_is_quoted_where_a_shell_would_take_it_apart() -> None:
    assert as_command_line("my host")(Suggest("host.list")) == "`xentui --host 'my host' list`"


@pytest.mark.parametrize("suggest", [Suggest("xentui.help", "start"), Suggest("config.convert", "FILE")])
def test_what_needs_no_host_names_none(suggest: Suggest) -> None:
    assert as_command_line("xen1")(suggest) == as_command_line()(suggest)


def suggested() -> Iterator[tuple[str, str]]:
    """Where the sources suggest a command, and its id."""
    root = Path(xentui.__file__).parent
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Suggest":
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{path}:{node.lineno}: write the id out"
                yield f"{path.relative_to(root)}:{node.lineno}", str(name.value)


def test_only_commands_that_can_be_typed_are_suggested() -> None:
    known = {command.id for command in (*registry.verbs().values(), *FRONT_ENDS.values())}
    found = list(suggested())
    assert found
    assert [(place, name) for place, name in found if name not in known] == []
