"""What is loaded late, and where: packages that load their modules when they are named, and imports in functions."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from xentui.late import later, modules_of

PACKAGE = Path(__file__).parents[2] / "xentui"
PACKAGES: dict[str, str] = {
    "commands": "all front ends read all declarations: what a command runs is loaded when it is run",
    "service": "a command line that lists needs one part of the service, a start a few",
    "service.xen_tools": "its options are declared, what makes guests of them is seldom run",
    "console": "what lists or changes domains attaches to no console",
    "cli": "most command lines are for one host, and run a verb",
    "hosts": "one kind of host is used at a time",
    "hosts.naming": "few names are known to OpenSSH's configuration only",
    "toolstack.xl": "looking needs neither jobs, figures, consoles, checks nor images",
}
"""Packages whose modules are loaded when they are first named (:mod:`xentui.late`), and why."""
BORDERS: dict[str, tuple[int, str]] = {
    "main.py": (1, "--version is answered without anything else"),
    "front_end.py": (3, "screen and shell are a front end each; few need stand-ins"),
    "agent/serving.py": (1, "what answers requests holds no console"),
    "bootmenu/program.py": (1, "few images have another within, which costs sockets and their modules"),
    "bootmenu/fuse.py": (1, "few images need the C library, and some Pythons have no ctypes"),
    "cli/progress.py": (1, "Rich is for long work on a terminal"),
    "shell/__init__.py": (1, "a pipe needs no prompt_toolkit"),
    "toolstack/choose.py": (2, "few hosts are libvirt's or masters of a Ganeti cluster"),
    "store/history.py": (1, "dates are read where a change was stored, not where domains are listed"),
    "hosts/local.py": (
        2,
        "the agent is loaded in the thread that asks it, and root's only where sudo is used",
    ),
    "settings.py": (2, "most starts have no config.toml to parse, and no state folder"),
    "spelling.py": (1, "few words are misspelt"),
    "config/schema/__init__.py": (1, "two hundred parameters that most commands never look up"),
    "simulator/simulator.py": (2, "a simulated host is filled once, and few check what it is made of"),
    "tui/__init__.py": (1, "Textual reads the environment when it is imported"),
    "tui/app.py": (7, "the list is shown without consoles, prompts, dialogs and what takes keys"),
    "tui/host_context.py": (4, "the list is shown without consoles, completion and secrets"),
    "tui/leaving.py": (1, "what asks about work under way is for the way out"),
    "tui/screens/main.py": (2, "the list is shown without the console's and the prompt's widgets"),
    "tui/screens/views.py": (4, "few check the host, or look at images or what they lie on, in a session"),
    "tui/dispatch.py": (2, "the list is shown before anything is done"),
    "tui/handlers/configurations.py": (7, "each screen is loaded when it is first opened"),
    "tui/handlers/consoles.py": (1, "the same: the logs of consoles"),
    "tui/notifications.py": (1, "few jobs have an end that takes a dialog"),
    "tui/output/tty.py": (1, "a Python can be built without curses"),
}
"""How many imports a file has in functions, and why."""
BY_NAME = {
    "late.py": "the packages above",
    "config/__init__.py": "the names of the package",
    "terminal/__init__.py": "the same",
    "agent/__init__.py": "the same",
    "agent/operations.py": "operations are looked up by the words of a request",
    "commands/registry.py": "declarations, a subject at a time",
    "simulator/simulator.py": "the simulated commands",
    "simulator/xl/dispatch.py": "the simulated verbs of xl",
    "tui/textual_compat.py": "what of Textual is not part of its stable API",
}
"""Files that load modules by names they put together, and of what; nobody else may."""


def late_imports(tree: ast.AST, *, inside: bool = False) -> Iterator[int]:
    """The lines of the imports that stand in functions."""
    for node in ast.iter_child_nodes(tree):
        if inside and isinstance(node, ast.Import | ast.ImportFrom):
            yield node.lineno
        yield from late_imports(
            node, inside=inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )


@cache
def found() -> Counter[str]:
    """How many each file has."""
    return +Counter(
        {
            str(path.relative_to(PACKAGE)): len(list(late_imports(ast.parse(path.read_text()))))
            for path in PACKAGE.rglob("*.py")
        }
    )


def test_imports_in_functions_are_found() -> None:
    plain = "import a\ndef f():\n    import b\n    if f:\n        from c import d\n"
    assert list(late_imports(ast.parse(plain))) == [3, 5]
    assert list(late_imports(ast.parse("class C:\n    async def g(self):\n        import e\n"))) == [3]
    assert list(late_imports(ast.parse("if TYPE_CHECKING:\n    import a\n"))) == []


def test_nothing_is_loaded_late_but_at_the_borders() -> None:
    """Import at the top; where that costs a start too much, name the module by its package, or name the border here."""
    assert {name: count for name, count in found().items() if name not in BORDERS} == {}


@pytest.mark.parametrize("name", BORDERS)
def test_a_border_has_as_many_as_are_written_down(name: str) -> None:
    count, reason = BORDERS[name]
    assert found()[name] == count
    assert reason


def users_of(name: str) -> set[str]:
    """The files that use a function of that name."""
    return {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if any(
            isinstance(node, ast.Call) and ast.unparse(node.func) in (name, f"importlib.{name}")
            for node in ast.walk(ast.parse(path.read_text()))
        )
    }


def test_nobody_else_loads_modules_by_name() -> None:
    assert users_of("import_module") == set(BY_NAME)
    assert users_of("__import__") == set()


def test_packages_that_load_late_are_written_down() -> None:
    homes = {name.replace(".", "/") + "/__init__.py" for name in PACKAGES} | {"config/__init__.py"}
    assert users_of("modules_of") == homes
    assert all(PACKAGES.values())


def test_only_declarations_name_what_is_loaded_when_it_is_run() -> None:
    assert {Path(name).parent.as_posix() for name in users_of("later")} == {"commands/verbs"}


def named_late(package: str) -> set[str]:
    """The modules a package imports for the type checker alone: they can be named without being loaded."""
    tree = ast.parse((PACKAGE / package.replace(".", "/") / "__init__.py").read_text())
    blocks = (node for node in tree.body if isinstance(node, ast.If))
    imports = (node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom))
    return {alias.name for node in imports for alias in node.names if node.module == f"xentui.{package}"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_that_is_loaded_late_is_named_somewhere(package: str) -> None:
    sources = [ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py")]
    short = package.rsplit(".", maxsplit=1)[-1]
    named = {
        node.attr
        for tree in sources
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).split(".")[-1] == short
    }
    assert named_late(package)
    assert named_late(package) <= named


def test_a_module_is_loaded_when_its_package_is_asked_for_it() -> None:
    load = modules_of("xentui.service")
    assert load("lifecycle") is import_module("xentui.service.lifecycle")
    with pytest.raises(AttributeError, match="has no attribute 'lifecycel'"):
        load("lifecycel")
    with pytest.raises(AttributeError):
        load("__wrapped__")


def test_what_a_command_runs_is_looked_up_at_each_call() -> None:
    asked: list[str] = []

    def named() -> type[int]:
        asked.append("asked")
        return int

    number = later(named)
    assert asked == []
    assert (number("12", base=8), number("1")) == (10, 1)
    assert asked == ["asked", "asked"]
