"""Templates from the keyboard: a domain becomes one, and N makes another of it, asked its blanks only."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.unit.tui.looks import Look
from tests.unit.tui.stage import NARROW, Noon, Stage, StageHost, stage
from tests.unit.tui.test_cloning import MIB, prepared, real, stored
from tests.unit.tui.test_looks import colour, scene

__all__ = ["colour"]


@pytest.fixture
def host(tmp_path: Path) -> StageHost:
    """A simulated host with one guest's file and disk."""
    made = StageHost(tmp_path / "sim")
    prepared(made)
    return made


def field(it: Stage, name: str) -> str:
    return it.app.screen.query_one(f"#field-{name}", Input).value


def is_template(it: Stage) -> bool:
    domain = it.domain("web")
    return domain is not None and domain.template


async def template(it: Stage, words: str = "memory") -> None:
    await stored(it)
    await it.command(f"template web {words}")
    await it.until(lambda: is_template(it))


async def test_a_domain_becomes_a_template_by_its_key(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await stored(it)
        await it.press("ctrl+u")
        await it.shows("Template web", "Ask for", "Disk xvda")
        await it.type("memory vcpus", "enter")
        await it.until(lambda: is_template(it))
        await it.until(lambda: it.in_list)
        assert it.names[-1] == "web"
        await it.press("s")
        await it.shows("it is a template, which is never started")


async def test_n_makes_a_domain_of_it_asked_its_blanks_only(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await template(it)
        await it.press("N")
        await it.shows("New domain: of what", "Nothing: an empty form")
        await it.press("down", "enter")
        await it.shows("New domain of the template web", "New name", "Disk xvda", "Start it")
        assert field(it, "memory") == "128"
        await it.type("second")
        await it.until(lambda: field(it, "xvda") == "/srv/guests/second.img")
        await it.press("enter")
        await it.until(lambda: "second" in it.names)
        assert real(host, "/srv/guests/second.img").read_bytes() == b"data".ljust(MIB)


async def test_n_is_an_empty_form_where_there_is_no_template(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await stored(it)
        await it.press("N")
        await it.shows("new · new domain", "name", "bridge")


async def test_n_is_an_empty_form_where_that_is_chosen(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await template(it)
        await it.press("N")
        await it.shows("New domain: of what")
        await it.press("enter")
        await it.shows("new · new domain", "name", "bridge")


async def test_the_wizard_offers_it_too(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await template(it, "xvda=2M")
        await it.press("ctrl+n")
        await it.shows("Make a guest, step 1", "A template")
        await it.press("end", "enter")
        await it.shows("New domain of the template web", "new and empty, of this size")
        await it.type("second")
        await it.until(lambda: field(it, "xvda") == "2M,/srv/guests/second.img")
        await it.press("enter")
        await it.until(lambda: "second" in it.names)
        await it.until(lambda: it.in_list)
        assert real(host, "/srv/guests/second.img").stat().st_size == 2 * MIB


async def test_what_is_wrong_is_said_in_the_dialog_and_makes_nothing(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await template(it)
        await it.go("web")
        await it.press("ctrl+y")
        await it.shows("New domain of the template web")
        await it.type("second")
        await it.press("tab")
        await it.until(lambda: it.app.focused is it.app.screen.query_one("#field-memory"))
        await it.type("lots", "enter")
        await it.shows("cannot be lots")
        assert not real(host, "/srv/guests/second.img").exists()
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_one_that_is_needed_is_not_deleted(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await template(it, "xvda=shared")
        await it.command("make second --template web --yes")
        await it.shows("Close (Enter)")
        await it.press("enter")
        await it.until(lambda: "second" in it.names)
        await it.go("web")
        await it.press("D")
        await it.shows("web: deleted; its file")
        await it.type("web", "enter")
        await it.shows("cannot delete it: its disk /srv/guests/web.img")
        assert "web" in it.names


async def test_the_dialogs(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    prepared(host)
    async with scene(host, look, colour) as camera:
        it = camera.it
        await stored(it)
        await it.press("ctrl+u")
        await it.shows("Template web")
        await it.type("memory", "enter")
        await it.until(lambda: is_template(it))
        await it.until(lambda: it.in_list)
        await camera.take("list")
        await it.go("web")
        await it.press("ctrl+y")
        await it.shows("New domain of the template")
        await it.type("second")
        await it.until(lambda: field(it, "xvda") == "/srv/guests/second.img")
        await camera.take("blanks")
