"""Problems of the text in the editor: on their line, and in a list that leads to each."""

from __future__ import annotations

from tests.unit.tui.stage import NARROW, Stage, StageHost
from tests.unit.tui.test_form import editing, editor
from xentui.config import Problem
from xentui.tui.editor.problems_dialog import ProblemsDialog
from xentui.tui.editor.screen import EditorScreen

FAULTY = "name = 'x'\nkernel = '/k'\nmemory = 'much'\non_crash = 'explode'\nunknown = 1\n"


def editor_problems(it: Stage) -> tuple[Problem, ...]:
    """Those of the editor below the dialog."""
    screen = next(screen for screen in it.app.screen_stack if isinstance(screen, EditorScreen))
    return screen.guide.found


def joined(lines: list[str]) -> str:
    """What lines say, however they are wrapped."""
    return " ".join(" ".join(lines).replace("│", " ").split())


async def test_a_long_problem_is_wrapped(host: StageHost) -> None:
    async with editing(host, "db1", size=NARROW) as it:
        await it.press("f9")
        await it.until(lambda: it.app.focused is editor(it).raw)
        editor(it).raw.load_text('name = "db1"\nextra = "never closed\n')
        await it.press("f8", "x", "backspace")
        await it.until(lambda: "no closing quote" in joined(it.lines))
        problem = editor(it).guide.found[0]
        await it.until(lambda: f"✗ 2:9 error: {problem.message} → {problem.hint}" in joined(it.lines))
        assert it.lines[-1].endswith("Esc Back")
        await it.resize((60, 15))
        await it.until(lambda: "… (Ctrl-L all)" in it.screen and it.lines[-1].endswith("Esc Back"))


async def test_all_problems_are_listed_and_lead_to_their_fields(host: StageHost) -> None:
    async with editing(host, "db1", size=NARROW) as it:
        editor(it).buffer.type(FAULTY)
        await it.press("ctrl+l")
        await it.until(lambda: isinstance(it.app.screen, ProblemsDialog))
        problems = editor_problems(it)
        await it.until(lambda: all(f"{item.line}:{item.column}" in it.screen for item in problems))
        for item in problems:
            assert f"{item.severity} " in it.screen
            assert joined([item.message]) in joined(it.lines)
            assert joined([item.hint]) in joined(it.lines)
        at = next(number for number, item in enumerate(problems) if item.key == "on_crash")
        await it.press("home", *["down"] * at, "enter")
        await it.until(lambda: getattr(it.app.focused, "field", "") == "on_crash")
        await it.shows("error: on_crash has an unknown action")
        await it.press("f8")
        await it.until(lambda: getattr(it.app.focused, "field", "") == "unknown")
        await it.press("ctrl+l")
        await it.until(lambda: isinstance(it.app.screen, ProblemsDialog))
        await it.press("escape")
        await it.until(lambda: getattr(it.app.focused, "field", "") == "unknown")


async def test_the_list_leads_to_places_of_the_raw_text(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await it.press("f9")
        await it.until(lambda: it.app.focused is editor(it).raw)
        await it.press("ctrl+l")
        await it.shows("no problems found")
        await it.press("ctrl+end")
        await it.type("bad = 1", "enter", "ctrl+home", "ctrl+l")
        await it.shows("1 problem", "xl knows no parameter 'bad'")
        await it.press("enter")
        last = editor(it).raw.document.line_count - 1
        await it.until(lambda: editor(it).raw.cursor_location == (last - 1, 0))
        assert it.app.focused is editor(it).raw
