"""What a migration would meet: shown before it is agreed to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Static

from xentui.text import printable
from xentui.tui.dialogs.confirm import ConfirmDialog


class MigrateDialog(ConfirmDialog):
    """Shows a plan and asks whether it may be done; where something ``stops`` it, that is said instead.

    Where something is to be asked about (``careful``) Enter alone does not agree.
    """

    def __init__(self, title: str, lines: Sequence[str], *, stops: str = "", careful: bool = False) -> None:
        super().__init__(title, (), "Migrate", careful=careful or bool(stops))
        self._told = [printable(line) for line in lines]
        self._stops = stops

    def body(self) -> Iterable[Widget]:
        """Yield the plan, scrolled where it is long."""
        yield VerticalScroll(Static(Text("\n".join(self._told))), classes="dialog-report", can_focus=False)

    def on_mount(self) -> None:
        """What cannot be done is dim, and says why."""
        super().on_mount()
        if self._stops:
            self.query_one("#accept", Button).disabled = True
            self.refuse(self._stops)

    def action_agree(self) -> None:
        """Yes, where it can be done."""
        self.accept()

    def accept(self) -> None:
        """Yes, where it can be done."""
        if self._stops:
            self.refuse(self._stops)
        else:
            super().accept()
