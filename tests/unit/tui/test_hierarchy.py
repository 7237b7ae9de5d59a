"""What is less than text is seen to be less, and what wants a look is seen: by colour, without colours by attribute.

Compared is what goes to the terminal, in every theme and under NO_COLOR.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from rich.color import ColorSystem
from rich.style import Style

from tests.unit.tui.looks import style_of
from tests.unit.tui.stage import NARROW, WIDE, Noon, Stage, stage
from xentui.commands import describe
from xentui.model.configuration import DomainConfig
from xentui.model.domain import Domain, Drift
from xentui.model.installation import Installation, InstallState
from xentui.model.job import HostJob, HostJobState
from xentui.model.migration import Move, MoveState
from xentui.model.state import DomainState
from xentui.tui import themes
from xentui.tui.domain_list import column_values, columns, legend
from xentui.tui.domain_list.row import DomainRow
from xentui.tui.screens import help as help_screen
from xentui.tui.widgets.tab_strip import MARKS

THEMES = [*themes.themes(), "no-colour"]


@pytest.fixture(params=THEMES)
def theme(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
        return ""
    return str(request.param)


@asynccontextmanager
async def shown(noon: Noon, theme: str, size: tuple[int, int] = NARROW) -> AsyncIterator[Stage]:
    async with stage(noon.host(), size=size, settings={"theme": theme} if theme else {}) as it:
        await it.go("archive")
        await it.until(lambda: it.app.main.follower.resting)
        yield it


def look(it: Stage, beginning: str, text: str) -> tuple[object, ...]:
    """How a text looks on the row that begins so: what can be seen of its style."""
    row = next(number for number, line in enumerate(it.lines) if line.strip().startswith(beginning))
    return seen(style_of(it.app, row, text))


def seen(style: Style) -> tuple[object, ...]:
    return (style.color, style.bold, style.dim, style.reverse, style.underline, style.bgcolor)


async def test_keys_that_do_nothing_now_labels_and_texts_differ(noon: Noon, theme: str) -> None:
    async with shown(noon, theme, (150, 40)) as it:
        row = it.app.main.keys.region.y
        possible, impossible = (seen(style_of(it.app, row, text)) for text in ("Destroy", "Console"))
        assert possible != impossible
        assert look(it, "memory", "memory") != look(it, "memory", "512")
        assert look(it, "uuid", "uuid") != look(it, "memory", "512")


@pytest.mark.parametrize("size", [(64, 24), NARROW, WIDE])
async def test_state_kind_and_drift_stand_out(noon: Noon, theme: str, size: tuple[int, int]) -> None:
    async with shown(noon, theme, size) as it:
        calm = look(it, "mail", "mail")
        assert look(it, "scratch", "c crashed") != calm
        assert look(it, "test-pvh", "p paused") != calm
        assert look(it, "scratch", "c crashed") != look(it, "test-pvh", "p paused")
        assert look(it, "backup", "backup") != calm
        kind, drift = "T", "drift:" if size == WIDE else "~"
        assert look(it, "build", kind) != calm
        assert look(it, "db1", drift) != calm
        assert look(it, "mail", "M") == calm


@pytest.mark.parametrize("theme", ["dark", "contrast"])
async def test_what_does_nothing_now_is_dimmed_with_few_colours_too(noon: Noon, theme: str) -> None:
    async with shown(noon, theme, (150, 40)) as it:
        row = it.app.main.keys.region.y
        for system in (ColorSystem.EIGHT_BIT, ColorSystem.STANDARD):
            possible, impossible = (
                style_of(it.app, row, text).color.downgrade(system)  # type: ignore[union-attr]
                for text in ("Destroy", "Console")
            )
            assert possible != impossible


# The legend

ALL = Domain(
    "web1",
    "uuid",
    DomainState.OFF,
    managed=True,
    odd_name=True,
    namesakes=("7",),
    by="xl",
    damaged="torn",
    saved_to="/srv/web1.save",
    one_off=True,
    drift=(Drift.FILE,),
    notice="look",
    copies=1,
    autostart=True,
    moving=Move("sim:b", "sim:b", MoveState.GOING),
)
HALF = replace(ALL, name="web1--incoming", domid=7)


def test_every_note_has_a_sign_a_meaning_and_a_place_in_the_order() -> None:
    words, of_half = (
        [word.partition(":")[0] for word in column_values.notes(domain)] for domain in (ALL, HALF)
    )
    assert {*words, *of_half, "copy"} == set(column_values.SIGNS) == set(legend.NOTES)
    for found in (words, of_half):
        assert found == [note for note in column_values.SIGNS if note in found]
    copy = Domain("web1-1", "uuid", DomainState.SHUTDOWN, copy_of="web1")
    for domain in (ALL, HALF, copy):
        assert column_values.by_notes(DomainRow("", domain)) is not None
        assert len(column_values.kind_letter(DomainRow("", domain))) == 2
    assert describe.kind(copy) == "copy"


def test_every_state_has_a_letter_that_is_explained() -> None:
    text = legend.whole().replace("\N{NO-BREAK SPACE}", " ")
    assert set(legend.STATES) == set(DomainState)
    assert all(f"{state.letter} {word}" in text for state, word in legend.STATES.items())
    assert all(f"{sign} " in text for sign in column_values.SIGNS.values())


def test_the_help_of_the_list_has_the_legend() -> None:
    assert legend.whole() in help_screen.OF_LIST
    assert all(f"{mark}\N{NO-BREAK SPACE}{word}" in help_screen.OF_LIST for mark, word in MARKS.items())


def test_a_line_explains_what_is_there_where_words_have_no_room() -> None:
    row = DomainRow("", Domain("a", "u", DomainState.OFF, managed=True, autostart=True))
    used, states = legend.in_use(legend.letters([row], (), ()))
    assert states == {"-"}
    assert legend.in_use(()) == (frozenset(), frozenset())
    assert legend.line(columns.fit(80), used, {"-"}) == "a autostart  M managed"
    assert legend.line(columns.fit(38), used, {"-"}) == "a autostart  M managed  - off"
    assert legend.line(columns.fit(200), used, {"-"}) == ""


NOTED: list[dict[str, Any]] = [
    {},
    {"odd_name": True},
    {"namesakes": ("7",)},
    {"by": "libvirt"},
    {"name": "web--incoming", "domid": 5},
    {"moving": Move("xen2", "xen2", MoveState.GONE)},
    {"copy_of": "web"},
    {"damaged": "it is"},
    {"saved_to": "/save/web"},
    {"one_off": True},
    {"drift": (Drift.FILE,)},
    {"copies": 1},
    {"autostart": True},
    {"notice": "look"},
]


@pytest.mark.parametrize("noted", NOTED, ids=lambda noted: next(iter(noted), "nothing"))
def test_whatever_makes_a_note_has_its_sign(noted: dict[str, Any]) -> None:
    domain = replace(Domain("web", "u", DomainState.OFF), **noted)
    words = column_values.notes(domain)
    assert bool(words) == bool(noted)
    assert column_values.sign(domain) == (column_values.SIGNS[words[0].partition(":")[0]] if words else "")


@pytest.mark.parametrize(
    "noted",
    [
        *NOTED,
        {"booting": "build"},
        {"asleep": True},
        {"domid": 0},
        {"managed": True},
        {"stored": DomainConfig(template=True)},
        {"job": HostJob("1", "save", "u", "web", "root", 0.0, HostJobState.RUNNING)},
        {"install": Installation(InstallState.BROKEN_OFF)},
        *({"state": state} for state in DomainState),
    ],
    ids=str,
)
@pytest.mark.parametrize("doing", ["", "starting"])
def test_both_letters_at_once_are_those_of_the_columns(noted: dict[str, Any], doing: str) -> None:
    for state in (DomainState.OFF, DomainState.BLOCKED):
        row = DomainRow("u", replace(Domain("web", "u", state), **noted), doing=doing)
        both = (column_values.kind_letter(row), column_values.state_letter(row))
        assert legend.letters([row], (), ()) == (both,)


def test_the_letters_of_a_domain_are_those_it_has_now() -> None:
    calm, other = (DomainRow(uuid, Domain(uuid, uuid, DomainState.OFF)) for uuid in ("a", "b"))
    before = [calm, other]
    known = legend.letters(before, (), ())
    drifted = calm._replace(domain=replace(calm.domain, managed=True, drift=(Drift.FILE,)))
    assert legend.letters([other, drifted], before, known) == (("T", "-"), ("M~", "-"))
    busy = other._replace(doing="starting")
    assert legend.letters([busy], before, known) == (("T", column_values.GOING_ON),)
    kept = ("kept", "kept")
    assert legend.letters([other], [drifted, other], (("M~", "-"), kept)) == (kept,), "it is the same object"


async def test_the_line_stands_where_there_is_no_notice(noon: Noon) -> None:
    async with stage(noon.host(), size=NARROW) as it:
        await it.until(lambda: "~ drift" in it.notice)
        assert "T transient" in it.notice
        await it.press("o")
        await it.shows("Sort by")
        await it.press("escape", ">")
        await it.until(lambda: "sorted by" in it.notice and "~ drift" not in it.notice)
        await it.press("escape")
        await it.until(lambda: "~ drift" in it.notice)
        await it.resize((200, 50))
        await it.until(lambda: not it.notice.strip())
