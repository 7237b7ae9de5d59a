"""Cloning a domain, and deleting one with its disks, from the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.unit.tui.looks import Look
from tests.unit.tui.stage import NARROW, Noon, Stage, StageHost, stage
from tests.unit.tui.test_looks import colour, scene
from xentui.tui.widgets.check import Check

__all__ = ["colour"]
MIB = 1 << 20


@pytest.fixture
def host(tmp_path: Path) -> StageHost:
    """A simulated host with one guest's file and disk."""
    made = StageHost(tmp_path / "sim")
    prepared(made)
    return made


def prepared(host: StageHost) -> None:
    real(host, "/srv/guests/web.img").write_bytes(b"data".ljust(MIB))
    disks = "['/srv/guests/web.img,raw,xvda,w', '/srv/guests/cd.iso,raw,xvdc:cdrom,r']"
    host.guest("web", disk=disks, uuid='"c0ffee00-0000-4000-8000-000000000007"')
    real(host, "/srv/guests/cd.iso").write_bytes(bytes(4096))


def real(host: StageHost, path: str) -> Path:
    return Path(host.host_path(path))


async def stored(it: Stage) -> None:
    await it.command("new /etc/xen/web.cfg")
    await it.until(lambda: "web" in it.names)
    await it.go("web")


async def chosen_with_disks(it: Stage) -> None:
    """Type the name, and check the box."""
    await it.press("D")
    await it.shows("With its disks, for good")
    await it.type("web")
    await it.press("tab")
    await it.until(lambda: isinstance(it.app.focused, Check))
    await it.press("space")
    await it.shows("[x] With its disks")


def path_of_copy(it: Stage) -> str:
    return it.app.screen.query_one("#field-xvda", Input).value


async def test_a_domain_is_cloned_under_the_path_that_follows_its_name(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await stored(it)
        await it.press("ctrl+y")
        await it.shows("Clone web", "of /srv/guests/web.img")
        await it.type("second")
        await it.until(lambda: path_of_copy(it) == "/srv/guests/second.img")
        await it.press("enter")
        await it.until(lambda: "second" in it.names)
        await it.until(lambda: it.in_list)
        assert real(host, "/srv/guests/second.img").read_bytes() == b"data".ljust(MIB)
        domain = it.domain("second")
        assert domain is not None and domain.stored is not None
        assert [disk.target for disk in domain.stored.disks] == [
            "/srv/guests/second.img",
            "/srv/guests/cd.iso",
        ]


async def test_enter_before_the_path_has_followed_is_the_same(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await stored(it)
        await it.press("ctrl+y")
        await it.shows("Clone web")
        await it.type("second", "enter")
        await it.until(lambda: "second" in it.names)
        assert real(host, "/srv/guests/second.img").exists()


async def test_what_is_in_the_way_is_said_in_the_dialog(host: StageHost) -> None:
    real(host, "/srv/guests/there.img").write_bytes(b"precious")
    async with stage(host, size=NARROW) as it:
        await stored(it)
        await it.press("ctrl+y")
        await it.shows("Clone web")
        await it.type("web", "enter")
        await it.shows("a domain of that name is already stored")
        await it.press(*["backspace"] * 3)
        await it.type("second")
        await it.until(lambda: path_of_copy(it) == "/srv/guests/second.img")
        await it.press("tab")
        await it.until(lambda: it.app.focused is it.app.screen.query_one("#field-xvda"))
        await it.type("/srv/guests/there.img", "enter")
        await it.shows("something with that name exists already")
        assert real(host, "/srv/guests/there.img").read_bytes() == b"precious"
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_one_that_runs_says_what_to_do(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await stored(it)
        await it.press("s")
        await it.until(lambda: it.state("web") == "running")
        await it.press("ctrl+y")
        await it.shows("cannot clone: it is running")
        assert it.in_list


async def test_its_disks_go_with_a_domain_when_asked_twice(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await stored(it)
        await chosen_with_disks(it)
        await it.press("enter")
        await it.shows("Delete web with its disks?", "/srv/guests/web.img (raw, 1M) is removed for good")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert real(host, "/srv/guests/web.img").exists()
        await chosen_with_disks(it)
        await it.press("enter")
        await it.shows("Delete web with its disks?")
        await it.type("web", "enter")
        await it.until(lambda: "web" not in it.names)
        await it.until(lambda: not real(host, "/srv/guests/web.img").exists())
        assert real(host, "/srv/guests/cd.iso").exists()


async def test_the_box_is_checked_however_fast_it_is_typed(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await stored(it)
        await it.press("D")
        await it.shows("With its disks, for good")
        await it.press(*"web", "tab", "space", "enter")
        await it.shows("Delete web with its disks?")
        await it.press(*"wxb", "left", "backspace", *"e", "up", "down", "enter")
        await it.until(lambda: "web" not in it.names)


async def test_a_line_asks_twice_too(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await stored(it)
        await it.command("delete web --with-disks")
        await it.shows("Delete web with its disks?")
        await it.type("web", "enter")
        await it.shows("Really remove 1 disk of web?")
        assert real(host, "/srv/guests/web.img").exists()
        await it.press("y")
        await it.until(lambda: "web" not in it.names)
        await it.until(lambda: not real(host, "/srv/guests/web.img").exists())


async def test_the_dialogs(noon: Noon, look: Look, colour: str) -> None:
    host = noon.host()
    prepared(host)
    async with scene(host, look, colour) as camera:
        it = camera.it
        await stored(it)
        await it.press("ctrl+y")
        await it.shows("Clone web")
        await it.type("second")
        await it.until(lambda: path_of_copy(it) == "/srv/guests/second.img")
        await camera.take("clone")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await chosen_with_disks(it)
        await camera.take("delete")
        await it.press("enter")
        await it.shows("Delete web with its disks?")
        await camera.take("delete-with-disks")
