"""A screen nothing shines through costs nothing at rest, whatever goes on below; what was below is fresh after it."""

from __future__ import annotations

import pytest

from tests.unit.tui.stage import NARROW, Stage, StageHost, stage
from xentui.tui.editor.screen import EditorScreen
from xentui.tui.screens.log import LogScreen


def painted(it: Stage, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What is handed to the terminal from now on."""
    frames: list[object] = []
    display = it.app._display

    def count(screen: object, frame: object) -> None:
        if frame is not None:
            frames.append(frame)
        display(screen, frame)  # type: ignore[arg-type]

    monkeypatch.setattr(it.app, "_display", count)
    return frames


@pytest.mark.parametrize(("key", "screen"), [("e", EditorScreen), ("L", LogScreen)])
async def test_nothing_is_painted_below(
    host: StageHost, monkeypatch: pytest.MonkeyPatch, key: str, screen: type[object]
) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("db1")
        await it.press(key)
        await it.until(lambda: isinstance(it.app.screen, screen))
        await it.settled()
        frames = painted(it, monkeypatch)

        async def paints() -> bool:
            """Whether a domain that stops and goes on has anything painted."""
            frames.clear()
            await host.run(["xl", "pause", "mail"])
            await it.until(lambda: it.state("mail") == "paused")
            await host.run(["xl", "unpause", "mail"])
            await it.until(lambda: it.state("mail") != "paused")
            await it.settled()
            return bool(frames)

        for _ in range(5):  # the screen itself may still have something to show
            if not await paints():
                break
        assert frames == []
        await host.run(["xl", "pause", "web1"])
        await it.until(lambda: it.state("web1") == "paused")
        await it.press("escape")
        await it.until(lambda: it.app.screen is it.app.main)
        await it.until(lambda: any("web1" in line and "paused" in line for line in it.lines))
        assert frames != []


async def test_the_list_takes_a_size_it_was_given_below(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press("L")
        await it.until(lambda: isinstance(it.app.screen, LogScreen))
        await it.resize((120, 40))
        await it.press("escape")
        await it.until(lambda: it.app.screen is it.app.main)
        assert it.app.main.has_class("-wide")
        await it.until(lambda: len(it.lines) == 40)
