"""What the screens above the list share."""

from __future__ import annotations

from textual.screen import Screen

from xentui.tui.context import UiContext
from xentui.tui.faults import FaultsTold


class ScreenAbove(FaultsTold, Screen[None]):
    """A screen above the list, which is left once: Enter or Esc typed twice takes away nothing else."""

    context: UiContext

    def action_back(self) -> None:
        """Back to what is below."""
        self.context.close(self)
