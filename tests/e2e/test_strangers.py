"""Another user of this machine, at consoles that are held and watched on a simulated host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_screen import SimulatedScreenWorld
from tests.scenarios import stranger
from tests.scenarios.screen_scenarios import command, held_and_watched

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user for a while")
STRANGERS = (65534, 4711)


@pytest.fixture
def world() -> Iterator[SimulatedScreenWorld]:
    """A host in a folder that everybody may enter."""
    with tempfile.TemporaryDirectory(prefix="xentui-open-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        made = SimulatedScreenWorld(Path(folder))
        yield made
        made.close()


def got(user: int, told: str) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, stranger.__file__, str(user), told], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found


def descendants(process: int) -> list[int]:
    """A process of this machine, and all that it has begun."""
    found = [process]
    for each in found:
        for task in Path(f"/proc/{each}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def test_another_user_of_the_machine_gets_at_no_console(world: SimulatedScreenWorld) -> None:
    first, second = held_and_watched(world)
    state = Path(world.environment["XDG_STATE_HOME"], "xentui")
    store = world.folder / "store"
    processes = descendants(os.getpid())[1:]
    terminals = {
        os.readlink(f"/proc/{each}/fd/0") for each in processes if os.path.exists(f"/proc/{each}/fd/0")
    }
    told = json.dumps(
        {
            "folders": [str(state / "consoles"), str(store)],
            "sockets": [],
            "processes": processes,
            "terminals": sorted(place for place in terminals if place.startswith("/dev/pts/")),
        }
    )
    assert {what for what, _where in got(0, told)} >= {
        "list",
        "connect to",
        "read",
        "write",
        "type into",
        "signal",
    }
    for user in STRANGERS:
        assert got(user, told) == []
    second.until(command(first, "echo still"))
