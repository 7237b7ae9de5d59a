"""What is loaded late, and where: packages that load their modules when they are named, and imports in functions."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from tests.sources import parsed
from tests.unit.test_layers import loaded
from xentui.late import later, modules_of

PACKAGE = Path(__file__).parents[2] / "xentui"
PACKAGES: dict[str, str] = {
    "commands": "all front ends read all declarations: what a command runs is loaded when it is run",
    "service": "a command line that lists needs one part of the service, a start a few",
    "service.xen_tools": "its options are declared, what makes guests of them is seldom run",
    "model": "declarations of commands need little of it: what a verb makes is named when it is run",
    "console": "what lists or changes domains attaches to no console",
    "cli": "most command lines are for one host, and run a verb",
    "hosts": "one kind of host is used at a time",
    "hosts.naming": "few names are known to OpenSSH's configuration only",
    "fleet": "most command lines and screens are for one host: what was seen of several is not read",
    "tui.consoles": "the list is shown without",
    "tui.dialogs": "few are opened by what is there before the list is shown",
    "tui.editor": "many never edit",
    "tui.handlers": "the list is shown before anything is done",
    "tui.screens": "each is loaded when it is first opened",
    "tui.widgets": "the list is shown without the prompt",
    "toolstack.xl": "looking needs neither jobs, figures, consoles, checks nor images",
}
"""Packages whose modules are loaded when they are first named (:mod:`xentui.late`), and why."""
BORDERS: dict[str, tuple[int, str]] = {
    "main.py": (1, "--version is answered without anything else"),
    "front_end.py": (3, "screen and shell are a front end each; few need stand-ins"),
    "agent/server.py": (1, "what answers requests holds no console"),
    "agent/memory/xendomains.py": (1, "few hosts have saved memory that somebody would have to read"),
    "bootmenu/program.py": (
        2,
        "few images have another within, few are asked for their machine: what reads is short-lived",
    ),
    "bootmenu/disk.py": (1, "the same: the time of few files is asked for"),
    "bootmenu/find.py": (3, "the same: a disk has one boot loader's menu"),
    "bootmenu/grub_menu.py": (1, "the same: few menus have files of BLS"),
    "bootmenu/superblock.py": (1, "the same: few file systems have the log of xfs"),
    "domuloader/children.py": (1, "the same: a Python without memfd_create is old"),
    "domuloader/readers.py": (
        5,
        "the same: the first reader succeeds as a rule, the others need more of Python",
    ),
    "cli/progress.py": (1, "Rich is for long work on a terminal"),
    "simulator/__init__.py": (1, "the next comes before what the package offers"),
    "simulator/__main__.py": (1, "garbage is not looked for while the rest is loaded"),
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
    "simulator/xl/create.py": (1, "few guests are started with their console in sight"),
    "simulator/xl/images.py": (1, "the same"),
    "tui/__init__.py": (1, "Textual reads the environment when it is imported"),
    "tui/app.py": (2, "the list is shown without prompts and what takes keys"),
    "tui/shown_hosts.py": (1, "one host is shown mostly"),
    "tui/host_context.py": (2, "the list is shown without consoles"),
    "tui/handlers/configurations.py": (1, "few make guests in a session"),
}
"""How many imports a file has in functions, and why."""
BY_NAME = {
    "late.py": "the packages above",
    "config/__init__.py": "the names of the package",
    "terminal/__init__.py": "the same",
    "agent/__init__.py": "the same",
    "agent/protocol/operations.py": "operations are looked up by the words of a request",
    "commands/registry.py": "declarations, a subject at a time",
    "simulator/__main__.py": "what of Python's library few commands use",
    "simulator/simulator.py": "the simulated commands",
    "simulator/xl/dispatch.py": "the simulated verbs of xl",
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
def trees() -> dict[str, ast.Module]:
    """Each file of the package, parsed."""
    return {str(path.relative_to(PACKAGE)): parsed(path) for path in PACKAGE.rglob("*.py")}


@cache
def found() -> Counter[str]:
    """How many each file has."""
    return +Counter({name: len(list(late_imports(tree))) for name, tree in trees().items()})


@cache
def calls() -> dict[str, set[str]]:
    """The files that call a function, by its name."""
    by_name: dict[str, set[str]] = {}
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                by_name.setdefault(node.func.id, set()).add(file)
    return by_name


@cache
def attributes() -> set[tuple[str, str]]:
    """What is named as an attribute of what anywhere: ``service.cloning.Cloning`` names cloning of service."""
    of_names: set[tuple[str, str]] = set()
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
                value = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                of_names.add((value, node.attr))
    return of_names


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


def test_nobody_else_loads_modules_by_name() -> None:
    assert calls()["import_module"] == set(BY_NAME)
    assert "__import__" not in calls()


def test_packages_that_load_late_are_written_down() -> None:
    homes = {name.replace(".", "/") + "/__init__.py" for name in PACKAGES} | {"config/__init__.py"}
    assert calls()["modules_of"] == homes
    assert all(PACKAGES.values())


def test_only_declarations_name_what_is_loaded_when_it_is_run() -> None:
    assert {Path(name).parent.as_posix() for name in calls()["later"]} == {"commands/verbs"}


def named_late(package: str) -> set[str]:
    """The modules a package imports for the type checker alone: they can be named without being loaded."""
    tree = trees()[package.replace(".", "/") + "/__init__.py"]
    blocks = (node for node in tree.body if isinstance(node, ast.If))
    imports = (node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom))
    return {alias.name for node in imports for alias in node.names if node.module == f"xentui.{package}"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_that_is_loaded_late_is_named_somewhere(package: str) -> None:
    short = package.rsplit(".", maxsplit=1)[-1]
    assert named_late(package)
    assert {name for name in named_late(package) if (short, name) not in attributes()} == set()


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


def test_declarations_service_and_first_list_load_nothing_that_is_loaded_late() -> None:
    """What is named late must not be imported on the way as well; a name looked up while a module is read is."""
    started = {
        "commands": "from xentui.commands import registry; registry.verbs()",
        "service": "import xentui.service.hypervisor",
        "console": "from xentui.commands import registry; registry.verbs()",
        "toolstack.xl": "import xentui.service.hypervisor",
        "tui.handlers": "import xentui.tui.app",
        "tui.screens": "import xentui.tui.app",
    }
    modules = {statement: loaded(statement) for statement in set(started.values())}
    for package, statement in started.items():
        late = {f"{package}.{name}" for name in named_late(package)}
        assert {name for name in late if f"xentui.{name}" in modules[statement]} == set()
