"""Jump keys: letters on panes, tabs and fields."""

from __future__ import annotations

from tests.unit.tui.stage import WIDE, StageHost, stage
from tests.unit.tui.test_form import editor
from xentui.tui.editor.fields import FieldLine
from xentui.tui.editor.screen import EditorScreen
from xentui.tui.jump import LETTERS, JumpScreen


async def test_a_letter_goes_to_a_pane_of_the_main_screen(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await it.press("ctrl+o")
        await it.until(lambda: isinstance(it.app.screen, JumpScreen))
        await it.press("s")
        await it.until(lambda: it.app.focused is it.app.main.details)
        await it.press("ctrl+o", "a", "end")
        await it.until(lambda: it.app.focused is it.app.main.table)
        current = it.app.main.current
        assert current is not None
        assert current.name == "win10", "what is typed behind the letter is for where it went"


async def test_a_letter_typed_at_once_is_no_command_of_the_list(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("router")
        await it.press("ctrl+o", "z", "d", "escape")
        await it.until(lambda: it.app.screen is it.app.main)
        assert host.did == []
        assert it.app.main.details.display


async def test_a_letter_goes_to_a_console(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await it.go("web1")
        await it.press("c")
        await it.shows("ready")
        await it.press("ctrl+right_square_bracket")
        await it.until(lambda: it.in_list)
        await it.press("ctrl+o")
        await it.until(lambda: isinstance(it.app.screen, JumpScreen))
        await it.press(LETTERS[2])
        await it.until(lambda: it.app.focused is it.app.main.console.view)


async def test_a_letter_goes_to_a_field_or_a_pane_of_the_form(host: StageHost) -> None:
    async with stage(host, size=WIDE) as it:
        await it.go("web1")
        await it.press("e")
        await it.until(lambda: isinstance(it.app.screen, EditorScreen))
        await it.shows("memory")
        await it.press("ctrl+o")
        await it.until(lambda: isinstance(it.app.screen, JumpScreen))
        await it.press(LETTERS[3])
        await it.until(lambda: isinstance(it.app.focused, FieldLine))
        lines = editor(it).form.fields.lines
        assert it.app.focused is lines[2]
        await it.press("ctrl+o")
        await it.until(lambda: isinstance(it.app.screen, JumpScreen))
        screen = it.app.screen
        assert isinstance(screen, JumpScreen)
        await it.press(LETTERS[len(screen._targets) - 1])
        await it.until(lambda: it.app.focused is not None and it.app.focused.id == "beside-lines")
        await it.press("escape")
        await it.until(lambda: it.app.focused is editor(it).form.sections)
