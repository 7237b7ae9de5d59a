"""Input lines and boxes: what is drawn of them, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.reactive import Reactive

if TYPE_CHECKING:
    from rich.text import Text
    from textual.content import Content
    from textual.validation import ValidationResult
    from textual.widgets import Checkbox as _Checkbox, Input as _Input
    from textual.widgets.input import Selection as LineSelection
else:
    _Checkbox = _Input = object


class InputParts(_Input):
    """An input line that says what is drawn of its value, and when its cursor is followed.

    A key in it is a matter of its own: the screen is not laid out again, as the line is as wide as before.
    """

    virtual_size = Reactive(Size(0, 0))
    _marking = False

    def validate(self, value: str) -> ValidationResult | None:
        """Have validators look at the value; without any, Textual would style the line as one of a sound value."""
        return super().validate(value) if self.validators else None

    def set_look(self, name: str, *, on: bool) -> None:
        """Set a class by which the line looks different, but not its cursor and the like, which are styled apart."""
        self._marking = True
        try:
            self.set_class(on, name)
        finally:
            self._marking = False

    def _get_component_classes(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset() if self._marking else super()._get_component_classes()

    @property
    def drawn(self) -> Text | None:
        """What is drawn of the value, None for the value itself.

        ``Input`` draws a character as wide as it is: some move the cursor of the terminal.
        """
        return None

    @property
    def follows_cursor(self) -> bool:
        """Whether the cursor is kept in sight; else the beginning is."""
        return True

    @property
    def _value(self) -> Text:
        drawn = self.drawn
        return super()._value if drawn is None else drawn

    def _watch_selection(self, selection: LineSelection) -> None:
        # A watcher with a public name is called after this one has moved the terminal's cursor to a line without focus.
        if self.follows_cursor:
            super()._watch_selection(selection)
        else:
            self.scroll_to(0, 0, force=True, animate=False)

    def show_selection(self) -> None:
        """Bring the cursor, or the beginning, into sight."""
        self._watch_selection(self.selection)


class CheckParts(_Checkbox):
    """A box that says how it is drawn: Textual tells its state by colour alone."""

    @property
    def sign(self) -> Content:
        """What stands before the label."""
        raise NotImplementedError

    @property
    def _button(self) -> Content:
        return self.sign
