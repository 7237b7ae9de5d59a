"""The screen on the real Xen of the lab, over SSH."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from tests.scenarios.form_scenarios import FORM_SCENARIOS
from tests.scenarios.making_scenarios import MAKING_SCENARIOS
from tests.scenarios.screen import ScreenWorld
from tests.scenarios.screen_scenarios import SCREEN_SCENARIOS, TERMINAL_SCENARIOS
from tests.xen.conftest import LabHost
from tests.xen.line import Line
from tests.xen.test_scenarios import LabWorld


class LabScreenWorld(LabWorld, ScreenWorld):
    """The lab's dom0 at the end of a line that can be cut; ``folder`` keeps xentui's state and its connection."""

    patience = 300.0
    slowness = 12.0

    def __init__(self, lab: LabHost, folder: str) -> None:
        super().__init__(lab)
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
