"""What happens on the host shows by itself: by events, by polling, and when the host hangs or goes away."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.unit.tui.stage import Clock, StageHost, stage
from xentui.simulator import control


async def test_what_others_do_with_plain_xl_shows_on_events(host: StageHost) -> None:
    async with stage(host) as it:
        it.app.feed._watcher._interval = 1000.0
        await it.until(lambda: "xenstore-watch" in host.streams)
        await it.settled()
        await host.run(["xl", "destroy", "web1"])
        host.streams["xenstore-watch"].say("@releaseDomain")
        await it.until(lambda: it.state("web1") == "off")
        await it.go("web1")
        await it.shows("- off", "→ off")
        assert it.app.feed.on_events


async def test_and_without_events_by_polling(host: StageHost) -> None:
    async with stage(host) as it:
        await host.run(["xl", "pause", "web1"])
        await it.until(lambda: it.state("web1") == "paused")


async def test_load_figures_come_from_one_long_running_xentop(host: StageHost) -> None:
    async with stage(host) as it:
        await it.until(lambda: "xentop" in host.streams)
        for line in XENTOP:
            host.streams["xentop"].say(line)
        await it.until(lambda: "web1" in it.app.picture.loads)
        assert it.app.picture.loads["web1"].cpu_percent == 50.0
        await it.until(lambda: any("web1" in line and " 50 " in line for line in it.lines))


_HEAD = (
    "      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS"
    "   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID"
)
_ROW = (
    "      web1 -----r        {} {}    1048576    3.1 1049600 3.1     2    1      {}       0    1 0 0 0 0 0 0"
)
XENTOP = (
    _HEAD,
    _ROW.format(10, "0.0", 0),
    _HEAD,
    _ROW.format(11, "50.0", 4),
    _HEAD,
    _ROW.format(12, "50.0", 8),
    _HEAD,
)


async def test_a_host_that_hangs_is_greyed_with_age_and_reason_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    host = StageHost(tmp_path / "sim", domains=12, clock=clock)
    async with stage(host) as it:
        control.hang(host.simulator, 300)
        it.app.feed.poke()
        clock.go_on(30)
        await it.shows("the host does not answer – as of ")
        assert it.app.main.table.greyed
        await it.press("down")
        assert it.current == "archive"
        clock.go_on(300)
        await it.shows("7 up of 12")
        assert not it.app.main.table.greyed


async def test_a_host_that_goes_away_says_so_and_comes_back(host: StageHost) -> None:
    async with stage(host) as it:
        control.vanish(host.simulator)
        it.app.feed.poke()
        await it.shows("the simulated host is away – as of ")
        assert it.app.main.table.greyed
        await it.go("web1")
        await it.press("p")
        await it.shows("tells more")
        await it.press("E")
        await it.shows("the simulated host is away", "→ `xentui sim return` brings it back.")
        await it.press("escape")
        control.come_back(host.simulator)
        await it.until(lambda: not it.app.main.table.greyed)
        await it.shows("7 up of 12")


async def test_a_host_that_never_answered_says_why_there_is_no_list(host: StageHost) -> None:
    control.vanish(host.simulator)
    async with stage(host) as it:
        await it.shows("The host does not answer.", "the simulated host is away")


async def test_f5_looks_at_once(host: StageHost) -> None:
    async with stage(host) as it:
        it.app.feed._watcher._interval = 1000.0
        await it.press("f5")
        await it.settled()
        await host.run(["xl", "pause", "web1"])
        await it.press("f5")
        await it.until(lambda: it.state("web1") == "paused")
