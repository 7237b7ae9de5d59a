"""A guest whose chosen entry is started with its console is watched from its first line, on a simulated host."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pexpect

PATIENCE = 60.0
OLD = "Debian GNU/Linux 12, kernel 6.1.0-50-amd64"


def test_its_first_line_is_on_the_terminal_and_in_the_log(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "TERM": "xterm",
    }
    child: pexpect.spawn[bytes] = pexpect.spawn(
        sys.executable,
        ["-m", "xentui", "--host", "sim", "start", "backup", "--entry", OLD, "-c"],
        env=environment,
        timeout=PATIENCE,
        dimensions=(24, 80),
    )
    child.expect_exact(b"leaves the console")
    child.expect_exact(b"Linux version")
    child.send(b"\x1d")
    child.expect_exact(b"it keeps running")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    (log,) = (tmp_path / "xentui/consoles/sim").glob("backup-*.log")
    first, second = log.read_text("utf-8", "replace").splitlines()[:2]
    assert "before its start" in first
    assert "Linux version" in second
