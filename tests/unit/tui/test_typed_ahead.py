"""Keys typed ahead, all at once as over a slow line, are for what comes up, never for the list below it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from textual.widgets import Input

from tests.unit.tui.stage import Stage, StageHost, stage
from tests.unit.tui.test_form import editing, section
from xentui.commands.completion import Candidate
from xentui.tui.dialogs import field
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.widgets.completions import CompletionResult


@pytest.mark.parametrize("key", ["X", "m", "r", "w", "+", "i", "n", "C", "W", "v"])
async def test_into_a_dialog(host: StageHost, key: str) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press(key, *"SpzRDasX*!")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        assert host.did == []
        assert it.marked == []
        assert not it.app.jobs.all


async def test_into_the_question_about_several(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "web2")
        await it.press("S", "p", "z", "R")
        await it.shows("Shut down 2 domains?")
        await it.press("n")
        await it.until(lambda: it.in_list)
        assert host.did == []


async def test_no_typed_ahead_is_no(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "web2")
        await it.press("S", "n")
        await it.until(lambda: it.in_list)
        await it.settled()
        assert host.did == []


@pytest.mark.parametrize("key", [":", "/"])
async def test_into_a_prompt(host: StageHost, key: str) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press(key, *"SpzRDasX*!q")
        await it.until(lambda: it.app.main.prompt.line.value == "SpzRDasX*!q")
        assert host.did == []
        assert it.marked == []


async def test_into_a_list_to_choose_from(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("o", "S", "p", "z")
        await it.shows("Sort by")
        assert host.did == []


async def test_into_help_and_log(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        for key in ("?", "L"):
            await it.press(key, *"SpzX")
            await it.until(lambda: len(it.app.screen_stack) == 2)
            await it.press("escape")
            await it.until(lambda: it.in_list)
        assert host.did == []


async def test_into_the_palette(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("ctrl+p", "S", "p", "z")
        await it.until(lambda: len(it.app.screen_stack) == 2)
        assert host.did == []


async def test_into_a_console(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("c", "S", "p", "z")
        await it.shows("ready")
        await it.settled()
        assert host.did == ["xl console 1"]


async def test_into_a_console_the_command_line_opens(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("backup")
        _held(it).set()
        await it.press(":", *"console", "space", *"web1", "enter", "S", "p", "z")
        await it.shows("ready", "Spz")
        assert host.did == ["xl console 1"]


async def test_into_the_question_of_the_command_line(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web2")
        await it.press(":", *"destroy", "space", *"web1", "enter", "p", "z", "S")
        await it.shows("Destroy web1?")
        await it.press("n")
        await it.until(lambda: it.in_list)
        await it.settled()
        assert host.did == []


async def test_what_the_command_line_asks_nothing_of_keeps_no_key(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("backup")
        await it.press(":", *"start", "space", *"backup", "enter", "k")
        await it.until(lambda: it.current != "backup")


async def test_into_a_console_the_palette_opens(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        _held(it).set()
        await it.press("ctrl+p", *"consoles:", "space", *"console", "enter", "S", "p", "z")
        await it.shows("ready", "Spz")
        assert host.did == ["xl console 1"]


async def test_up_and_down_in_the_palette(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("ctrl+p", *"domain", "space", *"web", "down", "up", "down", "enter")
        await it.until(lambda: it.in_list and it.current == "web2")


async def test_where_nothing_was_typed_meanwhile_no_keys_are_said_to_be_lost(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(host) as it:
        await it.go("web1")
        held = _held(it)
        monkeypatch.setattr("xentui.tui.typeahead.READING", 0.1)
        await it.press("c")
        await it.shows("the host is slow: the action continues in the background")
        held.set()
        await it.shows("ready")


async def test_what_comes_too_late_gets_no_keys_and_neither_does_the_list(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(host) as it:
        await it.go("web1")
        held = _held(it)
        monkeypatch.setattr("xentui.tui.typeahead.READING", 0.1)
        await it.press("c", "S", "p", "z")
        await it.shows("keys typed meanwhile were dropped")
        assert not host.did
        held.set()
        await it.shows("ready")
        assert host.did == ["xl console 1"]
        await it.press("a", "b")
        await it.shows("ready", "ab")
        assert "Sp" not in it.screen


def _held(it: Stage) -> asyncio.Event:
    """Let consoles open only some time after the event is set."""
    may, attach = asyncio.Event(), it.app.here.hub.open

    async def later(**arguments: Any) -> Any:
        await may.wait()
        await asyncio.sleep(0.3)
        return await attach(**arguments)

    it.app.here.hub.open = later  # type: ignore[method-assign]
    return may


TYPED = {
    "Tab behind what has no rest": (["x", "tab", "y"], {"target": "x", "vdev": "y"}),
    "Tab and a move": (["x", "tab", "down", "r"], {"target": "x", "vdev": "xvdc", "access": "r"}),
    "Tab, Tab": (["x", "tab", "tab", "r"], {"target": "x", "vdev": "xvdc", "access": "r"}),
    "there and back": (
        ["x", "down", "y", "down", "z", "shift+tab", "v"],
        {"target": "x", "vdev": "v", "access": "z"},
    ),
    "a rest that is known": ([*"/srv/da", "tab", "1"], {"target": "/srv/data1", "vdev": "xvdc"}),
}


@pytest.mark.parametrize("late", [0.0, 0.5])
@pytest.mark.parametrize("case", TYPED)
async def test_into_the_fields_of_a_form(
    host: StageHost, monkeypatch: pytest.MonkeyPatch, case: str, late: float
) -> None:
    """Each key is for the field that the keys before it lead to, however late the host tells what Tab completes."""
    keys, wanted = TYPED[case]

    async def answer(before: str) -> CompletionResult:
        await asyncio.sleep(late)
        return CompletionResult(before, 0, [Candidate("/srv/data")] if "/srv/data".startswith(before) else [])

    monkeypatch.setattr(field, "_completer", lambda _app, asked: answer if asked.path else None)
    fields = [
        Field("target", "Image", path=True),
        Field("vdev", "Device", "xvdc"),
        Field("access", "Access", path=True),
    ]
    async with stage(host) as it:
        await it.app.push_screen(FormDialog("Attach", fields, "Attach"))
        await it.press(*keys)
        for name, value in wanted.items():
            line = it.app.screen.query_one(f"#field-{name}", Input)
            await it.until(partial(it.holds, line, value))


async def test_a_key_of_the_form_in_a_field_acts_behind_what_was_typed_there(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "CPU and memory")
        field = it.app.focused
        assert isinstance(field, Input)
        typed = field.value
        await it.press("end", *"0", "f3", *"/srv/n")
        await it.shows("Add a disk")
        assert field.value == typed + "0", "what follows is for the dialog"
        await it.until(lambda: it.holds(it.app.screen.query(Input).first(), "/srv/n"))
