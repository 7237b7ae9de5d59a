"""The screen the app begins with: styled once and painted once, as the time to the first list depends on it."""

from __future__ import annotations

import asyncio

from textual.events import ScreenResume

from xentui.tui.layout import BROAD, TALL, WIDE
from xentui.tui.textual_compat.app import DeferredScreen

_SENDING = 0.05
"""Seconds in which the first paint is on its way to the terminal; after that nothing depends on it."""


class FirstScreen(DeferredScreen):
    """A screen whose classes follow the size of the terminal, and are set before it is styled for the first time."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide"), (BROAD, "-broad")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-normal"), (TALL, "-tall")]

    def __init__(self) -> None:
        super().__init__()
        self._styled = False

    def size_classes(self) -> dict[str, bool]:
        """Return the classes of the size there is, and those of others, as breakpoints give them."""
        found: dict[str, bool] = {}
        for breakpoints, length in zip(
            (self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS), self.app.size, strict=True
        ):
            reached = max((point for point in breakpoints if point[0] <= length), default=None)
            found |= {point[1]: point == reached for point in breakpoints}
        return found

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Shown for the first time it has its styles already."""
        if not self._styled:
            self._styled, event.refresh_styles = True, False

    async def first_sent(self) -> None:
        """Return when what was painted first has been sent: the thread that does it takes turns with all else here."""
        await self.painted.wait()
        await asyncio.sleep(_SENDING)
