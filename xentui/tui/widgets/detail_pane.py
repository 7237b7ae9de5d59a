"""The details of the domain under the cursor, drawn by line: a move of the cursor sends what differs."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from xentui.text import plain
from xentui.tui.bindings import bound
from xentui.tui.details import DetailLine
from xentui.tui.widgets.styled_line import part

_LABEL = 8
_WHEEL = 2
_WHOLE = ("note", "alarm")
"""What is shown whole in any room."""
ALL: Final = 1_000_000
"""More rows than there are."""


def _key(keys: str, action: str, label: str) -> Binding:
    name = action.partition("(")[0]
    return bound(keys, action, label, f"{label} in the details", id=f"details.{name}-{keys}")


class DetailPane(Widget, can_focus=True):
    """Label and text a line; long ones go on below themselves where the pane is tall or has the focus.  Else they are
    cut, but for what is wrong.

    What does not fit can be scrolled to.  It has no scroll bar: one that comes and goes with the length of what
    is shown would lay out the screen anew.  An arrow tells that there is more.
    """

    COMPONENT_CLASSES = {
        "detail-pane--label",
        "detail-pane--title",
        "detail-pane--text",
        "detail-pane--muted",
        "detail-pane--note",
        "detail-pane--alarm",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("up", "scroll(-1)", "A line up"),
        _key("down", "scroll(1)", "A line down"),
        _key("pageup", "page(-1)", "A page up"),
        _key("pagedown", "page(1)", "A page down"),
        _key("home", f"scroll(-{ALL})", "To the top"),
        _key("end", f"scroll({ALL})", "To the end"),
        bound(
            "enter",
            "choose",
            "Boot menu",
            "Show the boot menu in the details, then all of it",
            id="details.menu",
        ),
    ]
    ALLOW_SELECT = False

    class BootMenuWanted(Message):
        """Enter was pressed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[DetailLine, ...] = ()
        self._title = ""
        self._rows: list[Strip] = []
        self._shown: list[Strip] = []
        self._top = 0
        self._to_end = False
        self.entered: Callable[[], None] = lambda: None
        """Called when the focus comes: what is shown late, while the cursor runs on in the list, is shown then."""

    def show(self, title: str, lines: Sequence[DetailLine]) -> None:
        """Show a domain; nothing is drawn where nothing has changed."""
        if (title, tuple(lines)) == (self._title, self._lines):
            return
        if title != self._title:
            # Who reads here has not chosen another: this is the one the cursor had come to when End was pressed.
            self._top, self._to_end = 0, self._to_end and self.has_focus
        self._title, self._lines = title, tuple(lines)
        self._draw()

    def action_choose(self) -> None:
        """Ask for the boot menu."""
        self.post_message(self.BootMenuWanted())

    def action_scroll(self, rows: int) -> None:
        """Show what is further down, or up."""
        self._top += rows
        # Whoever goes to the end stays there: what is told later stands below, or is longer.
        below = len(self._rows) - self.size.height
        self._to_end = rows >= ALL or (rows > 0 and 0 < below <= self._top)
        self._show()

    def action_page(self, pages: int) -> None:
        """Scroll by what is in view."""
        self.action_scroll(pages * max(1, self.size.height - 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel."""
        event.stop()
        self.action_scroll(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel."""
        event.stop()
        self.action_scroll(-_WHEEL)

    def on_resize(self) -> None:
        """Lines are cut for the width."""
        self._draw()

    def on_focus(self) -> None:
        """Who comes to read finds it all."""
        self.entered()
        self._draw()

    def on_blur(self) -> None:
        """Each line has one row again."""
        self._draw()

    def notify_style_update(self) -> None:
        """Another theme has other looks."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self._draw)

    def render_line(self, y: int) -> Strip:
        """Return one line of the widget."""
        row = self._shown[y] if y < len(self._shown) else Strip([])
        return row.adjust_cell_length(self.size.width, self.rich_style)

    def _draw(self) -> None:
        self._rows = list(self._laid_out())
        if self._to_end:
            self._top = len(self._rows)
        self._show()

    def _show(self) -> None:
        """Take the rows in view, and ask for those that differ from what is shown."""
        height = self.size.height
        below = max(0, len(self._rows) - height)
        self._top = max(0, min(self._top, below))
        before, self._shown = self._shown, self._rows[self._top : self._top + height]
        if self._shown and self._top > 0:
            self._shown[0] = self._marked(self._shown[0], "↑")
        if self._shown and self._top < below:
            self._shown[-1] = self._marked(self._shown[-1], "↓")
        blank = Strip([])
        regions = []
        for row in range(min(height, max(len(before), len(self._shown)))):
            old = before[row] if row < len(before) else blank
            new = self._shown[row] if row < len(self._shown) else blank
            if old is not new and (span := difference(old, new)):
                regions.append(Region(span[0], row, span[1] - span[0], 1))
        if regions:
            self.refresh(*regions)

    def _marked(self, row: Strip, sign: str) -> Strip:
        """Return a row that ends in an arrow: there is more."""
        style = self.rich_style + part(self, "detail-pane--label")
        return Strip([*row.adjust_cell_length(self.size.width - 1, self.rich_style), Segment(sign, style)])

    def _laid_out(self) -> Iterator[Strip]:
        """Yield the rows for the width there is."""
        width = max(20, (self.size.width or 80) - 1)
        whole = self.size.height > 12 or self.has_focus
        base = self.rich_style
        label = base + part(self, "detail-pane--label")
        yield Strip([Segment(plain(self._title, width), base + part(self, "detail-pane--title"))])
        before = ""
        for line in self._lines:
            shown = line.label if line.label != before else ""
            before = line.label
            tone = base + part(self, f"detail-pane--{line.tone or 'text'}")
            for piece in pieces(line.text, width - _LABEL, whole=whole or line.tone in _WHOLE):
                yield Strip([Segment(f"{shown:<{_LABEL}}", label), Segment(piece, tone)])
                shown = ""


def pieces(text: str, width: int, *, whole: bool) -> list[str]:
    """Return a text broken for a width; not ``whole``, as much of it as fits into one row, with an ellipsis."""
    broken = textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    if whole or len(broken) == 1:
        return broken
    row = Text(text.strip(), no_wrap=True)
    row.truncate(width, overflow="ellipsis")
    return [row.plain]


def difference(old: Strip, new: Strip) -> tuple[int, int] | None:
    """Return the first cell in which two rows differ, and the one behind the last; None where they look the same."""
    before, after = _cells(old), _cells(new)
    length = max(len(before), len(after))
    before += [_NOTHING] * (length - len(before))
    after += [_NOTHING] * (length - len(after))
    differing = [cell for cell in range(length) if before[cell] != after[cell]]
    return (differing[0], differing[-1] + 1) if differing else None


_NOTHING = (" ", Style.null())


def _cells(strip: Strip) -> list[tuple[str, Style]]:
    """Return what stands in each cell; the second one of a wide character is empty."""
    cells: list[tuple[str, Style]] = []
    for text, style, _ in strip:
        look = style or Style.null()
        for sign in text:
            cells.append((sign, look))
            if not sign.isascii():
                cells += [("", look)] * (Segment(sign).cell_length - 1)
    return cells
