"""Where an import stands in a function, which is where it is decided what is loaded late: at these borders only."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "xentui"
BORDERS: dict[str, tuple[int, str]] = {
    "main.py": (1, "--version is answered without anything else"),
    "front_end.py": (
        6,
        "screen, shell, help and completion are a front end each; few need stand-ins, or several hosts",
    ),
    "agent/serving.py": (1, "what answers requests holds no console"),
    "cli/progress.py": (1, "Rich is for long work on a terminal"),
    "cli/run.py": (7, "a verb that lists attaches to no console, asks nothing, and is for one host mostly"),
    "shell/__init__.py": (1, "a pipe needs no prompt_toolkit"),
    "commands/run.py": (1, "a verb that lists asks nothing, and needs not know what is dangerous"),
    "bootmenu/program.py": (1, "few images have another within, which costs sockets and their modules"),
    "bootmenu/fuse.py": (1, "few images need the C library, and some Pythons have no ctypes"),
    "commands/verbs/boot_menu.py": (
        4,
        "all front ends read all verbs: what one runs is loaded when it is run",
    ),
    "commands/verbs/consoles.py": (6, "the same: which consoles a guest has, what waits in them, their logs"),
    "commands/console_session.py": (
        3,
        "a boot that nobody watches is not logged; shared and watched is what is attached to",
    ),
    "commands/verbs/converting.py": (1, "the same: the conversion of xm's files"),
    "commands/verbs/editing.py": (1, "the same: drafts, checks, differences"),
    "commands/verbs/making.py": (2, "the same: new guests"),
    "commands/verbs/migrating.py": (2, "the same: migrations"),
    "commands/verbs/host_check.py": (2, "the same: the checks of a host"),
    "commands/verbs/fleet.py": (5, "the same: hosts side by side, and where a domain could go"),
    "commands/verbs/installing.py": (2, "the same: installs"),
    "commands/verbs/simulator.py": (2, "the same: the simulator"),
    "commands/verbs/storage.py": (5, "the same: what lies below disks"),
    "commands/verbs/ganeti.py": (8, "the same: Ganeti's instances and jobs"),
    "commands/verbs/xend.py": (4, "the same: the settings of xend"),
    "commands/verbs/listing.py": (2, "one host has a list of its own, and asks it"),
    "shell/hosts.py": (2, "few shells are for more than one host"),
    "commands/verbs/versions.py": (2, "the same: changes to many configurations"),
    "fleet/poller.py": (1, "only wide lists show kernels"),
    "service/hypervisor.py": (20, "each part of the service is loaded when it is first used"),
    "service/session.py": (1, "few engines keep domains themselves"),
    "service/config_convert.py": (1, "few files are xm's"),
    "toolstack/choose.py": (2, "few hosts are libvirt's or masters of a Ganeti cluster"),
    "simulator/control.py": (1, "few simulated hosts are libvirt's"),
    "toolstack/xl/toolstack.py": (8, "looking needs neither jobs, figures, consoles, checks nor images"),
    "store/history.py": (1, "dates are read where a change was stored, not where domains are listed"),
    "hosts/choose.py": (3, "one kind of host is used at a time"),
    "hosts/local.py": (
        2,
        "the agent is loaded in the thread that asks it, and root's only where sudo is used",
    ),
    "hosts/privilege.py": (1, "who looks only needs no name"),
    "settings.py": (2, "most starts have no config.toml to parse, and no state folder"),
    "spelling.py": (1, "few words are misspelt"),
    "config/schema/__init__.py": (1, "two hundred parameters that most commands never look up"),
    "simulator/simulator.py": (2, "a simulated host is filled once, and few check what it is made of"),
    "tui/__init__.py": (1, "Textual reads the environment when it is imported"),
    "tui/app.py": (7, "the list is shown without consoles, prompts, dialogs and what takes keys"),
    "tui/host_context.py": (6, "the list is shown without consoles, completion and secrets"),
    "tui/leaving.py": (1, "what asks about work under way is for the way out"),
    "tui/screens/main.py": (2, "the list is shown without the console's and the prompt's widgets"),
    "tui/screens/views.py": (4, "few check the host, or look at images or what they lie on, in a session"),
    "tui/dispatch.py": (2, "the list is shown before anything is done"),
    "tui/handlers/configurations.py": (7, "each screen is loaded when it is first opened"),
    "tui/handlers/consoles.py": (1, "the same: the logs of consoles"),
    "tui/notifications.py": (1, "few jobs have an end that takes a dialog"),
    "tui/output/tty.py": (1, "a Python can be built without curses"),
}
"""How many modules a file loads when they are first used, and why."""


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
    """Import at the top; where that costs a start too much, name the border here with its reason."""
    assert {name: count for name, count in found().items() if name not in BORDERS} == {}


@pytest.mark.parametrize("name", BORDERS)
def test_a_border_has_as_many_as_are_written_down(name: str) -> None:
    count, reason = BORDERS[name]
    assert found()[name] == count
    assert reason
