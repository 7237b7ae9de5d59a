"""When the rows of a live console came: shown in its scrollback by a key, and gone to by a time."""

from __future__ import annotations

import time

from tests.unit.tui.stage import NARROW, Noon, StageHost, stage, talking

LEAVE = "ctrl+right_square_bracket"


async def test_times_stand_before_the_rows_of_the_scrollback_only(noon: Noon) -> None:
    host = noon.host()
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("ready")
        noon.clock.go_on(3723)
        await it.press("x")
        await it.shows("x")
        assert "12:00:00" not in it.screen.split("Domains")[0]
        await it.press(LEAVE, "V", "t")
        await it.shows("12:00:00 ready", "row of 2027-01-15 1")
        await it.press("t")
        await it.hides("12:00:00 ready")
        await it.press("t")
        await it.shows("12:00:00 ready")
        await it.press("enter")
        await it.hides("12:00:00 ready")
        await it.press("t")
        await it.shows("xt")


async def test_a_time_is_gone_to(noon: Noon) -> None:
    host = noon.host()
    host.console = talking("first\r\n" * 3)
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("first")
        noon.clock.go_on(600)
        await it.until(lambda: time.time() > 1_800_014_999)
        await it.press("l")
        await it.shows("l")
        await it.press(LEAVE, "V", "/", *"@12:05", "enter")
        await it.shows("12:10:00 l", "row of 2027-01-15 12:10:00")
        await it.press("/", *"@1m", "enter")
        await it.press("/", *"@27:00", "enter")
        await it.shows("is not a time")


async def test_nothing_since_then_is_said(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("ready")
        await it.press(LEAVE, "V", "/", *"@2099-01-01", "enter")
        await it.shows("nothing was printed since 2099-01-01")
