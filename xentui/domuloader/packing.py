"""The program as one file: a Python zip archive that a host's own python3 runs (zipapp)."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

FIRST_LINE = b"#!/usr/bin/env python3\n"
_MODULES = ("__init__", "children", "disk_view", "entry", "partitions", "program", "readers", "tuples")
_MAIN = "from xentui.domuloader.program import main\n\nmain()\n"
_STAMP = (1980, 1, 1, 0, 0, 0)


def packed() -> bytes:
    """Return the file, the same bytes each time."""
    folder = Path(__file__).parent
    sources = {"__main__.py": _MAIN, "xentui/__init__.py": ""}
    for name in _MODULES:
        sources[f"xentui/domuloader/{name}.py"] = (folder / f"{name}.py").read_text(encoding="utf-8")
    made = io.BytesIO()
    made.write(FIRST_LINE)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sources.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()
