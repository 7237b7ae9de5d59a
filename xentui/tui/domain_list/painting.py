"""Rows of the list of domains as strips: texts cut to their columns, styles from component classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.strip import Strip

from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.text import plain
from xentui.tui.domain_list import column_values as values
from xentui.tui.domain_list.columns import KIND_LETTER, Column, fit
from xentui.tui.domain_list.host_row import FOLDED, UNFOLDED, HostRow
from xentui.tui.domain_list.row import DomainRow

HOST_LIMIT: Final = 40
"""Characters of a host's name above its domains."""
ELLIPSIS: Final = "…"
NEWS: Final = "!"
"""Before the name of a domain to which something has happened that nobody has looked at."""
PREFIX: Final = "domain-table--"
_STATES: Final = {
    DomainState.RUNNING: "state-running",
    DomainState.BLOCKED: "state-running",
    DomainState.PAUSED: "state-paused",
    DomainState.SUSPENDED: "state-paused",
    DomainState.CRASHED: "state-crashed",
    DomainState.SHUTDOWN: "state-off",
    DomainState.DYING: "state-off",
    DomainState.OFF: "state-off",
}
COMPONENTS: Final = frozenset(
    PREFIX + name
    for name in (
        *_STATES.values(),
        "header",
        "cursor",
        "marked",
        "stale",
        "host",
        "kind-transient",
        "note",
        "alarm",
        "empty",
    )
)


class RowStyle(NamedTuple):
    """How a row is shown, beside its texts."""

    cursor: bool = False
    marked: bool = False
    stale: bool = False
    news: bool = False


class PaintedRow(NamedTuple):
    """A row as painted: what it was made from, the text of each column, and the strip."""

    entry: DomainRow
    look: RowStyle
    texts: tuple[str, ...]
    state: DomainState
    strip: Strip


