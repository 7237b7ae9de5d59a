"""What the list shows and where one is in it: sorting, filter, marks and cursor over the entries of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter, is_, itemgetter
from typing import Any

from xentui.tui.domain_list import legend
from xentui.tui.domain_list.column_values import by_name
from xentui.tui.domain_list.columns import Column, sortable
from xentui.tui.domain_list.filters import Filter, parse
from xentui.tui.domain_list.host_row import HostRow, ListRow
from xentui.tui.domain_list.row import DomainRow


class ListModel:
    """The entries in the order they are shown in; no strings are made here, those of visible rows are drawn.

    ``cursor`` is a place among ``shown``, 0 where that is empty.  Of several hosts each has a row of its own above its
    entries, unless the list is ``flat``; a ``folded`` one has nothing else, but while a filter holds entries back.
    """

    def __init__(self) -> None:
        self.entries: Sequence[DomainRow] = ()
        self.shown: Sequence[ListRow] = ()
        self.hosts: Sequence[HostRow] = ()
        """The hosts, where there are several."""
        self.stale_hosts: frozenset[str] = frozenset()
        """Those whose entries are not the present."""
        self.flat = False
        self.folded: frozenset[str] = frozenset()
        self.marks: set[str] = set()
        self.news: frozenset[str] = frozenset()
        """The keys of entries to which something has happened that nobody has looked at."""
        self.cursor = 0
        self.filter = Filter()
        self.signs: frozenset[str] = frozenset()
        """Letters and signs of kinds and notes that some entries have."""
        self.states: frozenset[str] = frozenset()
        """Letters of states that some have."""
        self.column: Column = sortable("name")
        self.reverse = False
        self._by_name: list[DomainRow] = []
        self._names: list[tuple[str, int | None]] = []
        """Of each entry, in the order of the entries, what its place by name depends on."""
        self._name_order: list[int] = []
        self._templates = False
        self._letters: Sequence[legend.Letters] = ()
        self._origin: str | None = None

    @property
    def current(self) -> DomainRow | None:
        """The entry the cursor is on; None on the row of a host."""
        row = self.current_row
        return row if isinstance(row, DomainRow) else None

    @property
    def current_row(self) -> ListRow | None:
        """The row the cursor is on."""
        return self.shown[self.cursor] if self.shown else None

    @property
    def shown_entries(self) -> list[DomainRow]:
        """The entries that are shown, in their order."""
        return [row for row in self.shown if isinstance(row, DomainRow)]

    @property
    def marked(self) -> tuple[DomainRow, ...]:
        """The marked entries in the order of the list, also those the filter holds back."""
        if not self.marks:
            return ()
        return tuple(self._in_order([entry for entry in self._by_name if entry.key in self.marks]))

    @property
    def hidden_marks(self) -> int:
        """How many of the marked entries the filter holds back."""
        return len(self.marks) - sum(row.key in self.marks for row in self.shown) if self.marks else 0

    def show(self, entries: Sequence[DomainRow], hosts: Sequence[HostRow] = ()) -> None:
        """Take the entries of new snapshots, of several ``hosts`` with those; marks of those that are gone go too."""
        if not _same_domains(self.entries, entries):
            if (names := list(map(_NAME, entries))) != self._names:
                self._names = names
                self._name_order = sorted(range(len(entries)), key=lambda place: by_name(entries[place]))
            self._templates = any(entry.domain.domid is None and entry.domain.template for entry in entries)
            self._letters = legend.letters(entries, self.entries, self._letters)
            self.signs, self.states = legend.in_use(self._letters)
        self.entries, self.hosts = entries, hosts
        self.stale_hosts = frozenset(row.host for row in hosts if row.stale)
        self._by_name = [entries[place] for place in self._name_order]
        if self.marks:
            self.marks &= {entry.key for entry in entries}
        self._arrange()

    def sort_by(self, column_id: str, reverse: bool | None = None) -> None:
        """Sort by a column; without ``reverse`` as one expects of it, the other way round if it is sorted so.

        Raises KeyError for an unknown column.
        """
        column = sortable(column_id)
        if reverse is None:
            reverse = not self.reverse if column.id == self.column.id else column.descending
        self.column, self.reverse = column, reverse
        self._arrange()

    def filter_by(self, text: str) -> Filter:
        """Show only what matches; the cursor stays on its entry, or returns to it once it is shown again."""
        current = self.current_row
        origin = self._origin or (current.key if current else None)
        self.filter = parse(text)
        self._arrange()
        if origin is not None and (place := self.place(origin)) is not None:
            self.cursor, origin = place, None
        self._origin = origin
        return self.filter

    def return_to(self, key: str) -> None:
        """Let the cursor go to an entry that the filter hides once that is shown, unless it is moved before."""
        self._origin = key

    def stay(self) -> None:
        """Let the cursor stay where it is when the filter changes: the user has chosen this place."""
        self._origin = None

    def move_to(self, place: int) -> None:
        """Set the cursor, at the nearest place there is."""
        self.cursor = max(0, min(place, len(self.shown) - 1))
        self._origin = None

    def place(self, key: str) -> int | None:
        """Return where an entry is shown, if it is."""
        return next((place for place, entry in enumerate(self.shown) if entry.key == key), None)

    @property
    def grouped(self) -> bool:
        """Whether each host has its own row."""
        return bool(self.hosts) and not self.flat

    @property
    def host_width(self) -> int:
        """How wide the names of the hosts are where each entry is to say its own; 0 where none is."""
        return max((len(row.host) for row in self.hosts), default=0) if self.flat else 0

    def is_folded(self, host: str) -> bool:
        """Return whether nothing of a host is shown but its row."""
        return host in self.folded and self.filter.shows_all

    def lay_flat(self, flat: bool) -> None:
        """Show the entries of all hosts as one list, or each host's below its own row."""
        self.flat = flat
        self._arrange()

    def fold(self, hosts: frozenset[str]) -> None:
        """Fold these hosts, and no others; the cursor goes to the row of its host where its entry is hidden by that."""
        current = self.current
        self.folded = hosts
        self._arrange()
        if current is not None and self.place(current.key) is None and self.grouped:
            place = self.place(current.host)
            self.cursor = self.cursor if place is None else place

    def _grouped(self, entries: list[DomainRow]) -> list[ListRow]:
        """Entries in their order below the rows of their hosts; one of which a filter holds back all has none."""
        of_host: dict[str, list[DomainRow]] = {}
        for entry in entries:
            of_host.setdefault(entry.host, []).append(entry)
        everything, made = self.filter.shows_all, list[ListRow]()
        for row in self.hosts:
            its = of_host.get(row.host, [])
            if its or everything:
                made.append(row)
                if not self.is_folded(row.host):
                    made += its
        return made

    def _arrange(self) -> None:
        current = self.current_row
        entries = self._in_order(self.filter.select(self._by_name))
        self.shown = self._grouped(entries) if self.grouped else entries
        last = max(len(self.shown) - 1, 0)
        if current is not None and (
            self.cursor > last or not self.shown or self.shown[self.cursor].key != current.key
        ):
            place = self.place(current.key)
            self.cursor = self.cursor if place is None else place
        self.cursor = min(self.cursor, last)

    def _in_order(self, entries: list[DomainRow]) -> list[DomainRow]:
        """Entries that come by name, sorted by the column: ties by name, what has no figure last either way.

        Templates are below all of them.
        """
        apart = [entry for entry in entries if entry.domain.template] if self._templates else []
        if not apart:
            return self._sorted(entries)
        others = [entry for entry in entries if not entry.domain.template]
        return [*self._sorted(others), *self._sorted(apart)]

    def _sorted(self, entries: list[DomainRow]) -> list[DomainRow]:
        if self.column.id == "name":
            return entries[::-1] if self.reverse else entries
        keyed: list[tuple[Any, DomainRow]] = []
        without: list[DomainRow] = []
        key = self.column.sort_key
        for entry in entries:
            value = key(entry)
            if value is None:
                without.append(entry)
            else:
                keyed.append((value, entry))
        # A stable sort keeps the names of equals in order, reversed or not.
        keyed.sort(key=_KEY, reverse=self.reverse)
        return [entry for _, entry in keyed] + without


_KEY = itemgetter(0)


_DOMAIN = attrgetter("domain")
_NAME = attrgetter("domain.name", "domain.domid")


def _same_domains(old: Sequence[DomainRow], new: Sequence[DomainRow]) -> bool:
    """Return whether only figures have changed: an unchanged domain is the same object in the next snapshot."""
    return len(old) == len(new) and all(map(is_, map(_DOMAIN, old), map(_DOMAIN, new)))
