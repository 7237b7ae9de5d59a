"""Another size at any moment keeps what one was doing."""

from __future__ import annotations

from textual.widgets import Input

from tests.unit.tui.stage import NARROW, WIDE, StageHost, stage

TINY = (30, 8)


async def test_in_the_list(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await it.mark("web2")
        await it.go("win10")
        for size in (NARROW, TINY, WIDE):
            await it.resize(size)
            assert (it.current, it.marked) == ("win10", ["web2"])
            await it.shows("win10")


async def test_in_a_dialog(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await it.go("web1")
        await it.press("m")
        await it.shows("Memory of web1")
        line = it.app.screen.query(Input).first()
        await it.press("end", "ctrl+u")
        await it.until(lambda: not line.value)
        await it.type("768m")
        await it.until(lambda: line.value == "768m")
        for size in (NARROW, WIDE):
            await it.resize(size)
            await it.shows("768m", "Maximum", "Cancel")
            assert isinstance(it.app.focused, Input)
        await it.press("enter")
        await it.press("enter")
        await it.shows("web1: memory 768 MiB")


async def test_on_the_prompt_line(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await it.press(":")
        await it.type("start ", "tab")
        await it.shows("router  off")
        for size in (NARROW, WIDE):
            await it.resize(size)
            await it.shows(":start", "router  off")
        await it.type("backup", "enter")
        await it.until(lambda: it.state("backup") == "running")


async def test_in_the_help_and_log(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        for key, text in (("?", "Life cycle"), ("L", "Audit log of the host")):
            await it.press(key)
            for size in (NARROW, WIDE):
                await it.resize(size)
                await it.shows(text)
            await it.press("escape")
            await it.until(lambda: it.in_list)


async def test_in_a_console(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("ready")
        for size in (NARROW, TINY, WIDE):
            await it.resize(size)
            assert it.app.focused is it.app.main.console.view
        await it.type("still here")
        await it.shows("still here")
        session = it.app.here.hub.all()[0].session
        assert (session.emulator.columns, session.emulator.lines) == (80, 24)


async def test_while_looking_around_in_a_console(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("ready")
        await it.press("ctrl+right_square_bracket", "V")
        await it.shows("Space select")
        for size in (NARROW, WIDE):
            await it.resize(size)
            assert it.app.main.console.view.looking
            await it.shows("ready")


async def test_the_keys_shown_follow_the_width(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        wide = it.lines[-1]
        await it.resize(NARROW)
        await it.until(lambda: it.lines[-1].endswith("? Help"))
        await it.resize(WIDE)
        await it.until(lambda: it.lines[-1] == wide)
