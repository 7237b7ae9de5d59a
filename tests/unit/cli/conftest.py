"""A home folder of its own for each test that runs a command whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seeded import seed


@pytest.fixture
def simulated_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where xentui keeps what is the user's: ``--host sim`` is a fresh host below it."""
    seed(tmp_path / "xentui" / "sim")
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path
