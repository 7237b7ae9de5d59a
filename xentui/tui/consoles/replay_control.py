"""The replay of a session of a console's log: begun, held, faster, ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.timer import Timer

from xentui.commands.times import exact
from xentui.console.recorded import RecordedConsole, Replay
from xentui.errors import XentuiError
from xentui.tui.consoles.view import ConsoleView
from xentui.tui.messages import Notice

_TICK = 0.05
"""Seconds between two looks at what is due in a replay."""
_JUMP = 10.0
"""Seconds an arrow moves a replay."""


class ReplayControl:
    """Replays the log that ``view`` shows.

    ``moved`` is called when it has come to another moment, or goes on otherwise; ``show_whole`` shows all of a log.
    """

    def __init__(
        self,
        view: ConsoleView,
        *,
        moved: Callable[[], None],
        show_whole: Callable[[RecordedConsole], None],
    ) -> None:
        self._view = view
        self._moved = moved
        self._show_whole = show_whole
        self._ticking: Timer | None = None
        self._jumping: asyncio.Task[None] | None = None

    @property
    def recorded(self) -> RecordedConsole | None:
        """The console shown, where it is a session of a log."""
        console = self._view.console
        return console if isinstance(console, RecordedConsole) else None

    @property
    def replay(self) -> Replay | None:
        """The replay that goes on or is held."""
        return self.recorded.replay if self.recorded is not None else None

    @property
    def words(self) -> str:
        """Where it is, and how it goes on; "" without a replay."""
        if self.replay is None:
            return ""
        how = "over" if self.replay.over else "held" if self.replay.paused else f"x{self.replay.speed:g}"
        return f"{exact(self.replay.moment)[:19]} replay {how}"

    def begin(self) -> None:
        """Replay the session from its beginning; again ends that."""
        if self.recorded is None:
            return
        if self.replay is not None:
            self.stop(whole=True)
            return
        try:
            self.recorded.begin_replay()
        except XentuiError as error:
            self._view.app.post_message(Notice.of(error))
            return
        self._view.matches = []
        self._view.live()
        self._ticking = self._view.set_interval(_TICK, self._tick)
        self._moved()

    def hold(self, replay: Replay) -> None:
        """Hold it, or let it go on."""
        replay.paused = not replay.paused
        self._moved()

    def faster(self, steps: int) -> None:
        """Replay faster, or slower."""
        if self.replay is not None:
            self.replay.faster(steps)
            self._moved()

    def jump(self, replay: Replay, steps: int) -> None:
        """Go some seconds on, or back."""
        if self._jumping is not None and not self._jumping.done():
            return

        async def jump() -> None:
            await replay.jump(_JUMP * steps)
            self._view.live()
            self._moved()

        self._jumping = asyncio.get_running_loop().create_task(jump())

    def _tick(self) -> None:
        replay = self.replay
        if replay is None or (self._jumping is not None and not self._jumping.done()):
            return
        before = self.words
        replay.advance(_TICK)
        if self.words != before:
            self._moved()

    def stop(self, *, whole: bool = False) -> None:
        """End a replay; with ``whole`` all of the session is shown again."""
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None
        if self._jumping is not None:
            self._jumping.cancel()
            self._jumping = None
        if whole and self.recorded is not None:
            self._show_whole(self.recorded)
