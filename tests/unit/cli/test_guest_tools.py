"""``create-image`` from its words: what is said, and where the password goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.simulated import run
from xentui.simulator import control
from xentui.simulator.simulator import Simulator


@pytest.fixture(autouse=True)
def fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """The simulated host of a user of their own, whose time passes at once."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    simulator = Simulator(tmp_path / "xentui" / "sim")
    control.set_speed(simulator, float("inf"))
    return simulator


def test_a_guest_is_made_and_its_password_printed_once(
    fast: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("create-image", "web9", "--dhcp", "--size=64M", "--noswap") == 0
    told = capsys.readouterr()
    (line,) = told.out.splitlines()
    password = line.removeprefix("root password of web9: ")
    assert len(password) == 23 and password not in told.err
    assert "/var/log/xen-tools/web9.log" in told.err
    assert password not in fast.host_path("/var/log/xen-tools/web9.log").read_text()
    assert run("show", "web9", "--json") == 0
    assert json.loads(capsys.readouterr().out)["managed"] is True
    assert run("log") == 0
    audit = capsys.readouterr().out
    assert "xen-create-image --hostname=web9" in audit and password not in audit


@pytest.mark.parametrize("option", ["--ui=text", "--password=secret", "--boot", "--force", "--evms=x"])
def test_an_option_that_is_not_passed_on_is_none(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("create-image", "web9", "--dhcp", option) == 2
    assert "unrecognized arguments" in capsys.readouterr().err
