"""The bottom line of a screen or dialog: its keys and what they do, as much as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from rich.text import Text

from xentui.tui.widgets.styled_line import StyledLine, part


class Hint(NamedTuple):
    """A key, what it does, and its turn to be left out where there is no room: the highest goes first.

    One that is ``off`` does nothing now but say why.
    """

    key: str
    label: str
    rank: int = 0
    off: bool = False


def drawn(hints: Sequence[Hint], width: int) -> list[Hint]:
    """Return those that fit into ``width`` cells; one at least."""
    left = list(hints)
    while len(left) > 1 and sum(len(hint.key) + len(hint.label) + 2 for hint in left) > width:
        left.remove(max(left, key=lambda hint: hint.rank))
    return left


class KeyHints(StyledLine):
    """Draws :class:`Hint` s, in one look everywhere."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key", "key-bar--label", "key-bar--dim"}

    def __init__(self, hints: Sequence[Hint] = (), *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints = tuple(hints)

    def show_hints(self, hints: Sequence[Hint]) -> None:
        """Show these."""
        self._hints = tuple(hints)
        self.redraw()

    def line(self) -> Text:
        """Return the hints that fit."""
        text = Text(no_wrap=True)
        for hint in drawn(self._hints, self.size.width or 80):
            text.append(f" {hint.key}", part(self, "key-bar--dim" if hint.off else "key-bar--key"))
            text.append(f" {hint.label}", part(self, "key-bar--dim" if hint.off else "key-bar--label"))
        return text
