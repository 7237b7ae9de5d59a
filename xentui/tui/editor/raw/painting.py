"""Lines of the raw editor as strips: only what is in sight is looked at, styles come from component classes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from xentui.config.linting.problems import Problem, Severity
from xentui.config.tokens import Token, TokenKind
from xentui.tui.editor.raw.lines import Layout

PREFIX: Final = "raw-editor--"
COMPONENTS: Final = frozenset(
    PREFIX + name
    for name in (
        *TokenKind,
        *Severity,
        *(f"gutter-{severity}" for severity in Severity),
        "gutter",
        "cursor-gutter",
        "cursor-line",
        "cursor",
        "selection",
        "match",
        "partner",
    )
)
MARKS: Final = {Severity.ERROR: "E", Severity.WARNING: "W"}
Span = tuple[int, int, str]
"""From one column up to another, and the name of the style that is laid over it."""


class Sight(NamedTuple):
    """What there is to paint of a line, beside its text; ``spans`` lie over each other in their order."""

    number: int
    tokens: Sequence[Token]
    problems: Sequence[Problem]
    spans: Sequence[Span]
    current: bool


class TextPainter:
    """Makes strips; ``look`` gives the style of a component class by its name."""

    def __init__(self, look: Callable[[str], Style]) -> None:
        self._look = look
        self._styles: dict[tuple[str, ...], Style] = {}

    def forget(self) -> None:
        """Drop what was made of styles that have changed."""
        self._styles.clear()

    def strip(self, layout: Layout, sight: Sight, left: int, width: int, gutter: int) -> Strip:
        """Return a line from the cell ``left`` on, in ``width`` cells with a gutter of so many."""
        segments = self._gutter(sight, gutter) if gutter else []
        room = max(0, width - gutter)
        base = ("cursor-line",) if sight.current else ()
        first, last = layout.column(left), layout.column(left + room)
        if layout.cell(first) < left:
            first += 1
        at = left
        if layout.cell(first) > left and first <= last:
            at = layout.cell(first)
            segments.append(Segment(" " * (at - left), self._style(base)))
        length = len(layout.shown)
        spans = _spans(sight, first, last, length)
        if first <= last:
            for start, end, names in _pieces(spans, first, min(last, length)):
                segments.append(Segment(layout.text(start, end), self._style(base + names)))
            at = max(at, layout.cell(min(last, length)))
        rest = left + room - at
        over = tuple(name for start, end, name in spans if start <= length < end)
        if over and rest and last >= length and at >= left:
            segments.append(Segment(" ", self._style(base + over)))
            rest -= 1
        if rest:
            segments.append(Segment(" " * rest, self._style(base)))
        return Strip(segments, width)

    def blank(self, width: int) -> Strip:
        """Return a line beyond the text."""
        return Strip([Segment(" " * width, self._style(()))], width)

    def _gutter(self, sight: Sight, gutter: int) -> list[Segment]:
        style = self._style(("cursor-gutter" if sight.current else "gutter",))
        number = f"{sight.number:>{gutter - 2}}"
        if not sight.problems:
            return [Segment(f"{number}  ", style)]
        worst = (
            Severity.ERROR if any(p.severity is Severity.ERROR for p in sight.problems) else Severity.WARNING
        )
        mark = Segment(MARKS[worst], self._style((f"gutter-{worst}",)))
        return [Segment(number, style), mark, Segment(" ", style)]

    def _style(self, names: tuple[str, ...]) -> Style:
        style = self._styles.get(names)
        if style is None:
            style = self._look("")
            for name in names:
                style += self._look(PREFIX + name)
            self._styles[names] = style
        return style


def _spans(sight: Sight, first: int, last: int, length: int) -> list[Span]:
    """Return all that is laid over the columns in sight, words first."""
    tokens = sight.tokens
    begin = max(0, bisect_left(tokens, first, key=lambda token: token.start) - 1)
    spans: list[Span] = []
    for start, end, kind in tokens[begin:]:
        if start >= last:
            break
        spans.append((start, end, kind))
    for problem in sight.problems:
        start = min(max(problem.column - 1, 0), length)
        token = next((word for word in spans if word[0] <= start < word[1]), None)
        spans.append((start, max(token[1] if token else 0, start + 1), problem.severity))
    spans.extend(span for span in sight.spans if span[0] <= last and span[1] > first)
    return spans


def _pieces(spans: Sequence[Span], first: int, last: int) -> Iterable[tuple[int, int, tuple[str, ...]]]:
    """Yield the columns cut wherever a span begins or ends, each piece with the names that lie over it."""
    cuts = {first, last}
    for start, end, _name in spans:
        if first < start < last:
            cuts.add(start)
        if first < end < last:
            cuts.add(end)
    for start, end in pairwise(sorted(cuts)):
        yield start, end, tuple(name for begin, stop, name in spans if begin <= start and stop >= end)
