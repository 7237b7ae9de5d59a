"""The ways out of the editor: stored, booted once, written to a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.unit.tui.stage import NARROW, PATIENCE, Stage, StageHost
from tests.unit.tui.test_form import editing, editor, section, store, text
from xentui.tui.editor.screen import EditorScreen
from xentui.tui.screens.help import HelpScreen
from xentui.tui.widgets.check import Check


async def memory(it: Stage, value: str) -> None:
    await section(it, "CPU and memory")
    await it.type(value, "enter")
    await it.until(lambda: f"memory = {value}" in text(it))


async def test_what_can_be_applied_now_is_offered_and_done(host: StageHost) -> None:
    async with editing(host, "web1", size=NARROW) as it:
        await memory(it, "1200")
        await it.press("f2")
        await it.shows("memory: 1024 MiB → 1200 MiB", "now: xl mem-set 1 1200m", "Reason")
        await it.press("up")
        await it.until(lambda: isinstance(it.app.focused, Check))
        await it.press("space")
        await it.shows("[x] now")
        await it.press("down")
        await it.until(lambda: isinstance(it.app.focused, Input))
        await it.type("more", "enter")
        await it.until(lambda: it.in_list)
        await it.quiet()
        assert "xl mem-set 1 1200m" in host.did
        await it.press("H")
        await it.shows("root@desk  more")


async def test_nothing_changed_is_nothing_to_store(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await it.press("f2")
        await it.shows("Nothing has changed", "Close")
        assert "Reason" not in it.screen
        await it.press("escape")
        await it.shows("nothing to store")


async def test_errors_of_the_host_cannot_be_accepted(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await it.press("f9", "ctrl+end")
        await it.type("disk = ['x,raw,xvda,w,foo=bar']", "enter", "f2")
        await it.shows("xl would refuse this: correct the errors first")
        assert "Store " in it.screen
        await it.press("enter")
        await it.hides("xl would refuse")
        assert isinstance(it.app.screen, EditorScreen)


async def test_somebody_was_quicker(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        service = it.app.here.hypervisor
        domain = it.domain("db1")
        assert domain is not None
        draft = await service.editing.open(domain)
        await service.editing.store(draft, draft.text + "# theirs\n", reason="quick [b]one")
        await memory(it, "2048")
        await it.press("f2")
        await it.shows("Reason")
        await it.type("mine", "enter")
        await it.shows("Somebody else has stored a version meanwhile", "[b]one")
        await it.press("escape")
        await it.shows("not stored")
        await it.press("f2")
        await it.shows("Reason")
        await it.type("mine", "enter")
        await it.shows("Somebody else has stored")
        await it.press("y")
        await it.shows("db1: stored as version 3")
        assert (await service.history.versions(domain))[-1].reason == "mine"


async def test_a_dry_run_stores_nothing(host: StageHost) -> None:
    async with editing(host, "db1", dry_run=True) as it:
        await memory(it, "2048")
        await it.press("f2")
        await it.shows("Reason")
        await it.press("enter")
        await it.shows("a dry run: version 2 was not stored")
        await it.press("escape")
        domain = it.domain("db1")
        assert domain is not None
        assert len(await it.app.here.hypervisor.history.versions(domain)) == 1


async def test_what_was_booted_once_can_be_stored_later(host: StageHost) -> None:
    async with editing(host, "backup") as it:
        await memory(it, "300")
        await it.press("f4")
        await it.shows("Boot once with this text", "Open its console")
        await it.press("space", "tab", "tab", "enter")
        await it.shows("backup: booted once with this text; F2 stores it")
        await it.until(lambda: it.state("backup") == "running")
        assert "memory = 300" in text(it)
        await store(it, "works")
        await it.shows("backup: stored as version 2")


async def test_a_watched_boot_leaves_its_text_for_the_next_edit(host: StageHost) -> None:
    async with editing(host, "backup") as it:
        before = text(it)
        await memory(it, "300")
        await it.press("f4")
        await it.shows("Open its console")
        await it.press("tab", "tab", "enter")
        await it.until(lambda: not isinstance(it.app.screen, EditorScreen))
        await it.shows("ready")
        await it.press("ctrl+right_square_bracket")
        await it.until(lambda: it.in_list)
        await it.go("backup")
        await it.press("e")
        await it.shows("this is what was booted once, not stored yet")
        assert "memory = 300" in text(it)
        await it.press("ctrl+z")
        await it.until(lambda: text(it) == before)
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await it.press("e")
        await it.until(lambda: isinstance(it.app.screen, EditorScreen))
        assert text(it) == before, "what was taken back stays so"


async def test_what_was_booted_once_is_not_stored_over_a_newer_version_unasked(host: StageHost) -> None:
    async with editing(host, "backup") as it:
        await memory(it, "300")
        await it.press("f4")
        await it.shows("Open its console")
        await it.press("tab", "tab", "enter")
        await it.shows("ready")
        await it.press("ctrl+right_square_bracket")
        await it.until(lambda: it.in_list)
        service = it.app.here.hypervisor.editing
        domain = it.domain("backup")
        assert domain is not None
        draft = await service.open(domain)
        await service.store(draft, draft.text + "# theirs\n", reason="theirs")
        await it.go("backup")
        await it.press("e")
        await it.shows("this is what was booted once; another version has been stored since")
        await it.press("f2")
        await it.shows("Reason (for the history)")
        await it.press("enter")
        await it.shows("Somebody else has stored a version meanwhile")
        await it.press("n")
        await it.shows("not stored")


def slowly(host: StageHost, operation: str) -> asyncio.Event:
    """Let an operation on the store wait until the event is set."""
    may, call = asyncio.Event(), host.call

    async def later(called: Any, /, **arguments: Any) -> Any:
        if called == operation:
            await may.wait()
        return await call(called, **arguments)

    host.call = later  # type: ignore[assignment,method-assign]
    return may


async def being_stored(
    it: Stage, host: StageHost, monkeypatch: pytest.MonkeyPatch, *before: str
) -> asyncio.Event:
    """Store a change by a store that takes longer than keys wait; it ends when the event is set."""
    await memory(it, "2048")
    await it.press(*before, "f2")
    await it.shows("Reason (for the history)")
    may = slowly(host, "put")
    monkeypatch.setattr("xentui.tui.typeahead.READING", 0.2)
    await it.press("enter")
    await it.shows("storing …")
    await it.press("x")
    await it.shows("keys typed meanwhile were dropped")
    monkeypatch.setattr("xentui.tui.typeahead.READING", PATIENCE)
    return may


async def test_what_is_typed_while_it_is_stored_stays(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with editing(host, "db1") as it:
        may = await being_stored(it, host, monkeypatch, "f9")
        await it.press("ctrl+home", "#", "n", "enter")
        await it.until(lambda: editor(it).raw.text.startswith("#n\n"))
        may.set()
        await it.shows("db1: stored as version 2; what you typed meanwhile is not included")
        assert text(it).startswith("#n\n")
        await store(it, "more")
        await it.shows("db1: stored as version 3")


async def test_help_over_it_goes_with_the_editor_when_all_is_stored(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with editing(host, "db1") as it:
        may = await being_stored(it, host, monkeypatch)
        await it.press("f1")
        await it.until(lambda: isinstance(it.app.screen, HelpScreen))
        may.set()
        await it.until(lambda: it.in_list)
        await it.shows("db1: stored as version 2")


async def test_a_question_left_open_goes_with_the_editor(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with editing(host, "db1") as it:
        await memory(it, "2048")
        await it.hides("the host is slow")
        may = slowly(host, "write_scratch")
        monkeypatch.setattr("xentui.tui.typeahead.READING", 0.2)
        await it.press("f2")
        await it.shows("the host is slow")
        monkeypatch.setattr("xentui.tui.typeahead.READING", PATIENCE)
        await it.press("escape", "escape")
        await it.shows("Leave without storing?")
        may.set()
        await it.shows("Reason (for the history)")
        await it.press("enter")
        await it.until(lambda: it.in_list)
        await it.shows("db1: stored as version 2")
        assert it.app.typeahead.asking == 0


async def test_a_file_is_written_and_not_over_another(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        there = host.guest("there")
        await it.press("f5")
        await it.shows("File on the host")
        await it.fill(there)
        await it.shows(f"Overwrite {there}?")
        await it.press("n")
        await it.hides("Overwrite")
        assert "there" in Path(host.host_path(there)).read_text()
        await it.press("f5")
        await it.fill("/etc/xen/other.cfg")
        await it.shows("written to /etc/xen/other.cfg")
        assert Path(host.host_path("/etc/xen/other.cfg")).read_text() == text(it)
        await it.press("f5")
        await it.fill("/nowhere/x.cfg")
        await it.shows("cannot write the file")
        assert isinstance(it.app.screen_stack[-2], EditorScreen)


async def test_a_broken_text_is_not_booted_and_written_only_when_asked_to(host: StageHost) -> None:
    async with editing(host, "backup") as it:
        await it.press("f9")
        await it.type("zz zz", "enter")
        await it.until(lambda: text(it).startswith("zz zz\n"))
        await it.press("f4")
        await it.shows("Boot once with this text", "expected '=' or '+='", "correct the errors first")
        await it.press("escape")
        await it.press("f5")
        await it.shows("Write a configuration that xl would refuse?", "1:4")
        await it.press("n")
        await it.hides("refuse?")
        await it.press("f5")
        await it.shows("Write a configuration that xl would refuse?")
        await it.press("y")
        await it.shows("File on the host")
        await it.fill("half.cfg")
        await it.shows("its path is not")
        await it.fill("/etc/xen/half.cfg")
        await it.shows("written to /etc/xen/half.cfg")
        assert Path(host.host_path("/etc/xen/half.cfg")).read_text().startswith("zz zz\n")


async def test_rows_are_added_edited_moved_and_removed(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        before = text(it)
        image = host.image("new.img")
        await section(it, "Disks")
        await it.press("a")
        await it.shows("Add a disk", "xvdc")
        await it.type("file:/srv/guests/ne", "escape")
        await it.hides("Add a disk")
        await it.press("insert")
        await it.shows("Add a disk")
        await it.fill(f"file:{image}", "xvdc", "r", "raw")
        await it.hides("Add a disk")
        await it.until(lambda: f"'file:{image},xvdc,r'" in text(it))
        await it.shows("Disks             3")
        await it.press("ctrl+up", "ctrl+up")
        await it.until(lambda: text(it).index(image) < text(it).index("vg0/db1,"))
        await it.press("enter")
        await it.shows("Change a disk")
        await it.press("escape")
        await it.hides("Change a disk")
        await it.press("delete")
        await it.until(lambda: image not in text(it))
        assert text(it) == before
        await it.press("ctrl+z")
        await it.until(lambda: image in text(it))


async def test_interfaces_and_frame_buffers_have_dialogs(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "Network")
        await it.press("enter")
        await it.shows("Change an interface", "MAC address")
        await it.type("xenbr9", "escape")
        await it.hides("MAC address")
        await it.press("end", "enter")
        await it.shows("Add an interface")
        await it.fill("xenbr0", "", "", "", "script=vif-x,rate=1Mb/s")
        await it.until(lambda: "bridge=xenbr0,script=vif-x,rate=1Mb/s" in text(it))
        await section(it, "Graphics, console")
        await it.press(*["down"] * 13)
        await it.press("enter")
        await it.shows("Add a frame buffer", "Listens on")
        await it.fill("10.0.0.1", "", "", "", "")
        await it.until(lambda: "vfb = [" in text(it))
        assert "vnc=1,vnclisten=10.0.0.1" in text(it)


async def test_boot_methods_show_only_their_fields(host: StageHost) -> None:
    async with editing(host, "db1") as it:
        await section(it, "Boot")
        await it.shows("kernel", "ramdisk")
        await it.type("domUloader", "enter")
        await it.shows("removed kernel, ramdisk")
        await it.until(lambda: getattr(it.app.focused, "field", "") == "bootloader")
        await it.press("down")
        await it.shows('such as ["--entry=xvda1:/boot/vmlinuz-xen')
        assert "ramdisk   " not in it.screen
        await it.press("escape")
        await section(it, "Boot")
        await it.type("other boot loader", "enter")
        await it.until(lambda: 'bootloader = ""' in text(it))
        await it.press("f2")
        await it.shows("bootloader is missing: name the program that boots the guest")
        await it.type("/bin/loader", "enter")
        await it.until(lambda: 'bootloader = "/bin/loader"' in text(it))
        await section(it, "Boot")
        await it.type("firmware", "enter")
        await it.until(lambda: 'type = "hvm"' in text(it))
        await it.shows("bios")
        assert "bootloader" not in text(it)


async def test_the_review_of_a_new_guest_has_the_room_there_is_and_scrolls_from_the_reason(
    host: StageHost,
) -> None:
    async with editing(host, "", size=NARROW) as it:
        await it.type("fresh", "tab", "tab")
        await it.type("96", "tab", "tab")
        await it.type(host.image("fresh.img"), "f2")
        await it.shows("Store the new domain  (PgDn shows more)", "Store (Enter)", "Reason (for the history)")
        report = it.app.screen.query_one("#impact")
        await it.until(lambda: report.size.height >= 10)
        await it.press("pagedown")
        await it.until(lambda: report.scroll_offset.y >= 5)
        assert getattr(it.app.focused, "id", "") == "reason"
