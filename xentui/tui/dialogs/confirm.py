"""Yes or no; and yes only to who types the name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Static

from xentui.text import plain, printable
from xentui.tui.bindings import bound
from xentui.tui.dialogs.base import Dialog
from xentui.tui.widgets.check import Check


class ConfirmDialog(Dialog[bool]):
    """Asks once; ``y`` and Enter on the button agree.

    With ``careful`` Enter alone, as it may have been typed twice, does not: the other button is at hand.
    """

    BINDINGS = [
        bound("y", "agree", "Yes", "Agree", id="dialog.yes", show=True),
        bound("n", "leave", "No", "Decline", id="dialog.no", show=True),
        bound("right", "app.focus_next", "Next", "The next button", id="dialog.right"),
        bound("left", "app.focus_previous", "Previous", "The previous button", id="dialog.left"),
    ]

    def __init__(
        self, title: str, lines: Iterable[str] = (), accept_label: str = "OK", *, careful: bool = False
    ) -> None:
        super().__init__(title, lines, accept_label)
        self.CAREFUL = careful

    def on_mount(self) -> None:
        """A button is at hand."""
        super().on_mount()
        self.set_focus(self.query_one("#cancel" if self.CAREFUL else "#accept", Button))

    def action_agree(self) -> None:
        """Yes."""
        self.dismiss(True)

    def accept(self) -> None:
        """Yes."""
        self.dismiss(True)


class TypedDialog(Dialog[bool]):
    """Asks for a word to be typed before something is lost.

    Arguments: ``expected`` is the word: the domain's name, or how many are meant; ``option`` is what can be had
    besides ("": nothing), and ``chosen`` tells whether it was.
    """

    def __init__(
        self, what: str, lines: Sequence[str], expected: str, accept_label: str, *, option: str = ""
    ) -> None:
        super().__init__(what, accept_label=accept_label)
        self._about = [printable(line) for line in lines]
        self._expected = plain(expected)
        self._option = option
        self.chosen = False

    def body(self) -> Iterable[Widget]:
        """Yield what is meant, scrolled by itself where it is much; and the line to type on, which is always in
        sight.
        """
        yield VerticalScroll(
            Static(Text("\n".join(self._about)), classes="dialog-lines"),
            classes="dialog-report",
            can_focus=False,
        )
        meant = "the number of domains" if self._expected.isdigit() else "the name"
        yield Label(f"\nType {meant} to go on: {self._expected}", markup=False, classes="dialog-label")
        yield Input(id="typed")
        if self._option:
            yield Check(self._option, id="option")

    def on_mount(self) -> None:
        """One types at once."""
        super().on_mount()
        self.set_focus(self.query_one("#typed", Input))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter is OK."""
        event.stop()
        self.accept()

    def accept(self) -> None:
        """Agree if the word is the one."""
        # As the box is at this moment: what it tells of its change may be on its way yet.
        self.chosen = any(box.value for box in self.query(Check))
        if self.query_one("#typed", Input).value.strip() == self._expected.strip():
            self.dismiss(True)
        else:
            self.refuse(f"that is not {self._expected}")
