"""Styling and painting: what Textual would do more often than is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import screen as textual_screen
from textual._compositor import Compositor
from textual.css.model import RuleSet
from textual.dom import DOMNode
from textual.widget import Widget

if TYPE_CHECKING:
    from textual._compositor import ChopsUpdate
    from textual.geometry import Region
    from textual.strip import Strip
    from textual.widget import Widget as _Widget
else:
    _Widget = object

# Rules are looked up in sets, by what they are, hundreds of times for each widget that is styled.  The function Textual
# has for that does what the interpreter's does, and is a tenth of the time a form takes to open.
RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]

_update_node_styles = DOMNode.update_node_styles


def _update_where_attached(self: DOMNode, animate: bool = True) -> None:
    """Style a node whose classes have changed: not before it is mounted, where it gets its styles in any case.

    ``Button`` and ``Input`` change their classes as they are made, and would be styled two or three times.
    """
    if self.is_attached:
        _update_node_styles(self, animate)


DOMNode.update_node_styles = _update_where_attached  # type: ignore[method-assign]


class DirectLines(_Widget):
    """A widget that writes some of its lines to the terminal itself, past the compositor."""

    _shown = False

    def lines_shown(self) -> None:
        """Note that lines were written: what Textual keeps of them is old."""
        self._shown = True

    @property
    def uncovered(self) -> bool:
        """Whether the screen is on top, and painted as it is laid out."""
        screen = self.screen
        laid_out = not (screen._layout_required or self.app._batch_count or screen._dirty_widgets)
        return laid_out and self.app.screen is screen

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render lines, none of those kept from before others were written."""
        if self._shown:
            self._shown = False
            self._styles_cache.clear()
        return super().render_lines(crop)


class ChangedLines(Compositor):
    """Puts together the lines that have changed, without the widgets that stand on none of them.

    Textual has every widget between the first and the last of them draw itself: of a dialog, where a key changes a
    field and the keys that are shown at the bottom, each of its widgets.
    """

    _lines: frozenset[int] | None = None

    def render_partial_update(self) -> ChopsUpdate | None:
        """Render what has changed."""
        self._lines = frozenset(line for region in self._dirty_regions for line in region.line_range)
        try:
            return super().render_partial_update()
        finally:
            self._lines = None

    @property
    def cuts(self) -> list[list[int]]:
        """Where widgets begin and end on each line: all of them, as these are kept."""
        lines, self._lines = self._lines, None
        try:
            return super().cuts
        finally:
            self._lines = lines

    @property
    def visible_widgets(self) -> dict[Widget, tuple[Region, Region]]:
        """The widgets that are seen, and are to be drawn now."""
        shown, lines = super().visible_widgets, self._lines
        if lines is None:
            return shown
        return {
            widget: (region, clip)
            for widget, (region, clip) in shown.items()
            if not lines.isdisjoint(region.intersection(clip).line_range)
        }


textual_screen.Compositor = ChangedLines  # type: ignore[attr-defined]
