"""The list of domains: drawn by line, thousands of rows at the price of the visible ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from xentui.text import plain
from xentui.tui.columns import sort_ids
from xentui.tui.filtering import Filter
from xentui.tui.listing import Listing
from xentui.tui.rows import Entry
from xentui.tui.widgets.table_painting import COMPONENTS, PREFIX, Look, Painter, Row

MOVE: Final = Binding.Group("move in the list", compact=True)


def _binding(keys: str, action: str, description: str) -> Binding:
    """A binding of the list: with an id, so that the user's keymap can change it."""
    return Binding(
        keys,
        action,
        description,
        show=False,
        id=f"table.{action}",
        tooltip=f"{description} in the list",
        group=MOVE,
    )


class DomainTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Domains with a cursor and marks, sorted and filtered; the first line is the header and never scrolls.

    Only rows whose text or look has changed are painted again, and those only as far as they have.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    BINDINGS: ClassVar[list[BindingType]] = [
        _binding("up,k", "cursor_up", "Up"),
        _binding("down,j", "cursor_down", "Down"),
        _binding("pageup", "page_up", "A page up"),
        _binding("pagedown", "page_down", "A page down"),
        _binding("home,g", "first", "To the first"),
        _binding("end,G", "last", "To the last"),
        _binding("enter", "choose", "Open the domain"),
    ]
    ALLOW_SELECT = False
    DEFAULT_CSS = """
    DomainTable {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
    }
    """

    class Highlighted(Message):
        """The cursor is on another domain, or there is news of the one it is on; None where the list is empty."""

        def __init__(self, table: DomainTable, entry: Entry | None) -> None:
            super().__init__()
            self.table = table
            self.entry = entry

        @property
        def control(self) -> DomainTable:
            """The list it is from."""
            return self.table

    class Chosen(Message):
        """Enter, or a double click."""

        def __init__(self, table: DomainTable, entry: Entry) -> None:
            super().__init__()
            self.table = table
            self.entry = entry

        @property
        def control(self) -> DomainTable:
            """The list it is from."""
            return self.table

    class MarksChanged(Message):
        """Other domains are marked; ``count`` of them, also those the filter holds back."""

        def __init__(self, table: DomainTable, count: int) -> None:
            super().__init__()
            self.table = table
            self.count = count

        @property
        def control(self) -> DomainTable:
            """The list it is from."""
            return self.table

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._listing = Listing()
        self._painter = Painter(self._combined_style)
        self._painted: dict[int, Row | Strip] = {}
        self._loaded = False
        self._stale: str | None = None
        self._styles_moved = False
        self._announced: Entry | None = None
        self._announced_marks = 0

    # What is shown

    def show(self, entries: Sequence[Entry]) -> None:
        """Take a new snapshot.

        The cursor stays on its domain, or at its place where that is gone; marks and scroll position stay.
        """
        self._loaded = True
        seen = self._cursor_is_seen
        self._listing.show(entries)
        self._changed(follow=seen)

    def stale(self, reason: str) -> None:
        """Grey the rows: the host does not answer, for ``reason``."""
        self._stale = plain(reason)
        self._changed(follow=False)

    def fresh(self) -> None:
        """The host answers again."""
        self._stale = None
        self._changed(follow=False)

    def sort_by(self, column_id: str, *, reverse: bool | None = None) -> None:
        """Sort by a column: figures the greatest first, again the other way round, or as ``reverse`` says.

        Domains without the figure come last either way; ties by name.  Raises KeyError for an unknown column.
        """
        self._listing.sort_by(column_id, reverse)
        self._changed(follow=True)

    @property
    def sort(self) -> tuple[str, bool]:
        """The column sorted by, and whether the greatest comes first."""
        return self._listing.column.id, self._listing.reverse

    def filter(self, text: str) -> Filter:
        """Show only what matches (see :mod:`xentui.tui.filtering`); returns how the text was read."""
        found = self._listing.filter_by(text)
        self._changed(follow=True)
        return found

    @property
    def counts(self) -> tuple[int, int]:
        """How many domains are shown, and how many there are."""
        return len(self._listing.shown), len(self._listing.entries)

    # Where the cursor is

    @property
    def current(self) -> Entry | None:
        """The domain the cursor is on."""
        return self._listing.current

    def go_to(self, key: str) -> bool:
        """Move the cursor to a domain; False where it is not shown."""
        place = self._listing.place(key)
        if place is not None:
            self._move(place)
        return place is not None

    # Marks

    @property
    def marked(self) -> tuple[Entry, ...]:
        """The marked domains in the order of the list; also those the filter holds back (``hidden_marks``)."""
        return self._listing.marked

    @property
    def hidden_marks(self) -> int:
        """How many marked domains the filter holds back."""
        return self._listing.hidden_marks

    @property
    def chosen(self) -> tuple[Entry, ...]:
        """What an action is for: the marked domains, else the one under the cursor."""
        current = self.current
        return self.marked or ((current,) if current else ())

    def toggle_mark(self) -> None:
        """Mark the current domain, or unmark it."""
        if self.current:
            self._mark(self._listing.marks ^ {self.current.key})

    def mark_all(self) -> None:
        """Mark every domain that is shown."""
        self._mark(self._listing.marks | {entry.key for entry in self._listing.shown})

    def unmark_all(self) -> None:
        """Unmark every domain, shown or not."""
        self._mark(set())

    def invert_marks(self) -> None:
        """Mark what is shown and not marked, and the other way round."""
        self._mark(self._listing.marks ^ {entry.key for entry in self._listing.shown})

    def _mark(self, keys: set[str]) -> None:
        self._listing.marks = keys
        self._changed(follow=False)

    # Keys and mouse

    def action_cursor_up(self) -> None:
        self._move(self._listing.cursor - 1)

    def action_cursor_down(self) -> None:
        self._move(self._listing.cursor + 1)

    def action_page_up(self) -> None:
        self._move(self._listing.cursor - max(self._page - 1, 1))

    def action_page_down(self) -> None:
        self._move(self._listing.cursor + max(self._page - 1, 1))

    def action_first(self) -> None:
        self._move(0)

    def action_last(self) -> None:
        self._move(len(self._listing.shown) - 1)

    def action_choose(self) -> None:
        if self.current:
            self.post_message(self.Chosen(self, self.current))

    def on_click(self, event: events.Click) -> None:
        """Select a row, choose it by a second click, or sort by the column whose title it is."""
        offset = event.get_content_offset(self)
        if offset is None or event.button != 1:
            return
        event.stop()
        if offset.y == 0:
            column = self._painter.column_at(offset.x)
            if column is not None and column.id in sort_ids():
                self.sort_by(column.id)
            return
        place = self._top + offset.y - 1
        if place < len(self._listing.shown):
            self._move(place)
            if event.chain == 2:
                self.action_choose()

    # Painting

    def render_line(self, y: int) -> Strip:
        """A line of the widget: the header, a row, or what there is to say where there are none."""
        self._check_styles()
        line = self._line(y)
        self._painted[y] = line
        return line.strip if isinstance(line, Row) else line

    def notify_style_update(self) -> None:
        """Styles may have changed; Textual says so at every change of focus, mostly for nothing."""
        super().notify_style_update()
        self._styles_moved = True

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        self._resized()
        self._follow()
        self._repaint()

    @property
    def _page(self) -> int:
        """Rows there is room for."""
        return max(self.size.height - 1, 0)

    @property
    def _top(self) -> int:
        """The place of the first row on the screen."""
        return self.scroll_offset.y

    @property
    def _cursor_is_seen(self) -> bool:
        return self._top <= self._listing.cursor < self._top + self._page

    def _line(self, y: int) -> Row | Strip:
        if y == 0:
            return self._painter.header(self.sort)
        place = self._top + y - 1
        shown = self._listing.shown
        if place >= len(shown):
            message = "" if shown else self._reason(y)
            return self._painter.message(message) if message else self._painter.blank()
        entry = shown[place]
        look = Look(
            cursor=place == self._listing.cursor,
            marked=entry.key in self._listing.marks,
            stale=self._stale is not None,
        )
        return self._painter.row(entry, look)

    def _reason(self, y: int) -> str:
        """Why the list is empty, line by line."""
        if self._stale is not None:
            lines = ["The host does not answer.", self._stale]
        elif not self._loaded:
            lines = ["Loading…"]
        elif self._listing.entries:
            count = len(self._listing.entries)
            lines = [
                f"No domain matches the filter: {plain(self._listing.filter.text, 200)}",
                f"{count} not shown",
            ]
        else:
            lines = ["No domains: nothing runs here, and nothing is stored."]
        return lines[y - 2] if 0 <= y - 2 < len(lines) else ""

    def _changed(self, *, follow: bool) -> None:
        """Paint what looks different now, and tell of it; ``follow`` keeps the cursor on the screen."""
        self._resized()
        if follow:
            self._follow()
        self._repaint()
        self._announce()

    def _move(self, place: int) -> None:
        self._listing.move_to(place)
        self._changed(follow=True)

    def _resized(self) -> None:
        """Take the size there is: columns for the width, scrolling for the rows."""
        if self._painter.resize(self.scrollable_content_region.width):
            self.refresh()
        height = len(self._listing.shown) + 1
        if self.virtual_size.height != height:
            self.virtual_size = Size(0, height)
        if self._top > self.max_scroll_y:
            self._scroll(self.max_scroll_y)

    def _follow(self) -> None:
        """Scroll the cursor into view, half a page further than needed: the next moves then repaint two rows."""
        if self._page and not self._cursor_is_seen:
            self._scroll(self._listing.cursor - self._page // 2)

    def _scroll(self, top: float) -> None:
        self.scroll_to(y=max(0, min(top, self.max_scroll_y)), animate=False, force=True)

    def _repaint(self) -> None:
        """Ask for the rows that differ from what is painted."""
        if not self.is_mounted or not self._painter.width:
            return
        self._check_styles()
        regions = []
        for y, painted in self._painted.items():
            if y < self.size.height and (cells := self._difference(painted, self._line(y))):
                regions.append(Region(0, y, cells, 1))
        if regions:
            self.refresh(*regions)

    def _difference(self, painted: Row | Strip, line: Row | Strip) -> int:
        if isinstance(painted, Row) and isinstance(line, Row):
            return self._painter.changed_to(painted, line)
        return 0 if painted is line or painted == line else self._painter.width

    def _announce(self) -> None:
        current = self.current
        if current != self._announced:
            self._announced = current
            self.post_message(self.Highlighted(self, current))
        count = len(self._listing.marks)
        if count != self._announced_marks:
            self._announced_marks = count
            self.post_message(self.MarksChanged(self, count))

    def _check_styles(self) -> None:
        if self._styles_moved:
            self._styles_moved = False
            self._painter.check_styles()

    def _combined_style(self, names: tuple[str, ...]) -> Style:
        """The style of component classes on top of each other: what each changes of the list's own."""
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
