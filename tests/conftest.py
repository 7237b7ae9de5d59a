"""What all tests share: the option that takes what the screens look like now for right."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# An example that takes long on a busy machine is none that fails.
settings.register_profile("any-speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-speed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--accept-snapshots`` writes the snapshots instead of comparing with them."""
    parser.addoption(
        "--accept-snapshots", action="store_true", help="write snapshots/ anew from what is shown now"
    )
