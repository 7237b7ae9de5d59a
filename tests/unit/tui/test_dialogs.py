"""Dialogs are left once, and do once what they ask for."""

from __future__ import annotations

import asyncio

from textual.widgets import Input

from tests.unit.tui.stage import NARROW, Stage, StageHost, stage
from xentui.errors import XentuiError
from xentui.tui.dialogs.base import DialogBody
from xentui.tui.dialogs.confirm import ConfirmDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog


async def question(it: Stage, dialog: ConfirmDialog) -> bool | None:
    return await it.app.ask(dialog)


async def test_what_stands_below_stays_however_often_a_dialog_is_left(host: StageHost) -> None:
    async with stage(host) as it:
        below, above = ConfirmDialog("Below?"), ConfirmDialog("Above?")
        asked = [asyncio.ensure_future(question(it, dialog)) for dialog in (below, above)]
        await it.shows("Above?")
        above.dismiss(True)
        above.dismiss(True)
        assert await asked[1] is True
        assert it.app.screen is below
        await it.press("y")
        assert await asked[0] is True
        await it.until(lambda: it.in_list)


async def test_one_that_is_left_under_another_goes_with_that(host: StageHost) -> None:
    async with stage(host) as it:
        below, above = ConfirmDialog("Below?"), ConfirmDialog("Above?")
        asked = [asyncio.ensure_future(question(it, dialog)) for dialog in (below, above)]
        await it.shows("Above?")
        below.finish(True)
        await it.quiet()
        assert it.app.screen is above
        await it.press("n")
        assert [await each for each in asked] == [True, None]
        await it.until(lambda: it.in_list)


async def test_enter_typed_twice_begins_once(host: StageHost) -> None:
    begun, may_end = [], asyncio.Event()

    async def attempt(answer: dict[str, str]) -> None:
        begun.append(answer["name"])
        await may_end.wait()

    async with stage(host) as it:
        dialog = FormDialog("Name it", [Field("name", "Name", "web9")], "OK", attempt=attempt)
        left: list[object] = []
        it.app.push_screen(dialog, left.append)
        await it.shows("Name it")
        dialog.accept()
        dialog.accept()
        await it.until(lambda: begun)
        may_end.set()
        await it.until(lambda: left == [{"name": "web9"}])
        assert begun == ["web9"]


async def test_a_dialog_says_what_an_error_is_about(host: StageHost) -> None:
    async def attempt(_answer: dict[str, str]) -> None:
        raise XentuiError("there is no such file", subject="/srv/gone.img", hint="correct the path")

    async with stage(host, size=NARROW) as it:
        it.app.push_screen(FormDialog("Attach", [Field("path", "Path", "x")], "OK", attempt=attempt))
        await it.shows("Attach")
        await it.press("enter")
        await it.shows("/srv/gone.img: there is no such file → correct the path", "OK (Enter)")


async def test_a_dialog_names_a_domain_in_place_of_its_file_in_the_store(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.until(lambda: it.domain("web1") is not None)
        domain = it.domain("web1")
        assert domain is not None
        path = f"/var/lib/xentui/domains/{domain.uuid}/config.cfg:3:1"

        async def attempt(_answer: dict[str, str]) -> None:
            raise XentuiError("this is not a list", subject=path, hint="correct the line")

        it.app.push_screen(FormDialog("Set it", [Field("path", "Path", "x")], "OK", attempt=attempt))
        await it.shows("Set it")
        await it.press("enter")
        await it.shows("web1: this is not a list → correct the line")


async def test_tab_completes_only_what_was_typed_and_the_dialog_says_what_it_does(host: StageHost) -> None:
    image = host.image("more.img")
    fields = [
        Field("folder", "Folder", "/srv/", path=True),
        Field("empty", "Empty", "", path=True),
        Field("path", "Path", "/srv/guests/", path=True),
        Field("name", "Name"),
        Field("box", "Box", switch=True),
    ]

    def at(name: str) -> bool:
        return getattr(it.app.focused, "id", "") == f"field-{name}"

    async with stage(host, size=NARROW) as it:
        it.app.push_screen(FormDialog("Tab", fields, "OK"))
        await it.shows("Tab next field", "Ctrl-Space choices")
        await it.press("tab")
        await it.until(lambda: at("empty"))
        await it.press("tab")
        await it.until(lambda: at("path"))
        await it.type("mor")
        await it.shows("Tab complete")
        await it.press("tab")
        await it.until(lambda: it.holds(it.app.screen.query_one("#field-path", Input), image))
        await it.shows("Tab next field")
        await it.press("ctrl+u")
        await it.type("/srv/guests/guest-")
        await it.shows("Tab complete")
        await it.press("tab")
        await it.shows("Tab next choice", "Esc undo")
        await it.press("escape", "tab")
        await it.shows("Tab next choice")
        await it.press("escape", "down")
        await it.until(lambda: at("name"))
        await it.shows("Tab next field")
        await it.hides("Ctrl-Space choices")
        await it.press("tab")
        await it.shows("Space on or off")


async def test_up_and_down_go_from_field_to_field_also_where_not_all_of_them_are_in_sight(
    host: StageHost,
) -> None:
    boxes = [Field(f"box{number}", f"Box {number}", switch=True) for number in range(20)]
    async with stage(host, size=NARROW) as it:
        it.app.push_screen(FormDialog("Which?", boxes, "OK", begin="box10"))
        await it.shows("Which?")
        assert it.app.screen.query_one(DialogBody).max_scroll_y, "they are more than there is room for"
        focused = []
        for key in ("up", "up", "down"):
            await it.press(key)
            focused.append(it.app.focused.id if it.app.focused is not None else "")
        assert focused == ["field-box9", "field-box8", "field-box9"]
        await it.quiet()
        await it.press("pagedown", "pagedown")
        await it.shows("Box 19")
