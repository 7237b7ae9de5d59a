"""Names that are private to Textual stand in one package, and Textual is held to what that was tested with."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
import textual

import xentui.tui

COMPAT = "xentui.tui.textual_compat"
ROOT = Path(__file__).parents[3]
MODULES = [
    importlib.import_module(found.name) for found in pkgutil.walk_packages(xentui.tui.__path__, "xentui.tui.")
]
#: What Python's own classes call private, and one may use.
PUBLIC = {"_replace", "_fields", "_asdict", "_make"}
#: What Textual's metaclass puts into each class.
MADE = {
    *(
        "_decorated_handlers",
        "_css_type_name",
        "_css_type_names",
        "_css_bases",
        "_merged_bindings",
        "_reactives",
    ),
    *(
        "_computes",
        "_inherit_css",
        "_inherit_bindings",
        "_inherit_component_classes",
        "_abc_impl",
        "_parameters",
    ),
    *("_default_selection", "_is_protocol"),
}


def private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def named(tree: ast.AST) -> set[str]:
    """The private names a source defines: functions, classes, variables of classes, attributes."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return {name for name in found if private(name)} - PUBLIC


def stored(tree: ast.AST) -> set[str]:
    """The private attributes a class gives itself."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and private(node.attr)
    }


@cache
def textuals() -> set[str]:
    """The private names that Textual defines."""
    sources = Path(textual.__file__).parent.rglob("*.py")
    return set[str]().union(*(named(ast.parse(path.read_text())) for path in sources))


@cache
def stored_below(module: ModuleType) -> set[str]:
    """The private attributes that the classes of a module of Textual's give themselves."""
    return stored(ast.parse(inspect.getsource(module)))


def imports(tree: ast.AST) -> Iterator[str]:
    """What a source imports of Textual that is private."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "textual":
            names = [*str(node.module).split("."), *(alias.name for alias in node.names)]
            yield from (f"{node.module}: {name}" for name in names if private(name))


def uses(tree: ast.AST) -> Iterator[str]:
    """The attributes of Textual's that a source reads and does not define itself, or asks a base class for."""
    own = named(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in textuals() and private(node.attr):
            asks_base = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "super"
            if node.attr not in own or (asks_base and not _base_is_ours(tree, node.attr)):
                yield f"line {node.lineno}: {ast.unparse(node)}"


def _base_is_ours(tree: ast.AST, name: str) -> bool:
    """Whether a method is asked of a class of the same file."""
    return (
        sum(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
            for node in ast.walk(tree)
        )
        > 1
    )


def overrides(module: ModuleType) -> Iterator[str]:
    """The private names of classes here that classes of Textual's below them have as well."""
    sources = {
        node.name: node
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.ClassDef)
    }
    for kind in vars(module).values():
        if not inspect.isclass(kind) or kind.__module__ != module.__name__ or kind.__name__ not in sources:
            continue
        bases = [base for base in kind.__mro__[1:] if base.__module__.partition(".")[0] == "textual"]
        own = {name for name in vars(kind) if private(name)} | stored(sources[kind.__name__])
        theirs = {name for base in bases for name in vars(base)}
        theirs |= set[str]().union(*(stored_below(sys.modules[base.__module__]) for base in bases))
        yield from (f"{kind.__name__}.{name}" for name in sorted((own & theirs) - MADE))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.removeprefix("xentui.tui."))
def test_private_names_of_textual_are_used_in_one_package(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    found = [*imports(tree), *uses(tree), *overrides(module)]
    assert bool(found) is module.__name__.startswith(f"{COMPAT}."), found


def test_each_use_is_seen() -> None:
    assert {"_check_bindings", "_set_document", "_watch_selection", "_forward_event"} <= textuals()
    assert list(imports(ast.parse("from textual._callback import invoke\nfrom textual.keys import _a, Keys")))
    assert list(uses(ast.parse("class A:\n    def a(self):\n        self.app._check_bindings('a')")))
    assert list(uses(ast.parse("class A:\n    def _on_key(self):\n        super()._on_key()")))


def test_textual_is_held_to_the_releases_this_was_tested_with() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    release = version("textual").split(".")
    (wanted,) = [line for line in needed if line.startswith("textual")]
    assert wanted.startswith(f"textual~={release[0]}.{release[1]}."), "look through textual_compat/ first"
