"""The form of a configuration: sections, fields, help, and what is typed into them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.seeded import copy_file
from tests.unit.tui.stage import NARROW, WIDE, Stage, StageHost, stage
from xentui.service.disk_facts import DiskFound
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.editor.screen import EditorScreen
from xentui.tui.editor.sections import SECTIONS


def editor(it: Stage) -> EditorScreen:
    screen = it.app.screen
    assert isinstance(screen, EditorScreen), screen
    return screen


def text(it: Stage) -> str:
    return editor(it).buffer.text


def value(it: Stage, name: str) -> str | None:
    """A parameter as the document has it."""
    document = editor(it).buffer.document
    assert document is not None
    return document.string(name)


@asynccontextmanager
async def editing(host: StageHost, name: str, **options: Any) -> AsyncIterator[Stage]:
    """The editor of a domain; "" is a new one."""
    async with stage(host, **options) as it:
        if name:
            await it.go(name)
        await it.press("e" if name else "N")
        await it.until(lambda: isinstance(it.app.screen, EditorScreen))
        yield it


async def section(it: Stage, title: str) -> None:
    """Go into a section."""
    screen = editor(it)
    await it.until(lambda: screen.focused is not None)
    if screen.focused is not screen.form.sections:
        await it.press("escape")
        await it.until(lambda: screen.focused is screen.form.sections)
    index = next(at for at, item in enumerate(SECTIONS) if item.title == title)
    await it.press("home", *["down"] * index)
    await it.until(
        lambda: screen.form.section is SECTIONS[index] and screen.form.sections.highlighted == index
    )
    await it.press("enter")
    await it.until(lambda: screen.form.fields.has_focus_within)


async def store(it: Stage, reason: str = "") -> None:
    await it.press("f2")
    await it.shows("Reason (for the history)")
    await it.type(reason, "enter")
    await it.until(lambda: it.in_list)


async def test_what_is_typed_ahead_is_for_the_form(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        before = text(it)
        await it.press("ctrl+pagedown", "enter", "9", "9", "down", "9", "8", "enter", "3", "enter", "f9")
        await it.until(lambda: editor(it).as_text)
        await it.shows("memory = 99", "vcpus = 3", "maxmem = 98")
        assert text(it) == before.replace("4096", "99").replace("vcpus = 4", "vcpus = 3") + "maxmem = 98\n"
        assert "# database, on the volume group" in it.screen


async def test_keys_typed_ahead_of_the_editor_do_not_reach_the_list(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("db1")
        await it.press("e", "ctrl+pagedown", "enter", "7", "7")
        await it.shows("memory             77")


async def test_the_help_of_the_sections_fills_its_lines_in_a_narrow_terminal(host: StageHost) -> None:
    async with editing(host, "db1", size=NARROW) as it:
        await it.shows("else goes to", "the next field; Ctrl-Space")


async def test_the_uuid_is_shown_and_help_says_all_of_a_field(host: StageHost) -> None:
    async with editing(host, "db1", size=NARROW) as it:
        domain = it.domain("db1")
        assert domain is not None
        await it.press("enter", *["down"] * 7)
        await it.shows(
            domain.uuid[2:], "The domain's lasting identity", "string · default random", "xl.cfg(5)"
        )
        assert "General           4" in it.screen
        assert "Disks             2" in it.screen
        await section(it, "Events")
        await it.press("down", "down")
        await it.shows(
            "What happens when the guest crashes", "destroy | restart | rename-restart", "default destroy"
        )


async def test_a_long_value_shows_its_beginning_when_it_is_left(host: StageHost) -> None:
    async with editing(host, "db1", size=(56, 24)) as it:
        domain = it.domain("db1")
        assert domain is not None
        await it.press("enter", *["down"] * 7)
        await it.hides(f"uuid               {domain.uuid[:8]}")
        await it.press("up")
        await it.shows(f"uuid               {domain.uuid[:8]}")
        await it.press("down", "end", "backspace")
        await it.shows(f"{domain.uuid[-6:-1]}\n")
        await it.press("escape")
        await it.shows(f"uuid               {domain.uuid[:8]}")


async def test_a_field_and_then_a_row_typed_ahead_are_both_taken(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "Graphics, console")
        last = editor(it).form.fields.lines[-1]
        editor(it).set_focus(last)
        await it.until(lambda: last.has_focus)
        await it.press("1", "down", "enter")
        await it.until(lambda: isinstance(it.app.screen, FormDialog) and it.app.focused)
        dialog = it.app.screen
        assert isinstance(dialog, FormDialog)
        dialog.accept()
        await it.until(lambda: isinstance(it.app.screen, EditorScreen))
        await it.until(lambda: "vfb = " in text(it))
        assert value(it, last.field) == "1"


async def test_a_field_that_cannot_be_hinders_storing_and_is_kept(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "CPU and memory")
        await it.type("12x")
        await it.shows("memory must be a size in")
        await it.press("ctrl+pagedown")
        await it.shows("boot method")
        await it.press("f2")
        await it.shows("memory             12x", " warning  memory must be a size in MiB")
        assert "memory = 4096" in text(it)
        for key in ("f4", "f5", "f9"):
            await it.press(key)
            await it.shows("memory             12x")
            assert isinstance(it.app.screen, EditorScreen)
            await it.pilot.pause(0.2)
        await it.press("escape")
        await it.until(lambda: it.app.focused is editor(it).form.sections)
        await it.press("escape")
        await it.shows("Leave without storing?")
        await it.press("escape")
        await it.hides("Leave without storing?")
        await section(it, "CPU and memory")
        await it.press("ctrl+z")
        await it.shows("memory             4096")
        await it.press("escape")
        await it.until(lambda: it.app.focused is editor(it).form.sections)
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_a_field_that_hinders_storing_keeps_the_cursor_and_its_help(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "CPU and memory")
        await it.type("12x")
        await it.press("f2")
        await it.shows(" warning  memory must be a size in MiB", "memory: Memory the guest gets")
        assert editor(it).form.section.title == "CPU and memory"
        await section(it, "Network")
        await it.press("f2")
        await it.shows("memory             12x", "memory: Memory the guest gets")


async def test_the_last_field_is_in_what_is_stored(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "CPU and memory")
        await it.type("2048")
        await store(it, "less")
        await it.shows("db1: stored as version 2")
        assert it.current == "db1"


async def test_undo_and_redo_through_both_views(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        first = text(it)
        await section(it, "CPU and memory")
        await it.type("2048", "enter")
        await it.until(lambda: "memory = 2048" in text(it))
        await it.press("f9")
        await it.shows("memory = 2048")
        await it.press("ctrl+z")
        await it.shows("memory = 4096")
        await it.press("ctrl+y")
        await it.shows("memory = 2048")
        await it.press("ctrl+end")
        await it.type("# note", "enter", "f9")
        await it.shows("memory             2048")
        await it.press("ctrl+z")
        await it.until(lambda: "# note" not in text(it))
        for _ in range(10):
            await it.press("ctrl+z")
        await it.shows("nothing to undo", "memory             4096")
        assert text(it) == first
        for _ in range(10):
            await it.press("ctrl+y")
        await it.shows("nothing to redo")
        assert text(it).endswith("# note\n")
        assert not it.app.screen.query("StoreDialog")


async def test_tab_completes_what_is_begun_and_choices_have_a_key(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "General")
        await it.press("down")
        await it.shows("How the guest is virtualised")
        await it.press("ctrl+@")
        await it.shows(" pvh")
        await it.press("tab", "down")
        await it.shows("type               pvh")
        await it.press("escape")
        await it.shows("type               default pv")
        assert editor(it).focused is not editor(it).form.sections
        await it.type("hv", "tab")
        await it.shows("type               hvm")
        await it.press("enter")
        await it.until(lambda: text(it).endswith('type = "hvm"\n'))
        await section(it, "CPU and memory")
        await it.press(*["down"] * 4)
        await it.type("0", "ctrl+@")
        await it.shows("0-7")


async def test_tab_goes_on_from_a_whole_value_and_leaves_it(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        first = text(it)
        await section(it, "General")
        await it.press("tab")
        await it.shows("How the guest is virtualised")
        await it.press(*["tab"] * 7)
        await it.shows("CPU pool the domain runs in")
        await it.press("tab")
        await it.until(lambda: getattr(it.app.focused, "field", "") == "nomigrate")
        assert text(it) == first, "an empty value is as valid"
        await it.press(*["up"] * 8)
        await it.type("pv", "tab")
        await it.shows("Memory the guest gets at the start")
        await it.until(lambda: value(it, "type") == "pv")
        # Of the value that is there all others can be had.
        await it.press("up", "ctrl+@")
        await it.shows("›pv", " hvm")
        await it.press("up", "enter")
        await it.shows("type               hvm")
        await it.hides("›hvm")
        await it.press("enter")
        await it.until(lambda: value(it, "type") == "hvm")
        await section(it, "Boot")
        await it.press("tab")
        await it.until(lambda: getattr(it.app.focused, "field", "") == "kernel")
        await it.press("up", "ctrl+@")
        await it.shows("›direct kernel", " pygrub", " firmware")


async def test_a_suggestion_that_is_whole_is_left_by_tab(host: StageHost) -> None:
    async with editing(host, "db1") as it:

        async def suggestions(kind: str, prefix: str = "") -> tuple[str, ...]:
            return tuple(word for word in ("de", "de-ch", "fr") if word.startswith(prefix))

        it.app.here.hypervisor.editing.suggestions = suggestions  # type: ignore[method-assign]
        await section(it, "Graphics, console")
        await it.press(*["down"] * 10)
        await it.type("de", "tab")
        await it.shows("Serial ports of an HVM guest")
        await it.until(lambda: value(it, "keymap") == "de")
        await it.press("up", "ctrl+@")
        await it.shows("›de", " de-ch", " fr")


async def test_tab_changes_no_field_of_a_disk(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "Disks")
        await it.press("a")
        await it.shows("Guest device")
        await it.type("/srv/x.img", "down", "tab")
        await it.until(lambda: getattr(it.app.focused, "id", "") == "field-access")
        await it.press("tab")
        await it.until(lambda: getattr(it.app.focused, "id", "") == "field-format")
        await it.type("qcow", "tab")
        await it.until(lambda: getattr(it.app.focused, "id", "") == "field-cdrom")
        values = {line.id: line.value for line in it.app.screen.query(Input)}
        assert (values["field-access"], values["field-format"]) == ("w", "qcow")
        await it.press("up", "up", "ctrl+@")
        await it.shows("›w", " r", " w!")
        await it.press("tab", "enter", "down")
        await it.until(lambda: it.app.screen.query_one("#field-access", Input).value == "r")
        await it.type("v", "tab")
        await it.shows("Format                 vhd")


async def test_escape_takes_back_what_a_dialog_offers_and_keeps_the_rest(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "Disks")
        await it.press("a")
        await it.shows("Guest device")
        await it.type("/srv/x.img", "down", "down", "ctrl+@", "down")
        await it.until(lambda: it.app.screen.query_one("#field-access", Input).value == "r")
        await it.press("escape")
        await it.until(lambda: it.app.screen.query_one("#field-access", Input).value == "w")
        await it.shows("Guest device", "/srv/x.img")
        await it.press("escape")
        await it.hides("Guest device")


async def test_enter_on_a_box_is_ok_and_space_changes_it(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "Disks")
        await it.press("a")
        await it.shows("Guest device")
        await it.type("/srv/cd.iso", *["down"] * 4, "space")
        await it.shows("[x] CD-ROM drive")
        await it.press("enter")
        await it.hides("CD-ROM drive")
        await it.until(lambda: "cdrom" in text(it))


async def test_the_keys_of_rows_are_told_while_one_is_among_them(host: StageHost) -> None:
    async with editing(host, "db1", size=NARROW) as it:
        assert "Remove" not in it.lines[-1]
        await section(it, "Disks")
        await it.press("right")
        await it.until(lambda: "a Add Enter Edit Del Remove" in it.lines[-1])


async def test_a_dialog_on_a_small_terminal_scrolls(host: StageHost) -> None:
    async with editing(host, "db1", size=(60, 15)) as it:
        assert it.lines[-1].endswith("Esc Back")
        await section(it, "Disks")
        await it.press("a")
        await it.shows("Add a disk", "Image or device", "OK", "Cancel")
        await it.press("down", "down")
        await it.shows("Access", "w: read and write; r:", "OK", "Cancel")
        await it.press("ctrl+@")
        await it.shows("›w", " w!", "OK", "Cancel")
        await it.press("escape", "down", "enter")
        await it.shows("a disk needs a path", "OK", "Cancel")
        await it.press("escape")
        await it.hides("Add a disk")
        await section(it, "CPU and memory")
        await it.type("512", "f2")
        await it.shows("Reason (for the history)", "[ ] now:", "Store ", "Cancel")
        await it.press("escape")
        await it.hides("Reason")
        await section(it, "Graphics, console")
        await it.press(*["down"] * 8, "ctrl+@")
        await it.shows("vga                default cirrus", " stdvga")


async def test_other_keys_are_added_and_removed(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        before = text(it)
        await section(it, "Other keys")
        await it.type("x y", "enter")
        await it.shows("add a parameter is not a")
        await it.press("end", "ctrl+u")
        await it.type("nestedh", "tab")
        await it.shows("add a parameter    nestedhvm")
        await it.press("enter")
        await it.shows("(nested HVM)")
        assert text(it) == before
        await it.type("1", "enter")
        await it.until(lambda: text(it) == before + "nestedhvm = 1\n")
        await it.type("foo", "enter")
        await it.shows("xl knows no such parameter")
        await it.pilot.pause(0.2)
        await it.type('["a", 3]', "enter")
        await it.until(lambda: "foo = " in text(it))
        assert text(it).endswith("foo = ['a', '3']\n") or text(it).endswith('foo = ["a", "3"]\n')
        await it.shows("Other keys        2 !", "xl knows no parameter 'foo'")
        await it.press("up", "end", "ctrl+u", "enter")
        await it.until(lambda: "foo" not in text(it))
        await it.shows("│ foo")
        # A parameter that has its own field is set there.
        await section(it, "Other keys")
        await it.press("down", "down")
        await it.shows("Ctrl-Space lists those xl knows")
        await it.type("vncpasswd", "enter")
        await it.shows(
            "vnclisten", "Password of the VNC server" if "Password of" in it.screen else "vncpasswd"
        )
        assert text(it) == before + "nestedhvm = 1\n"


async def test_f8_goes_to_the_field_of_a_problem(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await it.press("f9")
        await it.press("ctrl+end")
        await it.type("on_crash = 'explode'", "enter")
        await it.press("f9")
        await it.shows("Events            1 !")
        await it.press("f8")
        await it.shows("on_crash           explode", "What happens when the guest crashes", "explode")


async def test_f8_goes_to_what_is_missing(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        editor(it).buffer.type("memory = 64\n")
        await section(it, "Disks")
        await it.press("f8")
        await it.shows("has no domain name")
        await it.until(lambda: getattr(it.app.focused, "field", "") == "name")
        assert re.search(r"General +\d* *!", it.screen)
        await section(it, "Events")
        await it.press("f8")
        await it.shows("neither a kernel nor a boot loader is given")
        await it.until(lambda: getattr(it.app.focused, "field", "") == "kernel")
        assert re.search(r"Boot +\d* *!", it.screen)


async def test_a_notice_goes_with_the_text_it_is_about(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "Events")
        await it.press("down", "down")
        await it.type("bang", "f9")
        await it.shows(" warning  on_crash must be one of")
        await it.settled()
        await it.shows(" warning  on_crash must be one of")
        await it.press("ctrl+u")
        await it.hides(" warning  on_crash")
        await section(it, "Boot")
        await it.type("firmware", "enter")
        await it.shows(" note  boot method firmware: removed kernel, ramdisk")
        await it.press("down")
        await it.settled()
        await it.shows("boot method firmware: removed kernel, ramdisk")
        await it.press("ctrl+z")
        await it.shows("boot method        direct kernel")
        await it.hides(" note  boot method firmware")
        await it.press("f9")
        await it.until(lambda: it.app.focused is editor(it).raw)
        await it.press("ctrl+end")
        await it.type("'oops", "f9")
        await it.shows("the form needs a text without syntax errors")
        await it.press("home", "ctrl+k")
        await it.hides("the form needs a text without syntax errors")


async def test_the_title_says_at_once_that_the_text_is_changed(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await it.press("f9", "ctrl+end")
        await it.type("# x", "enter", "f9")
        await it.until(lambda: not editor(it).as_text)
        await it.settled()
        assert "· changed" in it.lines[0]


@pytest.mark.parametrize("wide", [NARROW, WIDE])
async def test_hostile_text_is_shown_harmlessly_and_kept(host: StageHost, wide: tuple[int, int]) -> None:
    hostile = "[red]\u202e\u4e16\u754c\u2066"
    path = host.guest("evil", extra=f'"{hostile}"', bad_key="'[b]x'", description="'[link=x]\u200e'")
    async with stage(host, size=wide) as it:
        await it.command(f"new {path}")
        await it.shows("Close")
        await it.press("escape")
        await it.until(lambda: "evil" in it.names)
        await it.go("evil")
        await it.until(lambda: it.current == "evil")
        await it.press("e")
        await it.shows("boot method")
        before = text(it)
        await it.press("ctrl+pagedown", "ctrl+pagedown", "enter", *["down"] * 5)
        await it.shows("[red]�世界�")
        await section(it, "Other keys")
        await it.shows("bad_key            [b]x")
        await it.press("f9")
        await it.shows("The text as xl reads it", "[red]")
        assert text(it) == before
        assert not any(sign in it.screen for sign in "\u202e\u2066\u200e")


async def test_a_text_that_cannot_be_read_opens_raw(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await it.press("f9", "ctrl+end")
        await it.type("name = 'oops", "f9")
        await it.shows("the form needs a text without syntax errors", "no closing quote")
        await it.press("f2")
        await it.shows("xl would refuse this: correct the errors first", "no closing quote")
        await it.press("escape", "ctrl+z", "f9")
        await it.shows("CPU and memory")


async def test_a_resize_and_f_keys_in_a_field_lose_nothing(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "CPU and memory")
        await it.type("20")
        await it.resize(NARROW)
        await it.type("48")
        await it.shows("memory             2048")
        await it.press("f1")
        await it.shows("Check, show what changes, and store it")
        await it.press("escape")
        await it.shows("memory             2048")
        await it.press("f2")
        await it.shows("memory: 4 GiB → 2 GiB")
        await it.resize(WIDE)
        await it.press("escape")
        await it.shows("not stored")


async def test_help_in_the_editor_is_about_the_editor(host: StageHost) -> None:
    async with editing(host, "db1", size=(130, 80)) as it:
        await section(it, "CPU and memory")
        await it.press("f1")
        await it.shows("Shift-F8", "Ctrl-PgDn", "Nothing is stored before F2", "An empty field removes")
        assert "shift+f8" not in it.screen
        assert "Filter words" not in it.screen


async def test_domain_0_has_no_configuration_and_a_transient_one_becomes_managed(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("Domain-0")
        await it.press("e")
        await it.shows("cannot edit: it is Domain-0")
        await it.go("build")
        await it.press("e")
        await it.shows("build · transient", "storing it makes it managed")
        await store(it)
        await it.until(lambda: (domain := it.domain("build")) is not None and domain.managed)


async def test_a_new_domain_from_nothing(host: StageHost) -> None:
    async with editing(host, "") as it:
        await it.shows("new domain")
        await it.press("f2")
        await it.shows("Store the new domain")
        await it.press("escape")
        await it.hides("Reason (for the history)")
        await section(it, "General")
        await it.type("fresh", "enter")
        await section(it, "Boot")
        await it.type("direct kernel", "enter")
        await it.shows("ramdisk")
        await it.type("/srv/guests/vmlinuz", "enter")
        await store(it, "made")
        await it.until(lambda: it.current == "fresh")
        await it.shows("fresh: stored as version 1")


async def test_a_new_guest_is_asked_for_on_one_page(host: StageHost) -> None:
    image = host.image("one.img")
    async with editing(host, "") as it:
        await it.type("one", "tab", "tab")
        await it.type("1.5G", "tab", "tab")
        await it.type(image, "f2")
        await it.shows("Store the new domain", "memory: 512 MiB → 1536 MiB")
        await it.press("enter")
        await it.shows("one: stored as version 1")
        await it.until(lambda: it.current == "one")
        domain = it.domain("one")
        assert domain is not None and domain.stored is not None
        assert [(disk.vdev, disk.target) for disk in domain.stored.disks] == [("xvda", image)]
        assert [vif.bridge for vif in domain.stored.vifs] == ["xenbr0"], "prefilled with what the host has"


async def test_the_host_tells_what_the_first_disk_is(host: StageHost) -> None:
    image = host.image("two.img")
    Path(host.host_path(image)).write_bytes(b"QFI\xfb\0\0\0\3" + b"\0" * 4096)
    async with editing(host, "") as it:
        await it.press(*["tab"] * 4)
        await it.type("/srv/nowhere.img", "tab")
        await it.shows("first disk does not exist on")
        await it.press("up")
        await it.type("srv/x", "tab")
        await it.shows("first disk must be an")
        await it.press("up")
        await it.type(image, "tab")
        await it.shows("first disk: format qcow2, as the host says")
        assert f"{image},qcow2,xvda,w" in text(it) and "does not exist" not in it.screen
        await it.press("up", "end", "ctrl+u", "down")
        await it.until(lambda: "qcow2" not in text(it))


async def test_the_host_is_asked_once_about_a_first_disk_that_is_left_and_stored(host: StageHost) -> None:
    image, asked = host.image("two.img"), list[str]()
    async with editing(host, "") as it:
        editing_service = it.app.here.hypervisor.editing
        ordinary = editing_service.disk_at

        async def told(path: str) -> DiskFound:
            asked.append(path)
            return await ordinary(path)

        editing_service.disk_at = told  # type: ignore[method-assign]
        await it.press(*["tab"] * 4)
        await it.type(image)
        editor(it).take()
        await asyncio.gather(editor(it).disk.ask(), editor(it).disk.ask())
        assert asked == [image]


async def test_the_way_of_booting_is_filled_in_from_the_disk(host: StageHost) -> None:
    async with editing(host, "backup", size=NARROW) as it:
        before = text(it)
        await section(it, "Boot")
        await it.shows("F6 fills one in from its disk")
        await it.press("f6")
        await it.shows("How backup boots", "domUloader", "its menu is grub-legacy's")
        await it.press("home", "down", "enter")
        await it.shows("boots with domUloader, as found on its disk; Ctrl-Z undoes that")
        assert value(it, "bootloader") == "domUloader"
        assert "/boot/vmlinuz-6.1.0-56-amd64" in text(it)
        await it.press("ctrl+z")
        await it.until(lambda: text(it) == before)


async def test_a_guest_with_a_kernel_of_the_host_is_offered_what_its_disk_has(host: StageHost) -> None:
    copy_file(host.host_path("/srv/xen/backup.img"), host.host_path("/srv/xen/router.img"))
    async with editing(host, "router", size=NARROW) as it:
        await it.press("f6")
        await it.shows("How router boots")
        await it.press("home", "enter")
        await it.shows("boots with pygrub")
        assert (value(it, "bootloader"), value(it, "kernel")) == ("pygrub", None)


async def test_an_hvm_guest_has_no_other_way(host: StageHost) -> None:
    async with editing(host, "win10", size=NARROW) as it:
        before = text(it)
        await it.press("f6")
        await it.shows("boots its own loader")
        assert text(it) == before
