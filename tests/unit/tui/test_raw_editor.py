"""The raw editor as Textual shows it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from rich.style import Style
from textual import events
from textual.app import App, ComposeResult
from textual.document._document import Selection
from textual.pilot import Pilot
from textual.widgets import Input

from xentui.config.linting.problems import Problem, Severity
from xentui.tui import stylesheets, themes
from xentui.tui.editor.problem_list import MOST, ProblemList
from xentui.tui.editor.raw.editor import RawEditor
from xentui.tui.widgets.completions import Completions

TEXT = """# a web server
name = "web1"
memory = 512
foo = 1
type = 'pv
disk = [
  'phy:/dev/vg/web,xvda,w',
]
"""
FOO = Problem(Severity.WARNING, 4, 1, "foo", "xl knows no parameter 'foo'", "Check the spelling.")
QUOTE = Problem(Severity.ERROR, 5, 8, "type", "no closing quote")
MISSING = Problem(Severity.WARNING, 0, 0, "kernel", "no kernel")


class Bench(App[None]):
    """The editor, its candidates, its problems, an input to move the focus to; and what they have said."""

    def __init__(self, text: str) -> None:
        super().__init__()
        for theme in themes.themes().values():
            self.register_theme(theme)
        self.theme = "xentui-dark"
        self.completions = Completions()
        self.completions.display = False
        self.editor = RawEditor(text, completions=self.completions)
        self.problems = ProblemList()
        self.said: list[Any] = []

    CSS_PATH = [stylesheets.folder() / f"{name}.tcss" for name in ("tokens", "panes", "prompt", "editor")]

    def compose(self) -> ComposeResult:
        yield self.editor
        yield self.completions
        yield self.problems
        yield Input()

    def on_raw_editor_edited(self, event: RawEditor.Edited) -> None:
        self.said.append(("edited", event.text))

    def on_raw_editor_place_changed(self, event: RawEditor.PlaceChanged) -> None:
        self.said.append(("place", event.line, event.column))

    def on_raw_editor_find_wanted(self, _event: RawEditor.FindWanted) -> None:
        self.said.append("find")

    def on_problem_list_wanted(self, event: ProblemList.Wanted) -> None:
        self.said.append(("problem", event.problem))


class Screen:
    """What is on the screen, and how to change it and wait until it is painted."""

    def __init__(self, app: Bench, pilot: Pilot[None]) -> None:
        self.app, self.editor, self.pilot = app, app.editor, pilot

    @property
    def lines(self) -> list[str]:
        return [
            strip.text for strip in self.app.screen._compositor.render_strips()[: self.editor.size.height]
        ]

    @property
    def text(self) -> list[str]:
        """What is shown of the text, without the gutter."""
        return [line[self.editor.gutter_width :].rstrip() for line in self.lines]

    def styles(self, line: int) -> list[tuple[str, Style]]:
        """The words of a line on the screen, and how each is painted."""
        strip = self.editor.render_line(line)
        return [(segment.text, segment.style or Style()) for segment in strip if segment.text.strip()]

    def style(self, line: int, word: str) -> Style:
        return next(style for text, style in self.styles(line) if text == word)

    @property
    def offered(self) -> list[str]:
        if not self.app.completions.display:
            return []
        return [line.split("  ")[0].strip(" ›") for line in str(self.app.completions.render()).splitlines()]

    async def do(self, action: Callable[..., Any], *arguments: Any) -> Any:
        result = action(*arguments)
        await self.pilot.pause()
        return result

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()


@asynccontextmanager
async def editing(text: str = TEXT, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Screen]:
    app = Bench(text)
    async with app.run_test(size=size) as pilot:
        app.editor.focus()
        await pilot.pause()
        yield Screen(app, pilot)


async def test_words_are_told_apart_and_problems_are_marked() -> None:
    async with editing() as screen:
        await screen.press("ctrl+end")
        await screen.do(screen.editor.set_problems, [FOO, QUOTE, MISSING])
        assert screen.lines[2].rstrip() == "3  memory = 512"
        assert screen.lines[3].rstrip() == "4W foo = 1"
        assert screen.lines[4].rstrip() == "5E type = 'pv"
        memory, number = screen.style(2, "memory"), screen.style(2, "512")
        assert memory.bold
        assert memory.color != number.color != screen.style(6, "'phy:/dev/vg/web,xvda,w'").color
        assert screen.style(0, "# a web server").italic
        assert screen.style(3, "foo").underline
        assert not screen.style(3, "1").underline
        assert screen.style(4, "'pv").underline
        assert screen.style(4, "'pv").bold and not screen.style(3, "1").bold
        await screen.do(screen.editor.set_problems, [])
        assert screen.lines[3].rstrip() == "4  foo = 1"
        assert not screen.style(3, "foo").underline


async def test_without_colours_all_can_still_be_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with editing() as screen:
        screen.app.theme = f"xentui-{themes.NO_COLOUR}"
        await screen.do(screen.editor.set_problems, [FOO, QUOTE])
        assert screen.app.no_color
        looks = {
            word: style.without_color
            for word, style in (*screen.styles(2), *screen.styles(3), *screen.styles(4))
        }
        assert len({looks["memory"], looks["512"], looks["foo"], looks["'pv"]}) == 4
        await screen.do(screen.editor.go_to, 3, 2)
        assert screen.style(2, "e").reverse
        await screen.press("shift+right", "shift+right")
        assert screen.style(2, "em").reverse


async def test_the_text_stays_byte_for_byte() -> None:
    for text in ("a = 1\r\nb = 2", "a = 1\n\x0cb\x85 = 2\r\n\r", "", "\n\n", "x\x00\x1b[0m\ud800"):
        async with editing(text) as screen:
            assert screen.editor.text == text
            await screen.press("x", "enter", "y", "ctrl+end", "z")
            newline = "\r\n" if text.startswith("a = 1\r\nb") else "\n"
            assert screen.editor.text == f"x{newline}y{text}z"
            while screen.editor.text != text:
                before = screen.editor.text
                await screen.press("ctrl+z")
                assert screen.editor.text != before
            assert screen.app.said[-1] == ("edited", text) or screen.app.said[-1][0] == "place"


async def test_what_a_terminal_would_obey_is_shown_as_signs() -> None:
    async with editing("name = '\x1b]0;x\x07\x00'\nm\u202ex\n\ta日\n") as screen:
        assert screen.text[:3] == ["name = '␛]0;x␇␀'", "m�x", "    a日"]
        await screen.press("down", "down", "end")
        assert screen.editor.cursor_screen_offset.x == screen.editor.gutter_width + 7


async def test_edits_and_places_are_told() -> None:
    async with editing("a\nb\n") as screen:
        await screen.press("down", "x", "ctrl+z", "ctrl+y")
        assert screen.app.said == [
            ("place", 2, 1),
            ("place", 2, 2),
            ("edited", "a\nxb\n"),
            ("place", 2, 1),
            ("edited", "a\nb\n"),
            ("place", 2, 2),
            ("edited", "a\nxb\n"),
        ]


async def test_going_to_a_place_shows_it() -> None:
    async with editing("".join(f"a{number} = 1\n" for number in range(500))) as screen:
        await screen.do(screen.editor.go_to, 300, 4)
        assert screen.editor.cursor_location == (299, 3)
        assert [line for line in screen.text if line.startswith("a299 = 1")], "it is in sight"
        assert ("place", 300, 4) in screen.app.said
        await screen.do(screen.editor.go_to, 10_000, 99)
        assert screen.editor.cursor_location == (500, 0)
        await screen.do(screen.editor.go_to, 0, 0)
        assert screen.editor.cursor_location == (0, 0)


async def test_problems_are_gone_through_and_move_with_the_text() -> None:
    async with editing() as screen:
        await screen.press("f8")
        assert screen.editor.cursor_location == (0, 0)
        screen.editor.set_problems([FOO, QUOTE])
        places = []
        for key in ("f8", "f8", "f8", "shift+f8"):
            await screen.press(key)
            places.append(screen.editor.cursor_location)
        assert places == [(3, 0), (4, 7), (3, 0), (4, 7)]
        assert screen.editor.problem_here == QUOTE
        await screen.press("ctrl+home", "enter", "enter", "f8")
        assert screen.editor.cursor_location == (5, 0)
        assert screen.editor.problem_here == FOO
        await screen.press("left")
        assert screen.editor.problem_here is None


async def test_parameters_are_completed() -> None:
    async with editing("") as screen:
        await screen.press("m", "e", "m", "o", "tab")
        assert screen.editor.text == "memory = ", "nothing else begins so"
        await screen.press("5", "enter", "c", "p", "tab")
        assert screen.offered == ["cpus", "cpus_soft", "cpu_weight", "cpuid"]
        assert screen.editor.text.endswith("\ncpu"), "what they share is written"
        for key, word in (
            ("tab", "cpus"),
            ("down", "cpus_soft"),
            ("tab", "cpu_weight"),
            ("shift+tab", "cpus_soft"),
        ):
            await screen.press(key)
            assert screen.editor.text.endswith(f"\n{word}")
        await screen.press("enter")
        assert screen.offered == []
        assert screen.editor.text.endswith("\ncpus_soft"), "Enter takes it and makes no line"


async def test_values_are_completed() -> None:
    async with editing("") as screen:
        await screen.press(*"type", "space", "equals_sign", "space", "tab")
        assert screen.offered == ['"pv"', '"pvh"', '"hvm"']
        await screen.press("tab", "tab", "tab")
        assert screen.editor.text == 'type = "hvm"'
        await screen.press("escape")
        assert screen.offered == []
        assert screen.editor.text == 'type = "', "what was typed is back, and what all share"


async def test_candidates_follow_what_is_typed() -> None:
    async with editing("") as screen:
        await screen.press("ctrl+@")
        assert screen.offered[0] == "name"
        await screen.press("o", "n", "_")
        assert screen.offered[0] == "on_poweroff"
        await screen.press("c")
        assert screen.offered[0] == "on_crash"
        await screen.press("backspace", "left", "left")
        assert screen.offered == []
        await screen.press("end", "r", "ctrl+@")
        assert screen.editor.text == "on_reboot = "


async def test_tab_indents_where_there_is_nothing_to_complete() -> None:
    async with editing("") as screen:
        await screen.press("tab", "#", "tab")
        assert screen.editor.text == "    #   "
        await screen.press("shift+tab")
        assert not screen.editor.has_focus, "with nothing offered it goes on to the widget before"


async def test_leaving_ends_the_offer() -> None:
    async with editing("on_") as screen:
        await screen.press("end", "tab")
        assert screen.offered
        await screen.do(screen.app.query_one(Input).focus)
        assert screen.offered == []


async def test_text_is_found() -> None:
    async with editing("Web\nweb x web\n" + "\n" * 100 + "web\n") as screen:
        assert await screen.do(screen.editor.search, "web") == 4
        assert screen.editor.selection == Selection((0, 0), (0, 3))
        assert [text for text, style in screen.styles(1) if style.underline] == ["web", "web"]
        rows = []
        for key in ("f3", "f3", "f3", "f3", "shift+f3"):
            await screen.press(key)
            rows.append(screen.editor.selection.start)
        assert rows == [(1, 0), (1, 6), (102, 0), (0, 0), (102, 0)]
        assert [line for line in screen.text if line.startswith("web")], "it is in sight"
        assert await screen.do(screen.editor.search, "Web") == 1, "upper case counts"
        assert await screen.do(screen.editor.search, "none [") == 0
        assert not screen.editor.search_next()
        assert await screen.do(screen.editor.search, "") == 0
        await screen.press("ctrl+f", "f3")
        assert screen.app.said.count("find") == 2


async def test_pasted_line_ends_are_the_text_s_own() -> None:
    async with editing("a\r\n") as screen:
        screen.app.post_message(events.Paste("x\ry\r\nz\n"))
        await screen.pilot.pause()
        assert screen.editor.text == "x\r\ny\r\nz\r\na\r\n"


async def test_another_text_comes_in_as_one_edit() -> None:
    async with editing() as screen:
        await screen.do(screen.editor.go_to, 8, 1)
        screen.app.said.clear()
        fresh = TEXT.replace("memory = 512", "memory = 1024\nvcpus = 2")
        await screen.do(screen.editor.update_text, fresh)
        assert screen.editor.text == fresh
        assert screen.editor.cursor_location == (8, 0), "the cursor stays on its line"
        assert not [word for word in screen.app.said if word[0] == "edited"]
        await screen.press("ctrl+z")
        assert screen.editor.text == TEXT
        for text in ("", "a = 1\r\n", "a = 1\r\nb", "b", TEXT + "\n\n", TEXT):
            await screen.do(screen.editor.update_text, text)
            assert screen.editor.text == text


async def test_the_other_bracket_is_shown() -> None:
    async with editing("disk = [ 'a]', [ 1 ],\n'#' ]\nvif = [") as screen:
        await screen.do(screen.editor.go_to, 1, 8)
        assert screen.editor.matching_bracket_location == (1, 4)
        assert screen.style(1, "]").underline
        await screen.do(screen.editor.go_to, 2, 5)
        assert screen.editor.matching_bracket_location == (0, 7)
        await screen.do(screen.editor.go_to, 1, 12)
        assert screen.editor.matching_bracket_location is None, "it is part of a string"
        await screen.do(screen.editor.go_to, 3, 7)
        assert screen.editor.matching_bracket_location is None
        assert not screen.style(1, "]").underline


async def test_nothing_is_typed_into_what_may_only_be_read() -> None:
    async with editing() as screen:
        screen.editor.read_only = True
        await screen.press("x", "enter", "ctrl+x", "backspace", "ctrl+@")
        screen.app.post_message(events.Paste("x"))
        await screen.press("delete")
        assert screen.editor.text == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "'phy:/x,xvda,w',\n" * 60_000,
        "disk=[\n" + "'phy:x',\n" * 100_000,
        "name = '" + "x" * 500_000 + "'\n",
        "[" * 500_000,
        "日本\x1b\x00é" * 100_000,
        "e" + "\u0301" * 500_000,
        "\t\x00" * 250_000,
    ],
    ids=["items", "open list", "long line", "brackets", "wide", "marks", "tabs"],
)
async def test_hostile_text_opens_and_scrolls(text: str) -> None:
    started = time.process_time()
    async with editing(text) as screen:
        await screen.press("ctrl+end", "x", "pageup", "ctrl+home", "end", "left", "y", "down")
        assert all(cell.isprintable() or cell == "\u0301" for line in screen.lines for cell in line)
        assert len("".join(screen.lines)) < 80 * 24 * 6
    assert time.process_time() - started < 15, "far more than it takes, for machines at work"


@pytest.mark.parametrize("width", [20, 31])
async def test_every_line_is_as_wide_as_the_editor_wherever_it_is_scrolled_to(width: int) -> None:
    lines = ["日本" * 20, "\t日\ta\x00" * 9, "a" * 70, "", "e\u0301" * 50, "name = 'é', [ 1 ]"]
    async with editing("\n".join(lines), size=(width, 24)) as screen:
        for left in range(80):
            screen.editor.scroll_to(x=left, animate=False, force=True)
            await screen.pilot.pause()
            for row in range(len(lines) + 1):
                strip = screen.editor.render_line(row)
                assert (
                    sum(segment.cell_length for segment in strip)
                    == screen.editor.size.width
                    == strip.cell_length
                )


async def test_the_cursor_is_always_in_sight() -> None:
    text = "\n".join(["日本" * 40, *["a" * 200] * 40])
    async with editing(text, size=(40, 12)) as screen:
        for key in ("end", "down", "end", "left", "pagedown", "ctrl+end", "home", "ctrl+home", "end", "x"):
            await screen.press(key)
            x, y = screen.editor.cursor_screen_offset
            region = screen.editor.region
            room = screen.editor.scrollable_content_region
            assert region.x + screen.editor.gutter_width <= x < region.x + room.width
            assert region.y <= y < region.y + room.height
            row = y - region.y
            assert any(style.reverse for _text, style in _all(screen, row)), key


def _all(screen: Screen, row: int) -> list[tuple[str, Style]]:
    return [(segment.text, segment.style or Style()) for segment in screen.editor.render_line(row)]


async def test_every_key_has_an_id_a_tooltip_and_a_group() -> None:
    async with editing() as screen:
        bindings = [active.binding for active in screen.app.screen.active_bindings.values()]
        own = [binding for binding in bindings if binding.id and binding.id.startswith("editor.")]
        assert len(own) > 40
        ours = [
            active.binding
            for active in screen.app.screen.active_bindings.values()
            if active.node is screen.editor
        ]
        assert all(binding.id and binding.tooltip and binding.group for binding in ours)


async def test_problems_are_listed_and_lead_to_their_places() -> None:
    async with editing() as screen:
        listed = screen.app.problems
        assert not listed.display
        await screen.do(listed.show, [MISSING, FOO, QUOTE])
        assert listed.display
        lines = [strip.text.rstrip() for strip in screen.app.screen._compositor.render_strips()]
        assert "   4:1 warning xl knows no parameter 'foo'  Check the spelling." in lines
        assert "   5:8 error   no closing quote" in lines
        assert "     – warning no kernel" in lines
        await screen.do(listed.focus)
        await screen.press("down", "down", "enter")
        assert screen.app.said[-1] == ("problem", FOO) or screen.app.said[-1] == ("problem", QUOTE)
        await screen.pilot.click(ProblemList, offset=(8, 2))
        assert screen.app.said[-1] == ("problem", QUOTE)
        await screen.do(listed.show, [QUOTE])
        assert listed.option_count == 1
        await screen.do(listed.show, [FOO] * (MOST + 7))
        assert listed.option_count == MOST + 1
        await screen.do(listed.show, [])
        assert not listed.display


async def test_problems_are_painted_as_the_theme_says() -> None:
    async with editing() as screen:
        await screen.do(screen.app.problems.show, [QUOTE])
        before = screen.app.problems.render_line(0)
        screen.app.theme = "xentui-light"
        await screen.pilot.pause()
        await screen.pilot.pause()
        assert screen.app.problems.render_line(0) != before
        assert screen.style(2, "memory").color is not None
