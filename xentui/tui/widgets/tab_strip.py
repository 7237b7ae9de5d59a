"""The panes by number: list, details, and a tab for each console."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.message import Message

from xentui.frozen import dataclass
from xentui.text import plain
from xentui.tui.widgets.styled_line import StyledLine, part

MARKS = {"*": "new output", "!": "bell", "†": "ended", "»": "typed into together"}
"""What the marks of tabs mean."""
_BETWEEN = "  "


@dataclass(frozen=True, slots=True)
class Tab:
    """One pane; ``active`` says there is output nobody has seen, ``ended`` that its console has ended, ``rang``
    that its guest has rung the bell meanwhile, ``together`` that it is typed into together with others."""

    number: int
    label: str
    current: bool = False
    active: bool = False
    ended: bool = False
    rang: bool = False
    together: bool = False

    @property
    def shown(self) -> str:
        """Number, name and marks; see :data:`MARKS`."""
        before, behind = ("»" if self.together else ""), self.marks.replace("»", "")
        return f"{self.number} {before}{plain(self.label, 20)}{behind}"

    @property
    def marks(self) -> str:
        """The marks of it."""
        seen = "!" if self.rang else "*" if self.active else ""
        return f"{seen}{'†' if self.ended else ''}{'»' if self.together else ''}"


class TabStrip(StyledLine):
    """Shown while there are consoles; a click goes to one."""

    COMPONENT_CLASSES = {"tab-strip--current", "tab-strip--active", "tab-strip--tab"}

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self) -> None:
        super().__init__()
        self._places: list[tuple[int, int, int]] = []
        self._tabs: tuple[Tab, ...] = ()

    def show(self, tabs: Sequence[Tab]) -> None:
        """Show these tabs."""
        self._tabs = tuple(tabs)
        self.redraw()

    @property
    def starts(self) -> list[tuple[int, int]]:
        """The columns the tabs begin at, and their numbers."""
        return [(start, number) for start, _end, number in self._places]

    def line(self) -> Text:
        """Return the tabs side by side."""
        self._places = []
        text = Text(no_wrap=True, overflow="ellipsis")
        for tab in self._tabs:
            start = text.cell_len
            look = "current" if tab.current else "active" if tab.active else "tab"
            text.append(f" {tab.shown} ", part(self, f"tab-strip--{look}"))
            self._places.append((start, text.cell_len, tab.number))
        used = {mark for tab in self._tabs for mark in tab.marks}
        meaning = _BETWEEN.join(f"{mark} {word}" for mark, word in MARKS.items() if mark in used) + " "
        room = self.size.width - text.cell_len - len(meaning)
        if used and room >= len(_BETWEEN):
            text.append(" " * room + meaning, part(self, "tab-strip--tab"))
        return text

    def on_click(self, event: events.Click) -> None:
        """Go to the tab."""
        for start, end, number in self._places:
            if start <= event.x < end:
                self.post_message(self.Chosen(number))
