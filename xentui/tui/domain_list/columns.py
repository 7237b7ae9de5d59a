"""The columns of the list of domains, and which of them a width has room for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from xentui.frozen import dataclass
from xentui.tui import humanize
from xentui.tui.domain_list import column_values as values
from xentui.tui.domain_list.column_values import SortKey, Text
from xentui.tui.domain_list.row import DomainRow

KIND_LETTER = 2
"""Cells of the column that tells the kind, and the weightiest note, by a letter and a sign."""
NAME_WIDTH = 40
"""What a name is given at most; what is left goes to the notes, or stays empty."""
HOST_WIDTH = 12
"""What the column of hosts is given at most."""
_HOST_LEAST = 24
"""Cells beside it below which a list has no column of hosts."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column in one form; several forms (a letter, a word) share an ``id``.

    ``width`` is in cells, without the gap of one cell that follows (that of the flexible name is what is left).
    ``text`` says what a row shows, ``sort_key`` by what it is sorted (None: no figure, sorted last);
    ``measured`` that this changes from one sample to the next; ``descending`` that the greatest is what one
    looks for.  ``priority`` is its turn to get room, 0 for what is always shown: the highest goes first.
    """

    id: str
    title: str
    width: int
    text: Text
    sort_key: Callable[[DomainRow], SortKey | None]
    align: Literal["left", "right"] = "left"
    flexible: bool = False
    measured: bool = False
    descending: bool = False
    priority: int = 0


def fit(width: int, hosts: int = 0) -> tuple[Column, ...]:
    """Return the columns for a list ``width`` cells wide, in order, with their widths; they never exceed it.

    ``hosts`` is how wide the column of hosts is, 0 for none.  Widening never takes a column away.
    """
    return _fit(max(width, 0), min(hosts, HOST_WIDTH))


def sortable(column_id: str) -> Column:
    """Return a column by its id, in any form.  Raises KeyError for an id nothing is sorted by."""
    return _BY_ID[column_id]


def sort_ids(*, hosts: bool = False) -> tuple[str, ...]:
    """Return the ids the list can be sorted by, in the order of the columns; with ``hosts`` also by these."""
    return tuple(name for name in _ORDER if name in _BY_ID and (hosts or name != "host"))


@lru_cache(maxsize=64)
def _fit(width: int, hosts: int) -> tuple[Column, ...]:
    chosen = {column.id: column for column in (_MARK, _NAME, _STATE)}
    if hosts and width >= hosts + _HOST_LEAST:
        chosen["host"] = replace(_HOST, width=hosts)
    for turn, (column, least_name) in enumerate(_TURNS, 1):
        wider = {**chosen, column.id: replace(column, priority=turn)}
        if _taken(wider) + least_name > width:
            break
        chosen = wider
    spare = width - _taken(chosen)
    if spare < 1:  # narrower than a mark, a letter and the gaps
        return (replace(_NAME, width=width),) if width else ()
    chosen["name"] = replace(_NAME, width=min(spare, NAME_WIDTH))
    if spare > NAME_WIDTH and "notes" in chosen:
        chosen["notes"] = replace(chosen["notes"], width=chosen["notes"].width + spare - NAME_WIDTH)
    return tuple(chosen[name] for name in _ORDER if name in chosen)


def _taken(chosen: dict[str, Column]) -> int:
    """Cells of all but the name, gaps included."""
    return sum(column.width for column in chosen.values() if column.id != "name") + len(chosen) - 1


def _history(width: int) -> Column:
    return Column(
        "history", "history", width, values.history(width), values.cpu, measured=True, descending=True
    )


def _number(column_id: str, title: str, width: int, text: Text, sort_key: values.Figure) -> Column:
    return Column(column_id, title, width, text, sort_key, align="right", descending=True)


def _figure(column_id: str, title: str, width: int, text: Text, sort_key: values.Figure) -> Column:
    return Column(column_id, title, width, text, sort_key, align="right", measured=True, descending=True)


def _kernel(width: int, text: Text) -> Column:
    return Column("kernel", "kernel", width, text, values.by_kernel)


def _notes(width: int) -> Column:
    return Column("notes", "notes", width, values.note_words, values.by_notes)


_MARK = Column("mark", "", 1, lambda _entry: "", lambda _entry: None)
"""The painter fills it: marks are the list's, not the entry's."""
_NAME = Column("name", "name", 0, values.name, values.by_name, flexible=True)
_HOST = Column("host", "host", 0, values.host, values.by_host)
_STATE = Column("state", "s", 1, values.state_letter, values.by_state)

_TURNS: tuple[tuple[Column, int], ...] = (
    (Column("kind", "k", KIND_LETTER, values.kind_letter, values.by_kind), 8),
    (_figure("cpu", "cpu%", 4, values.shown(values.cpu, humanize.percent), values.cpu), 12),
    (_number("memory", "mem", 5, values.memory, values.memory_figure), 12),
    (Column("state", "state", 14, values.state_words, values.by_state), 20),
    (_figure("net", "net", 5, values.shown(values.net, humanize.rate), values.net), 20),
    (_figure("disk", "disk", 5, values.shown(values.disk, humanize.rate), values.disk), 20),
    (_number("id", "id", 5, values.domid, values.domid_figure), 20),
    (_number("vcpus", "vcpu", 4, values.vcpus, values.vcpus_figure), 20),
    (_figure("uptime", "up", 4, values.shown(values.uptime, humanize.duration), values.uptime), 20),
    (_notes(14), 20),
    (
        _figure(
            "disk",
            "disk rd/wr",
            11,
            values.both(values.disk_read, values.disk_written, humanize.rate),
            values.disk,
        ),
        22,
    ),
    (
        _figure("net", "net rx/tx", 11, values.both(values.received, values.sent, humanize.rate), values.net),
        22,
    ),
    (_history(10), 22),
    (Column("kind", "kind", 9, values.kind_word, values.by_kind), 22),
    (_kernel(21, values.kernel_short), 22),
    (_figure("uptime", "up", 7, values.shown(values.uptime, humanize.long_duration), values.uptime), 24),
    (_number("maxmem", "max", 5, values.most_memory, values.most_memory_figure), 24),
    (_history(20), 28),
    (_notes(24), 28),
    (_kernel(46, values.kernel_words), 32),
    (_history(40), 36),
)
"""Who gets room in turn, and what the name must be left with; a later form takes the place of an earlier one."""

_ORDER = (
    *("mark", "name", "host", "kind", "state", "id", "memory", "maxmem", "vcpus"),
    *("cpu", "history", "disk", "net", "uptime", "kernel", "notes"),
)
_BY_ID = {column.id: column for column in (_NAME, _HOST, _STATE, *(column for column, _ in _TURNS))}
