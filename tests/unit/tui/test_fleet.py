"""Hosts side by side on the screen, and what is done from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.tui.looks import Look
from tests.unit.tui.stage import NARROW, Noon, StageHost, stage
from tests.unit.tui.test_hosts import go
from tests.unit.tui.test_looks import colour, scene
from xentui.model.drain import DrainedGuest, DrainWay
from xentui.service.hypervisor import Hypervisor
from xentui.simulator import control

__all__ = ["colour"]


@pytest.fixture
def hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[StageHost, StageHost]:
    """Two simulated hosts that are neighbours: one has a guest's file, the other has nothing."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    first = StageHost(tmp_path / "xentui" / "sim-a", name="sim:a")
    first.guest("web", type='"pvh"', vif="['bridge=xenbr0']")
    return first, StageHost(tmp_path / "xentui" / "sim-b", name="sim:b")


async def test_the_hosts_are_lines_and_one_that_is_away_says_so(hosts: tuple[StageHost, StageHost]) -> None:
    first, second = hosts
    control.vanish(second.simulator)
    async with stage(first, beside=[second], size=NARROW) as it:
        await it.press("%")
        await it.shows("Hosts: 1 of 2 up", "Promised", "sim:a", "the simulated host is away", "Xen 4.17.7")
        await it.press("down")
        await it.shows("sim:b: is away")
        control.come_back(second.simulator)
        await it.press("f5")
        await it.shows("Hosts: 2 of 2 up")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_typed_as_a_command_it_is_the_same(hosts: tuple[StageHost, StageHost]) -> None:
    async with stage(hosts[0], size=NARROW) as it:
        await it.command("fleet")
        await it.shows("Hosts: 1 of 1 up")


async def test_a_host_is_emptied_from_there_and_brought_back(hosts: tuple[StageHost, StageHost]) -> None:
    first, second = hosts
    async with stage(first, beside=[second], size=NARROW) as it:
        await it.command("create /etc/xen/web.cfg")
        await it.until(lambda: "web" in it.names)
        await it.press("%")
        await it.shows("Hosts: 2 of 2 up")
        await it.press("d")
        await it.shows("drain sim:a")
        await it.press("enter")
        await it.shows("Empty sim:a like that?", "web  moves to sim:b")
        await it.press("y")
        await it.until(lambda: "web" in names(second) and "web" not in names(first))
        await it.shows("note  sim:a: is empty (L tells more)")
        assert it.in_list
        await it.command("undrain sim:a --yes")
        await it.until(lambda: "web" in names(first) and "web" not in names(second))


async def test_escape_on_the_line_leads_back_to_the_hosts_where_it_was_begun(
    hosts: tuple[StageHost, StageHost],
) -> None:
    first, second = hosts
    async with stage(first, beside=[second], size=NARROW) as it:
        await it.press("%")
        await it.shows("Hosts: 2 of 2 up")
        await it.press("down", "u")
        await it.shows("undrain sim:b")
        await it.press("escape")
        await it.shows("Hosts: 2 of 2 up", "sim:b: is up")
        await it.press("d")
        await it.shows("drain sim:b")
        await it.press("escape", "escape")
        await it.until(lambda: it.in_list)
        await it.press(":", "escape")
        await it.until(lambda: it.in_list)


async def test_a_drain_that_broke_off_is_told_in_the_list_and_beside_the_hosts(
    hosts: tuple[StageHost, StageHost],
) -> None:
    first, second = hosts
    async with Hypervisor(first, user="ann@desk") as it:
        await it.definitions.new("/etc/xen/web.cfg")
        await it.lifecycle.start(await it.inventory.find("web"))
        uuid = (await it.inventory.find("web")).uuid
        planned = DrainedGuest(uuid, "web", DrainWay.MOVE, "sim:b", begun=False)
        await it.session.store.write_drain(0, (planned,), user="ann@desk")
    async with stage(first, beside=[second], size=NARROW) as screen:
        await screen.shows("sim:a · 1 up of 1 · drain broke off, 1 left")
        await screen.press("%")
        await screen.shows("! sim:a: the drain broke off (ann@desk, ", "`undrain` brings", "1 left: web;")
        await screen.press("u", "enter")
        await screen.shows("nothing was taken off it, and what was left to do is forgotten")
        await screen.hides("drain broke off")


async def test_what_a_drain_moves_is_no_alarm(hosts: tuple[StageHost, StageHost]) -> None:
    first, second = hosts
    async with stage(first, beside=[second], size=NARROW) as it:
        await it.command("create /etc/xen/web.cfg")
        await it.until(lambda: "web" in it.names)
        await it.command("drain sim:a --yes")
        await it.until(lambda: "web" in names(second) and "web" not in names(first))
        await it.shows("sim:a: is empty")
        await it.quiet()
        await it.still()
        assert "has stop" not in it.screen
        assert not [told for told in it.app.notifications.errors if "web" in told.error.headline]


