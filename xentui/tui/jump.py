"""Jump keys: letters on what the cursor can go to; typing one goes there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from xentui.frozen import dataclass
from xentui.tui.bindings import bound
from xentui.tui.dialogs.modal import Modal

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""In the order they are given: those below the fingers first."""
KEY = "ctrl+o"


@dataclass(frozen=True, slots=True)
class JumpTarget:
    """Something to go to: its column and row on the screen, and what goes there."""

    x: int
    y: int
    go: Callable[[], object]


def at(widget: Widget, go: Callable[[], object], *, before: int = 0) -> list[JumpTarget]:
    """Return a widget as a target, so many cells ``before`` where it begins; none where it is not in sight."""
    if not widget.is_attached or not widget.display or not widget.region.area:
        return []
    region = widget.screen.find_widget(widget).visible_region
    return [JumpTarget(max(0, region.x - before), region.y, go)] if region.area else []


def jump(app: App[Any], targets: Iterable[JumpTarget]) -> None:
    """Show letters on targets, and go where one is typed; the next key is for the letters already."""

    def go(chosen: JumpTarget | None) -> None:
        if chosen is not None:
            chosen.go()

    if found := list(targets)[: len(LETTERS)]:
        app.push_screen(JumpScreen(found), go)


class JumpScreen(Modal[JumpTarget]):
    """Shows a letter on each target; a letter goes there, Esc stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound(f"escape,{KEY}", "leave", "Cancel", "Stay where the cursor is", id="jump.cancel", show=True),
        *(
            bound(letter, f"go('{letter}')", "Go", "Go to where the letter is", id="jump.go")
            for letter in LETTERS
        ),
    ]

    def __init__(self, targets: Sequence[JumpTarget]) -> None:
        super().__init__()
        self._drawn_at: Size | None = None
        self._targets = dict(zip(LETTERS, targets, strict=False))

    def compose(self) -> ComposeResult:
        """Yield the letters."""
        for letter, target in self._targets.items():
            shown = Static(Text(f" {letter} "), classes="jump-key")
            shown.styles.offset = target.x, target.y
            yield shown

    def on_resize(self, event: events.Resize) -> None:
        """At another size the targets stand elsewhere: leave."""
        if self._drawn_at not in (None, event.size):
            self.dismiss(None)
        self._drawn_at = event.size

    def action_go(self, letter: str) -> None:
        """Go to what a letter stands on."""
        if letter in self._targets:
            self.dismiss(self._targets[letter])

    def action_leave(self) -> None:
        """Stay."""
        self.dismiss(None)
