"""What is painted first: the list, where the host is quick; without it, where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.design import ColorSystem

from tests.unit.tui.looks import rows
from tests.unit.tui.stage import StageHost, stage, until
from xentui.hosts.base import Completed
from xentui.settings import Settings
from xentui.tui.app import XentuiApp
from xentui.tui.screens import first_screen, main
from xentui.tui.screens.main import MainScreen


class Painted:
    """How many rows and columns the list had each time the main screen was painted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: list[int] = []
        self.columns: list[int] = []
        paint = MainScreen._compositor_refresh

        def painted(screen: MainScreen) -> None:
            if not screen._painting_held:
                self.rows.append(len(screen.table.model.entries))
                self.columns.append(screen.table.painter.width)
            paint(screen)

        monkeypatch.setattr(MainScreen, "_compositor_refresh", painted)


class Silent(StageHost):
    """A host that never answers."""

    async def run(self, argv: Sequence[str], **_: Any) -> Completed:
        await asyncio.Event().wait()
        raise AssertionError


async def test_the_list_is_in_the_first_paint(host: StageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "_FIRST_PAINT", 600)  # however busy the machine is
    painted = Painted(monkeypatch)
    async with stage(host) as it:
        await it.shows("web1")
    assert painted.rows[0] == 13
    assert painted.columns[0] > 0, "it knows its size: nothing is painted that is painted again at once"


async def test_the_list_is_on_its_way_to_the_terminal_before_more_is_asked(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_screen, "_SENDING", 600)
    async with stage(host) as it:
        await it.shows("web1")
        await it.app.main.painted.wait()
        assert host.ran == [("xl", "list", "-v")]
        assert host.streams == {}


async def test_the_variables_of_the_styles_are_made_for_the_first_theme_only(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    generate = ColorSystem.generate

    def generated(system: ColorSystem) -> dict[str, str]:
        made.append("once")
        return generate(system)

    monkeypatch.setattr(ColorSystem, "generate", generated)
    async with stage(host) as it:
        await it.shows("web1")
    assert made == ["once"]


async def test_a_host_that_keeps_silent_holds_nothing_back(tmp_path: Path) -> None:
    app = XentuiApp(Silent(tmp_path / "sim", domains=12), Settings())
    async with app.run_test() as pilot:
        await until(lambda: app.main.keys.region.height == 1)
        assert app.here.host_state.snapshot is None
        await pilot.pause(0)
        assert any(row.strip() for row in rows(app)), "the lines around the list are there"


async def test_what_the_list_is_shown_without_is_made_soon_after(host: StageHost) -> None:
    async with stage(host) as it:
        await it.shows("web1")
        await it.until(lambda: it.app.main.complete)


async def test_a_key_does_not_wait_for_it(host: StageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xentui.tui.app._COMPLETE_AFTER", 600)
    async with stage(host) as it:
        await it.shows("web1")
        await it.press("/")
        await it.type("db1")
        await it.hides("web1")
