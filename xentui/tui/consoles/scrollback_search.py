"""Search in the scrollback of a console: for text, by an expression, or for when something was printed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from xentui.commands.times import exact, moment as moment_meant
from xentui.console.log_search import LogPattern, matching_rows
from xentui.errors import XentuiError
from xentui.tui.consoles.selection import ConsolePlace
from xentui.tui.consoles.view import ConsoleView
from xentui.tui.messages import Notice

_MOST = 10_000
"""So many matches of a text are found."""


class ScrollbackSearch:
    """Searches what ``view`` shows; ``ask`` asks what for, ``moved`` is called when one has gone elsewhere."""

    def __init__(self, view: ConsoleView, *, ask: Callable[[], None], moved: Callable[[], None]) -> None:
        self._view = view
        self._ask = ask
        self._moved = moved
        self._searched = ""
        self._match = -1

    @property
    def place(self) -> str:
        """Which match one is at, and of how many; "" where there are none."""
        count = len(self._view.matches)
        return f"{count - self._match} of {count}" if count else ""

    async def find(self, wanted: str) -> None:
        """Find text, ``/EXPRESSION`` or ``@TIME``; the newest match is shown."""
        view, emulator = self._view, self._view.emulator
        if emulator is None or not wanted:
            return
        if wanted.startswith("@"):
            self._find_time(wanted[1:])
            return
        if wanted.startswith("/"):
            rows = [*emulator.history_text(), *emulator.text()]
            try:
                numbers = await asyncio.to_thread(matching_rows, rows, LogPattern.typed(wanted))
            except XentuiError as error:
                self._tell(Notice.of(error))
                return
            view.matches = [(number, 0, len(rows[number])) for number in numbers if number < len(rows)]
        else:
            found = emulator.search(wanted, limit=_MOST)
            await asyncio.sleep(0)
            view.matches = [(match.row, match.column, match.column + match.cells) for match in found]
        self._searched, self._match = wanted, len(view.matches)
        if not view.matches:
            self._tell(Notice(f"{wanted}: not found", severity="warning"))
            view.refresh()
            return
        self.step(-1)

    def _find_time(self, wanted: str) -> None:
        """Go to the first row that came at a time or later."""
        times = self._view.times
        try:
            since = moment_meant(wanted, time.time())
        except XentuiError as error:
            self._tell(Notice.of(error))
            return
        row = times.first_since(since) if times is not None else -1
        if row < 0:
            self._tell(Notice(f"nothing was printed since {exact(since)[:19]}", severity="warning"))
            return
        self._view.clock = True
        self._view.reveal(ConsolePlace(row, 0))
        self._moved()

    def step(self, step: int) -> None:
        """Go to another match; ask what to search for where nothing was found."""
        matches = self._view.matches
        if not matches:
            self._ask()
            return
        self._match = (self._match + step) % len(matches)
        row, column, _end = matches[self._match]
        self._view.reveal(ConsolePlace(row, column))
        self._tell(Notice(f"{self._searched}: {self.place}, n older, N newer"))
        self._moved()

    def go_to(self, row: int) -> None:
        """Go to a row, and to the match in it or next to it where something was searched for."""
        matches = self._view.matches
        near = next((at for at, match in enumerate(matches) if match[0] >= row), None)
        if near is None:
            self._view.reveal(ConsolePlace(row, 0))
        else:
            self._match = near + 1
            self.step(-1)
        self._moved()

    def _tell(self, notice: Notice) -> None:
        self._view.app.post_message(notice)
