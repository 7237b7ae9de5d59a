"""The screen on the real Xen of the lab, over SSH."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.scenarios import stranger
from tests.scenarios.boot_menu_scenario import boot_entries_chosen_on_the_screen
from tests.scenarios.form_scenarios import FORM_SCENARIOS
from tests.scenarios.making_scenarios import MAKING_SCENARIOS
from tests.scenarios.screen import ScreenWorld
from tests.scenarios.screen_scenarios import SCREEN_SCENARIOS, TERMINAL_SCENARIOS, command, held_and_watched
from tests.xen.conftest import LabHost
from tests.xen.line import Line
from tests.xen.test_scenarios import LabWorld


class LabScreenWorld(LabWorld, ScreenWorld):
    """The lab's dom0 at the end of a line that can be cut; ``folder`` keeps xentui's state and its connection."""

    patience = 300.0
    slowness = 12.0

    def __init__(self, lab: LabHost, folder: str, host: str = "") -> None:
        super().__init__(lab, host=host)
        address = urlsplit(self.host)
        self._line = Line(address.port or 22)
        self.host = address._replace(netloc=f"{address.username}@127.0.0.1:{self._line.port}").geturl()
        self.environment |= {"XDG_STATE_HOME": folder, "XDG_CONFIG_HOME": folder, "XDG_RUNTIME_DIR": folder}

    def cut(self) -> None:
        """Break the SSH connection with all that goes through it; no new one comes about."""
        self._line.cut()

    def mend(self) -> None:
        """SSH connections come about again."""
        self._line.mend()

    def close(self) -> None:
        """End the screens, then the line."""
        super().close()
        self._line.close()


@pytest.fixture(scope="module")
def world(lab_host: LabHost) -> Iterator[LabScreenWorld]:
    """One host for all: a boot takes half a minute here, so guests stay for the scenarios that follow."""
    lab_host.clean()
    # Short: the path of a socket may have 104 characters only.
    with tempfile.TemporaryDirectory(prefix="xentui-screen-", dir="/tmp") as folder:
        made = LabScreenWorld(lab_host, folder)
        yield made
        made.close()


@pytest.mark.parametrize(
    "scenario",
    [
        *SCREEN_SCENARIOS,
        *FORM_SCENARIOS,
        # Two minutes there; that such a guest is made and boots, `test_made` tells.
        *(pytest.param(scenario, marks=pytest.mark.long) for scenario in MAKING_SCENARIOS),
        # The terminal is the same one, whatever is at the other end of the line.
        *(pytest.param(scenario, marks=pytest.mark.long) for scenario in TERMINAL_SCENARIOS),
        pytest.param(boot_entries_chosen_on_the_screen, marks=pytest.mark.long),
    ],
    ids=lambda scenario: scenario.__name__,
)
def test_scenario(scenario: Callable[[ScreenWorld], None], world: LabScreenWorld) -> None:
    """Each scenario after the other; what one that fails has left is in nobody's way."""
    try:
        scenario(world)
    except BaseException:
        world.end_screens()
        world.mend()
        world.lab.clean()
        raise


_AROUND = """
import json, os
found = {"folders": ["/var/lib/xentui"], "sockets": ["/run/xenstored/socket"], "processes": [], "terminals": []}
for name in filter(str.isdigit, os.listdir("/proc")):
    try:
        comm = open(f"/proc/{name}/comm").read().strip()
    except OSError:
        continue
    if comm in ("xl", "xenconsole", "python3"):
        found["processes"] += [int(name)] * (int(name) != os.getpid())
found["terminals"] = [f"/dev/pts/{name}" for name in os.listdir("/dev/pts") if name.isdigit()]
print(json.dumps(found))
"""
"""Finds, in the dom0, what belongs to consoles that are held there."""


def test_another_user_of_the_host_gets_at_no_console(world: LabScreenWorld) -> None:
    """While one holds it and another watches: the sockets, the store, the processes and their terminals."""
    first, second = held_and_watched(world)
    world.lab.write("/root/stranger.py", Path(stranger.__file__).read_text(encoding="utf-8"))
    around = world.lab.run(["python3", "-c", _AROUND]).stdout
    told = json.loads(around)
    # xl console itself, what holds its terminal, what another watches by, and the agents.
    assert len(told["processes"]) >= 5
    domid = str(world.xl_rows()["west"][0])

    def got(user: int) -> list[list[str]]:
        done = world.lab.run(["python3", "/root/stranger.py", str(user), around])
        found: list[list[str]] = json.loads(done.stdout)
        return found

    assert {what for what, _where in got(0)} == {
        "list",
        "put a file into",
        "connect to",
        "connect by its folder to",
        "read",
        "write",
        "type into",
        "signal",
    }
    for user in (65534, 4711):
        assert got(user) == []
        refused = world.lab.run(
            ["setpriv", "--reuid", str(user), "--clear-groups", "xl", "console", domid], check=False
        )
        assert refused.returncode != 0
    second.until(command(first, "echo still"))
    for screen in (second, first):
        screen.press("ctrl+]")
        screen.until("Domain-0")
        screen.quit()
