"""The rows of a console as they are written to the terminal, past the compositor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from rich.console import Console
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region

from xentui.terminal import Emulator
from xentui.tui.consoles.painting import strip_of

_KEPT = 512
"""Rows that are kept as they were written: when lines scroll, all but one were seen before."""


class Surface(Protocol):
    """What a console needs of the terminal it is shown on."""

    def point(self) -> None:
        """Put the terminal's cursor where it belongs by now."""

    def put_rows(self, rows: Iterable[tuple[int, int, str]]) -> None:
        """Have rows shown, each at its line and column, as styles and text."""


class RowWriter:
    """Writes rows as pieces of a frame, and keeps what it has written by how rows look."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, str, str], str] = {}
        self._surroundings: tuple[object, ...] = ()

    def rows(
        self,
        emulator: Emulator,
        rows: Iterable[tuple[int, int]],
        region: Region,
        *,
        base: Style,
        background: Color,
        filters: Iterable[LineFilter],
        console: Console,
    ) -> list[tuple[int, int, str]]:
        """Return what is written where on the terminal, as line, column and text.

        ``rows`` are lines of ``region``, each with the number of the emulator's row that is shown there.
        """
        filters = tuple(filters)
        surroundings = (emulator, region.width, base, background, filters, emulator.reverse_screen, console)
        if surroundings != self._surroundings or len(self._written) > _KEPT:
            self._written.clear()
            self._surroundings = surroundings
        pieces = []
        for line, row in rows:
            look = emulator.row_look(row)
            written = self._written.get(look)
            if written is None:
                strip = strip_of(
                    emulator.row_runs(row), region.width, base, screen_reversed=emulator.reverse_screen
                )
                for each in filters:
                    strip = strip.apply_filter(each, background)
                written = self._written[look] = strip.render(console)
            pieces.append((region.y + line, region.x, written))
        return pieces
