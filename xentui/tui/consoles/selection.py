"""A cursor and a selection in the rows of a console.  No Textual."""

from __future__ import annotations

from xentui.frozen import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ConsolePlace:
    """A cell: row of scrollback and screen (0 is the oldest), and column."""

    row: int
    column: int


class ConsoleSelection:
    """Where the cursor is, and from where to where is selected: whole lines between the two ends."""

    def __init__(self) -> None:
        self.cursor = ConsolePlace(-1, 0)
        self.anchor: ConsolePlace | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is selected."""
        return self.anchor is None or self.anchor == self.cursor

    def begin(self, place: ConsolePlace) -> None:
        """Start selecting at a place."""
        self.cursor = self.anchor = place

    def move(self, place: ConsolePlace) -> None:
        """Move the cursor, and with it the end of the selection."""
        self.cursor = place

    def clear(self) -> None:
        """Select nothing."""
        self.anchor = None

    def ends(self) -> tuple[ConsolePlace, ConsolePlace]:
        """First and last selected cell."""
        anchor = self.anchor or self.cursor
        return min(anchor, self.cursor), max(anchor, self.cursor)

    def span(self, row: int, columns: int) -> tuple[int, int] | None:
        """Return the selected columns of a row, the last not included; None where none is."""
        if self.anchor is None:
            return None
        start, end = self.ends()
        if not start.row <= row <= end.row:
            return None
        first = start.column if row == start.row else 0
        last = end.column + 1 if row == end.row else columns
        return first, last
