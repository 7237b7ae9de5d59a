"""One line of text whose parts have looks of their own."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text
from textual.widget import Widget
from textual.widgets import Static


def part(widget: Widget, name: str) -> Style:
    """Return the look of a component class of ``widget``; none before the style sheets have been applied to it."""
    try:
        return widget.get_component_rich_style(name, partial=True)
    except KeyError:
        return Style.null()


class StyledLine(Static):
    """Draws what :meth:`line` says, and only where that has changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawn: Text | None = None

    def line(self) -> Text:
        """Return the line as it is now."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw the line where it looks otherwise than before."""
        text = self.line()
        if self._drawn is None or (text, text.style) != (self._drawn, self._drawn.style):
            self._drawn = text
            self.update(text, layout=False)

    def on_resize(self) -> None:
        """The parts are laid out for the width."""
        self.redraw()

    def notify_style_update(self) -> None:
        """Another theme has other looks."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self.redraw)
