"""A console that another xentui of the host holds: watched, taken over, and what its holder is told."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.agent.console.test_share_server import Guest, is_shared, shared_by
from tests.unit.tui.stage import NARROW, WIDE, StageHost, stage
from tests.waiting import until
from xentui.agent.console import line_frames
from xentui.agent.console.share_server import ConsoleShare
from xentui.console import sharing
from xentui.console.live import LiveConsole
from xentui.console.sharing import ConsoleSharing, SharedConsole
from xentui.tui.console_tabs import ConsoleTabs

LEAVE = "ctrl+right_square_bracket"
REFUSED = [
    sys.executable,
    "-S",
    "-E",
    "-c",
    "import sys; print('xenconsole: Could not lock /var/lock/xenconsole.1: Resource temporarily unavailable')\n"
    "sys.exit(11)",
]


@pytest.fixture
def guest() -> Guest:
    return Guest()


@pytest.fixture
def holder(host: StageHost, guest: Guest) -> Iterator[tuple[ConsoleShare, list[str]]]:
    """What has the console of web1 until it is asked for, another xentui; and who has asked."""
    asked: list[str] = []
    host.consoles = {"1": REFUSED}

    def taken(who: str) -> None:
        asked.append(who)
        host.consoles = {}
        threading.Thread(target=share.close).start()

    share = shared_by(Path(host.share_folder), guest, taken, domid=1)
    assert share.open()
    yield share, asked
    share.close()


@pytest.fixture
def held(holder: tuple[ConsoleShare, list[str]]) -> list[str]:
    """Another xentui has the console of web1 until it is asked for; who has asked."""
    return holder[1]


@pytest.mark.usefixtures("held")
async def test_what_another_holds_is_watched(host: StageHost, guest: Guest) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("held by", "w watch · t take over · Ctrl-] list")
        await it.press("w")
        await it.shows("before", "watching, held by")
        guest.prints(b"and after")
        await it.shows("and after")
        await it.press("x")
        await it.shows("cannot type into the guest: it is watched only, t takes over")
        await it.press(LEAVE, "K")
        await it.shows("left the console of web1")


async def test_it_is_taken_over_after_a_question(host: StageHost, held: list[str]) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("t take over")
        await it.press("t")
        await it.shows("Take over the console of web1?", "held by", "The present user is told, and loses it.")
        await it.press("enter")
        await it.hides("Take over the console")
        assert held == []
        await it.press("t")
        await it.shows("Take over the console of web1?")
        await it.press("y")
        await it.shows("ready", "web1 #1 attached")
        assert len(held) == 1


async def test_what_is_watched_is_taken_over_after_the_same_question(
    host: StageHost, held: list[str]
) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("w watch")
        await it.press("w")
        await it.shows("watching, held by", "t take over · Ctrl-] leaves")
        await it.press("t")
        await it.shows("Take over the console of web1?", "held by", "The present user is told, and loses it.")
        await it.press("escape")
        await it.hides("Take over the console")
        assert held == []
        await it.shows("watching, held by")
        await it.press("t")
        await it.shows("Take over the console of web1?")
        await it.press("y")
        await it.shows("ready", "web1 #1 attached")
        assert len(held) == 1
        await it.press("x", "t")
        await it.shows("xt")


@pytest.mark.usefixtures("held")
async def test_what_is_watched_is_said_to_be_watched_and_not_typed_into(
    host: StageHost, guest: Guest
) -> None:
    async with stage(host, size=WIDE) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("w watch")
        await it.press("w")
        await it.shows("before", "watching, held by", "t take over · Ctrl-] leaves")
        await it.press(LEAVE)
        await it.shows("c watch · V scrollback")
        assert "c type" not in it.screen
        await it.press("V")
        await it.shows("Enter watch")
        assert "Enter type" not in it.screen
        await it.press("/", *"before", "enter")
        await it.shows("1 of 1")
        await it.press("enter")
        await it.shows("t take over")
        guest.prints(b"and after")
        await it.shows("and after")
        await it.press(LEAVE, "c")
        await it.shows("t take over")


async def test_the_holder_is_told_who_has_taken_it(host: StageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "asker", lambda **_: "eve on pts/4")
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("ready")
        folder = Path(host.share_folder)
        await it.until(lambda: is_shared(folder, 1))
        await ConsoleSharing(host).take_over(SharedConsole("web1", 1))
        await it.until(lambda: it.app.here.hub.all()[0].ended)
        await it.shows("taken over by eve on pts/4")
        assert not is_shared(folder, 1)


async def test_what_is_not_shared_offers_neither(host: StageHost) -> None:
    host.consoles = {"1": REFUSED}
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("held by", "Enter attaches again")
        assert "w watch" not in it.screen
        await it.press("w", "t")
        await it.settled()
        assert "Take over" not in it.screen


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (line_frames.LEFT, "its holder has left it"),
        (line_frames.CUT, "its holder was cut off"),
        (line_frames.OVER, "the console has ended"),
    ],
)
async def test_that_it_is_watched_no_more_is_told_in_the_list_and_on_its_tab(
    host: StageHost, holder: tuple[ConsoleShare, list[str]], code: int, why: str
) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("w watch")
        await it.press("w")
        await it.shows("before", "watching, held by")  # one that is not connected yet finds nobody later
        await it.press(LEAVE)
        await it.shows("3 web1")
        assert "web1†" not in it.screen
        await asyncio.to_thread(holder[0].close, code)
        await it.shows(f"web1 is no longer watched: {why}", "3 web1*†")
        await it.press("3")
        await it.shows(f"web1 #1 ended: {why} · Enter attaches again · Ctrl-] list")


@pytest.mark.usefixtures("held")
async def test_no_script_types_into_what_is_watched(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("w watch")
        await it.press("w")
        await it.shows("watching, held by")
        await it.press(LEAVE, ":")
        await it.type("console web1 --send x", "enter")
        await it.shows("cannot type into the guest: this console is only watched")


@pytest.mark.usefixtures("held")
async def test_who_looks_around_in_what_another_holds_gets_the_keys_for_that(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("V")
        await it.shows("held by", "w watch · t take over · Ctrl-] list")
        await it.press("w")
        await it.shows("before", "watching, held by")


@pytest.mark.usefixtures("held")
async def test_that_it_is_held_may_be_known_before_it_is_shown(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    attached = ConsoleTabs._attached

    async def late(self: ConsoleTabs, *words: Any) -> LiveConsole:
        live = await attached(self, *words)
        await until(lambda: live.ended and live.shared)
        return live

    monkeypatch.setattr(ConsoleTabs, "_attached", late)
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("V")
        await it.shows("held by", "w watch · t take over · Ctrl-] list")
