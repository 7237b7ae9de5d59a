"""How a cell looks, and the table that lets a row keep its looks as one character a cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

Colour = int | tuple[int, int, int] | None
"""None is the terminal's own colour, 0–255 one of the palette, a tuple red, green and blue (0–255 each)."""


@dataclass(frozen=True, slots=True)
class Style:
    """Colours and attributes of a cell (SGR)."""

    fg: Colour = None
    bg: Colour = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    blink: bool = False
    reverse: bool = False
    hidden: bool = False
    strike: bool = False
    overline: bool = False
    protected: bool = False
    """Not a look: the cell stays when unprotected ones are erased (DECSCA, SPA)."""


@dataclass(frozen=True, slots=True)
class Cell(Style):
    """One cell: its character with its marks (``""`` in the right half of a wide one) and its looks."""

    text: str = " "


DEFAULT = Style()
PLAIN = "\0"
"""The index of the default style."""

TRUE_COLOUR_STYLES = 4096
STYLES = 16384
_CUBE = (0, 95, 135, 175, 215, 255)


class StyleTable:
    """Styles by index; an index is one character, so that a row's styles are a string.

    At most ``TRUE_COLOUR_STYLES`` styles hold true colours; further ones get the nearest of the palette, and
    past ``STYLES`` in all the terminal's own colours.  So a guest cannot make the table grow without end.
    """

    def __init__(self) -> None:
        self._styles = [DEFAULT]
        self._indexes = {DEFAULT: PLAIN}
        self._blanks = {PLAIN: PLAIN}
        self.protected: set[str] = set()
        """The indexes of protected styles."""

    def __len__(self) -> int:
        return len(self._styles)

    def __getitem__(self, index: str) -> Style:
        return self._styles[ord(index)]

    def index(self, style: Style) -> str:
        """Return the index of ``style``, or of the nearest one where the table is full."""
        index = self._indexes.get(style)
        if index is not None:
            return index
        if len(self._styles) >= TRUE_COLOUR_STYLES:
            style = replace(style, fg=_palette(style.fg), bg=_palette(style.bg))
            if len(self._styles) >= STYLES:
                style = replace(style, fg=None, bg=None)
            index = self._indexes.get(style)
            if index is not None:
                return index
        index = chr(len(self._styles))
        self._styles.append(style)
        self._indexes[style] = index
        if style.protected:
            self.protected.add(index)
        return index

    def blank(self, index: str) -> str:
        """Return the index of what erasing leaves while ``index`` is current: its background colour, nothing else."""
        blank = self._blanks.get(index)
        if blank is None:
            blank = self._blanks[index] = self.index(Style(bg=self[index].bg))
        return blank


def _palette(colour: Colour) -> Colour:
    """Return the palette colour nearest to a true one (xterm's 6×6×6 cube and greys)."""
    if not isinstance(colour, tuple):
        return colour
    red, green, blue = (min(range(6), key=lambda step: abs(_CUBE[step] - part)) for part in colour)
    if red == green == blue:
        level = sum(colour) // 3
        grey = min(23, max(0, (level - 3) // 10))
        if abs(8 + 10 * grey - level) < abs(_CUBE[red] - level):
            return 232 + grey
    return 16 + 36 * red + 6 * green + blue