async def test_a_plan_that_is_declined_is_a_note_and_no_error(hosts: tuple[StageHost, StageHost]) -> None:
    first, second = hosts
    async with stage(first, beside=[second], size=NARROW) as it:
        await it.command("create /etc/xen/web.cfg")
        await it.until(lambda: "web" in it.names)
        await it.command("drain sim:a")
        await it.shows("Empty sim:a like that?")
        await it.press("enter")
        await it.shows("note  sim:a: drain sim:a: cancelled, nothing was done")
        await it.press("E")
        await it.shows("no errors so far")
        assert "web" in names(first)


async def test_a_drain_that_fails_says_first_what_has_failed_and_not_the_plan(
    hosts: tuple[StageHost, StageHost],
) -> None:
    first, second = hosts
    control.cut_migrations(first.simulator, "copy")
    async with stage(first, beside=[second], size=NARROW) as it:
        await it.command("create /etc/xen/web.cfg")
        await it.until(lambda: "web" in it.names)
        await it.command("drain sim:a --yes")
        await it.shows("error  sim:a: is not empty: web: `xl migrate` failed")
        await it.press("E")
        await it.shows("sim:a: is not empty: web: `xl migrate` failed", "web: was not moved to sim:b")
        assert it.screen.index("was not moved") < it.screen.index("1 moves")
        assert "goes on from here" in it.screen


async def test_what_could_be_shut_down_is_named_before_the_plan_and_the_rest_is_reached_by_a_key(
    hosts: tuple[StageHost, StageHost],
) -> None:
    first, second = hosts
    async with Hypervisor(first, user="admin@desk") as it:
        for number in range(14):
            await it.definitions.new(first.guest(f"old{number}", type='"pv"'))
            await it.lifecycle.start(await it.inventory.find(f"old{number}"))
    async with stage(first, beside=[second], size=NARROW) as screen:
        await screen.until(lambda: "old9" in screen.names)
        await screen.command("drain sim:a")
        await screen.shows("Shut down these 14 instead?", "(PgDn shows more)", "could be shut down: old0,")
        await screen.hides("old9   stays")
        await screen.press("pagedown", "pagedown", "pagedown")
        await screen.shows("old9   stays")


async def test_a_dry_run_of_another_host_is_one(hosts: tuple[StageHost, StageHost]) -> None:
    first, second = hosts
    async with stage(second, beside=[first], size=NARROW) as it:
        await it.command("create /etc/xen/web.cfg --host sim:a")
        await first.run(["xl", "create", "/etc/xen/web.cfg"])
        await it.command("drain sim:a --dry-run --yes")
        await it.settled()
        assert "web" in names(first)


async def test_where_a_domain_fits_is_offered_with_the_key_that_migrates_it(
    hosts: tuple[StageHost, StageHost],
) -> None:
    first, second = hosts
    async with stage(first, beside=[second], size=NARROW) as it:
        await it.command("new /etc/xen/web.cfg")
        await it.until(lambda: "web" in it.names)
        await go(it, "sim:a", "web")
        await it.press("ctrl+t")
        await it.shows("Migrate web", "sim:b  ✓ fits", "MiB free then")
        await it.press("down", "enter")
        await it.shows("Migrate web to sim:b", "nothing is in the way")
        await it.press("enter")
        await it.shows("is on sim:b now")
        there = it.app.hosts["sim:b"]
        there.poller.poke()
        await it.until(lambda: any(event.name == "web" for event in there.host_state.events))
        assert all(event.own for event in there.host_state.events), (
            "asked for here, though the other host did it"
        )


async def test_where_it_does_not_fit_the_reason_is_there_before_anything_is_typed(
    hosts: tuple[StageHost, StageHost],
) -> None:
    first, second = hosts
    control.break_host(second.simulator, "bridges")
    async with stage(first, beside=[second], size=NARROW) as it:
        await it.command("new /etc/xen/web.cfg")
        await it.until(lambda: "web" in it.names)
        await go(it, "sim:a", "web")
        await it.press("ctrl+t")
        await it.shows("sim:b  ✗ stopped by bridge")


def names(host: StageHost) -> str:
    return host.simulator.run(("xl", "list")).stdout.decode()


async def test_how_it_looks(noon: Noon, look: Look, colour: str) -> None:
    other = StageHost(noon.folder / "sim-b", domains=6, clock=noon.clock, name="other")
    control.break_host(other.simulator, "pygrub")
    async with scene(noon.host(), look, colour, beside=[other]) as camera:
        await camera.it.press("%")
        await camera.it.shows("Hosts: 2 of 2 up", "different Xen")
        await camera.take("hosts")
