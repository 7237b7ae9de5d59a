"""Names a guest or file has chosen are shown as they are, and obeyed nowhere."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.unit.tui.stage import StageHost, stage, talking
from tests.unit.tui.test_palette import offered
from xentui.model.domain import Snapshot
from xentui.service.inventory import Inventory
from xentui.tui.app import XentuiApp

MARKUP = "[b]x[/b][@click=app.bell]y[/]"
CONTROL = "a\x1b[31mb\x07\u202ec"
WIDE = "日本語ホスト"
SHOWN = {MARKUP: MARKUP, CONTROL: r"a\u001b[31mb\u0007\u202ec", WIDE: WIDE}


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Gives web1 another name in every snapshot the screen takes."""

    def name(text: str) -> None:
        taken = Inventory._snapshot

        async def renamed(self: Inventory, *read: Any, **options: Any) -> Snapshot:
            snapshot = await taken(self, *read, **options)
            domains = [
                dataclasses.replace(domain, name=text) if domain.name == "web1" else domain
                for domain in snapshot.domains
            ]
            return dataclasses.replace(snapshot, domains=tuple(domains))

        monkeypatch.setattr(Inventory, "_snapshot", renamed)

    return name


@pytest.mark.parametrize("text", [MARKUP, CONTROL, WIDE], ids=["markup", "control", "wide"])
async def test_everywhere(host: StageHost, named: Any, text: str) -> None:
    named(text)
    shown = SHOWN[text]
    async with stage(host, size=(170, 50)) as it:
        app: XentuiApp = it.app
        await it.go(text)
        await it.until(lambda: it.screen.count(shown) == 2)  # list and details
        assert "\x1b" not in it.screen
        await it.press("X")
        await it.shows(f"{shown}: ends at once", f"Type the name to go on: {shown}")
        await it.type("no", "enter")
        await it.shows(f"that is not {shown}")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.press("r")
        await it.shows(f"Rename {shown}")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.press("u")
        await it.until(lambda: f"{shown}: cannot unpause" in it.notice)
        await it.press("p")
        await it.until(lambda: f"{shown}: paused" in it.notice)
        await it.press("ctrl+p")
        await it.until(lambda: len(app.screen_stack) == 2)
        await it.type("domain")
        await it.until(lambda: f"domain {shown}" in offered(it))
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.press("c")
        await it.shows(f"3 {shown[:20]}", f"{shown[:30]} #1")


async def test_a_guests_title_and_colours_stay_in_its_pane(host: StageHost) -> None:
    host.console = talking("\x1b]0;evil\x07\x1b[31mred\x1b[2J\x1b[Hready\r\n[b]not bold[/b]\r\n")
    async with stage(host) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("ready", "[b]not bold[/b]")
        assert "evil" not in it.screen
        assert it.app.title == "xentui"
