"""Whole commands on a simulated host."""

from __future__ import annotations

import pytest

from xentui.main import main


def run(*words: str) -> int:
    """Run a command as from a shell; returns its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(["--host", "sim", *words])
    return int(ended.value.code or 0)
