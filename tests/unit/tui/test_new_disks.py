"""Disks whose images are made where they are chosen: attached, added in the form, and on the page of a new guest."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.unit.tui.stage import NARROW, WIDE, Stage, StageHost, stage
from tests.unit.tui.test_form import editing, section
from xentui.hosts.base import Completed
from xentui.tui.editor.screen import EditorScreen

PATH = "/srv/guests/new.img"


def real(host: StageHost, path: str = PATH) -> Path:
    return Path(host.host_path(path))


def field(it: Stage, name: str) -> Input:
    return it.app.screen.query_one(f"#field-{name}", Input)


def says(it: Stage, part: str) -> bool:
    """Whether the form is in sight again, and its text has come to say something."""
    screen = it.app.screen
    return isinstance(screen, EditorScreen) and part in screen.buffer.text


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_path_that_does_not_exist_is_made_by_its_size(host: StageHost, size: tuple[int, int]) -> None:
    async with stage(host, size=size) as it:
        await it.go("web1")
        await it.press("+")
        await it.shows("Attach a disk to web1")
        await it.type(PATH, "enter")
        await it.shows(f"{PATH} does not exist on the host → type the size of a", "Size of a new one")
        await it.until(lambda: it.app.focused is field(it, "size"))
        assert not real(host).exists()
        await it.type("4", "enter")
        await it.shows("Size of a new one: has no unit")
        await it.type("M", "enter")
        await it.shows("web1: disk xvdb attached: /srv/guests/new.img, new, raw, 4M")
        await it.until(lambda: it.domain("web1").version == 2)  # type: ignore[union-attr]
        assert (real(host).stat().st_size, real(host).stat().st_blocks) == (4 << 20, 0)


async def test_the_name_of_a_new_disk_tells_its_format_and_all_its_room_may_be_taken(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("+")
        await it.shows("Attach a disk to web1")
        await it.type("/srv/guests/new.vhd", "down")
        await it.until(lambda: field(it, "format").value == "vhd")
        await it.shows("does not exist on the host: type the size of a")
        await it.press("up", "end", "ctrl+u")
        await it.type(PATH, *["down"] * 4)
        await it.until(lambda: field(it, "format").value == "raw")
        await it.type("2M", "down", "space", "enter")
        await it.shows("web1: disk xvdb attached: /srv/guests/new.img, new, raw, 2M")
        assert real(host).stat().st_blocks * 512 == 2 << 20


async def test_nothing_is_left_of_a_new_disk_that_cannot_be_attached(host: StageHost) -> None:
    host.answer = lambda argv: (
        Completed(tuple(argv), 1, b"", b"libxl: error: xenstore is full\n")
        if "block-attach" in argv
        else None
    )
    async with stage(host) as it:
        await it.go("web1")
        await it.press("+")
        await it.shows("Attach a disk to web1")
        await it.type(PATH, *["down"] * 4)
        await it.type("4M", "enter")
        await it.shows("Attach a disk to web1", "xenstore is full", PATH)
        assert not real(host).exists()
        real(host).write_bytes(b"precious")
        await it.press("enter")
        await it.shows("something with that name exists already")
        assert real(host).read_bytes() == b"precious"


async def test_a_disk_made_in_the_form_is_stored_with_it(host: StageHost) -> None:
    async with editing(host, "web1") as it:
        await section(it, "Disks")
        await it.press("a")
        await it.shows("Add a disk")
        await it.type(PATH, *["down"] * 5)
        await it.type("4M", "enter")
        await it.hides("Add a disk")
        assert real(host).stat().st_size == 4 << 20
        await it.until(lambda: says(it, f"{PATH},raw,xvdb,w"))
        await it.press("f2")
        await it.shows("Store web1")
        await it.press("enter")
        await it.shows("web1: stored as version 2")
        await it.quiet()
        assert real(host).exists()


async def test_a_disk_made_in_a_form_that_is_not_stored_is_removed_again(host: StageHost) -> None:
    async with editing(host, "web1") as it:
        await section(it, "Disks")
        await it.press("a")
        await it.shows("Add a disk")
        await it.type(PATH, *["down"] * 5)
        await it.type("4M", "enter")
        await it.until(lambda: says(it, PATH))
        await it.press("escape", "escape")
        await it.shows("Leave without storing?", f"{PATH} was made here, and is removed again.")
        assert real(host).exists()
        await it.press("y")
        await it.until(lambda: it.in_list)
        await it.until(lambda: not real(host).exists())
        await it.shows(f"{PATH}: removed again: nothing names it")


async def test_one_that_the_stored_text_names_stays(host: StageHost) -> None:
    path = host.guest("one", disk=f"['{PATH},raw,xvda,w']")
    async with stage(host) as it:
        await it.command(f"new {path}")
        await it.until(lambda: "one" in it.names)
        await it.press("escape")
        await it.go("one")
        await it.press("e")
        await it.until(lambda: isinstance(it.app.screen, EditorScreen))
        await section(it, "Disks")
        await it.press("enter")
        await it.shows("Change a disk")
        await it.press(*["down"] * 5)
        await it.type("4M", "enter")
        await it.until(lambda: isinstance(it.app.screen, EditorScreen) and real(host).exists())
        await it.press("escape", "escape")
        await it.until(lambda: it.in_list)
        await it.quiet()
        assert real(host).exists()


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_first_disk_of_a_new_guest_is_made(host: StageHost, size: tuple[int, int]) -> None:
    async with editing(host, "", size=size) as it:
        await it.type("one", *["tab"] * 4)
        await it.type(PATH, "tab")
        await it.shows("first disk does not exist on", "F3 makes it")
        await it.press("f3")
        await it.shows("Change a disk", "10G")
        await it.until(lambda: it.app.focused is field(it, "size"))
        await it.type("4M", "enter")
        await it.hides("Change a disk")
        await it.hides("first disk does not exist")
        assert real(host).stat().st_size == 4 << 20
        await it.press("f2")
        await it.shows("Store the new domain")
        assert "does not exist" not in it.screen
        await it.press("enter")
        await it.shows("one: stored as version 1")
        assert real(host).exists()


async def test_without_a_first_disk_a_new_one_is_asked_for_whole(host: StageHost) -> None:
    async with editing(host, "") as it:
        await it.settled()
        await it.press("f3")
        await it.shows("Add a disk", "10G", "xvda")
        await it.type(PATH, "enter")
        await it.hides("Add a disk")
        assert real(host).stat().st_size == 10 << 30
        await it.until(lambda: says(it, f"{PATH},raw,xvda,w"))
        await it.press("f3")
        await it.shows("Add a disk", "xvdb")
        await it.press("escape")
