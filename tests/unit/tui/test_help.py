"""The help: all keys and commands in force, and what is searched for among them."""

from __future__ import annotations

import pytest

from tests.unit.tui.stage import NARROW, StageHost, stage
from xentui.tui.screens.help import HelpScreen, KeySection, matching
from xentui.tui.screens.overlay import ScreenAbove

SECTIONS = [
    KeySection("Life cycle", (("s", "Start a domain"), ("S", "Shut a domain down"))),
    KeySection("Screen", (("q", "Quit"),)),
]


def test_all_words_are_looked_for_in_key_text_and_heading() -> None:
    assert matching(SECTIONS, "") == SECTIONS
    assert matching(SECTIONS, "SHUT") == [KeySection("Life cycle", (("S", "Shut a domain down"),))]
    assert matching(SECTIONS, "life start") == [KeySection("Life cycle", (("s", "Start a domain"),))]
    assert matching(SECTIONS, "nothing") == []


async def test_it_is_searched(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press("?")
        await it.shows("/ searches", "Boot the stored configuration")
        await it.press("/")
        await it.type("import")
        await it.shows(":import")
        await it.hides("Boot the stored configuration")
        await it.press("end", "ctrl+u")
        await it.type("drift")
        await it.shows("~            drift", "Sign in the list")
        await it.type(" nothing")
        await it.shows("nothing matches")
        await it.press("escape")
        await it.shows("Boot the stored configuration")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_panes_are_one_line(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("?")
        await it.until(lambda: isinstance(it.app.screen, HelpScreen))
        screen = it.app.screen
        assert isinstance(screen, HelpScreen)
        rows = [row for section in screen._sections for row in section.rows]
        assert ("3 to 9", "Go to console 1 to 7") in rows
        assert [row for row in rows if row[0] == ":dmesg"]


@pytest.mark.parametrize(
    ("key", "does"),
    [
        ("L", "Read all of the job or command"),
        ("H", "Read this version"),
        ("ctrl+e", "Go to the domain of the event"),
        ("ctrl+d", "Show all there is to know of the image"),
        ("ctrl+k", "Repair this line, after asking"),
    ],
)
async def test_the_help_of_a_list_tells_what_enter_does_there(host: StageHost, key: str, does: str) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("db1")
        await it.press(key)
        await it.until(lambda: isinstance(it.app.screen, ScreenAbove))
        await it.press("?")
        await it.until(lambda: isinstance(it.app.screen, HelpScreen))
        screen = it.app.screen
        assert isinstance(screen, HelpScreen)
        assert [text for keys, text in _rows(screen) if "Enter" in keys.split()] == [does]


def _rows(screen: HelpScreen) -> list[tuple[str, str]]:
    return [row for section in screen._sections for row in section.rows]
