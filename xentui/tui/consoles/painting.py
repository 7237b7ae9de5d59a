"""Rows of the emulator as strips of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from xentui.terminal import Colour, Run, Style


@lru_cache(4096)
def rich_style(style: Style, base: RichStyle, screen_reversed: bool = False) -> RichStyle:
    """Return the look of a cell; what the guest leaves to the terminal is ``base``."""
    return base + RichStyle(
        color=_colour(style.fg),
        bgcolor=_colour(style.bg),
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=bool(style.underline) or None,
        blink=style.blink or None,
        reverse=style.reverse != screen_reversed or None,
        conceal=style.hidden or None,
        strike=style.strike or None,
        overline=style.overline or None,
    )


def _colour(colour: Colour) -> Color | None:
    if colour is None:
        return None
    return Color.from_ansi(colour) if isinstance(colour, int) else Color.from_rgb(*colour)


def strip_of(
    runs: Sequence[Run],
    width: int,
    base: RichStyle,
    *,
    marked: Sequence[tuple[int, int, RichStyle]] = (),
    screen_reversed: bool = False,
) -> Strip:
    """Return a row, ``width`` cells of it; ``marked`` are spans of columns with a look of their own on top."""
    segments = [Segment(run.text, rich_style(run.style, base, screen_reversed)) for run in runs]
    strip = Strip(segments).adjust_cell_length(width, base)
    for start, end, look in marked:
        if start < min(end, width):
            before, middle, after = strip.crop(0, start), strip.crop(start, end), strip.crop(end, width)
            strip = Strip([*before, *_over(middle, look), *after])
    return strip


def _over(strip: Strip, look: RichStyle) -> list[Segment]:
    return [Segment(text, (style or RichStyle.null()) + look, control) for text, style, control in strip]
