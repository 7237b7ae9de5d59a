"""The list of domains: drawn by line, thousands of rows at the price of the visible ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from xentui.text import plain
from xentui.tui.domain_list import legend
from xentui.tui.domain_list.columns import sort_ids
from xentui.tui.domain_list.filters import Filter
from xentui.tui.domain_list.host_row import HostRow, ListRow
from xentui.tui.domain_list.row import DomainRow
from xentui.tui.domain_list.row_view import RowView

MOVE: Final = Binding.Group("move in the list", compact=True)


_LEAST: Final = 5
"""Rows there is room for however few domains there are: what is said of an empty list needs them."""


def _binding(keys: str, action: str, description: str) -> Binding:
    """Return a binding of the list: with an id, so that the user's keymap can change it."""
    return Binding(
        keys,
        action,
        description,
        show=False,
        id=f"table.{action}",
        tooltip=f"{description} in the list",
        group=MOVE,
    )


class _OfTable(Message):
    """What a list tells."""

    def __init__(self, table: DomainTable) -> None:
        super().__init__()
        self.table = table

    @property
    def control(self) -> DomainTable:
        """The list it is from."""
        return self.table


class DomainTable(RowView, can_focus=True, inherit_bindings=False):
    """Domains with a cursor and marks, sorted and filtered; the first line is the header and never scrolls.

    Only rows whose text or look has changed are painted again, and those only as far as they have.
    ``choose`` is what Enter does, before the next key is looked at; without it there is a message only.  ``below`` says
    how many lines what stands below the list needs at least.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        _binding("up,k", "cursor_up", "Up"),
        _binding("down,j", "cursor_down", "Down"),
        _binding("pageup", "page_up", "A page up"),
        _binding("pagedown", "page_down", "A page down"),
        _binding("home,g", "first", "To the first"),
        _binding("end,G", "last", "To the last"),
        _binding("enter", "choose", "Open the domain"),
    ]

    class Highlighted(_OfTable):
        """The cursor is on another domain, or there is news of the one it is on; None where the list is empty."""

        def __init__(self, table: DomainTable, entry: DomainRow | None) -> None:
            super().__init__(table)
            self.entry = entry

    class Chosen(_OfTable):
        """Enter, or a double click."""

        def __init__(self, table: DomainTable, entry: DomainRow) -> None:
            super().__init__(table)
            self.entry = entry

    class MenuWanted(Message):
        """The right button was clicked on a domain, which is the current one now."""

    class MarksChanged(_OfTable):
        """Other domains are marked, or seen; ``count`` of them, also those the filter holds back."""

        def __init__(self, table: DomainTable, count: int) -> None:
            super().__init__(table)
            self.count = count

    def __init__(
        self,
        *,
        choose: Callable[[DomainRow], Awaitable[None]] | None = None,
        below: Callable[[], int] = lambda: 0,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._choose = choose
        self._below = below
        self._rows = 0
        self._loaded = False
        self._stale: str | None = None
        self._announced: ListRow | None = None
        self._announced_marks = 0, 0

    # What is shown

    @property
    def legend(self) -> str:
        """What the letters and signs in the list mean; "" where it says so in words."""
        return legend.line(self.painter.columns, self.model.signs, self.model.states)

    def shows(self, column_id: str) -> bool:
        """Return whether there is room for a column."""
        return any(column.id == column_id for column in self.painter.columns)

    def show(self, entries: Sequence[DomainRow], hosts: Sequence[HostRow] = ()) -> None:
        """Take a new snapshot, or those of several ``hosts``.

        The cursor stays on its domain, or at its place where that is gone; marks and scroll position stay.
        """
        self._loaded = True
        seen = self.cursor_in_view
        self.model.show(entries, hosts)
        if self._rows != (rows := self._rows_of_all):
            self._rows = rows
            self.refresh(layout=True)
        self._changed(follow=seen)

    def show_news(self, keys: Collection[str]) -> None:
        """Bear a sign on the rows of these keys: something has happened there."""
        if self.model.news != keys:
            self.model.news = frozenset(keys)
            self._changed(follow=False)

    def stale(self, reason: str) -> None:
        """Grey the rows: they are not the present, for ``reason``."""
        self._stale, self.greyed = plain(reason), True
        self._changed(follow=False)

    def fresh(self) -> None:
        """The rows are the present again."""
        if self._stale is None and not self.greyed:
            return
        self._stale, self.greyed = None, False
        self._changed(follow=False)

    def sort_by(self, column_id: str, *, reverse: bool | None = None) -> None:
        """Sort by a column: figures the greatest first, again the other way round, or as ``reverse`` says.

        Domains without the figure come last either way; ties by name.  Raises KeyError for an unknown column.
        """
        self.model.sort_by(column_id, reverse)
        self._changed(follow=True)

    def filter(self, text: str) -> Filter:
        """Show only what matches (see :mod:`xentui.tui.domain_list.filters`); returns how the text was read."""
        found = self.model.filter_by(text)
        self._changed(follow=True)
        return found

    @property
    def filter_text(self) -> str:
        """The filter in force, "" for none."""
        return self.model.filter.text

    def stay(self) -> None:
        """Let the cursor stay on its domain when the filter is taken back."""
        self.model.stay()

    @property
    def counts(self) -> tuple[int, int, bool]:
        """How many guests are shown, how many there are, and whether the control domain is shown."""
        shown, control = _guests(self.model.shown_entries)
        return shown, _guests(self.model.entries)[0], bool(control)

    @property
    def _rows_of_all(self) -> int:
        """Lines that all there are need: a filter being typed does not move what stands below."""
        return max(len(self.model.entries) + len(self.model.hosts), _LEAST) + 1

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's
        """As high as it has rows; what stands below keeps what it needs."""
        return max(1, min(self._rows_of_all, container.height - self._below()))

    # Where the cursor is

    @property
    def current(self) -> DomainRow | None:
        """The domain the cursor is on."""
        return self.model.current

    @property
    def current_row(self) -> ListRow | None:
        """What the cursor is on: a domain, or one of several hosts."""
        return self.model.current_row

    def go_to(self, key: str) -> bool:
        """Move the cursor to a domain, of a folded host after unfolding it; False where it is not shown."""
        place = self.model.place(key)
        if place is None and self.model.folded:
            of = next((entry.host for entry in self.model.entries if entry.key == key), "")
            if self.model.is_folded(of):
                self.model.fold(self.model.folded - {of})
                place = self.model.place(key)
        if place is not None:
            self._move(place)
        return place is not None

    def return_to(self, key: str) -> None:
        """Have the cursor go to a domain that the filter hides as soon as another shows it."""
        self.model.return_to(key)

    # Marks

    @property
    def marked(self) -> tuple[DomainRow, ...]:
        """The marked domains in the order of the list; also those the filter holds back (``hidden_marks``)."""
        return self.model.marked

    @property
    def marked_shown(self) -> tuple[DomainRow, ...]:
        """The marked domains one can see: what is hidden by the filter is not acted on."""
        marks = self.model.marks
        return tuple(entry for entry in self.model.shown_entries if entry.key in marks) if marks else ()

    @property
    def hidden_marks(self) -> int:
        """How many marked domains the filter holds back."""
        return self.model.hidden_marks

    @property
    def chosen(self) -> tuple[DomainRow, ...]:
        """What an action is for: the marked domains, else the one under the cursor."""
        current = self.current
        return self.marked_shown or ((current,) if current else ())

    def toggle_mark(self) -> None:
        """Mark the current domain, or unmark it, and go on to the next; of a host all of its domains in sight."""
        row = self.model.current_row
        if isinstance(row, HostRow):
            its = {entry.key for entry in self.model.shown_entries if entry.host == row.host}
            self._mark(self.model.marks - its if its <= self.model.marks else self.model.marks | its)
        elif row is not None:
            self.model.marks = self.model.marks ^ {row.key}
            self._move(self.model.cursor + 1)

    def mark_all(self) -> None:
        """Mark every domain that is shown."""
        self._mark(self.model.marks | {entry.key for entry in self.model.shown_entries})

    def unmark_all(self) -> None:
        """Unmark every domain, shown or not."""
        self._mark(set())

    def invert_marks(self) -> None:
        """Mark what is shown and not marked, and the other way round."""
        self._mark(self.model.marks ^ {entry.key for entry in self.model.shown_entries})

    def _mark(self, keys: set[str]) -> None:
        self.model.marks = keys
        self._changed(follow=False)

    # Several hosts

    @property
    def sort_ids(self) -> tuple[str, ...]:
        """What the list can be sorted by."""
        return sort_ids(hosts=bool(self.model.hosts))

    def lay_flat(self, flat: bool) -> None:
        """Show the domains of all hosts as one list that says the host of each, or those of each below its row."""
        self.model.lay_flat(flat)
        self._changed(follow=True)

    def toggle_fold(self) -> None:
        """Fold the host the cursor is on, or unfold it."""
        row = self.model.current_row
        if row is not None:
            self.fold(self.model.folded ^ {row.host})

    def fold(self, hosts: frozenset[str]) -> None:
        """Fold these hosts, and no others."""
        self.model.fold(hosts)
        self._changed(follow=True)

    # Keys and mouse

    def action_cursor_up(self) -> None:
        self._move(self.model.cursor - 1)

    def action_cursor_down(self) -> None:
        self._move(self.model.cursor + 1)

    def action_page_up(self) -> None:
        self._move(self.model.cursor - max(self.page - 1, 1))

    def action_page_down(self) -> None:
        self._move(self.model.cursor + max(self.page - 1, 1))

    def action_first(self) -> None:
        self._move(0)

    def action_last(self) -> None:
        self._move(len(self.model.shown) - 1)

    async def action_choose(self) -> None:
        if isinstance(self.model.current_row, HostRow):
            self.toggle_fold()
        elif self.current and self._choose is not None:
            await self._choose(self.current)
        elif self.current:
            self.post_message(self.Chosen(self, self.current))

    def on_click(self, event: events.Click) -> None:
        """Select a row, choose it by a second click, or sort by the column whose title it is.

        The right button selects and asks for the menu.
        """
        offset = event.get_content_offset(self)
        if offset is None or event.button not in (1, 3):
            return
        event.stop()
        if offset.y == 0 and event.button == 1:
            column = self.painter.column_at(offset.x)
            if column is not None and column.id in self.sort_ids:
                self.sort_by(column.id)
            return
        place = self.top + offset.y - 1
        if offset.y and place < len(self.model.shown):
            self._move(place)
            row = self.model.shown[place]
            if isinstance(row, HostRow):
                if event.button == 1 and event.chain == 2:
                    self.toggle_fold()
            elif event.button == 3:
                self.post_message(self.MenuWanted())
            elif event.chain == 2:
                self.post_message(self.Chosen(self, row))

    def reasons(self) -> list[str]:
        """Return why the list is empty, a line each."""
        if self._stale is not None:
            return ["No data yet.", self._stale]
        if not self._loaded:
            return ["Loading …"]
        if count := len(self.model.entries):
            return [
                f"No domain matches the filter: {plain(self.model.filter.text, 200)}",
                f"{count} not shown",
            ]
        return ["No domains: nothing runs here, and nothing is stored."]

    def _changed(self, *, follow: bool) -> None:
        """Show what is different, and tell of it."""
        self.update(follow=follow)
        self._announce()

    def _move(self, place: int) -> None:
        self.model.move_to(place)
        self._changed(follow=True)

    def _announce(self) -> None:
        row = self.current_row
        if row != self._announced:
            self._announced = row
            self.post_message(self.Highlighted(self, self.current))
        marks = len(self.model.marks), self.hidden_marks
        if marks != self._announced_marks:
            self._announced_marks = marks
            self.post_message(self.MarksChanged(self, marks[0]))


def _guests(entries: Sequence[DomainRow]) -> tuple[int, int]:
    """Return how many of the entries are guests, and how many control domains."""
    control = sum(entry.domain.is_control for entry in entries)
    return len(entries) - control, control
