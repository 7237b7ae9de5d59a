"""What all tests share: the option that takes what the screens look like now for right."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# An example that takes long on a busy machine is none that fails.  The tests try the same examples at each run, so
# that none fails for what a change has nothing to do with; `make fuzz` tries others.
settings.register_profile(
    "same", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("fuzz", settings.get_profile("same"), derandomize=False, database=None)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--accept-snapshots`` writes the snapshots instead of comparing with them."""
    parser.addoption(
        "--accept-snapshots", action="store_true", help="write snapshots/ anew from what is shown now"
    )
