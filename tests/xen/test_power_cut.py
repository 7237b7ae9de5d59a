"""The host loses its power in the middle of `new`: what was reported stored is stored, nothing is half-done."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.xen.conftest import LabHost, lab

BEFORE_THE_CUT = 4
UNDER_WAY = 3


def xentui(*words: str) -> subprocess.Popen[str]:
    """Start a xentui command on the lab's host."""
    return subprocess.Popen(
        [sys.executable, "-m", "xentui", "--host", os.environ["XENTUI_LAB_HOST"], *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        stdin=subprocess.PIPE,
    )


def in_shell(*lines: str) -> str:
    """Run verbs that must all succeed, in one ``xentui shell``; returns their output."""
    process = xentui("shell")
    out, err = process.communicate("".join(f"{line}\n" for line in lines), timeout=600)
    assert process.returncode == 0, err
    return out


def documents(text: str) -> list[Any]:
    """The JSON documents of an output, one after the other."""
    found, position = [], 0
    while text[position:].strip():
        position += len(text[position:]) - len(text[position:].lstrip())
        document, position = json.JSONDecoder().raw_decode(text, position)
        found.append(document)
    return found


@pytest.fixture
def lab_with_its_snapshot_back() -> Iterator[None]:
    """Bring the host back to its snapshot afterwards."""
    yield
    lab("down")
    lab("up")


def test_power_is_cut_in_the_middle_of_new(clean_host: LabHost, lab_with_its_snapshot_back: None) -> None:
    """Some domains are stored and reported, others are on their way when the power goes."""
    names = [f"cut{number}" for number in range(BEFORE_THE_CUT + UNDER_WAY)]
    clean_host.run(
        f"mkdir -p /etc/xen && cd /etc/xen && for name in {' '.join(names)}; do "
        """printf 'name = "%s"\\nmemory = 128\\nkernel = "%s"\\nvif = ["bridge=xenbr0"]\\n' """
        """"$name" /srv/guests/vmlinuz >"$name.cfg"; done; sync"""
    )
    reported = names[:BEFORE_THE_CUT]
    in_shell(*(f"new /etc/xen/{name}.cfg" for name in reported))
    under_way = {name: xentui("new", f"/etc/xen/{name}.cfg") for name in names[BEFORE_THE_CUT:]}
    # Each is somewhere between its first write and its last flush.
    time.sleep(float(os.environ.get("XENTUI_CUT_AFTER", "1.5")))
    lab("cut")
    for name, process in under_way.items():
        process.communicate(timeout=240)
        if process.returncode == 0:
            reported.append(name)

    (listed,) = documents(in_shell("list --json"))
    stored = [item["name"] for item in listed if item["managed"]]
    missing = sorted(set(reported) - set(stored))
    assert not missing, f"reported as stored and lost: {missing}"
    assert set(stored) <= set(names)
    shown = documents(in_shell(*(f"show {name} --json" for name in stored)))
    assert [(item["name"], item["damaged"]) for item in shown] == [(name, None) for name in stored]
    histories = documents(in_shell(*(f"history {name} --json" for name in stored)))
    assert [[record["version"] for record in history] for history in histories] == [[1]] * len(stored)
    texts = in_shell(*(f"config {name}" for name in stored))
    assert texts.count("mac=00:16:3e:") == len(stored)
    if len(stored) < len(names):
        in_shell(*(f"new /etc/xen/{name}.cfg" for name in names if name not in stored))
