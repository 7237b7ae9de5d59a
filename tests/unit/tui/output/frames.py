"""Frames as Textual writes them, and what a terminal shows of them, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from hypothesis import strategies as st
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from xentui.terminal import Emulator, Style as CellStyle

COLUMNS, LINES = 24, 8
_CONSOLE = Console(force_terminal=True, color_system="truecolor", legacy_windows=False)

Frame = str
Piece = tuple[tuple[int, int], Strip]


def look(emulator: Emulator) -> list[list[tuple[object, ...]]]:
    """Each cell as one sees it: of a blank, neither the colour of its text nor how heavy it is."""
    return [
        [
            cell
            for run in emulator.runs(line)
            for cell in (
                [seen(run.style, " ")] * run.cells
                if not run.text.strip(" ")
                else [seen(run.style, sign) for sign in run.text]
            )
        ]
        for line in range(emulator.lines)
    ]


@lru_cache(1 << 16)
def seen(style: CellStyle, text: str) -> tuple[object, ...]:
    """What there is to see of a character: all that takes part in its cell."""
    lines = (style.underline, style.reverse, style.strike, style.overline)
    if text == " " and not any(lines):
        return (style.bg,)
    return (text, style.bg, *lines, style.fg, style.bold, style.dim, style.italic)


colours = st.one_of(
    st.none(),
    st.builds(Color.from_rgb, *[st.integers(0, 2)] * 3),
    st.builds(Color.from_ansi, st.integers(0, 255)),
    st.just(Color.default()),
)
switches = st.one_of(st.none(), st.booleans())
styles = st.one_of(
    st.just(Style()),
    st.just(Style(bgcolor=Color.from_rgb(1, 1, 1))),
    st.builds(
        Style,
        color=colours,
        bgcolor=colours,
        bold=switches,
        dim=switches,
        italic=switches,
        underline=switches,
        reverse=switches,
        strike=switches,
        overline=switches,
    ),
)
texts = st.one_of(st.text(alphabet=" ab漢é│", max_size=8), st.just(" " * 20), st.just("word " * 4))
strips = st.lists(st.builds(Segment, texts, styles, st.none()), max_size=4).map(Strip)


def rendered(pieces: Iterable[Piece], columns: int = COLUMNS, lines: int = LINES) -> Frame:
    """A frame with pieces of lines at their places, cut off at the right edge."""
    return "".join(
        f"\x1b[{line + 1};{column + 1}H{strip.crop(0, columns - column).render(_CONSOLE)}"
        f"{end_of(line, lines)}"
        for (line, column), strip in pieces
        if line < lines and column < columns
    )


def end_of(line: int, lines: int) -> str:
    """What Textual writes between two lines; none scrolls."""
    return "\n" if line < lines - 1 else ""


def pieces(columns: int = COLUMNS, lines: int = LINES) -> st.SearchStrategy[list[Piece]]:
    """Pieces of a frame."""
    places = st.tuples(st.integers(0, lines - 1), st.integers(0, columns - 1))
    return st.lists(st.tuples(places, strips), max_size=5)


def whole(rows: list[Strip], columns: int, lines: int) -> Frame:
    """A frame of whole lines."""
    style = Style(bgcolor=Color.from_rgb(1, 1, 1))
    made = [
        ((line, 0), (rows[line] if line < len(rows) else Strip([])).adjust_cell_length(columns, style))
        for line in range(lines)
    ]
    return rendered(made, columns, lines)
