"""When the list is drawn anew: as its host moves, with what several tell at about the same time, and once a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.timer import Timer

from xentui.service.events import Event
from xentui.tui.host_state import HostState
from xentui.tui.screens.main import MainScreen

if TYPE_CHECKING:
    from xentui.tui.several_hosts import Several

TICK = 1.0
"""Seconds after which times of day are drawn again."""
_TOGETHER = 0.2
"""Seconds in which what several hosts tell is shown once."""


class ListRefresh:
    """Draws the list of one host, or of ``several``.

    ``shown`` is called after each drawing; ``warn`` tells what is on two hosts and may be on one only.
    """

    def __init__(
        self,
        main: MainScreen,
        host_state: Callable[[], HostState],
        several: Several | None,
        *,
        shown: Callable[[], None],
        warn: Callable[[str], None],
    ) -> None:
        self._main, self._host_state, self._several = main, host_state, several
        self._shown, self._warn = shown, warn
        self._heard = self._drawn = 0.0
        self._soon: Timer | None = None

    def moved(self, host: str, events: Sequence[Event] | None) -> None:
        """A host has told something; ``events`` are those of a snapshot, None for another thing."""
        self._heard = time.monotonic()
        if self._several is not None:
            self._several.moved(host, events)
        # A poll that found nothing new is shown with the next sample of the load.
        if events is None or events or not self._main.up_to_date:
            self.draw()

    def tick(self) -> None:
        """A second has passed: samples come once a second as well, while the host answers, and each is shown."""
        if self._several is not None or time.monotonic() - self._heard > 1.5 * TICK:
            self.draw()

    def draw(self) -> None:
        """Draw the list; that of several hosts a little later, where it has just been drawn."""
        if self._several is None:
            self._main.show_host_state(self._host_state())
        elif time.monotonic() - self._drawn < _TOGETHER:
            if self._soon is None:
                self._soon = self._main.set_timer(_TOGETHER, self._draw_soon)
            return
        else:
            self._main.show_hosts()
            self._drawn = time.monotonic()
            if warning := self._several.warning():
                self._warn(warning)
        self._shown()

    def _draw_soon(self) -> None:
        self._soon, self._drawn = None, 0.0
        if self._main.app.is_running:
            self.draw()
