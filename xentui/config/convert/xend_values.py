"""Lines of a configuration file as they are made from s-expressions."""

from __future__ import annotations

from dataclasses import dataclass, field

from xentui.config.convert.records import Change
from xentui.config.quoting import quote
from xentui.config.refusal import printable
from xentui.config.sxp import Sxp

_SHOWN = 200


@dataclass(slots=True)
class Lines:
    """A file as it grows, and what did not get into it."""

    changes: list[Change] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The file so far."""
        return "".join(f"{line}\n" for line in self._lines)

    def string(self, key: str, value: str) -> None:
        """A text; nothing where it is empty.  Raises ConfigError for what no file can hold."""
        if value:
            self._lines.append(f"{key} = {quote(value)}")

    def number(self, key: str, value: int) -> None:
        """A number that is not negative."""
        self._lines.append(f"{key} = {value}")

    def items(self, key: str, values: list[str]) -> None:
        """A list with a line an item; nothing where it is empty."""
        if values:
            self._lines += [f"{key} = [", *(f"    {quote(value)}," for value in values), "]"]

    def comment(self, line: str) -> None:
        """A comment of one line."""
        self._lines.append(f"# {printable(line, _SHOWN)}".rstrip())

    def left_out(self, item: Sxp, reason: str) -> None:
        """Tell of what has no place in the file."""
        self.changes.append(Change(item.line, written(item), "", reason))


def written(item: Sxp | str, room: int = _SHOWN) -> str:
    """An s-expression on one line, cut where it is long."""
    if isinstance(item, str):
        return printable(item, max(2, room))
    pieces: list[str] = []
    for inner in item.items:
        pieces.append(written(inner, room) if isinstance(inner, str) else f"({inner.head} …)")
        room -= len(pieces[-1]) + 1
        if room <= 0:
            break
    return f"({' '.join(pieces)})"


def cpu_ranges(cpus: Sxp | None) -> list[str]:
    """xend's ``(cpus ((0 1) ()))``: for each virtual CPU the physical ones, none for any; as ``cpus`` of xl."""
    lists = cpus.items[1] if cpus is not None and len(cpus.items) > 1 else None
    if not isinstance(lists, Sxp):
        return []
    rows = [row for row in lists.items if isinstance(row, Sxp)]
    numbers = [[word for word in row.items if isinstance(word, str) and word.isdigit()] for row in rows]
    if not any(numbers):
        return []
    return [",".join(row) or "all" for row in numbers]
