"""The looks: all of them in styles/, colours only in the themes."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import rich.color
from textual.color import Color
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

import xentui.tui
from tests.sources import parsed
from tests.unit.tui.stage import BROAD, NARROW, WIDE, StageHost, stage
from xentui.tui import stylesheets, themes
from xentui.tui.screens.main import MainScreen

CODE = sorted(Path(xentui.tui.__file__).parent.rglob("*.py"))
SHEETS = [*stylesheets.first(colours=False), *stylesheets.later()]
COLOURS = {
    *(
        "black",
        "white",
        "red",
        "green",
        "blue",
        "yellow",
        "orange",
        "purple",
        "magenta",
        "cyan",
        "grey",
        "gray",
    ),
    *("brown", "pink", "silver", "gold", "navy", "teal", "lime", "maroon", "olive", "violet", "indigo"),
}
NAMES = "|".join(sorted(COLOURS))
LITERAL = re.compile(rf"#[0-9a-fA-F]{{3,8}}\b|\b(?:rgb|hsl)a?\(|\bansi_\w+|\b(?:{NAMES})\b")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def variables(theme: str = themes.DEFAULT) -> dict[str, str]:
    made = themes.themes()[theme]
    return {**made.to_color_system().generate(), **made.variables}


def read(*paths: Path) -> Stylesheet:
    sheet = Stylesheet(variables=variables())
    for path in paths:
        sheet.add_source(path.read_text(encoding="utf-8"), read_from=(str(path), ""))
    return sheet


def test_the_sheets_are_exactly_those_on_disk() -> None:
    assert {path.name for path in SHEETS} == {path.name for path in stylesheets.folder().glob("*.tcss")}


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_each_can_be_read_by_itself(path: Path) -> None:
    assert read(path).rules


def test_they_stay_few() -> None:
    assert len(read(*SHEETS).rules) < 200


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_no_sheet_names_a_colour(path: Path) -> None:
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    values = re.findall(r":\s*([^;{}]+);", text)
    assert [value for value in values if LITERAL.search(value)] == []


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_no_code_names_a_colour(path: Path) -> None:
    """Whole strings that are a colour, and colours in style strings; prose may say what it likes."""
    found = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 40:
            words = re.split(r"[\s:]+", node.value)
            if re.fullmatch(r"#[0-9a-fA-F]{3,8}|rgb\(.*", node.value) or set(words) <= COLOURS | {
                "on",
                "bold",
            }:
                found += [node.value] * (node.value not in ("", "on", "bold"))
    assert found == []


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_what_is_written_can_be_read(theme: str) -> None:
    """The contrast that WCAG asks of text, 4.5 to 1, for what is written on list, bars and panels."""
    known = variables(theme)
    for written in ("foreground", "primary", "warning", "error", "accent"):
        for ground in ("background", "surface", "bar"):
            assert contrast(known[written], known[ground]) >= 4.5, (written, ground)


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
@pytest.mark.parametrize("few", [False, True], ids=["all-colours", "256-colours"])
def test_selected_text_can_be_read_and_lines_between_parts_be_seen(theme: str, few: bool) -> None:
    """Also where a terminal has 256 colours.  An alpha would mix the ground in, so there is none."""
    known, seen = variables(theme), of_256 if few else str
    chosen, ground = known["input-selection-foreground"], known["input-selection-background"]
    assert Color.parse(ground).a == 1
    assert contrast(seen(chosen), seen(ground)) >= 4.5
    assert contrast(seen(known["secondary"]), seen(known["background"])) >= 2.5


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_no_line_between_parts_has_the_colour_of_a_ground(path: Path) -> None:
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    assert re.findall(r"border(?:-\w+)?: solid \$(?:panel|surface|bar|background)\b", text) == []


def of_256(colour: str) -> str:
    """Return what a terminal of 256 colours shows of a colour."""
    made = rich.color.Color.parse(Color.parse(colour).hex6)
    return made.downgrade(rich.color.ColorSystem.EIGHT_BIT).get_truecolor().hex


def contrast(one: str, other: str) -> float:
    first, second = sorted((luminance(one), luminance(other)))
    return (second + 0.05) / (first + 0.05)


def luminance(text: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in Color.parse(text).normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_theme_has_the_same_variables() -> None:
    own = {"bar", "cursor", "cursor-idle"}
    assert all(set(theme.variables) >= own for theme in themes.themes().values())


async def test_what_a_start_shows_is_styled_once(host: StageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    styled: Counter[str] = Counter()
    apply = Stylesheet.apply

    def watched(self: Stylesheet, node: DOMNode, **options: Any) -> None:
        styled[type(node).__name__] += 1
        apply(self, node, **options)

    monkeypatch.setattr(Stylesheet, "apply", watched)
    async with stage(host) as it:
        await it.shows("web1")
        main = it.app.main
        assert {
            type(each).__name__: 1 for each in (main.host_bar, main.tabs, main.details)
        }.items() <= styled.items()


@pytest.mark.parametrize(
    ("size", "classes"),
    [(NARROW, {"-narrow", "-normal"}), (WIDE, {"-wide", "-tall"}), (BROAD, {"-broad", "-tall"})],
)
async def test_it_has_the_classes_of_its_size_before_anything_is_styled(
    host: StageHost, size: tuple[int, int], classes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[set[str]] = []
    update = MainScreen.update_classes

    def watched(self: MainScreen, new: Mapping[str, bool], **options: Any) -> MainScreen:
        before = set(self.classes)
        found = update(self, new, **options)
        given.append(set(self.classes) - before)
        return found

    monkeypatch.setattr(MainScreen, "update_classes", watched)
    async with stage(host, size=size) as it:
        await it.shows("web1")
    assert given[0] == classes
    assert not any(given[1:]), "what Textual finds for the size is the same"
