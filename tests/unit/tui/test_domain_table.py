"""The list of domains as Textual shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Input

from tests.unit.tui.samples import entry
from xentui.model.state import DomainState
from xentui.tui.domain_list.row import DomainRow
from xentui.tui.domain_list.table import DomainTable

STYLES = [Path(__file__).parents[3] / "styles" / f"{name}.tcss" for name in ("table", "colourless")]


class Bench(App[None]):
    """A list, an input to move the focus to, and what the list has said."""

    CSS_PATH = [*STYLES]
    CSS = "Input { height: 1; border: none; }"

    def __init__(self) -> None:
        super().__init__()
        self.table = DomainTable()
        self.said: list[tuple[str, Any]] = []

    def compose(self) -> ComposeResult:
        yield self.table
        yield Input()

    def on_domain_table_highlighted(self, event: DomainTable.Highlighted) -> None:
        self.said.append(("highlighted", event.entry.domain.name if event.entry else None))

    def on_domain_table_chosen(self, event: DomainTable.Chosen) -> None:
        self.said.append(("chosen", event.entry.domain.name))

    def on_domain_table_marks_changed(self, event: DomainTable.MarksChanged) -> None:
        self.said.append(("marks", event.count))


class Screen:
    """What is on the screen, and how to change it and wait until it is painted."""

    def __init__(self, app: Bench, pilot: Pilot[None]) -> None:
        self.app, self.table, self.pilot = app, app.table, pilot

    @property
    def lines(self) -> list[str]:
        strips = self.app.screen._compositor.render_strips()
        return [strip.text for strip in strips[: self.table.size.height]]

    @property
    def names(self) -> list[str]:
        """Signs and names of the rows in view."""
        width = self.table.painter.columns[1].width
        return [line[: 2 + width].rstrip() for line in self.lines[1:] if line[: 2 + width].strip()]

    async def show(self, entries: Sequence[DomainRow]) -> None:
        self.table.show(entries)
        await self.pilot.pause()

    async def do(self, action: Callable[..., object], *arguments: Any, **more: Any) -> None:
        action(*arguments, **more)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def click(self, x: int, y: int, times: int = 1) -> None:
        await self.pilot.click(DomainTable, offset=(x, y), times=times)
        await self.pilot.pause()

    def said(self, what: str) -> list[Any]:
        """What the list has said of one kind."""
        return [value for kind, value in self.app.said if kind == what]


@asynccontextmanager
async def screen(
    size: tuple[int, int] = (80, 24), entries: Sequence[DomainRow] | None = None
) -> AsyncIterator[Screen]:
    app = Bench()
    async with app.run_test(size=size) as pilot:
        shown = Screen(app, pilot)
        if entries is not None:
            await shown.show(entries)
        await pilot.pause()
        yield shown


def numbered(count: int, **fields: Any) -> list[DomainRow]:
    return [entry(number, **fields) for number in range(1, count + 1)]


class TestRows:
    @pytest.mark.parametrize("size", [(80, 24), (120, 40), (38, 24), (200, 50), (7, 5), (2, 3)])
    async def test_lines_are_as_wide_as_the_list(self, size: tuple[int, int]) -> None:
        async with screen(size, numbered(100, cpu=3.0)) as shown:
            assert {cell_len(line) for line in shown.lines} == {size[0]}

    async def test_a_row_at_80_columns(self) -> None:
        crashed = entry(12, "web", cpu=37.0, state=DomainState.CRASHED, autostart=True)
        async with screen(entries=[crashed, entry(4, state=DomainState.OFF)]) as shown:
            header, off, row = (line.split() for line in shown.lines[:3])
            assert header == ["name▲", "k", "state", "id", "mem", "vcpu", "cpu%", "disk", "net", "up"]
            assert off == [">", "vm4", "M", "-", "off", "-", "512M", "2", "-", "-", "-", "-"]
            assert row == ["web", "Ma", "c", "crashed", "12", "512M", "2", "37", "0", "0", "-"]

    async def test_beside_a_console(self) -> None:
        async with screen((38, 24), [entry(1, cpu=3.0)]) as shown:
            assert shown.lines[1].split() == [">", "vm1", "M", "r", "512M", "3.0"]

    async def test_names_are_shown_as_they_are(self) -> None:
        names = [
            "[bold red]x[/]",
            "\x1b[31mred",
            "日本語" * 20,
            "a\u202eb",
            "${'" * 40,
            "e\N{COMBINING ACUTE ACCENT}",
        ]
        async with screen(entries=[entry(number, name) for number, name in enumerate(names, 1)]) as shown:
            text = "\n".join(shown.lines)
            assert "[bold red]x[/]" in text and "\x1b" not in text and "\u202e" not in text
            assert {cell_len(line) for line in shown.lines} == {80}
            wide = next(line for line in shown.lines if "日" in line)
            assert "…" in wide and wide.split()[1:4] == ["M", "r", "running"]

    async def test_a_changed_size_lays_the_columns_out_anew(self) -> None:
        async with screen((80, 24), numbered(40)) as shown:
            await shown.press("end")
            await shown.pilot.resize_terminal(38, 12)
            await shown.pilot.pause()
            assert shown.lines[0].split() == ["name▲", "k", "s", "mem", "cpu%"]
            assert "> vm40" in shown.names[-1]


class TestEmpty:
    async def test_an_empty_list_says_why(self) -> None:
        async with screen() as shown:
            assert "Loading" in shown.lines[2]
            await shown.show([])
            assert "No domains" in shown.lines[2]
            await shown.show(numbered(3))
            await shown.do(shown.table.filter, "[b]nothing[/b]")
            assert "matches the filter: [b]nothing[/b]" in shown.lines[2] and "3 not shown" in shown.lines[3]
            await shown.do(shown.table.filter, "")
            assert shown.names == ["> vm1", "  vm2", "  vm3"]

    async def test_a_host_that_does_not_answer(self) -> None:
        async with screen() as shown:
            await shown.do(shown.table.stale, "ssh:\x1b timed out")
            assert "No data yet" in shown.lines[2] and "timed out" in shown.lines[3]
            await shown.show(numbered(2))
            grey = shown.table.render_line(2)
            await shown.do(shown.table.fresh)
            assert shown.table.render_line(2) != grey and "vm2" in grey.text


class TestCursor:
    async def test_it_moves_and_stays_inside(self) -> None:
        async with screen(entries=numbered(50)) as shown:
            for keys, name in (
                (["up"], "vm1"),
                (["down", "j"], "vm3"),
                (["k"], "vm2"),
                (["pagedown"], "vm23"),
                (["pageup"], "vm2"),
                (["G"], "vm50"),
                (["down"], "vm50"),
                (["g"], "vm1"),
                (["end", "home"], "vm1"),
            ):
                await shown.press(*keys)
                assert shown.table.current and shown.table.current.domain.name == name
                assert f"> {name}" in shown.names
            assert shown.said("highlighted")[-1] == "vm1"

    async def test_it_scrolls_by_half_a_page(self) -> None:
        async with screen(entries=numbered(100)) as shown:
            rows = shown.table.page
            await shown.press(*["down"] * rows)
            assert shown.table.top == rows - rows // 2 and f"> vm{rows + 1}" in shown.names

    async def test_it_keeps_its_domain_when_the_order_changes(self) -> None:
        entries = [entry(number, cpu=float(number)) for number in range(1, 61)]
        async with screen(entries=entries) as shown:
            await shown.do(shown.table.go_to, entries[6].key)
            await shown.do(shown.table.sort_by, "cpu")
            assert "> vm7" in shown.names
            await shown.show([entry(number, cpu=float(-number)) for number in range(1, 61)])
            assert shown.table.current and shown.table.current.domain.name == "vm7"
            assert "> vm7" in shown.names
            assert set(shown.said("highlighted")) == {"vm1", "vm7"}

    async def test_it_stays_at_its_place_when_its_domain_vanishes(self) -> None:
        entries = numbered(5)
        async with screen(entries=entries) as shown:
            await shown.press("down", "down")
            await shown.show(entries[:2] + entries[3:])
            assert shown.names[2] == "> vm4"
            await shown.show(entries[:1])
            assert shown.names == ["> vm1"]
            await shown.show([])
            assert shown.table.current is None and shown.said("highlighted")[-1] is None

    async def test_it_keeps_its_domain_through_filters(self) -> None:
        async with screen(entries=numbered(30)) as shown:
            await shown.do(shown.table.go_to, entry(12).key)
            await shown.do(shown.table.filter, "2")
            assert "> vm12" in shown.names
            await shown.do(shown.table.filter, "vm3")
            assert shown.table.current and shown.table.current.domain.name != "vm12"
            await shown.do(shown.table.filter, "")
            assert "> vm12" in shown.names
            assert not shown.table.go_to("unknown key")

    async def test_it_stays_where_the_filter_was_entered(self) -> None:
        async with screen(entries=numbered(30)) as shown:
            await shown.do(shown.table.go_to, entry(12).key)
            await shown.do(shown.table.filter, "vm3")
            await shown.do(shown.table.stay)
            found = shown.table.current
            await shown.do(shown.table.filter, "")
            assert found is not None and shown.table.current == found

    async def test_the_scroll_position_stays(self) -> None:
        async with screen(entries=numbered(100)) as shown:
            await shown.do(shown.table.scroll_to, y=50, animate=False)
            await shown.show(numbered(100, cpu=1.0))
            assert shown.table.top == 50 and "vm51" in shown.lines[1]
            await shown.show(numbered(40))
            assert "vm40" in shown.lines[-1] and "name" in shown.lines[0]

    async def test_news_of_the_domain_it_is_on_are_told_once(self) -> None:
        async with screen(entries=numbered(3)) as shown:
            await shown.show(numbered(3))
            assert shown.said("highlighted") == ["vm1"]
            await shown.show(numbered(3, cpu=1.0))
            assert shown.said("highlighted") == ["vm1", "vm1"]

    async def test_it_can_be_set_before_anything_is_painted(self) -> None:
        app = Bench()
        app.table.show(numbered(90))
        assert app.table.go_to(entry(80).key)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert "> vm80" in Screen(app, pilot).names


class TestMarks:
    async def test_marks(self) -> None:
        async with screen(entries=numbered(4)) as shown:
            table = shown.table
            assert [item.domain.name for item in table.chosen] == ["vm1"]
            await shown.press("down")
            await shown.do(table.toggle_mark)
            assert shown.names[1:3] == [" *vm2", "> vm3"], "the next one can be marked at once"
            await shown.do(table.invert_marks)
            assert [item.domain.name for item in table.chosen] == ["vm1", "vm3", "vm4"]
            assert shown.names == [" *vm1", "  vm2", ">*vm3", " *vm4"]
            await shown.do(table.mark_all)
            await shown.do(table.toggle_mark)
            await shown.do(table.unmark_all)
            assert shown.said("marks") == [1, 3, 4, 3, 0]
            assert table.marked == ()

    async def test_marks_go_with_their_domains_and_stay_through_a_filter(self) -> None:
        async with screen(entries=numbered(4)) as shown:
            table = shown.table
            await shown.do(table.mark_all)
            await shown.do(table.filter, "vm2")
            assert (len(table.marked), table.hidden_marks) == (4, 3)
            assert [item.domain.name for item in table.chosen] == ["vm2"]
            await shown.do(table.invert_marks)
            assert [item.domain.name for item in table.marked] == ["vm1", "vm3", "vm4"]
            await shown.show(numbered(3))
            assert shown.said("marks")[-1] == 2 and table.counts == (1, 3, False)
            assert [item.domain.name for item in table.chosen] == ["vm2"], (
                "marks out of sight are not acted on"
            )

    async def test_marked_domains_come_in_the_order_of_the_list(self) -> None:
        async with screen(entries=numbered(3)) as shown:
            await shown.do(shown.table.mark_all)
            await shown.do(shown.table.sort_by, "name")
            assert [item.domain.name for item in shown.table.chosen] == ["vm3", "vm2", "vm1"]


class TestSorting:
    async def test_figures_are_sorted_the_greatest_first_and_what_has_none_last(self) -> None:
        entries = [
            *(entry(1, "c", cpu=5.0), entry(2, "b", cpu=50.0), entry(3, "a", cpu=5.0)),
            *(entry(4, "y", state=DomainState.OFF), entry(5, "x", state=DomainState.OFF)),
        ]
        async with screen(entries=entries) as shown:
            await shown.do(shown.table.sort_by, "cpu")
            assert [name[2:] for name in shown.names] == ["b", "a", "c", "x", "y"]
            await shown.do(shown.table.sort_by, "cpu")
            assert [name[2:] for name in shown.names] == ["a", "c", "b", "x", "y"]
            assert shown.table.sort == ("cpu", False)
            await shown.do(shown.table.sort_by, "cpu", reverse=True)
            assert shown.table.sort == ("cpu", True)
            with pytest.raises(KeyError):
                shown.table.sort_by("colour")
            assert shown.table.sort == ("cpu", True)

    async def test_new_domains_are_sorted_in(self) -> None:
        async with screen(entries=[entry(1, "b"), entry(2, "d")]) as shown:
            await shown.show([entry(1, "b"), entry(2, "d"), entry(3, "c"), entry(4, "a")])
            assert [name[2:] for name in shown.names] == ["a", "b", "c", "d"]


class TestMouse:
    async def test_a_click_selects_and_a_second_one_chooses(self) -> None:
        async with screen(entries=numbered(5)) as shown:
            await shown.click(10, 3)
            assert shown.names[2] == "> vm3" and shown.said("chosen") == []
            await shown.click(10, 4, times=2)
            assert shown.said("chosen") == ["vm4"]
            await shown.click(10, 12)
            await shown.press("enter")
            assert shown.said("chosen") == ["vm4", "vm4"]

    async def test_a_click_on_a_title_sorts(self) -> None:
        async with screen(entries=numbered(5, cpu=1.0)) as shown:
            await shown.click(shown.lines[0].index("cpu%"), 0)
            assert shown.table.sort == ("cpu", True) and "cpu▼" in shown.lines[0]
            await shown.click(0, 0)
            assert shown.table.sort == ("cpu", True)

    async def test_a_click_in_a_scrolled_list(self) -> None:
        async with screen(entries=numbered(60)) as shown:
            await shown.do(shown.table.scroll_to, y=30, animate=False)
            await shown.click(10, 1)
            assert shown.table.current and shown.table.current.domain.name == "vm31"
            assert shown.table.top == 30


class TestPainting:
    async def painted(self, shown: Screen, action: Callable[[], object]) -> set[tuple[int, int]]:
        """Lines asked for by an action, with how many cells of each."""
        regions: list[Region] = []
        refresh = shown.table.refresh

        def note(*asked: Region, **more: Any) -> DomainTable:
            regions.extend(asked or [shown.table.size.region])
            return refresh(*asked, **more)

        shown.table.refresh = note  # type: ignore[method-assign]
        await shown.do(action)
        shown.table.refresh = refresh  # type: ignore[method-assign]
        return {(region.y, region.width) for region in regions}

    async def test_a_move_paints_two_rows(self) -> None:
        async with screen(entries=numbered(50)) as shown:
            assert {y for y, _ in await self.painted(shown, shown.table.action_cursor_down)} == {1, 2}

    async def test_new_figures_paint_the_rows_they_are_of_as_far_as_they_go(self) -> None:
        async with screen(entries=numbered(50, cpu=1.0)) as shown:
            entries = numbered(50, cpu=1.0)
            assert await self.painted(shown, lambda: shown.table.show(entries)) == set()
            entries[3], entries[40] = entry(4, cpu=2.0), entry(41, cpu=2.0)
            end = shown.lines[0].index("cpu%") + 5
            assert await self.painted(shown, lambda: shown.table.show(entries)) == {(4, end)}
            assert "2.0" in shown.lines[4]

    async def test_what_is_painted_is_what_is_there(self) -> None:
        async with screen(entries=numbered(50, cpu=1.0)) as shown:
            for entries in (
                numbered(50, cpu=2.0),
                numbered(30),
                numbered(60, cpu=3.0, state=DomainState.PAUSED),
            ):
                await shown.show(entries)
                await shown.press("pagedown", "up")
                await shown.do(shown.table.filter, "" if len(entries) == 30 else "1")
                before = shown.lines
                await shown.do(shown.table.refresh)
                assert shown.lines == before

    async def test_another_theme_and_focus_change_the_looks(self) -> None:
        async with screen(entries=numbered(2)) as shown:
            focused = shown.table.render_line(1)
            await shown.do(shown.app.query_one(Input).focus)
            blurred = shown.table.render_line(1)
            shown.app.theme = "textual-light"
            await shown.pilot.pause()
            assert len({str(list(strip)) for strip in (focused, blurred, shown.table.render_line(1))}) == 3

    async def test_without_colours_the_cursor_is_drawn_in_reverse(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        async with screen(entries=[entry(1), entry(2), entry(3, state=DomainState.PAUSED)]) as shown:
            rows = [shown.table.render_lines(Region(0, y, 80, 1))[0] for y in (1, 2, 3)]
            styles = [{segment.style for segment in row if segment.style} for row in rows]
            assert all(style.reverse for style in styles[0]) and not any(style.reverse for style in styles[1])
            colours = [style.color.get_truecolor() for row in styles for style in row if style.color]
            assert all(colour.red == colour.green == colour.blue for colour in colours)
            assert shown.names[0] == "> vm1" and "p paused" in rows[2].text


def test_every_binding_can_be_found_and_changed() -> None:
    from textual.binding import Binding

    bindings = [binding for binding in DomainTable.BINDINGS if isinstance(binding, Binding)]
    assert len(bindings) == len(DomainTable.BINDINGS) == len({binding.id for binding in bindings})
    assert all(binding.id and binding.tooltip and binding.group and not binding.show for binding in bindings)
