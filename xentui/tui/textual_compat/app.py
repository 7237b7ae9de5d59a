"""The app, its driver, and its first screen."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen


class PlainApp(App[None]):
    """An app without toasts and tooltips: nothing here has any, and each screen would have a widget for each.

    The variables of its styles are made once ``themed``, not for Textual's first theme.
    """

    themed = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._disable_notifications = self._disable_tooltips = True

    def get_css_variables(self) -> dict[str, str]:
        """Return the variables of the theme."""
        return super().get_css_variables() if self.themed else {}


def driver_of(app: App[Any]) -> Driver | None:
    """Return what reads from the terminal and writes to it; an app tells nobody."""
    return app._driver


class DeferredScreen(Screen[None]):
    """A screen that is neither laid out nor painted before it is revealed: what comes at once would do both again.

    Textual's batches hold back the terminal only; lines are rendered for each layout in them all the same.
    """

    _held = True
    _painting_held = True

    def __init__(self) -> None:
        super().__init__()
        self.painted = asyncio.Event()
        """Set when it was painted for the first time."""

    def reveal(self) -> None:
        """Lay out what there is, and paint it as soon as its parts know their sizes; from now on follow each change.

        Painted at once, all would be painted again a moment later, as some of it depends on its size.
        """
        if self._held:
            self._held = False
            self.call_after_refresh(self._paint_first)
            self._refresh_layout(self.app.size)

    def _paint_first(self) -> None:
        self._painting_held = False
        self._compositor_refresh()
        self.painted.set()

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        if not self._held:
            super()._refresh_layout(size, scroll)

    def _compositor_refresh(self) -> None:
        if not self._painting_held:
            super()._compositor_refresh()
