"""What a key in a form costs: its own lines are drawn, and nothing is laid out or styled that looks as before."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widget import Widget
from textual.widgets import Label

from tests.unit.tui.stage import NARROW, Stage, StageHost, stage
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog


@pytest.fixture
def host(tmp_path: Path) -> StageHost:
    return StageHost(tmp_path / "sim")


async def open_form(it: Stage) -> None:
    fields = [
        Field("type", "Boots as", needed=False, options=("pv", "hvm"), help="pv or hvm"),
        Field("name", "Name", "web1"),
        Field("memory", "Memory", "512M"),
    ]
    await it.press("?", "escape")  # the styles of dialogs are loaded with the first key
    await it.until(lambda: it.in_list)
    it.app.push_screen(FormDialog("A form", fields, "OK"))
    await it.shows("A form", "Memory")
    await it.pilot.pause()


async def test_a_key_in_a_field_lays_nothing_out_again(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await open_form(it)
        laid_out: list[object] = []
        it.app.screen.screen_layout_refresh_signal.subscribe(it.app, laid_out.append)
        await it.press("p", "backspace", "x")
        await it.shows("must be one of pv, hvm")
        assert not laid_out


async def test_what_stands_on_other_lines_is_not_drawn_again(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(host, size=NARROW) as it:
        await open_form(it)
        await it.press("x")  # its help and the keys at the bottom change as well
        await it.shows("must be one of pv, hvm", "Ctrl-Space choices")
        compositor = it.app.screen._compositor
        whole = [strip.text for strip in compositor.render_strips()]
        drawn: Counter[str] = Counter()
        render = Widget.render_lines

        def counted(self: Widget, crop: Any) -> Any:
            if isinstance(self, Label):
                drawn[str(self.render())] += 1
            return render(self, crop)

        monkeypatch.setattr(Widget, "render_lines", counted)
        changed = [it.app.screen.query_one(name) for name in ("#field-type", "#dialog-keys")]
        compositor._dirty_regions.update(widget.region for widget in changed)
        update = compositor.render_partial_update()
        assert update is not None
        lines = {line: update.chops[line] for line, _, _ in update.spans}
        assert {
            line: "".join(strip.text for strip in chops.values() if strip) for line, chops in lines.items()
        } == {widget.region.y: whole[widget.region.y] for widget in changed}
        assert drawn == {"Boots as": 1}


async def test_a_form_is_styled_where_it_is_seen_and_where_it_looks_different(
    host: StageHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    styled: list[DOMNode] = []
    loose: list[DOMNode] = []
    apply = Stylesheet.apply

    def counted(self: Stylesheet, node: DOMNode, **options: Any) -> None:
        styled.append(node)
        if not node.is_attached:
            loose.append(node)
        apply(self, node, **options)

    async with stage(host, size=NARROW) as it:
        monkeypatch.setattr(Stylesheet, "apply", counted)
        await open_form(it)
        assert styled and not loose, "what is not mounted yet is styled when it is"
        styled.clear()
        await it.press("x")
        await it.shows("must be one of pv, hvm")
        assert {type(node).__name__ for node in styled} == {"DialogLine", "Static"}, (
            "not its cursor and the like"
        )
