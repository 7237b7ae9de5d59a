"""What stands beside form and history where there is room."""

from __future__ import annotations

from tests.unit.tui.stage import NARROW, WIDE, StageHost
from tests.unit.tui.test_form import editing, editor, section, store


def right(line: str) -> str:
    """What a line of a wide screen has beside the form."""
    return line[70:]


async def test_the_text_and_what_has_changed_stand_beside_the_form(host: StageHost) -> None:
    async with editing(host, "web1", size=WIDE) as it:
        await it.until(lambda: any("memory = 1024" in right(line) for line in it.lines))
        await section(it, "CPU and memory")
        await it.type("1200", "down")
        await it.shows("What has changed")
        await it.until(lambda: any("+memory = 1200" in right(line) for line in it.lines))
        await it.press("f7")
        await it.hides("What has changed")
        await it.until(lambda: any("memory = 1200" in right(line) for line in it.lines))
        await it.press("f9")
        await it.shows("What has changed")
        await it.resize(NARROW)
        await it.hides("What has changed")


async def test_a_password_is_not_shown_beside_the_form(host: StageHost) -> None:
    async with editing(host, "web1", size=WIDE) as it:
        await it.shows("Text")
        editor(it).buffer.type(editor(it).buffer.text + "vncpasswd = 'sesame'\n")
        await it.press("f7")
        await it.until(lambda: any("vncpasswd" in right(line) for line in it.lines))
        assert not any("sesame" in right(line) for line in it.lines)


async def test_what_a_version_has_changed_stands_beside_the_list_of_versions(host: StageHost) -> None:
    async with editing(host, "web1", size=WIDE) as it:
        await section(it, "CPU and memory")
        await it.type("1200")
        await store(it, "more memory")
        await it.shows("stored as version 2")
        await it.press("H")
        await it.shows("History of web1", "Version 1 → 2", "-memory = 1024", "+memory = 1200")
        await it.press("down")
        await it.shows("Version 1, the first", "memory = 1024")
        await it.resize(NARROW)
        await it.hides("the first")
