"""Dialogs are left once, and do once what they ask for."""

from __future__ import annotations

import asyncio

from tests.unit.tui.stage import Stage, StageHost, stage
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
