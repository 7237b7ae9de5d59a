"""What the screen keeps from one session to the next, and how one changes from host to host."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.unit.tui.stage import Stage, StageHost, stage
from xentui.settings import NamedHost, state_folder
from xentui.tui import state_file
from xentui.tui.session_state import SIMULATED
from xentui.tui.state_file import KeptHabits, KeptView


def test_what_is_kept_is_there_again_and_nobody_elses_to_read() -> None:
    assert state_file.load("xen1") == KeptHabits()
    assert not state_folder().exists(), "looking leaves nothing behind"
    made = KeptHabits("light", "dark", True, KeptView("mem", True, "state:off", "uuid", False))
    state_file.save("xen1", made)
    state_file.save("xen2", KeptHabits("contrast", ""))
    assert state_file.load("xen1").view == made.view
    assert state_file.load("xen2") == KeptHabits("contrast", "")
    file = state_folder() / "screen.json"
    assert (file.stat().st_mode & 0o777, state_folder().stat().st_mode & 0o777) == (0o600, 0o700)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"hosts": 3}', '{"hosts": {"xen1": []}}', "[" * 100_000, '{"theme": 7}', "\xff"],
)
def test_a_damaged_file_costs_nothing(text: str) -> None:
    state_file.save("xen1", KeptHabits("light"))
    file = state_folder() / "screen.json"
    file.write_bytes(text.encode("latin-1"))
    assert state_file.load("xen1") == KeptHabits()
    state_file.save("xen1", KeptHabits("light", "", False, KeptView("mem")))
    assert state_file.load("xen1").view.sort == "mem"


@pytest.mark.parametrize(
    ("key", "value"),
    [("sort", 3), ("filter", "x" * 100_000), ("reverse", "yes"), ("selected", None), ("details", 0)],
)
def test_what_makes_no_sense_costs_only_itself(key: str, value: object) -> None:
    state_file.save("xen1", KeptHabits("light"))
    file = state_folder() / "screen.json"
    table = json.loads(file.read_text())
    table["hosts"]["xen1"][key] = value
    file.write_text(json.dumps(table))
    assert state_file.load("xen1") == KeptHabits("light")


def test_a_file_that_is_not_ones_own_is_neither_read_nor_written(tmp_path: Path) -> None:
    state_file.save("xen1", KeptHabits("light"))
    file, elsewhere = state_folder() / "screen.json", tmp_path / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    assert state_file.load("xen1") == KeptHabits()
    state_file.save("xen1", KeptHabits("contrast"))
    assert elsewhere.read_bytes() == before


def test_hosts_nobody_looks_at_any_more_are_forgotten() -> None:
    for number in range(state_file._HOSTS + 5):
        state_file.save(f"xen{number}", KeptHabits(view=KeptView("mem")))
    assert state_file.load("xen0") == KeptHabits()
    assert state_file.load(f"xen{state_file._HOSTS + 4}").view.sort == "mem"


async def test_the_list_is_as_it_was_left(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("/")
        await it.type("web", "enter")
        await it.go("web2")
        it.app.main.table.sort_by("memory", reverse=False)
        await it.press("d")
    async with stage(host) as it:
        await it.shows("filter web: 2 of 12")
        assert it.current == "web2"
        assert it.app.main.table.sort == ("memory", False)
        assert it.app.main.has_class("-no-details")
        await it.press("escape")
        await it.until(lambda: len(it.names) == 13)


async def test_the_theme_is_kept_until_another_is_configured(host: StageHost) -> None:
    async with stage(host, settings={"theme": "dark"}) as it:
        await it.press("T")
        await it.shows("theme: ")
        chosen = it.app.theme
        assert chosen != "xentui-dark"
    async with stage(host, settings={"theme": "dark"}) as it:
        assert it.app.theme == chosen
    async with stage(host, settings={"theme": "contrast"}) as it:
        assert it.app.theme == "xentui-contrast"


@pytest.mark.parametrize(("notice", "again"), [("", False), ("no dom0: using the simulator", True)])
async def test_a_simulated_host_says_so_until_that_is_dismissed(
    host: StageHost, notice: str, again: bool
) -> None:
    async with stage(host, simulated=True, notice=notice) as it:
        await it.shows(SIMULATED, *([f"{notice}; @ changes the host"] if notice else []))
        await it.press("escape")
        await it.hides(SIMULATED)
    async with stage(host, simulated=True, notice=notice) as it:
        assert (SIMULATED in it.lines[0]) is again
    async with stage(host) as it:
        assert SIMULATED not in it.lines[0]


async def _by_line(it: Stage) -> None:
    await it.command("host xen9")


async def _by_key(it: Stage) -> None:
    await it.press("@")
    await it.shows("Change host", "xen9", "this one")
    await it.press("home", "enter")


@pytest.mark.parametrize("way", [_by_line, _by_key])
async def test_another_host_is_gone_on_with(host: StageHost, way: Callable[[Stage], Awaitable[None]]) -> None:
    async with stage(host, settings={"hosts": {"xen9": NamedHost("sim:other")}}) as it:
        await it.command("host nothing")
        await it.shows("is not a host")
        assert it.app.next_host is None
        await way(it)
        await it.until(lambda: it.app.next_host is not None)
        chosen = it.app.next_host
        assert chosen is not None and chosen.simulated and chosen.host.name == "xen9"
        await it.until(lambda: it.app._exit)


async def test_a_theme_that_changes_nothing_is_told(host: StageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with stage(host) as it:
        await it.press("T")
        await it.shows("NO_COLOR is set: no theme changes anything")
