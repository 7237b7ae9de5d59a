"""Moving a domain to another host from the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Button

from tests.seeded import seed
from tests.unit.tui.stage import NARROW, Stage, StageHost, stage
from xentui.simulator import control
from xentui.simulator.simulator import Simulator


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StageHost:
    """A simulated host with a guest's file, and another beside it that config.toml names."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    config = tmp_path / "config" / "xentui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[hosts.second]\naddress = "sim:b"\n')
    made = StageHost(tmp_path / "xentui" / "sim-a")
    seed(tmp_path / "xentui" / "sim-b", domains=0)
    made.guest("web", type='"pvh"', vif="['bridge=xenbr0']")
    return made


def other(tmp_path: Path) -> Simulator:
    return Simulator(tmp_path / "xentui" / "sim-b")


async def looked(it: Stage, *, typed: str = "") -> None:
    """Have both hosts looked at: the only other one is offered, and may be typed over."""
    await it.command("new /etc/xen/web.cfg")
    await it.until(lambda: "web" in it.names)
    await it.go("web")
    await it.press("ctrl+t")
    await it.shows("Migrate web", "While it is off", "second, or ssh://root@host")
    if typed:
        await it.type(typed)
    await it.press("enter")
    await it.shows("Migrate web to second")


async def test_a_domain_moves_after_both_hosts_were_looked_at(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await looked(it)
        await it.shows("nothing is in the way")
        await it.press("enter")
        await it.until(lambda: "web" not in it.names)
        await it.until(lambda: it.in_list)
        await it.shows("web: is on second now")


async def test_what_stops_it_is_said_and_the_button_is_dim(host: StageHost, tmp_path: Path) -> None:
    control.break_host(other(tmp_path), "bridges")
    async with stage(host, size=NARROW) as it:
        await looked(it, typed="second")
        await it.shows("bridge: second has no bridge xenbr0", "cannot migrate: stopped by bridge")
        assert it.app.screen.query_one("#accept", Button).disabled
        await it.press("y")
        await it.shows("cannot migrate: stopped by bridge")
        await it.press("escape")
        await it.shows("To host")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert "web" in it.names


async def test_what_a_cut_has_left_is_told_and_mended_by_the_same_key(
    host: StageHost, tmp_path: Path
) -> None:
    control.cut_migrations(host.simulator, "go")
    async with stage(host, size=NARROW) as it:
        await it.command("create /etc/xen/web.cfg")
        await it.until(lambda: "web" in it.names)
        await host.run(["xl", "migrate", "web", "sim-b"])
        await it.press("f5")
        await it.until(lambda: "web--migratedaway" in it.names)
        await it.go("web--migratedaway")
        await it.press("X")
        await it.shows("Destroy, and lose it")
        await it.press("down", "enter")
        await it.shows("`:migrate --mend web HOST` looks at both hosts")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.press("ctrl+t")
        await it.shows(
            "Mend the migration of web--migratedaway", "Both hosts are asked which half is the guest"
        )
        await it.type("second", "enter")
        await it.shows("End the migration of web", "1. destroy the half on second", "2. let the guest go on")
        await it.press("y")
        await it.until(lambda: "web" in it.names and "web--migratedaway" not in it.names)
        await it.until(lambda: it.in_list)
    listed = other(tmp_path).run(("xl", "list")).stdout.decode().splitlines()
    assert len(listed) == 2, listed
