"""The details of the domain under the cursor."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from xentui.text import plain
from xentui.tui.details import Line

_LABEL = 8


class DetailPane(VerticalScroll):
    """Label and text a line; long ones go on below themselves where the pane is tall, else are cut."""

    COMPONENT_CLASSES = {
        "detail-pane--label",
        "detail-pane--title",
        "detail-pane--text",
        "detail-pane--muted",
        "detail-pane--note",
        "detail-pane--alarm",
    }

    DEFAULT_CSS = """
    DetailPane {
        scrollbar-gutter: stable;
    }
    DetailPane > Static {
        width: 1fr;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._content = Static()
        self._lines: tuple[Line, ...] = ()
        self._title = ""
        self._drawn = Text()

    def compose(self) -> ComposeResult:
        """One block of text."""
        yield self._content

    def show(self, title: str, lines: Sequence[Line]) -> None:
        """Show a domain; nothing is drawn where nothing has changed."""
        if (title, tuple(lines)) == (self._title, self._lines):
            return
        if title != self._title and self.scroll_y:
            self.scroll_home(animate=False)
        self._title, self._lines = title, tuple(lines)
        self._draw()

    def on_resize(self) -> None:
        """Lines are cut for the width."""
        self._draw()

    def watch_show_vertical_scrollbar(self) -> None:
        """The scroll bar takes a column or gives it back, of which no resize event tells."""
        self._draw()

    def _draw(self) -> None:
        width = max(20, self.scrollable_content_region.width or 80)
        tall = self.size.height > 12
        label = self.get_component_rich_style("detail-pane--label", partial=True)
        text = Text(no_wrap=True)
        text.append(
            plain(self._title, width), self.get_component_rich_style("detail-pane--title", partial=True)
        )
        before = ""
        for line in self._lines:
            shown = line.label if line.label != before else ""
            before = line.label
            text.append(f"\n{shown:<{_LABEL}}", label)
            tone = self.get_component_rich_style(f"detail-pane--{line.tone or 'text'}", partial=True)
            pieces = textwrap.wrap(line.text, width - _LABEL, break_on_hyphens=False) or [""]
            if not tall and len(pieces) > 1:
                pieces = textwrap.wrap(line.text, width - _LABEL - 1, break_on_hyphens=False)[:1]
                pieces[0] += "…"
            text.append(("\n" + " " * _LABEL).join(pieces), tone)
        if text == self._drawn:
            return
        moved = text.plain.count("\n") != self._drawn.plain.count("\n")
        self._drawn = text
        self._content.update(text, layout=moved)
