"""The cells of a screen as Textual wants them; its frames are taken in, and a picture of the present can be had.

A row is two strings, its characters and its looks, so that comparing and copying rows costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import cell_len

from xentui.frozen import dataclass
from xentui.patterns import late_pattern
from xentui.terminal.widths import NARROW
from xentui.tui.output.cell_style import PLAIN, PLAIN_INDEX, Look, Looks, after

RIGHT: Final = "\0"
"""Stands for a further column of the character before it."""
_FIRST_CLUSTER: Final = "\U00100000"
"""From here on characters stand for a :attr:`Clusters.texts`."""
ROWS: Final = 512
"""How many rows are kept as they were written."""
CLUSTERS: Final = 4096
"""How many texts are kept before :attr:`Clusters.full`."""
_CLUSTER_LIMIT: Final = 32
_LARGEST: Final = 1000
"""Lines and columns at most."""
FRAGILE: Final = late_pattern(f"[{RIGHT}\U0001f000-\U0010ffff]")
"""In cells that terminals may not agree about: wide ones, pictures, and those of several characters."""
_TOKEN: Final = late_pattern(
    r"\x1b\[([0-9;]*)m|\x1b\[(\d{1,9});(\d{1,9})H|(\r\n?|\n)"
    r"|\x1b[\]P^_X][^\x07\x1b\x9c]*(?:\x07|\x9c|\x1b\\)?|\x1b(?:\[[0-?]*[ -/]*[@-~]?|[ -/]*[0-~]?)|[^\x1b\r\n]+"
)
_BLANKS: Final = late_pattern(" +")
_JOINER: Final = "\u200d"


class Clusters:
    """Texts of one cell that are more than one character, each with a character that stands for it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._signs: dict[str, str] = {}

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew."""
        return len(self.texts) >= CLUSTERS

    def sign(self, text: str) -> str:
        """Return what stands for a text."""
        text = text[:_CLUSTER_LIMIT]
        sign = self._signs.get(text)
        if sign is None:
            sign = self._signs[text] = chr(ord(_FIRST_CLUSTER) + len(self.texts))
            self.texts.append(text)
        return sign

    def text(self, sign: str) -> str:
        """Return what a character of a row stands for, itself as a rule."""
        return self.texts[ord(sign) - ord(_FIRST_CLUSTER)] if sign >= _FIRST_CLUSTER else sign


class Cursor(NamedTuple):
    """Where the terminal's own cursor is to stand, and whether it is seen there."""

    line: int
    column: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """The screen at one moment.

    ``texts`` and ``looks`` hold a string for each line, all of ``columns`` characters; ``cursor`` is None where it is
    not seen and may stand anywhere.
    """

    columns: int
    texts: list[str]
    looks: list[str]
    table: Looks
    clusters: Clusters
    cursor: Cursor | None = None

    def comparable(self, other: Picture) -> bool:
        """Return whether equal strings of both mean equal cells."""
        return (
            self.columns == other.columns
            and len(self.texts) == len(other.texts)
            and self.table is other.table
            and self.clusters is other.clusters
        )

    def within(self, columns: int, lines: int) -> Picture:
        """Return the part a terminal of that size shows."""
        if lines >= len(self.texts) and columns >= self.columns:
            return self
        texts, looks = self.texts[:lines], self.looks[:lines]
        if columns < self.columns:
            cut = [_whole(text, 0, columns)[:columns] for text in texts]
            return Picture(
                columns, cut, [each[:columns] for each in looks], self.table, self.clusters, self.cursor
            )
        return Picture(self.columns, texts, looks, self.table, self.clusters, self.cursor)


