"""The host loses its power in the middle of `new`: what was reported stored is stored, nothing is half-done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.xen.conftest import LabHost

LAB = Path(__file__).parents[1] / "lab" / "lab"
BEFORE_THE_CUT = 4


def xentui(*words: str) -> subprocess.Popen[str]:
    """Start a xentui command on the lab's host."""
    return subprocess.Popen(
        [sys.executable, "-m", "xentui", "--host", os.environ["XENTUI_LAB_HOST"], *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for a command that must succeed; returns its output."""
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return out


@pytest.fixture
def lab_with_its_snapshot_back() -> Iterator[None]:
    """Bring the host back to its snapshot afterwards."""
    yield
    subprocess.run([LAB, "down", "a"], check=True)
    subprocess.run([LAB, "up", "a"], check=True, timeout=600)


def test_power_is_cut_in_the_middle_of_new(clean_host: LabHost, lab_with_its_snapshot_back: None) -> None:
    """Domains are stored one after another until the power goes."""
    for number in range(40):
        clean_host.write(
            f"/etc/xen/cut{number}.cfg",
            f'name = "cut{number}"\nmemory = 128\nkernel = "/srv/guests/vmlinuz"\nvif = ["bridge=xenbr0"]\n',
        )
    clean_host.run("sync")
    reported: list[str] = []
    under_way: list[subprocess.Popen[str]] = []
    for number in range(40):
        under_way.append(xentui("new", f"/etc/xen/cut{number}.cfg"))
        if number < BEFORE_THE_CUT:
            finish(under_way.pop())
            reported.append(f"cut{number}")
        elif len(under_way) == 3:
            break
    # Three more are on their way, each somewhere between its first write and its last flush.
    time.sleep(float(os.environ.get("XENTUI_CUT_AFTER", "1.5")))
    subprocess.run([LAB, "cut", "a"], check=True, timeout=600)
    for process in under_way:
        process.communicate(timeout=240)
        if process.returncode == 0:
            reported.append(f"cut{BEFORE_THE_CUT + under_way.index(process)}")

    listed = {item["name"]: item for item in json.loads(finish(xentui("list", "--json")))}
    missing = [name for name in reported if name not in listed]
    assert not missing, f"reported as stored and lost: {missing}"
    for name in listed:
        if name != "Domain-0":
            shown = json.loads(finish(xentui("show", name, "--json")))
            assert shown["damaged"] is None, shown
            versions = json.loads(finish(xentui("history", name, "--json")))
            assert [item["version"] for item in versions] == [1], versions
            assert "mac=00:16:3e:" in finish(xentui("config", name))
    for name in (f"cut{number}" for number in range(BEFORE_THE_CUT + 3)):
        if name not in listed:
            finish(xentui("new", f"/etc/xen/{name}.cfg"))
