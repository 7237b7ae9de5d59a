"""What a painter needs: rows as runs of one look, and which rows have changed since it last asked."""

from __future__ import annotations

import re

from xentui.frozen import dataclass
from xentui.terminal.row import Row
from xentui.terminal.screen import Screen
from xentui.terminal.style import PLAIN, Style, StyleTable

_SAME_STYLE = re.compile(r"(.)\1*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Run:
    """Cells side by side that look the same; ``cells`` is their number in columns."""

    text: str
    style: Style
    cells: int


def runs_of(row: Row, styles: StyleTable, columns: int) -> list[Run]:
    """Return a row from the first column to the last."""
    looks = row.styles[:columns].ljust(columns, PLAIN)
    return [
        Run(row.slice(match.start(), match.end()), styles[match[1]], match.end() - match.start())
        for match in _SAME_STYLE.finditer(looks)
    ]


class Changes:
    """Remembers what each line looked like when last asked."""

    def __init__(self) -> None:
        self._painted: list[tuple[str, str, str]] = []
        self._reverse = False

    def take(self, screen: Screen) -> list[int]:
        """Return the numbers of the lines that look otherwise than at the call before; at first all of them.

        A line rewritten with what it held is none of them: a menu drawn anew costs what differs.
        """
        looks = [row.look(screen.columns) for row in screen.rows]
        everything = len(looks) != len(self._painted) or self._reverse != screen.modes.reverse_screen
        changed = [number for number, look in enumerate(looks) if everything or look != self._painted[number]]
        self._painted, self._reverse = looks, screen.modes.reverse_screen
        return changed
