"""A list of devices as rows: add, edit, remove, reorder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.binding import Binding
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from xentui.text import plain
from xentui.tui.actions import GROUPS, Group
from xentui.tui.editor.devices import describe

TITLES = {"disk": "disk", "vif": "interface", "vfb": "frame buffer"}
_GROUP = GROUPS[Group.DEVICES]


class RowList(OptionList):
    """The items of a list parameter; ``rows`` is its name."""

    BINDINGS = [
        Binding("a,insert", "ask('add')", "Add", tooltip="Add a row", id="rows.add", group=_GROUP),
        Binding(
            "delete,x", "ask('remove')", "Remove", tooltip="Remove the row", id="rows.remove", group=_GROUP
        ),
        Binding("ctrl+up", "ask('up')", "Move up", tooltip="Move the row up", id="rows.up", group=_GROUP),
        Binding(
            "ctrl+down", "ask('down')", "Move down", tooltip="Move the row down", id="rows.down", group=_GROUP
        ),
    ]

    @dataclass
    class Asked(Message):
        """The user wants something done to a row: ``add``, ``edit``, ``remove``, ``up`` or ``down``."""

        rows: str
        what: str
        index: int

    def __init__(self, rows: str) -> None:
        super().__init__(id=f"rows-{rows}")
        self.rows = rows

    def show(self, specs: Sequence[str]) -> None:
        """Show the items; the cursor stays where it is."""
        kept = self.highlighted or 0
        self.clear_options()
        for spec in specs:
            name, about = describe(self.rows, spec)
            text = Text(f"{plain(name, 20):<18} ", no_wrap=True, overflow="ellipsis")
            text.append(plain(about, 300))
            self.add_option(Option(text))
        title = TITLES[self.rows]
        self.add_option(Option(Text(f"+ add a {title}" if title[0] not in "aeiou" else f"+ add an {title}")))
        self.highlighted = min(kept, len(specs))

    def action_ask(self, what: str) -> None:
        """Ask for something to be done to the row under the cursor."""
        index = self.highlighted or 0
        if what != "add" and index >= self.option_count - 1:
            return
        self.post_message(self.Asked(self.rows, what, index))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter edits a row; on the last line it adds one."""
        event.stop()
        last = event.option_index == self.option_count - 1
        self.post_message(self.Asked(self.rows, "add" if last else "edit", event.option_index))
