"""A list drawn line by line: what it costs to show depends on the rows in view, not on how many there are."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from xentui.tui.domain_list.host_row import HostRow
from xentui.tui.domain_list.model import ListModel
from xentui.tui.domain_list.painting import COMPONENTS, PREFIX, PaintedRow, RowPainter, RowStyle


class RowView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a :class:`~xentui.tui.domain_list.model.ListModel` under a header that does not scroll.

    It remembers what is painted where, and paints again only rows that look different, as far to the right as they
    do: over SSH each row costs a tenth of a kilobyte.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    RowView {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
    }
    """

    class LaidOut(Message):
        """The columns are others, as there is another width for them."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.model = ListModel()
        self.painter = RowPainter(self._combined_style)
        self.greyed = False
        """Whether all rows are shown as out of date."""
        self._painted: dict[int, PaintedRow | Strip] = {}
        self._styles_moved = False

    @property
    def sort(self) -> tuple[str, bool]:
        """The column sorted by, and whether the greatest comes first."""
        return self.model.column.id, self.model.reverse

    @property
    def page(self) -> int:
        """Rows there is room for."""
        return max(self.size.height - 1, 0)

    @property
    def top(self) -> int:
        """The place of the first row in view."""
        return self.scroll_offset.y

    @property
    def cursor_in_view(self) -> bool:
        """Whether the row of the cursor is in view."""
        return self.top <= self.model.cursor < self.top + self.page

    def reasons(self) -> list[str]:
        """Return why the list is empty, a line each."""
        return []

    def update(self, *, follow: bool) -> None:
        """Show what the listing says now; ``follow`` brings the cursor into view."""
        self._fit()
        if follow:
            self._follow()
        self._repaint()

    def render_line(self, y: int) -> Strip:
        """Return a line of the widget: the header, a row, or what there is to say where there are none."""
        self._check_styles()
        line = self._line(y)
        self._painted[y] = line
        return line.strip if isinstance(line, PaintedRow) else line

    def notify_style_update(self) -> None:
        """Styles may have changed; Textual says so at every change of focus, mostly for nothing."""
        super().notify_style_update()
        self._styles_moved = True

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        self.update(follow=True)

    def watch_show_vertical_scrollbar(self) -> None:
        """The scroll bar takes a column or gives it back, of which no resize event tells."""
        self.update(follow=False)

    def _line(self, y: int) -> PaintedRow | Strip:
        if y == 0:
            return self.painter.header(self.sort)
        place = self.top + y - 1
        shown = self.model.shown
        if place >= len(shown):
            reasons = [] if shown else self.reasons()
            return self.painter.message(reasons[y - 2]) if 0 <= y - 2 < len(reasons) else self.painter.blank()
        entry = shown[place]
        cursor = place == self.model.cursor
        if isinstance(entry, HostRow):
            return self.painter.host_row(entry, cursor=cursor, folded=self.model.is_folded(entry.host))
        look = RowStyle(
            cursor=cursor,
            marked=entry.key in self.model.marks,
            stale=self.greyed or entry.host in self.model.stale_hosts,
            news=entry.key in self.model.news,
        )
        return self.painter.row(entry, look)

    def _fit(self) -> None:
        """Take the size there is: columns for the width, scrolling for the rows."""
        if self.painter.resize(self.scrollable_content_region.width, self.model.host_width):
            self.refresh()
            self.post_message(self.LaidOut())
        height = len(self.model.shown) + 1
        if self.virtual_size.height != height:
            self.virtual_size = Size(0, height)
        if self.top > self.max_scroll_y:
            self._scroll(self.max_scroll_y)

    def _follow(self) -> None:
        """Scroll the cursor into view, half a page further than needed: the next moves then repaint two rows."""
        if self.page and not self.cursor_in_view:
            self._scroll(self.model.cursor - self.page // 2)

    def _scroll(self, top: float) -> None:
        self.scroll_to(y=max(0, min(top, self.max_scroll_y)), animate=False, force=True)

    def _repaint(self) -> None:
        """Ask for the rows that differ from what is painted."""
        if not self.is_mounted or not self.painter.width:
            return
        self._check_styles()
        regions = []
        for y, painted in self._painted.items():
            if y < self.size.height and (cells := self._difference(painted, self._line(y))):
                regions.append(Region(0, y, cells, 1))
        if regions:
            self.refresh(*regions)

    def _difference(self, painted: PaintedRow | Strip, line: PaintedRow | Strip) -> int:
        if isinstance(painted, PaintedRow) and isinstance(line, PaintedRow):
            return self.painter.changed_to(painted, line)
        return 0 if painted is line or painted == line else self.painter.width

    def _check_styles(self) -> None:
        if self._styles_moved:
            self._styles_moved = False
            self.painter.check_styles()

    def _combined_style(self, names: tuple[str, ...]) -> Style:
        """Return the style of component classes on top of each other: what each changes of the list's own."""
        own = combined = self.rich_style
        for name in names:
            style = self.get_component_rich_style(PREFIX + name)
            combined += (
                Style(
                    color=style.color if style.color != own.color else None,
                    bgcolor=style.bgcolor if style.bgcolor != own.bgcolor else None,
                )
                + style.without_color
            )
        return combined
