"""A dialog that is seen has its focus where it belongs: keys typed at once are for that, however busy the app is."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Input

from tests.unit.tui.stage import StageHost, stage
from xentui.service.editing import Impact, LiveChange
from xentui.tui.dialogs.base import Dialog
from xentui.tui.dialogs.choose import Choice, ChooseDialog
from xentui.tui.dialogs.confirm import ConfirmDialog, TypedDialog
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog
from xentui.tui.editor.store_dialog import StoreDialog

LIVE = LiveChange("memory", ("xl", "mem-set", "web1", "512"))
DIALOGS: dict[str, tuple[Dialog[Any], str]] = {
    "what asks with care": (ConfirmDialog("Destroy?", [], "Destroy", careful=True), "cancel"),
    "what asks": (ConfirmDialog("Leave?", [], "Leave"), "accept"),
    "a word to type": (TypedDialog("Destroy web1", ["web1"], "web1", "Destroy"), "typed"),
    "a list": (ChooseDialog("Which?", [Choice("a", "one"), Choice("b", "two")], start="b"), "choices"),
    "a form": (FormDialog("Attach", [Field("disk", "Disk"), Field("mode", "Mode")], "Attach"), "field-disk"),
}


async def focus_at_first(host: StageHost, monkeypatch: pytest.MonkeyPatch, dialog: Dialog[Any]) -> str | None:
    """Where the focus is when a dialog is there, and the app has had no time for anything else."""
    async with stage(host) as it:
        with monkeypatch.context() as busy:
            busy.setattr(it.app, "call_later", lambda *_, **__: True)
            await it.app.push_screen(dialog)
            focused = dialog.focused
        return focused.id if focused is not None else None


@pytest.mark.parametrize("which", DIALOGS)
async def test_it_is_there_at_once(host: StageHost, monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    dialog, wanted = DIALOGS[which]
    assert await focus_at_first(host, monkeypatch, dialog) == wanted


async def test_a_change_is_given_its_reason_at_once(host: StageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    impact = Impact(fields=(), live=(LIVE,), next_start=(), text_diff=("-memory = 256", "+memory = 512"))
    dialog = StoreDialog("Store", "Store web1", [], impact)
    assert await focus_at_first(host, monkeypatch, dialog) == "reason"


@pytest.mark.parametrize("key", ["question_mark", "ctrl+e"])
async def test_what_is_typed_at_once_behind_the_key_that_searches_is_searched_for(
    host: StageHost, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    async with stage(host) as it:
        await it.press(key)
        await it.until(lambda: it.app.screen is not it.app.main)
        screen: Any = it.app.screen
        with monkeypatch.context() as busy:
            busy.setattr(it.app, "call_later", lambda *_, **__: True)
            screen.action_search() if key == "question_mark" else screen.action_filter()
            assert isinstance(screen.focused, Input)
            screen.action_leave() if key == "question_mark" else screen.action_back()
            assert not isinstance(screen.focused, Input)
