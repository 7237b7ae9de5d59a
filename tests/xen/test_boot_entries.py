"""What `boot-entries` reads out of the lab's disks is what pygrub reads there."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.xen.conftest import COMMAND_SECONDS, LabHost

IMAGES = ("guest-menulst.img", "guest-grubcfg.img", "guest-bios.img")


def pygrub(lab: LabHost, path: str) -> list[dict[str, str]]:
    """The entries ``pygrub -l`` prints: a line with the title, and one each for what the entry has."""
    found: list[dict[str, str]] = []
    for line in lab.run(["pygrub", "-l", path]).stdout.splitlines():
        key, colon, value = line.partition(": ")
        if key == "title" and colon:
            found.append({"title": value})
        elif found and line.startswith("  ") and colon:
            found[-1][key.strip()] = value
    return found


@pytest.mark.parametrize("image", IMAGES)
def test_the_entries_are_those_pygrub_finds(lab_host: LabHost, image: str) -> None:
    path = f"/srv/guests/{image}"
    command = [sys.executable, "-m", "xentui", "--host", os.environ["XENTUI_LAB_HOST"]]
    done = subprocess.run(
        [*command, "boot-entries", path, "--json"],
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    ours = [
        {
            "title": entry["title"],
            "kernel": entry["kernel"],
            "args": entry["args"],
            "initrd": " ".join(entry["initrd"]),
        }
        for entry in json.loads(done.stdout)["entries"]
    ]
    theirs = [
        {key: entry.get(key, "") for key in ("title", "kernel", "args", "initrd")}
        for entry in pygrub(lab_host, path)
    ]
    assert theirs, "pygrub finds none"
    assert ours == theirs