class Grid:
    """What the screen is to show.

    It grows to what frames write to, up to 1000 lines and columns, and never shrinks: a frame may be of another
    size than the terminal has by now.
    """

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self._columns = min(columns, _LARGEST)
        lines = min(lines, _LARGEST)
        self._texts = [" " * self._columns] * lines
        self._looks = [PLAIN_INDEX * self._columns] * lines
        self._table = Looks()
        self._clusters = Clusters()
        self._cursor: Cursor | None = None
        self._rows: dict[str, tuple[str, str]] = {}
        """Text and looks of rows as they were written: lines that scroll come again and again."""

    def picture(self) -> Picture:
        """Return the screen as it is now."""
        return Picture(
            self._columns, self._texts[:], self._looks[:], self._table, self._clusters, self._cursor
        )

    def take(self, frame: str) -> None:
        """Take in a frame of Textual: positions, styles and text; anything else in it is not heeded."""
        if self._table.full or self._clusters.full:
            self._begin_anew()
        line = column = 0
        look = PLAIN
        for token in _TOKEN.finditer(frame):
            parameters, to_line, to_column, newline = token.groups()
            if parameters is not None:
                look = after(look, parameters)
            elif to_line is not None:
                line, column = int(to_line) - 1, int(to_column) - 1
            elif newline is not None:
                line, column = line + ("\n" in newline), 0
            elif (text := token[0])[0] != "\x1b":
                column += self._put(line, column, text, look)

    def point(self, cursor: Cursor | None) -> bool:
        """Have the cursor somewhere; returns whether it was elsewhere."""
        before, self._cursor = self._cursor, cursor
        return before != cursor

    def _put(self, line: int, column: int, text: str, look: Look) -> int:
        """Write over cells; returns how many columns the text takes."""
        text = self._cells(text)
        self._lay(line, column, text, self._looks_of(text, look))
        return len(text)

    def put_rows(self, rows: Iterable[tuple[int, int, str]]) -> None:
        """Write rows over cells, each at its line and column, as styles and text; most were written before."""
        if self._table.full or self._clusters.full:
            self._begin_anew()
        for line, column, written in rows:
            cells = self._rows.get(written)
            if cells is None:
                if len(self._rows) >= ROWS:
                    self._rows.clear()
                cells = self._rows[written] = self._row(written)
            self._lay(line, column, *cells)

    def _row(self, written: str) -> tuple[str, str]:
        """Return text and looks of a row."""
        look, texts, looks = PLAIN, [], []
        for token in _TOKEN.finditer(written):
            if token[1] is not None:
                look = after(look, token[1])
            elif (text := token[0])[0] not in "\x1b\r\n":
                texts.append(self._cells(text))
                looks.append(self._looks_of(texts[-1], look))
        return "".join(texts), "".join(looks)

    def _lay(self, line: int, column: int, text: str, cells: str) -> None:
        """Write over cells."""
        if not (0 <= line < _LARGEST and 0 <= column < _LARGEST) or not text:
            return
        text = _whole(text, 0, _LARGEST - column)[: _LARGEST - column]
        end = column + len(text)
        if line >= len(self._texts) or end > self._columns:
            self._grow(max(end, self._columns), max(line + 1, len(self._texts)))
        row, looks = self._texts[line], self._looks[line]
        if RIGHT in row:
            row = _whole(row, column, end)
        self._texts[line] = row[:column] + text + row[end:]
        self._looks[line] = looks[:column] + cells[: end - column] + looks[end:]

    def _looks_of(self, text: str, look: Look) -> str:
        index = self._table.index(look)
        blank = self._table.blank(index)
        if blank == index or " " not in text:
            return index * len(text)
        if not text.strip(" "):
            return blank * len(text)
        looks = index * len(text)
        for match in _BLANKS.finditer(text):
            start, end = match.span()
            looks = looks[:start] + blank * (end - start) + looks[end:]
        return looks

    def _cells(self, text: str) -> str:
        """Return text as one character for each column; control characters are left out."""
        if (text.isascii() and text.isprintable()) or NARROW.fullmatch(text):
            return text
        made: list[str] = []
        for cluster in _clusters(text):
            width = _width(cluster)
            if not width:
                continue
            sign = cluster if len(cluster) == 1 and cluster < _FIRST_CLUSTER else self._clusters.sign(cluster)
            made.append(sign + RIGHT * (width - 1))
        return "".join(made)

    def _grow(self, columns: int, lines: int) -> None:
        more = columns - self._columns
        self._texts = [text + " " * more for text in self._texts]
        self._looks = [looks + PLAIN_INDEX * more for looks in self._looks]
        missing = lines - len(self._texts)
        self._texts += [" " * columns] * missing
        self._looks += [PLAIN_INDEX * columns] * missing
        self._columns = columns

    def _begin_anew(self) -> None:
        """Begin new tables with what is in use: a guest may show thousands of looks, one after the other."""
        table, clusters = self._table, self._clusters
        self._table, self._clusters = Looks(), Clusters()
        self._rows.clear()
        used = set("".join(self._looks))
        indexes = {ord(index): self._table.index(table[index]) for index in used}
        self._looks = [looks.translate(indexes) for looks in self._looks]
        used = {sign for sign in set("".join(self._texts)) if sign >= _FIRST_CLUSTER}
        signs = {ord(sign): self._clusters.sign(clusters.text(sign)) for sign in used}
        self._texts = [text.translate(signs) for text in self._texts]


def _whole(row: str, start: int, end: int) -> str:
    """Return a row of which no character is cut in two where cells from ``start`` up to ``end`` are taken out of it."""
    for at in (start, end):
        if 0 < at < len(row) and row[at] == RIGHT:
            first, last = at - 1, at
            while first and row[first] == RIGHT:
                first -= 1
            while last < len(row) and row[last] == RIGHT:
                last += 1
            row = row[:first] + " " * (last - first) + row[last:]
    return row


def _clusters(text: str) -> list[str]:
    """Characters, each with what takes no column of its own or is joined to it."""
    made: list[str] = []
    joined = False
    for character in text:
        if character < " " or "\x7f" <= character <= "\x9f":
            continue
        if made and (joined or not _width(character)):
            made[-1] += character
        elif _width(character):
            made.append(character)
        joined = character == _JOINER
    return made


@lru_cache(4096)
def _width(text: str) -> int:
    return cell_len(text)
