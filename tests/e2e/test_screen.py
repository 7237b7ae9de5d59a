"""The screen on the simulator, in a real terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scenarios.boot_menu_scenario import boot_entries_chosen_on_the_screen
from tests.scenarios.making_scenarios import MAKING_SCENARIOS
from tests.scenarios.screen import ScreenWorld
from tests.scenarios.screen_scenarios import SCREEN_SCENARIOS, TERMINAL_SCENARIOS
from tests.scenarios.test_simulated import SimulatedWorld
from tests.scenarios.two_hosts_scenario import consoles_of_two_hosts
from xentui.simulator import control


class SimulatedScreenWorld(SimulatedWorld, ScreenWorld):
    """A simulated host of its own, and screens on it."""

    patience = 120.0
    slowness = 5.0

    def __init__(self, state: Path, host: str = "sim") -> None:
        super().__init__(state, host)
        control.set_speed(self.simulator, 3.0)

    def cut(self) -> None:
        """The host is gone."""
        control.vanish(self.simulator)

    def mend(self) -> None:
        """The host is back, with its guests."""
        control.come_back(self.simulator)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimulatedScreenWorld]:
    """A fresh simulated host."""
    made = SimulatedScreenWorld(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    "scenario",
    (*SCREEN_SCENARIOS, *TERMINAL_SCENARIOS, *MAKING_SCENARIOS, boot_entries_chosen_on_the_screen),
    ids=lambda scenario: scenario.__name__,
)
def test_scenario(scenario: Callable[[ScreenWorld], None], world: SimulatedScreenWorld) -> None:
    """Each scenario on a host without guests."""
    scenario(world)


def test_consoles_of_two_hosts(tmp_path: Path) -> None:
    """Side by side in one screen, on two hosts of the simulator."""
    one, two = SimulatedScreenWorld(tmp_path, "sim:a"), SimulatedScreenWorld(tmp_path, "sim:b")
    try:
        consoles_of_two_hosts(one, two, two, "sim:a,sim:b")
    finally:
        one.close()
        two.close()
