"""`check` on the lab's dom0: it only looks, so a read-only session does it too."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.xen.conftest import COMMAND_SECONDS

EXPECTED = {
    "xen": "ok",
    "toolstack": "ok",
    "boot": "unknown",  # QEMU boots it: there is no boot loader
    "versions": "ok",
    "pygrub": "ok",
    "dom0-memory": "ok",
    "iommu": "note",
    "xenstored": "ok",
    "xenconsoled": "ok",
    "console-log": "warning",  # Debian's default
    "xendomains": "ok",
    "loop": "ok",
    "bridges": "ok",
    "xen-tools": "ok",
    "time": "warning",  # nothing keeps it there
    "python": "ok",
    "ssh": "ok",
}


def test_a_real_dom0_is_told_how_it_stands() -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "xentui", "--read-only", "--host", os.environ["XENTUI_LAB_HOST"],
            "check", "--json",
        ],
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    told = json.loads(done.stdout)
    states = {check["id"]: check["state"] for check in told["checks"]}
    assert {name: states[name] for name in EXPECTED} == EXPECTED
    assert (told["control_domain"], done.returncode) == (True, 5)
