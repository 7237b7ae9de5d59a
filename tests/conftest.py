"""What all tests share: the option that takes what the screens look like now for right, and a quick collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator

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


_THRESHOLDS = 20_000, 20, 20
"""A screen is some 50,000 objects, most of them in cycles, and all of them garbage a moment later."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let the garbage collector leave alone what is there to stay: thousands of tests, and what they import.

    It would look through all of it again and again, which is a third of the time it takes to collect them.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
        gc.enable()
