"""One screen on the lab's two hosts, over SSH."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.scenarios.two_hosts_scenario import consoles_of_two_hosts
from tests.xen.conftest import LAB, LabHost
from tests.xen.test_screen import LabScreenWorld

pytestmark = pytest.mark.long
NAMES = ("xen-a", "xen-b")


@pytest.fixture
def worlds() -> Iterator[tuple[LabScreenWorld, LabScreenWorld, LabScreenWorld]]:
    """Both hosts, each at the end of a line that can be cut, and a second line to the second."""
    with ExitStack() as kept:
        made: list[LabScreenWorld] = []
        folder = kept.enter_context(tempfile.TemporaryDirectory(prefix="xentui-two-", dir="/tmp"))
        for name in ("a", "b", "b"):
            told = subprocess.run([LAB, "env", name], capture_output=True, text=True, check=True).stdout
            values = dict(word.partition("=")[::2] for word in shlex.split(told) if "=" in word)
            lab = LabHost(tuple(shlex.split(values["XENTUI_LAB_SSH"])), Path(folder) / f"ssh-{len(made)}")
            kept.callback(lab.disconnect)
            if lab.run(["xl", "list"], check=False).returncode:
                pytest.skip("needs both hosts of the lab: tests/lab/lab up a, tests/lab/lab up b")
            lab.clean()
            kept.callback(lab.clean)
            own = kept.enter_context(tempfile.TemporaryDirectory(prefix="xentui-two-", dir="/tmp"))
            world = LabScreenWorld(lab, own, values["XENTUI_LAB_HOST"])
            kept.callback(world.close)
            made.append(world)
        one, two, admin = made
        config = Path(one.environment["XDG_CONFIG_HOME"], "xentui", "config.toml")
        config.parent.mkdir()
        config.write_text(
            "".join(
                f'[hosts.{name}]\naddress = "{world.host}"\n'
                for name, world in zip(NAMES, (one, two), strict=True)
            ),
            encoding="utf-8",
        )
        yield one, two, admin


def test_consoles_of_two_hosts(worlds: tuple[LabScreenWorld, LabScreenWorld, LabScreenWorld]) -> None:
    """Side by side; one host's line is cut and mended; another admin watches, and each takes it from the other."""
    consoles_of_two_hosts(*worlds, ",".join(NAMES))
