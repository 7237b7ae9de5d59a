"""The middle of the main screen, where list, details and consoles are: what a console asks for is done here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.containers import Horizontal

from xentui.tui.context import MainContext

if TYPE_CHECKING:
    from xentui.tui.consoles.rows import ConsoleRows
    from xentui.tui.consoles.view import ConsoleView


class MainBody(Horizontal):
    """Takes what consoles tell, by the names of the messages: their modules are read when they are needed.

    ``leave`` goes back to the list.
    """

    def __init__(self, context: MainContext, *, leave: Callable[[], None]) -> None:
        super().__init__(id="body")
        self.context = context
        self._leave = leave

    def on_console_view_left(self) -> None:
        """The leave key."""
        self._leave()

    async def on_console_view_wanted(self) -> None:
        """Attach again."""
        await self.context.consoles.again()

    def on_console_view_watch_wanted(self) -> None:
        """Watch what its holder shares."""
        self.context.background(self.context.consoles.watch)

    def on_console_view_take_wanted(self) -> None:
        """Take it over, after asking."""
        self.context.background(self.context.consoles.take_over)

    def on_console_view_copied(self, event: ConsoleView.Copied) -> None:
        """Give it to the user's terminal."""
        self.app.copy_to_clipboard(event.text)
        self.context.notify(f"copied {len(event.text)} characters (OSC 52)")

    def on_console_rows_rang(self, event: ConsoleRows.Rang) -> None:
        """Ring, unless that is not wanted."""
        event.stop()
        if self.context.rings:
            self.app.bell()

    def on_console_view_pasted(self, event: ConsoleView.Pasted) -> None:
        """Type several lines where the user agrees, and into those only that were asked about."""

        async def ask() -> None:
            if await self.context.consoles.agrees_to_paste(event.text, len(event.into.consoles)):
                event.view.type(event.text, event.into)

        self.context.background(ask)
