"""Configurations on the screen on the simulator, in a real terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.test_screen import SimulatedScreenWorld
from tests.scenarios.form_scenarios import FORM_SCENARIOS
from tests.scenarios.screen import ScreenWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimulatedScreenWorld]:
    """A fresh simulated host."""
    made = SimulatedScreenWorld(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("scenario", FORM_SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_scenario(scenario: Callable[[ScreenWorld], None], world: SimulatedScreenWorld) -> None:
    """Each scenario on a host without guests."""
    scenario(world)
