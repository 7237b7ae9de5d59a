"""Keys for memory, vCPUs, disks and network interfaces."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.unit.tui.stage import StageHost, stage
from xentui.hosts.base import Completed
from xentui.tui.dialogs.field import Field, Said, meant
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.widgets.line_in_form import LineInForm


async def test_memory_and_its_maximum(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("m")
        await it.shows(
            "Memory of web1", "1024M", "2048M", "Takes effect now, and is stored as a new version."
        )
        await it.fill("768m", "3g")
        await it.shows("web1: maximum 3072 MiB, memory 768 MiB")
        await it.until(lambda: it.domain("web1").memory_mib == 768)  # type: ignore[union-attr]
        assert it.domain("web1").maxmem_mib == 3072  # type: ignore[union-attr]


async def test_a_size_that_is_none_is_refused_in_the_form(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("m")
        await it.shows("Memory of web1")
        await it.fill("much", "")
        await it.shows("Memory: ")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert host.did == []


async def test_a_guest_is_starved_only_after_a_question(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("m")
        await it.shows("Memory of web1")
        await it.fill("8m", "2048m")
        await it.shows("Only 8 MiB for web1?", "That is little compared with the 1024 MiB it has")
        await it.press("escape")
        await it.shows("Memory of web1", "8m")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert host.did == []
        await it.press("m")
        await it.shows("Memory of web1")
        await it.fill("8m", "2048m")
        await it.shows("Only 8 MiB for web1?")
        await it.press("y")
        await it.shows("web1: memory 8 MiB")


async def test_domain0_has_no_maximum_to_set(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("Domain-0")
        await it.press("m")
        await it.shows("Memory of Domain-0")
        assert "Maximum" not in it.screen
        await it.fill("1536m")
        await it.shows("Domain-0: memory 1536 MiB")


async def test_vcpus(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("v")
        await it.shows("vCPUs of web1", "at most 2 while it runs")
        await it.fill("x")
        await it.shows("vCPUs: is not a possible number of vCPUs")
        await it.fill("1")
        await it.shows("web1: 1 vCPUs")
        await it.until(lambda: it.domain("web1").vcpus == 1)  # type: ignore[union-attr]


async def test_of_a_domain_that_is_off_only_what_is_stored_changes(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("router")
        await it.press("v")
        await it.shows("Is stored as a new version.")
        await it.fill("2")
        await it.shows("router: 2 vCPUs")
        await it.until(lambda: it.domain("router").version == 2)  # type: ignore[union-attr]
        assert host.did == []


async def test_a_disk_is_attached_and_detached(host: StageHost) -> None:
    image = host.image("more.img")
    async with stage(host) as it:
        await it.go("web1")
        await it.press("+")
        await it.shows("Attach a disk to web1", "xvdb")
        await it.fill(image, "xvdc", "r")
        await it.shows("web1: disk xvdc attached")
        await it.until(lambda: "xvdc /srv/guests/more.img r" in it.screen)
        await it.press("-")
        await it.shows("Detach a disk from web1")
        await it.press("down", "enter")
        await it.shows("web1: disk xvdc detached")
        await it.until(lambda: len(it.domain("web1").config.disks) == 1)  # type: ignore[union-attr]


async def test_a_mode_that_is_none_is_refused_in_the_form(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("+")
        await it.shows("Attach a disk to web1")
        await it.fill(host.image("more.img"), "xvdc", "rw")
        await it.shows("Access: must be one of w, r, w!")


async def test_a_disk_that_is_not_there_is_not_attached(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("+")
        await it.shows("Attach a disk to web1")
        await it.fill("/srv/guests/nothing.img", "xvdc", "w")
        await it.shows("/srv/guests/nothing.img does not exist on the host → type the", "Attach a disk")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert host.did == []


async def test_the_medium_of_a_drive_is_changed_and_taken_out(host: StageHost) -> None:
    first, second = host.image("first.iso"), host.image("second.iso")
    disks = f"['{host.image('pc.img')},raw,hda,w', '{first},raw,hdc:cdrom,r']"
    path = host.guest("pc", type='"hvm"', kernel='""', disk=disks)
    assert host.simulator.run(("xl", "create", path)).exit_code == 0
    async with stage(host) as it:
        await it.go("pc")
        await it.shows("hdc /srv/guests/first.iso cdrom")
        await it.press("M")
        await it.shows("Medium of drive hdc of pc", first)
        await it.fill("second.iso")
        await it.shows("a medium needs an absolute path")
        await it.fill(second)
        await it.shows(f"pc: {second} is in hdc")
        await it.press("M")
        await it.shows("Medium of drive hdc of pc", second)
        await it.fill("")
        await it.shows("pc: hdc is empty")
        assert [line.split()[1] for line in host.did[-2:]] == ["cd-insert", "cd-eject"]
        await it.go("web1")
        await it.press("M")
        await it.shows("web1: cannot change a medium: it has no CD drive")


async def test_an_interface_is_attached_and_detached(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("i")
        await it.shows("Attach an interface to web1", "xenbr0")
        await it.fill("xenbr1", "00:16:3e:00:00:07", "")
        await it.shows("web1: interface 00:16:3e:00:00:07 attached")
        await it.until(lambda: len(it.domain("web1").config.vifs) == 2)  # type: ignore[union-attr]
        await it.press("I")
        await it.shows("Detach an interface from web1")
        await it.press("down", "enter")
        await it.shows("web1: interface 00:16:3e:00:00:07 detached")


async def test_a_domain_without_devices_says_so(host: StageHost) -> None:
    path = host.guest("bare")
    await host.run(["xl", "create", path])
    async with stage(host) as it:
        await it.go("bare")
        await it.press("-")
        await it.shows("bare has no disk")
        await it.press("I")
        await it.shows("bare has no network interface")


async def test_more_than_is_possible_live_is_offered_for_the_next_start(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("m")
        await it.shows("Memory of web1", "[ ] Only store it, for the next start")
        await it.fill("3g", "2048m")
        await it.shows("cannot set 3072 MiB: its maximum is 2048 MiB while it runs → check", "3g")
        await it.press("space", "enter")
        await it.shows("web1: memory 3072 MiB from the next start on")
        await it.until(lambda: it.domain("web1").version == 2)  # type: ignore[union-attr]
        await it.press("v")
        await it.shows("vCPUs of web1")
        await it.type("4", "enter")
        await it.shows("cannot set 4 vCPUs: its maximum while it runs is 2 → check the box")
        await it.press("space", "enter")
        await it.shows("web1: 4 vCPUs from the next start on")
        await it.until(lambda: it.domain("web1").version == 3)  # type: ignore[union-attr]
        stored = it.domain("web1").stored  # type: ignore[union-attr]
        assert stored is not None and (stored.maxvcpus, stored.memory_kib) == (4, 3 << 20)
        assert host.did == [], "what runs stays as it is"


async def test_a_disk_that_cannot_be_attached_leaves_the_dialog_with_what_was_typed(host: StageHost) -> None:
    image = host.image("more.img")
    async with stage(host) as it:
        await it.go("web1")
        await it.press("+")
        await it.shows("Attach a disk to web1", "Image or device")
        await it.fill("/srv/nowhere.img", "xvda", "w")
        await it.shows("web1 has a disk xvda already → the next free device is xvdb")
        await it.type("xvdb", "enter")
        await it.shows("/srv/nowhere.img does not exist on the host → type the size of")
        await it.until(lambda: it.app.focused is not None and it.app.focused.id == "field-size")
        await it.press(*["up"] * 4, "end", "ctrl+u")
        await it.type(image, "enter")
        await it.until(lambda: any("xvdb" in line for line in host.did))
        assert image in host.did[-1]


async def test_what_only_xl_finds_is_said_in_the_dialog_with_what_was_typed(host: StageHost) -> None:
    image = host.image("more.img")
    refusing = True

    def answer(argv: Sequence[str]) -> Completed | None:
        if not refusing or "block-attach" not in argv:
            return None
        return Completed(tuple(argv), 1, b"", b"libxl: error: xenstore is full\n")

    host.answer = answer
    async with stage(host) as it:
        await it.go("web1")
        await it.press("+")
        await it.shows("Attach a disk to web1")
        await it.fill(image, "xvdc", "r")
        await it.shows(
            "Attach a disk to web1", "failed: xenstore is full → correct it", "Esc, E shows the", image
        )
        refusing = False
        await it.press("enter")
        await it.until(lambda: it.in_list)
        await it.shows("web1: disk xvdc attached")


async def test_the_field_an_error_of_the_host_names_is_marked(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("C")
        await it.shows("Create: boot a file")
        await it.type("nothing.cfg", "down")
        await it.type("memory=256", "enter")
        await it.shows("Create: boot a file", "/etc/xen/nothing.cfg", "memory=256")
        await it.until(lambda: it.app.screen.query_one("#field-path").has_class("-refused"))
        assert it.app.focused is it.app.screen.query_one("#field-path")


async def test_a_dialog_can_be_left_while_its_work_goes_on(host: StageHost) -> None:
    image, go_on = host.image("more.img"), threading.Event()
    ordinary = host.run

    async def slow(argv: Sequence[str], **options: Any) -> Completed:
        if "block-attach" in argv:
            await asyncio.to_thread(go_on.wait, 60)
        return await ordinary(argv, **options)

    host.run = slow  # type: ignore[method-assign]
    async with stage(host) as it:
        await it.go("web1")
        await it.press("+")
        await it.shows("Attach a disk to web1")
        await it.fill(image, "xvdc", "r")
        await it.shows("in progress … (Esc: let it continue in the background)")
        await it.press("enter", "x")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        go_on.set()
        await it.shows("web1: disk xvdc attached")
        assert len([line for line in host.did if "block-attach" in line]) == 1


async def test_the_bridges_of_the_host_are_prefilled_offered_and_checked(host: StageHost) -> None:
    await host.run(["xl", "create", host.guest("bare")])
    async with stage(host) as it:
        await it.go("bare")
        await it.press("i")
        await it.shows("Attach an interface to bare", "xenbr0")
        await it.press("ctrl+@")
        await it.shows("›xenbr0", " xenbr1")
        await it.press("escape", "end", "ctrl+u")
        await it.type("xenbr7", "down")
        await it.shows("is not a bridge of the host")
        await it.type("00:16", "down")
        await it.shows("'00:16' is not a MAC address")


async def test_the_host_tells_the_format_of_a_disk_before_it_is_attached(host: StageHost) -> None:
    image = host.image("more.qcow2")
    Path(host.host_path(image)).write_bytes(b"QFI\xfb\0\0\0\3" + b"\0" * 4096)
    async with stage(host) as it:
        await it.go("web1")
        await it.press("+")
        await it.shows("Attach a disk to web1", "raw")
        await it.type(f"file:{image}")
        await it.shows("format qcow2, as the host says")
        await it.until(lambda: it.app.screen.query_one("#field-format", Input).value == "qcow2")
        await it.press("down")
        await it.type("sda1x", "down")
        await it.shows("'sda1x' is not a virtual disk name")
        await it.press("up")
        await it.type("xvdc", "enter")
        await it.shows("web1: disk xvdc attached")
        assert f"{image},qcow2,xvdc,w" in host.did[-1]


@pytest.mark.parametrize("typed", ["/srv/nothing", "phy:/dev/vg0/web1", "file:/srv/nothing", "phy:vg0/web1"])
def test_a_path_typed_behind_the_folder_takes_its_place(typed: str) -> None:
    field = Field("target", "Image", "/srv/", path=True)
    assert meant(field, f"/srv/{typed}") == typed
    assert meant(field, "/srv/xen/web1.img") == "/srv/xen/web1.img"
    assert meant(replace(field, path=False), f"/srv/{typed}") == f"/srv/{typed}"


async def test_enter_at_once_behind_a_path_means_that_path(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("n")
        await it.shows("New: store a file")
        dialog = it.app.screen
        assert isinstance(dialog, FormDialog)
        dialog.query_one("#field-path", Input).value = "/etc/xen//srv/nothing"
        dialog.accept()  # before the line has told that it was changed
        await it.shows("/srv/nothing")
        await it.hides("/etc/xen//srv")


async def test_tab_at_once_behind_a_path_completes_that_path(host: StageHost) -> None:
    image = host.image("more.img")
    async with stage(host) as it:
        await it.go("web1")
        await it.press("+")
        await it.shows("Attach a disk to web1")
        line = it.app.screen.query_one("#field-target", LineInForm)
        line.value = "/srv//srv/guests/mor"
        line.action_complete(1)  # before the line has told that it was changed
        await it.until(lambda: line.value == image)
        await it.press("ctrl+u")
        await it.type("/srv/guests/mor", "tab")
        await it.until(lambda: line.value == image)


async def test_the_host_is_asked_once_for_a_value_that_is_left_and_submitted(host: StageHost) -> None:
    asked: list[str] = []
    answered = asyncio.Event()

    async def asks(value: str) -> Said:
        asked.append(value)
        await answered.wait()
        return Said(note=f"{value} is one of the host's")

    async with stage(host) as it:
        fields = [Field("path", "Path", "", path=True, asks=asks), Field("other", "Other", "", needed=False)]
        dialog = FormDialog("Once", fields, "OK")
        it.app.push_screen(dialog)
        await it.shows("Once")
        await it.type("/srv/x", "down", "enter")
        await it.until(lambda: dialog._busy and asked)
        await it.settled()
        answered.set()
        await it.until(lambda: it.in_list)
        assert asked == ["/srv/x"]