class RowPainter:
    """Makes rows for one width, and keeps those that are painted.

    ``style`` gives the style of a combination of component classes, each of which adds to those before it.
    """

    def __init__(self, style: Callable[[tuple[str, ...]], Style]) -> None:
        self._style = style
        self._styles: dict[tuple[str, ...], Style] = {}
        self._rows: LRUCache[str, PaintedRow] = LRUCache(512)
        self._header: tuple[tuple[str, bool], Strip] | None = None
        self._host_rows: dict[str, tuple[tuple[HostRow, bool, bool], Strip]] = {}
        self.width = 0
        self._host_width = 0
        self.columns: tuple[Column, ...] = ()
        self._ends: list[int] = []

    def resize(self, width: int, host_width: int = 0) -> bool:
        """Lay out the columns for ``width`` cells; returns whether that changed anything.

        ``host_width`` is how wide the names of hosts are, 0 where rows do not say theirs.
        """
        if (width, host_width) == (self.width, self._host_width):
            return False
        self.width, self._host_width, self.columns = width, host_width, fit(width, host_width)
        self._ends = []
        end = 0
        for column in self.columns:
            end += column.width + 1
            self._ends.append(end)
        if self._ends:
            self._ends[-1] = width
        self.forget()
        return True

    def forget(self) -> None:
        """Drop all that was made, after styles have changed."""
        self._styles.clear()
        self._rows.clear()
        self._host_rows.clear()
        self._header = None

    def check_styles(self) -> None:
        """Drop all that was made if a style has changed."""
        if any(self._style(names) != style for names, style in self._styles.items()):
            self.forget()

    def column_at(self, x: int) -> Column | None:
        """Return the column a cell belongs to."""
        return next((column for column, end in zip(self.columns, self._ends, strict=True) if x < end), None)

    def header(self, sort: tuple[str, bool]) -> Strip:
        """Return the line of titles; the column sorted by bears an arrow, down for the greatest first."""
        if self._header is None or self._header[0] != sort:
            titles = [_title(column, sort) for column in self.columns]
            self._header = sort, self._strip([(self._lined(titles, "  "), self.style("header"))])
        return self._header[1]

    def row(self, entry: DomainRow, look: RowStyle) -> PaintedRow:
        """Return one entry as a row; the same object as long as nothing visible of it changes."""
        known = self._rows.get(entry.key)
        if known is not None and known.look == look:
            if known.entry is entry:
                return known
            texts = self._texts(entry)
            if texts == known.texts and entry.domain.state == known.state:
                made = known._replace(entry=entry)
                self._rows[entry.key] = made
                return made
        else:
            texts = self._texts(entry)
        state = entry.domain.state
        made = PaintedRow(entry, look, texts, state, self._paint(entry, texts, look))
        self._rows[entry.key] = made
        return made

    def host_row(self, row: HostRow, *, cursor: bool, folded: bool) -> Strip:
        """Return the line of a host: its name, and as much of what there is to say as fits."""
        made_of = row, cursor, folded
        known = self._host_rows.get(row.host)
        if known is None or known[0] != made_of:
            text = f"{'>' if cursor else ' '} {FOLDED if folded else UNFOLDED} {plain(row.host, HOST_LIMIT)}"
            for number, words in enumerate(row.words):
                # What is first is cut rather than left out.
                if number and cell_len(text) + cell_len(words) + 3 > self.width:
                    break
                text += f" · {words}"
            text = cut(text, self.width)
            style = self.style("cursor") if cursor else self.style("stale" if row.stale else "host")
            filled = text + " " * (self.width - cell_len(text))
            known = self._host_rows[row.host] = made_of, self._strip([(filled, style)])
        return known[1]

    def changed_to(self, old: PaintedRow | None, new: PaintedRow | None) -> int:
        """Return how many cells from the left differ, at most; 0 where the rows look the same."""
        if old is new or (old is not None and new is not None and old.strip is new.strip):
            return 0
        if old is None or new is None or old.look != new.look or old.state != new.state:
            return self.width
        if len(old.texts) != len(new.texts):
            return self.width
        pairs = zip(self._ends, old.texts, new.texts, strict=True)
        return max((end for end, before, after in pairs if before != after), default=0)

    def message(self, text: str) -> Strip:
        """Return a line that stands where rows would."""
        return self._strip([(cut(f"  {text}", self.width), self.style("empty"))])

    def blank(self) -> Strip:
        """Return a line below the last row."""
        return self._strip([(" " * self.width, self.style())])

    def style(self, *names: str) -> Style:
        """Return the style of component classes, each added to those before it."""
        style = self._styles.get(names)
        if style is None:
            style = self._styles[names] = self._style(names)
        return style

    def _texts(self, entry: DomainRow) -> tuple[str, ...]:
        return tuple([column.text(entry) for column in self.columns])

    def _lined(self, texts: Sequence[str], margin: str) -> str:
        """Return all columns as one line; ``margin`` are the two cells of the marks."""
        cells = [_cell(column, text) for column, text in zip(self.columns, texts, strict=True)]
        if self.columns and self.columns[0].id == "mark":
            return margin + " ".join(cells[1:])
        return " ".join(cells)

    def _paint(self, entry: DomainRow, texts: Sequence[str], look: RowStyle) -> Strip:
        margin = (">" if look.cursor else NEWS if look.news else " ") + ("*" if look.marked else " ")
        row: tuple[str, ...] = ()
        if look.cursor:
            row = ("marked", "cursor") if look.marked else ("cursor",)
        elif look.stale:
            row = ("stale",)
        elif look.marked:
            row = ("marked",)
        elif entry.domain.state is DomainState.OFF:
            row = ("state-off",)
        base = self.style(*row)
        if look.cursor or look.stale or not self.columns or self.columns[0].id != "mark":
            return self._strip([(self._lined(texts, margin), base)])
        pieces = [(margin, self.style(*row, "alarm") if look.news else base)]
        last = len(self.columns) - 1
        for place, (column, text) in enumerate(zip(self.columns, texts, strict=True)):
            if place:
                gap = " " if place < last else ""
                pieces += self._cell_pieces(entry, column, _cell(column, text) + gap, row)
        return self._strip(pieces)

    def _cell_pieces(
        self, entry: DomainRow, column: Column, text: str, row: tuple[str, ...]
    ) -> list[tuple[str, Style]]:
        """Return a cell in the style of what it says; the sign behind the letter of a kind has one of its own."""
        domain, plain = entry.domain, self.style(*row)
        if column.id == "state":
            special = entry.condition != domain.state.value
            if special or domain.state is not DomainState.OFF:
                return [(text, self.style(*row, "state-paused" if special else _STATES[domain.state]))]
        if column.id == "kind":
            letter = 1 if column.width == KIND_LETTER else len(text)
            transient = not domain.managed and not domain.is_control and not domain.copy_of
            look = self.style(*row, "kind-transient") if transient else plain
            return [(text[:letter], look), (text[letter:], self._note_style(domain, row))]
        if column.id == "notes":
            return [(text, self._note_style(domain, row))]
        return [(text, plain)]

    def _note_style(self, domain: Domain, row: tuple[str, ...]) -> Style:
        weight = values.weight(domain)
        return self.style(*row, weight) if weight else self.style(*row)

    def _strip(self, pieces: Sequence[tuple[str, Style]]) -> Strip:
        """Return a strip as wide as the list; neighbours of one style are one segment, which saves bytes on the
        line.
        """
        segments: list[Segment] = []
        text, style = "", Style.null()
        for piece, its in pieces:
            if its is not style and its != style and text:
                segments.append(Segment(text, style))
                text = ""
            text, style = text + piece, its
        segments.append(Segment(text, style))
        return Strip(segments).adjust_cell_length(self.width, style)


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells, what is cut off shown by an ellipsis."""
    if text.isascii():
        return text if len(text) <= width else text[: max(width - 1, 0)] + ELLIPSIS[:width]
    if cell_len(text) <= width:
        return text
    end = min(len(text), width)
    while end and cell_len(text[:end]) > width - 1:
        end -= 1
    return text[:end] + ELLIPSIS[: max(width, 0)]


def _cell(column: Column, text: str) -> str:
    text = cut(text, column.width)
    missing = column.width - (len(text) if text.isascii() else cell_len(text))
    return " " * missing + text if column.align == "right" else text + " " * missing


def _title(column: Column, sort: tuple[str, bool]) -> str:
    if column.id != sort[0]:
        return column.title
    arrow = "▼" if sort[1] else "▲"
    return column.title[: column.width - 1] + arrow
