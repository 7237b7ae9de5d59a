"""A text, or what has changed in it, beside what one edits or chooses, where there is room."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.geometry import Region
from textual.widgets import Static

from xentui.service.text_diff import is_change
from xentui.text import printable


class _Lines(VerticalScroll, can_focus=False):
    """Takes the focus only where it is given it: Tab goes from field to field."""

    def on_blur(self) -> None:
        """Tab passes by again."""
        self.can_focus = False


class BesidePane(Vertical):
    """A title, and lines that scroll below it; of a unified difference the changes stand out."""

    def __init__(self) -> None:
        super().__init__(id="beside")
        self._title = Static(id="beside-title")
        self._text = Static(id="beside-text")
        self._lines = _Lines(self._text, id="beside-lines")
        self._shown: tuple[str, tuple[str, ...], int] | None = None

    def compose(self) -> ComposeResult:
        """Yield the title and the lines."""
        yield self._title
        yield self._lines

    def show(self, title: str, lines: Sequence[str], *, at: int = 0) -> None:
        """Show lines; the one numbered ``at``, from 1, stands out and is in sight."""
        wanted = title, tuple(lines), at
        if wanted == self._shown:
            return
        fresh = self._shown is None or self._shown[0] != title
        self._shown = wanted
        text = Text(no_wrap=True, overflow="ellipsis")
        for number, line in enumerate(lines, start=1):
            style = "reverse" if number == at else "bold" if not at and is_change(line) else ""
            text.append(f"{printable(line)}\n", style)
        text.rstrip()
        self._title.update(Text(printable(title), no_wrap=True, overflow="ellipsis"))
        self._text.update(text)
        if at:
            self.call_after_refresh(self._lines.scroll_to_region, Region(0, at - 1, 1, 1), animate=False)
        elif fresh:
            self._lines.scroll_home(animate=False)

    def enter(self) -> None:
        """Have the keys scroll the lines, until the focus goes elsewhere."""
        self._lines.can_focus = True
        self.screen.set_focus(self._lines)
