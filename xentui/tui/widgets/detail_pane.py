"""The details of the domain under the cursor, drawn by line: a move of the cursor sends what differs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from xentui.text import plain
from xentui.tui.details import Line
from xentui.tui.widgets.line import part

_LABEL = 8
_ROUNDED = 8
"""The height that can be scrolled through grows by so many lines, lest every domain lays the screen out anew."""


class DetailPane(ScrollView, can_focus=True):
    """Label and text a line; long ones go on below themselves where the pane is tall, else are cut."""

    COMPONENT_CLASSES = {
        "detail-pane--label",
        "detail-pane--title",
        "detail-pane--text",
        "detail-pane--muted",
        "detail-pane--note",
        "detail-pane--alarm",
    }
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    DetailPane {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()
        self._title = ""
        self._rows: list[Strip] = []
        self._drawn_for = Size(0, 0)

    def show(self, title: str, lines: Sequence[Line]) -> None:
        """Show a domain; nothing is drawn where nothing has changed."""
        if (title, tuple(lines)) == (self._title, self._lines):
            return
        if title != self._title and self.scroll_y:
            self.scroll_home(animate=False)
        self._title, self._lines = title, tuple(lines)
        self._draw()

    def text(self) -> str:
        """What the pane holds, as plain lines."""
        return "\n".join(row.text.rstrip() for row in self._rows)

    def on_resize(self) -> None:
        """Lines are cut for the width."""
        self._draw()

    def watch_show_vertical_scrollbar(self) -> None:
        """The scroll bar takes a column or gives it back, of which no resize event tells."""
        self._draw()

    def notify_style_update(self) -> None:
        """Another theme has other looks."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._draw)

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        row = y + self.scroll_offset.y
        width = self.size.width
        if row >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        return self._rows[row].adjust_cell_length(width, self.rich_style)

    @property
    def fits(self) -> bool:
        """Whether it is laid out for the size it has now."""
        return self._drawn_for == self.size

    def _draw(self) -> None:
        self._drawn_for = self.size
        before, self._rows = self._rows, list(self._laid_out())
        height = -(-len(self._rows) // _ROUNDED) * _ROUNDED if len(self._rows) > self.size.height else 0
        if height != self.virtual_size.height:
            self.virtual_size = Size(0, height)
        top, blank = self.scroll_offset.y, Strip([])
        regions = []
        for row in range(max(len(before), len(self._rows))):
            old = before[row] if row < len(before) else blank
            new = self._rows[row] if row < len(self._rows) else blank
            if old is not new and (span := difference(old, new)) and 0 <= row - top < self.size.height:
                regions.append(Region(span[0], row - top, span[1] - span[0], 1))
        if regions:
            self.refresh(*regions)

    def _laid_out(self) -> Iterator[Strip]:
        """The rows for the width there is."""
        width = max(20, self.scrollable_content_region.width or 80)
        tall = self.size.height > 12
        base = self.rich_style
        label = base + part(self, "detail-pane--label")
        yield Strip([Segment(plain(self._title, width), base + part(self, "detail-pane--title"))])
        before = ""
        for line in self._lines:
            shown = line.label if line.label != before else ""
            before = line.label
            tone = base + part(self, f"detail-pane--{line.tone or 'text'}")
            for piece in pieces(line.text, width - _LABEL, whole=tall):
                yield Strip([Segment(f"{shown:<{_LABEL}}", label), Segment(piece, tone)])
                shown = ""


def pieces(text: str, width: int, *, whole: bool) -> list[str]:
    """A text broken for a width; not ``whole``, its first line with an ellipsis where there is more."""
    broken = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    if whole or len(broken) == 1:
        return broken
    return [textwrap.wrap(text, width - 1, break_on_hyphens=False)[0] + "…"]


def difference(old: Strip, new: Strip) -> tuple[int, int] | None:
    """The first cell in which two rows differ, and the one behind the last; None where they look the same."""
    before, after = _cells(old), _cells(new)
    length = max(len(before), len(after))
    before += [_NOTHING] * (length - len(before))
    after += [_NOTHING] * (length - len(after))
    differing = [cell for cell in range(length) if before[cell] != after[cell]]
    return (differing[0], differing[-1] + 1) if differing else None


_NOTHING = (" ", Style.null())


def _cells(strip: Strip) -> list[tuple[str, Style]]:
    """What stands in each cell; the second one of a wide character is empty."""
    cells: list[tuple[str, Style]] = []
    for text, style, _ in strip:
        look = style or Style.null()
        for sign in text:
            cells.append((sign, look))
            if not sign.isascii():
                cells += [("", look)] * (Segment(sign).cell_length - 1)
    return cells
