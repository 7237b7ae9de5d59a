"""Exceptions that nobody has foreseen are told, and end nothing but what raised them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.tui.stage import NARROW, StageHost, stage
from xentui.tui.editor.screen import EditorScreen
from xentui.tui.handlers import views

FAULT = "a fault of xentui itself: ZeroDivisionError"


async def fail(*_arguments: Any, **_options: Any) -> None:
    raise ZeroDivisionError("nobody thought of that")


async def test_of_an_action(host: StageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        monkeypatch.setattr(it.app.here.hypervisor.editing, "open", fail)
        await it.press("e")
        await it.shows(FAULT)
        await it.press("E")
        await it.shows("look at the domain before you repeat what you did")


async def test_of_what_concerns_the_screen_only(host: StageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(host, size=NARROW) as it:
        monkeypatch.setattr(it.app, "ask", fail)
        views.VIEWS["list.sort"](it.app, [])
        await it.shows(FAULT)
        assert it.in_list


async def test_in_the_form_with_all_that_was_typed(host: StageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("web1")
        await it.press("e")
        await it.until(lambda: isinstance(it.app.screen, EditorScreen))
        screen = it.app.screen
        assert isinstance(screen, EditorScreen)
        monkeypatch.setattr(screen, "_leave", fail)
        await it.press("escape")
        await it.shows(FAULT)
        assert it.app.screen is screen
