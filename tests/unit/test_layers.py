"""Each layer by itself: what importing it loads, in a process of its own."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

FRONT_END_LIBRARIES = {"textual", "rich", "prompt_toolkit", "pexpect"}
ROOT = str(Path(__file__).parents[2])
#: What a layer may load of them.
ALLOWED = {
    "xentui.console.attach": {"pexpect"},
    "xentui.shell": {"prompt_toolkit"},
    "xentui.shell.interactive": {"prompt_toolkit"},
}
#: Modules that take long to load and that a command which lists domains does without.
SLOW = {
    "pathlib",
    "datetime",
    "shutil",
    "getpass",
    "platform",
    "unittest",
    "xml",
    "http",
    "xentui.simulator",
}
LAYERS = [
    "xentui.errors",
    "xentui.text",
    "xentui.settings",
    "xentui.model.domain",
    "xentui.agent",
    "xentui.config",
    "xentui.config.convert",
    "xentui.bootmenu.program",
    "xentui.expect.script",
    "xentui.domuloader.program",
    "xentui.simulator",
    "xentui.hosts.local",
    "xentui.hosts.ssh",
    "xentui.hosts.sim",
    "xentui.hosts.choose",
    "xentui.store",
    "xentui.store.history",
    "xentui.toolstack.choose",
    "xentui.toolstack.xl.parse",
    "xentui.service.hypervisor",
    "xentui.service.boot_menu",
    "xentui.service.lifecycle",
    "xentui.service.definitions",
    "xentui.service.events",
    "xentui.fleet.fleet",
    "xentui.console.attach",
    "xentui.commands.run",
    "xentui.cli.run",
    "xentui.commands.verbs.listing",
    "xentui.shell",
    "xentui.front_end",
    "xentui.main",
]


def loaded(statement: str) -> set[str]:
    """The modules a fresh Python has after a statement."""
    script = f"import sys\nsys.path.insert(0, {ROOT!r})\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_is_imported_by_itself_and_brings_no_front_end(layer: str) -> None:
    brought = packages(loaded(f"import {layer}")) & FRONT_END_LIBRARIES
    assert brought <= ALLOWED.get(layer, set())


def test_listing_loads_nothing_slow_it_does_not_need() -> None:
    modules = loaded(
        "import xentui.front_end, xentui.cli.run, xentui.commands.verbs.listing, xentui.hosts.choose, xentui.settings\n"
        "from xentui.hosts import local, operations\n"
        "local.dispatch('/nonexistent', operations.list_domains, {})\n"
        "local.dispatch('/nonexistent', operations.surroundings, {'auto_dir': '/nonexistent'})"
    )
    assert {name for name in modules if name.startswith("xentui.config.")} == set()
    assert {"xentui.service.inventory", "xentui.agent.inventory.listing"} <= modules
    assert (
        SLOW | {"xentui.agent.catalogue", "xentui.agent.storage.disks", "xentui.agent.store.changes"}
    ) & modules == set()


def test_asking_for_the_version_loads_nothing_else() -> None:
    asked = "import xentui.main\ntry:\n    xentui.main.main(['--version'])\nexcept SystemExit:\n    pass"
    modules = loaded(asked) - loaded("pass")
    assert {name for name in modules if name.startswith("xentui.")} == {"xentui.main"}
    assert modules <= {"xentui.main", "xentui", "__future__", "gc", "0.1.0"}


def test_a_simulated_command_loads_nothing_slow_that_few_use(tmp_path: Path) -> None:
    host = str(tmp_path / "sim")
    loaded(f"from xentui.simulator import Simulator; Simulator(__import__('pathlib').Path({host!r}))")
    modules = loaded(
        "from xentui.simulator.__main__ import main\n"
        f"sys.argv = ['simulator', '--state', {host!r}, 'xl', 'create', '-n', '/dev/null', 'name=\"new\"']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    assert "xentui.simulator.xl.create" in modules
    needless = {"ast", "dis", "bz2", "subprocess", "xentui.simulator.seed", "xentui.simulator.console.client"}
    assert needless & modules == set(), "inspect and shutil are stood in for"


def test_listing_needs_no_screen() -> None:
    modules = loaded(
        "import xentui.front_end, xentui.cli.run, xentui.commands.verbs.listing, xentui.hosts.choose"
    )
    assert {name for name in modules if name.startswith(("textual", "xentui.tui"))} == set()


def test_the_list_is_shown_without_what_runs_verbs_and_what_is_opened_later() -> None:
    modules = loaded("import xentui.front_end, xentui.tui.app")
    later = {
        "commands.context",
        "commands.frontends",
        "commands.per_host",
        "cli.run",
        "tui.dialogs.palette",
    }
    assert all(find_spec(f"xentui.{name}") for name in later), "one has another name now"
    assert {name for name in later if f"xentui.{name}" in modules} == set()


def test_importing_does_nothing_else(tmp_path: Path) -> None:
    script = "; ".join(f"import {layer}" for layer in LAYERS if layer.startswith("xentui"))
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env=environment, cwd=tmp_path, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    assert list(tmp_path.iterdir()) == []


def test_the_contracts_between_the_layers_hold() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    if not tool.exists():
        tool = Path(shutil.which("lint-imports") or "/nonexistent")
    if not tool.exists():
        pytest.skip("import-linter is not installed")
    root = Path(__file__).parents[2]
    done = subprocess.run([str(tool), "--no-cache"], capture_output=True, text=True, cwd=root)  # noqa: PLW1510
    assert done.returncode == 0, done.stdout


#: The packages that a contract lets have what it forbids to all others.
LET = {
    "Only the choice of a toolstack knows xl": {"toolstack"},
    "Rich is the command line's": {"cli", "shell", "tui"},
    "pexpect is for consoles": {"console"},
}


def test_no_package_is_forgotten_by_a_contract() -> None:
    with (Path(ROOT) / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    packages = {path.parent.name for path in (Path(ROOT) / "xentui").glob("*/__init__.py")}
    named = {
        each["name"]: {source.split(".")[1] for source in each.get("source_modules", ())}
        for each in contracts
    }
    assert {name: packages - named[name] - let for name, let in LET.items()} == {name: set() for name in LET}


@pytest.mark.parametrize("part", ["agent", "bootmenu", "domuloader"])
def test_what_is_sent_to_hosts_is_written_for_their_python(part: str) -> None:
    """As far as syntax goes; Python 3.7 is the oldest that reads annotations later."""
    for path in sorted((Path(__file__).parents[2] / "xentui" / part).glob("*.py")):
        ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 7))
