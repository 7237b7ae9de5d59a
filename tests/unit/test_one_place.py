"""What is done in one place: configurations are written into the store, and children put on pseudo-terminals."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from tests.sources import parsed

PACKAGE = Path(__file__).parents[2] / "xentui"
PLACES = {
    "store.create": {"service/repository.py"},
    "store.put": {"service/repository.py"},
    "store.restore": {"service/repository.py"},
    "store.delete": {"service/repository.py"},
    "store.undelete": {"service/repository.py"},
    "store.put_attached": {"service/repository.py"},
    "pexpect.spawn": {"console/pty_process.py"},
    "pty.fork": {"agent/console/host_end.py", "simulator/console/server.py"},
    "pty.openpty": {"agent/systems/system_tree.py"},
}
"""Where a method may be called.  The agent, which is sent to hosts, and the simulator have Python's library alone."""


def calls(tree: ast.AST) -> set[str]:
    """The methods that are called, each with the last name of what it is called on: ``session.store.put(…)``."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            value = node.func.value
            if isinstance(value, ast.Name | ast.Attribute):
                name = value.id if isinstance(value, ast.Name) else value.attr
                found.add(f"{name.lstrip('_')}.{node.func.attr}")
    return found


@cache
def found() -> dict[str, set[str]]:
    """The files that call a method."""
    places: dict[str, set[str]] = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        for call in calls(parsed(path)):
            places[call].add(path.relative_to(PACKAGE).as_posix())
    return places


@pytest.mark.parametrize("call", PLACES)
def test_it_is_done_in_one_place(call: str) -> None:
    assert found()[call] == PLACES[call]


def test_a_call_is_found_on_whatever_it_is_made() -> None:
    assert calls(ast.parse("session.store.put(1)\nself._store.create()\nstore.delete")) == {
        "store.put",
        "store.create",
    }
