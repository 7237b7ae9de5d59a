"""Yes or no; and yes only to who types the name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.widget import Widget
from textual.widgets import Button, Input, Label

from xentui.text import plain
from xentui.tui.actions import bound
from xentui.tui.dialogs.base import Dialog


class ConfirmDialog(Dialog[bool]):
    """Asks once; ``y`` and Enter on the button agree."""

    BINDINGS = [
        bound("y", "agree", "Yes", "Agree", id="dialog.yes", show=True),
        bound("n", "leave", "No", "Do not", id="dialog.no", show=True),
        bound("right", "app.focus_next", "Next", "The next button", id="dialog.right"),
        bound("left", "app.focus_previous", "Previous", "The button before", id="dialog.left"),
    ]

    def on_mount(self) -> None:
        """The button is at hand."""
        super().on_mount()
        self.query_one("#accept", Button).focus()

    def action_agree(self) -> None:
        """Yes."""
        self.dismiss(True)

    def accept(self) -> None:
        """Yes."""
        self.dismiss(True)


class TypedDialog(Dialog[bool]):
    """Asks for a word to be typed before something is lost.

    Arguments: ``expected`` is the word: the domain's name, or how many are meant.
    """

    def __init__(self, what: str, lines: Sequence[str], expected: str, accept_label: str) -> None:
        super().__init__(what, lines, accept_label)
        self._expected = plain(expected)

    def body(self) -> Iterable[Widget]:
        """The line to type it on."""
        meant = "the number of domains" if self._expected.isdigit() else "the name"
        yield Label(f"Type {meant} to go on: {self._expected}", markup=False, classes="dialog-label")
        yield Input(id="typed")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter is OK."""
        event.stop()
        self.accept()

    def accept(self) -> None:
        """Agree if the word is the one."""
        if self.query_one("#typed", Input).value.strip() == self._expected.strip():
            self.dismiss(True)
        else:
            self.refuse(f"that is not {self._expected}")
