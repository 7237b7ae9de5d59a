"""Lines to read before agreeing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from xentui.service.text_diff import is_change
from xentui.text import printable
from xentui.tui.bindings import bound
from xentui.tui.dialogs.base import Dialog


class ReviewDialog(Dialog[bool]):
    """Asks once, below as many lines as there are."""

    BINDINGS = [
        bound("y", "agree", "Yes", "Agree", id="review.yes", show=True),
        bound("n", "leave", "No", "Decline", id="review.no", show=True),
    ]

    def __init__(self, title: str, lines: Sequence[str], accept_label: str) -> None:
        super().__init__(title, accept_label=accept_label)
        self._review = [printable(line) for line in lines]

    def body(self) -> Iterable[Widget]:
        """Yield the lines; what is added and removed stands out."""
        text = Text()
        for line in self._review:
            text.append(f"{line}\n", "bold" if is_change(line) else "")
        text.rstrip()
        yield VerticalScroll(Static(text), classes="dialog-report")

    def on_mount(self) -> None:
        """The keys scroll; ``y`` agrees, and so does the button."""
        super().on_mount()
        self.set_focus(self.query_one(VerticalScroll))

    def action_agree(self) -> None:
        """Yes."""
        self.dismiss(True)

    def accept(self) -> None:
        """Yes."""
        self.dismiss(True)
