"""An app whose keys act in the order typed, and whose actions wait for what they ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar

from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.screen import ModalScreen, Screen
from textual.worker import Worker

Answer = TypeVar("Answer")
READING = 3.0
"""Seconds keys wait for what an action shows that reads from the host first."""


class OrderedApp(App[None], inherit_bindings=False):
    """Gives keys that are commands to their bindings at once.

    Textual lets a key pass the focused widget first, and looks for its binding when it comes back: what was typed
    ahead of a prompt or dialog would go to the list.
    """

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._asked = asyncio.Event()

    def leave_console(self) -> None:
        """The leave key was pressed in a console."""
        raise NotImplementedError

    async def complete(self) -> None:
        """Have all there that keys act on; called before each key."""

    async def on_event(self, event: events.Event) -> None:
        """Handle keys here; everything else as Textual does."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self.complete()
            if await self._taken(event):
                return
        await super().on_event(event)

    async def _taken(self, event: events.Key) -> bool:
        """Act on a key that is a command; False for one that is typed into something."""
        from textual.widgets import Input, TextArea  # noqa: PLC0415 - the list is shown without them

        from xentui.tui.palette import Palette  # noqa: PLC0415
        from xentui.tui.widgets.console_view import ConsoleView  # noqa: PLC0415

        focused, screen = self.focused, self.screen
        if isinstance(focused, ConsoleView) and not focused.looking:
            if event.key == focused.leave_key:
                self.leave_console()
                return True
            return False
        if isinstance(screen, Palette) and event.key == "enter" and not screen.settled:
            self.run_worker(screen.choose_when_settled(), exit_on_error=False)
            return True
        if isinstance(focused, (Input, TextArea)):
            return False
        await self._check_bindings(event.key, priority=True) or await self._check_bindings(event.key)
        return True

    def background(self, work: Callable[[], Coroutine[Any, Any, None]], *, instead_of: str = "") -> None:
        """Begin work nobody waits for; with ``instead_of`` an earlier one of that name is given up.

        It is made only when it begins: on the way out it does not any more.
        """
        begun: Any = work
        group = instead_of or "background"
        self.run_worker(begun, exclusive=bool(instead_of), group=group, exit_on_error=False)

    async def ask(self, dialog: ModalScreen[Answer]) -> Answer | None:
        """Show a dialog and wait for its answer."""
        answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()

        def take(result: Answer | None) -> None:
            if not answer.done():
                answer.set_result(result)

        self.push_screen(dialog, take)
        self._asked.set()
        return await answer

    async def show(self, screen: Screen[Any]) -> None:
        """Show another screen on top; returns when keys go there."""
        await self.push_screen(screen)
        self._asked.set()

    async def until_asked(self, doing: Worker[None], patience: float = READING) -> None:
        """Wait until what is being done shows a dialog or screen, or has ended, or goes on in the background."""
        self._asked.clear()
        asking = asyncio.ensure_future(self._asked.wait())
        done = asyncio.ensure_future(doing.wait())
        await asyncio.wait([asking, done], timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        asking.cancel()
        done.add_done_callback(lambda future: future.cancelled() or future.exception())
