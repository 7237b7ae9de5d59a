"""Frames get shorter, and look the same on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from xentui.terminal import Emulator
from xentui.tui.thrift import squeeze

WHITE = "38;2;192;202;245"
DARK = "48;2;26;27;38"
COLUMNS, LINES = 24, 6


def look(data: str) -> list[list[tuple[object, ...]]]:
    """Each cell as one sees it: of a blank, neither the colour of its text nor how heavy it is."""
    emulator = Emulator(COLUMNS, LINES, history=0)
    emulator.feed(data.encode())
    return [[seen(emulator.cell(line, column)) for column in range(COLUMNS)] for line in range(LINES)] + [
        [(emulator.cursor,)]
    ]


def seen(cell: object) -> tuple[object, ...]:
    lines = tuple(getattr(cell, name) for name in ("underline", "reverse", "strike"))
    text, background = cell.text, cell.bg  # type: ignore[attr-defined]
    if text in ("", " ") and not any(lines):
        return (background,)
    rest = tuple(getattr(cell, name) for name in ("fg", "bold", "dim", "italic"))
    return (text, background, *lines, *rest)


def test_a_style_is_written_once_for_neighbours_that_share_it() -> None:
    frame = f"\x1b[{WHITE};{DARK}mone\x1b[0m\x1b[{WHITE};{DARK}m two\x1b[0m"
    assert squeeze(frame) == f"\x1b[{WHITE};{DARK}mone two\x1b[0m"


def test_of_a_style_that_changes_only_the_change_is_written() -> None:
    frame = f"\x1b[{WHITE};{DARK}mone\x1b[0m\x1b[1;31;{DARK}mtwo\x1b[0m\x1b[31;{DARK}mthree\x1b[0m"
    assert squeeze(frame) == f"\x1b[{WHITE};{DARK}mone\x1b[1;31mtwo\x1b[22mthree\x1b[0m"


def test_blanks_take_the_background_only() -> None:
    frame = f"\x1b[{WHITE};{DARK}mone\x1b[0m\x1b[{DARK}m   \x1b[0m\x1b[{WHITE};{DARK}mtwo\x1b[0m"
    assert squeeze(frame) == f"\x1b[{WHITE};{DARK}mone   two\x1b[0m"


def test_blanks_under_a_line_are_no_blanks() -> None:
    frame = "\x1b[31mone\x1b[0m\x1b[4;32m   \x1b[0m"
    assert squeeze(frame) == "\x1b[31mone\x1b[4;32m   \x1b[0m"


def test_only_the_last_of_several_moves_is_made() -> None:
    assert squeeze("\x1b[4;80H\r\n\x1b[5;1Hx\x1b[5;80H\x1b[1;2H") == "\x1b[5;1Hx\x1b[1;2H"


def test_a_style_that_is_not_known_passes_with_its_frame() -> None:
    frame = "\x1b[31mone\x1b[0m\x1b[31mtwo\x1b[0m\x1b[73mthree\x1b[0m"
    assert squeeze(frame) == frame


@pytest.mark.parametrize(
    "sequence", ["\x1b[?1049h", "\x1b[?2026h", "\x1b[?2026l", "\x1b]0;title\x07", "\x1b[>1u", "text", ""]
)
def test_other_sequences_pass(sequence: str) -> None:
    assert squeeze(sequence) == sequence


colours = st.one_of(
    st.none(),
    st.builds(Color.from_rgb, *[st.integers(0, 2)] * 3),
    st.builds(Color.from_ansi, st.integers(0, 255)),
    st.just(Color.default()),
)
switches = st.one_of(st.none(), st.booleans())
styles = st.builds(
    Style,
    color=colours,
    bgcolor=colours,
    bold=switches,
    dim=switches,
    italic=switches,
    underline=switches,
    reverse=switches,
    strike=switches,
)
texts = st.text(alphabet=" ab漢é", max_size=6)
strips = st.lists(st.builds(Segment, texts, styles, st.none()), max_size=5).map(Strip)
places = st.tuples(st.integers(1, LINES), st.integers(1, COLUMNS))


@given(st.lists(st.tuples(places, strips, st.sampled_from(["", "\n", "\r\n"])), max_size=6), places)
def test_a_frame_looks_the_same(
    pieces: list[tuple[tuple[int, int], Strip, str]], rest: tuple[int, int]
) -> None:
    """Nothing is written beyond the right edge, and no line break scrolls: Textual writes none on the last line."""
    console = Console(force_terminal=True, color_system="truecolor", legacy_windows=False)
    frame = "".join(
        f"\x1b[{line};{column}H{strip.crop(0, COLUMNS - column + 1).render(console)}"
        f"{end if line < LINES - 1 else ''}"
        for (line, column), strip, end in pieces
    )
    frame += f"\x1b[{rest[0]};{rest[1]}H"
    short = squeeze(frame)
    assert look(short) == look(frame)
    assert len(short) <= len(frame)
    assert look(short + "x") == look(frame + "x"), "what follows begins from the terminal's own colours"
