"""Ask Debian's own xl, without a hypervisor: ``xl create -n`` of many files in one run (tests/oracle/build).

It lies in ``XENTUI_ORACLE`` (default ~/.cache/xentui-oracle).  Where it was not built tests are skipped; with
``XENTUI_ORACLE_NEEDED`` set they fail.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.config.agreement import Answer, xl_answer

CPUS = 4
"""How many processors the host is said to have."""
_BUILD = "tests/oracle/build"


def ask_xl(texts: Sequence[str]) -> list[Answer]:
    """What xl answers to each text; its name for the file is ``N.cfg``.  Skips the test without an oracle."""
    built = Path(os.environ.get("XENTUI_ORACLE") or Path.home() / ".cache/xentui-oracle")
    if not (built / "stamp").is_file():
        if os.environ.get("XENTUI_ORACLE_NEEDED"):
            pytest.fail(f"no oracle in {built}; {_BUILD} makes it")
        pytest.skip(f"no xl to compare with; {_BUILD} unpacks and builds one (Debian 12, a C compiler)")
    environment = {
        "LD_PRELOAD": str(built / "hypervisor.so"),
        "LD_LIBRARY_PATH": str(built / "root/usr/lib/x86_64-linux-gnu"),
        "XENTUI_ORACLE_CPUS": str(CPUS),
        "LC_ALL": "C",
    }
    with tempfile.TemporaryDirectory(prefix="xentui-oracle-") as name:
        folder = Path(name)
        for number, text in enumerate(texts):
            (folder / f"{number}.cfg").write_text(text, newline="")
        xl = str(built / "root/usr/lib/xen-4.17/bin/xl")
        subprocess.run([xl, name], env=environment, check=True)
        return [_answer(folder, number) for number in range(len(texts))]


def _answer(folder: Path, number: int) -> Answer:
    code, output, errors = (
        (folder / f"{number}.{ending}").read_bytes().decode("utf-8", "replace")
        for ending in ("rc", "out", "err")
    )
    return xl_answer(int(code), output, errors)
