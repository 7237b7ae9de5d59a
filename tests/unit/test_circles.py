"""No files, and no packages, need each other in a circle; imports for types alone, or in a function, count as well."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.sources import parsed

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(
    {
        ".".join(path.parent.parent.relative_to(ROOT).parts)
        for path in (ROOT / "xentui").glob("*/**/__init__.py")
    }
)
"""Those that have others below them."""
Graph = Mapping[str, set[str]]


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {_name(path): path for path in sorted((ROOT / "xentui").rglob("*.py"))}


def _imported(path: Path) -> Iterable[str]:
    """The modules a file names, wherever in it: at its top, in functions, for types."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                yield submodule if submodule in FILES else node.module


@cache
def files() -> Graph:
    """Which files need which."""
    return {
        name: {other for other in _imported(path) if other in FILES} - {name} for name, path in FILES.items()
    }


def circles(graph: Graph) -> list[list[str]]:
    """The strongly connected components of more than one node, each sorted."""
    reach: dict[str, set[str]] = {}
    for start in graph:
        seen: set[str] = set()
        waiting = list(graph[start])
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting.extend(graph[node])
        reach[start] = seen
    found = {tuple(sorted({other for other in reach[node] if node in reach[other]})) for node in graph}
    return [list(circle) for circle in sorted(found) if len(circle) > 1]


def _package(module: str, below: str) -> str:
    """The package right below another that holds a module; "" for one that lies elsewhere, or in none."""
    rest = module.removeprefix(f"{below}.").split(".")
    path = FILES[module]
    own_package = path.name == "__init__.py" or len(rest) > 1
    return f"{below}.{rest[0]}" if module.startswith(f"{below}.") and own_package else ""


def packages(below: str) -> Graph:
    """Which packages right below another need which."""
    graph: dict[str, set[str]] = {_package(name, below): set() for name in FILES}
    for name, others in files().items():
        graph[_package(name, below)] |= {_package(other, below) for other in others} - {_package(name, below)}
    graph.pop("", None)
    return {name: others & graph.keys() for name, others in graph.items()}


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"a"}}) == [["a", "b", "c"]]
    assert "xentui.console.hub" in files()["xentui.tui.context"], "an import for types alone counts"
    assert packages("xentui")["xentui.tui"] >= {"xentui.commands", "xentui.service"}


def test_no_files_need_each_other_in_a_circle() -> None:
    assert circles(files()) == []


@pytest.mark.parametrize("below", PACKAGES)
def test_no_packages_need_each_other_in_a_circle(below: str) -> None:
    assert circles(packages(below)) == []


def test_nobody_below_the_app_names_it() -> None:
    assert {name for name, others in files().items() if "xentui.tui.app" in others} == {"xentui.tui"}
