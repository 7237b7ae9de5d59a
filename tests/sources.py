"""The sources of the package, for tests that look at the code itself."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def parsed(path: Path) -> ast.Module:
    """Return what a file of the sources says, parsed once a process: all of them take seconds."""
    return ast.parse(path.read_bytes())
