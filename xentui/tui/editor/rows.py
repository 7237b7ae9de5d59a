"""A list of devices as rows: add, edit, remove, reorder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from rich.text import Text
from textual.binding import Binding
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from xentui.text import plain
from xentui.tui.bindings import GROUPS, Heading
from xentui.tui.editor.devices import describe
from xentui.tui.widgets.key_hints import Hint

TITLES = {"disk": "a disk", "vif": "an interface", "vfb": "a frame buffer"}
_GROUP = GROUPS[Heading.DEVICES]


class RowList(OptionList):
    """The items of a list parameter; ``rows`` is its name.

    ``ask`` is called for what is wanted of a row: ``add``, ``edit``, ``remove``, ``up`` or ``down``.
    """

    BINDINGS = [
        Binding("enter", "open", "Edit", tooltip="Edit the row", id="rows.edit", group=_GROUP),
        Binding("a,insert", "ask('add')", "Add", tooltip="Add a row", id="rows.add", group=_GROUP),
        Binding(
            "delete,x", "ask('remove')", "Remove", tooltip="Remove the row", id="rows.remove", group=_GROUP
        ),
        Binding("ctrl+up", "ask('up')", "Move up", tooltip="Move the row up", id="rows.up", group=_GROUP),
        Binding(
            "ctrl+down", "ask('down')", "Move down", tooltip="Move the row down", id="rows.down", group=_GROUP
        ),
    ]

    keys = (Hint("a", "Add"), Hint("Enter", "Edit"), Hint("Del", "Remove"), Hint("Ctrl-↑ ↓", "Move", 1))

    def __init__(self, rows: str, ask: Callable[[str, str, int], Awaitable[None]]) -> None:
        super().__init__(id=f"rows-{rows}")
        self.rows = rows
        self._ask = ask

    def show(self, specs: Sequence[str]) -> None:
        """Show the items; the cursor stays where it is."""
        kept = self.highlighted or 0
        self.clear_options()
        for spec in specs:
            name, about = describe(self.rows, spec)
            text = Text(f"{plain(name, 20):<18} ", no_wrap=True, overflow="ellipsis")
            text.append(plain(about, 300))
            self.add_option(Option(text))
        self.add_option(Option(Text(f"+ add {TITLES[self.rows]}")))
        self.highlighted = min(kept, len(specs))

    def action_cursor_up(self) -> None:
        """Go up; from the first row to what stands before the list."""
        if self.highlighted:
            super().action_cursor_up()
        else:
            self.screen.focus_previous()

    def action_cursor_down(self) -> None:
        """Go down; from the last row to what comes next."""
        if self.highlighted is not None and self.highlighted < self.option_count - 1:
            super().action_cursor_down()
        else:
            self.screen.focus_next()

    async def action_ask(self, what: str) -> None:
        """Have something done to the row under the cursor."""
        index = self.highlighted or 0
        if what == "add" or index < self.option_count - 1:
            await self._ask(self.rows, what, index)

    async def action_open(self) -> None:
        """Enter edits a row; on the last line it adds one."""
        await self.action_ask("add" if (self.highlighted or 0) == self.option_count - 1 else "edit")

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """So does a click."""
        event.stop()
        await self.action_open()
