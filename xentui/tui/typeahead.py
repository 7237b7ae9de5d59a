"""Keys act in the order typed, and actions wait for what they ask: what is typed ahead is for what comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from textual import events
from textual.app import App
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea
from textual.worker import Worker

from xentui.tui.consoles.view import ConsoleView
from xentui.tui.dialogs.palette import IN_ORDER, Palette
from xentui.tui.input.typed_keys import AltKey
from xentui.tui.textual_compat.bindings import is_bound, knows, run_binding
from xentui.tui.widgets.completing_input import ITS_OWN, CompletingInput

Answer = TypeVar("Answer")
READING = 3.0
"""Seconds keys wait for what an action shows; it may have to read from the host first."""


class TypeAhead:
    """Gives keys that are commands to their bindings at once.

    Textual lets a key pass the focused widget first, and looks for its binding when it comes back: what was typed
    ahead of a prompt or dialog would go to the list.

    An action is open until it has ended or asks something; a key typed meanwhile waits, as it is for what the action
    leads to.  Where that takes too long the action goes on, and the keys that waited are dropped: none of them is to
    shut down what stands under the cursor.

    ``complete`` is awaited before each key, and has all there that keys act on; ``leave_console`` does what the leave
    key of a console does; ``submission`` gives what ends when Enter on a line has been dealt with, None where Enter
    only goes on in a form; ``warn`` tells the user something, with a severity.
    """

    def __init__(
        self,
        app: App[Any],
        *,
        complete: Callable[[], Awaitable[None]],
        leave_console: Callable[[], None],
        submission: Callable[[Widget | None], asyncio.Future[None] | None],
        warn: Callable[[str, str], None],
    ) -> None:
        self._app = app
        self._complete = complete
        self._leave_console = leave_console
        self._submission = submission
        self._warn = warn
        self._asked = asyncio.Event()
        self.asking = 0
        """Dialogs that wait for an answer."""
        self._open: set[asyncio.Future[Any]] = set()
        """What has not ended, and may still ask."""
        self._dropped_until = 0.0
        """Keys typed before were for what has not come, by the clock of events."""

    async def take(self, event: events.Key) -> bool:
        """Deal with a key as it comes from the terminal; False for one that is Textual's to deal with."""
        if isinstance(event, AltKey) and event.apart and not self._is_alt(event):
            for each in event.apart_for(typing=self._typing):
                await self._app.on_event(each)
            return True
        await self._complete()
        await self._wait_until_idle()
        if event.time < self._dropped_until:
            self._warn("the host is slow: keys typed meanwhile were dropped", "warning")
            return True
        return await self._act(event)

    @property
    def _typing(self) -> bool:
        """Whether keys are typed into a line or text."""
        return isinstance(self._app.focused, (Input, TextArea))

    def _is_alt(self, event: AltKey) -> bool:
        """Return whether it is for somebody who knows the key with Alt, rather than Esc and a key at once."""
        if isinstance(focused := self._app.focused, ConsoleView) and focused.types:
            return event.apart[-1].key != focused.leave_key
        return is_bound(self._app.screen, event.key)

    async def _act(self, event: events.Key) -> bool:
        """Act on a key that is a command; False for one that is typed into something."""
        app = self._app
        focused, screen = app.focused, app.screen
        if isinstance(focused, ConsoleView) and not focused.looking:
            if event.key == focused.leave_key:
                self._leave_console()
                return True
            return False
        if isinstance(screen, Palette) and event.key in IN_ORDER:
            if await screen.wait_for_hits():
                await (screen.choose() if event.key == "enter" else run_binding(app, event.key))
            return True
        if focused is not None and self._typing:
            return await self._act_in_line(focused, event)
        if not await run_binding(app, event.key, priority=True):
            await run_binding(app, event.key)
        return True

    async def _act_in_line(self, focused: Widget, event: events.Key) -> bool:
        """Act on a key in a line or text where it is more than typing; False where that is all."""
        if event.key == "escape":
            return await self._left(focused)
        if event.key == "enter":
            if (submission := self._submission(focused)) is not None:
                self._begin(submission)
            return False
        return (
            not event.is_printable
            and self._leads_on(focused, event.key)
            and await self._behind(focused, event.key)
        )

    def _leads_on(self, focused: Widget, key: str) -> bool:
        """Return whether a key is not only for the line or text itself, which sees to the order of its own.

        Textual's own lines do not: all keys are.
        """
        if _plain(focused):
            return True
        if not isinstance(focused, CompletingInput):
            return False  # the keys of a text are all acted on when they come back from it, in their order
        own = key in ITS_OWN or knows(focused, key)
        return not own and is_bound(self._app.screen, key)

    async def _left(self, focused: Widget) -> bool:
        """Esc in a line or text, behind all that was typed there: what is typed next is for what it leads to."""
        if isinstance(focused, CompletingInput):
            # It acts on it in its turn, and has candidates to take away first.
            self._begin(asyncio.ensure_future(_dealt_with(focused)))
            return False
        return await self._behind(focused, "escape")

    async def _behind(self, focused: Widget, key: str) -> bool:
        """Act on a key behind all that was typed before it: what is typed next is for where it leads.

        Textual inserts characters at once, and looks for the binding of a key when that comes back.
        """
        await asyncio.wait([asyncio.ensure_future(_dealt_with(focused))], timeout=READING)
        return await run_binding(self._app, key)

    async def ask(self, dialog: ModalScreen[Answer]) -> Answer | None:
        """Show a dialog and wait for its answer."""
        answer: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()

        def take(result: Answer | None) -> None:
            if not answer.done():
                self.asking -= 1
                answer.set_result(result)

        self.asking += 1
        self._app.push_screen(dialog, take)
        self._asked.set()
        try:
            return await answer
        finally:
            take(None)  # whoever asked has been given up

    async def show(self, screen: Screen[Any]) -> None:
        """Show another screen on top; returns when keys go there."""
        await self._app.push_screen(screen)
        self._asked.set()

    async def wait_until_prompted(self, doing: Worker[None]) -> None:
        """Wait until what is being done shows a dialog or screen, or has ended, or goes on in the background."""
        opened = asyncio.ensure_future(doing.wait())
        self._begin(opened)
        await self._wait_until_idle(opened)

    def _begin(self, opened: asyncio.Future[Any]) -> None:
        """Let keys wait for it."""

        def over(future: asyncio.Future[Any]) -> None:
            self._open.discard(future)
            if not future.cancelled():
                future.exception()  # the worker has told

        self._open.add(opened)
        opened.add_done_callback(over)

    async def _wait_until_idle(self, one: asyncio.Future[Any] | None = None) -> None:
        """Wait until ``one`` that is open, else all that is, has ended or asks.

        Where that takes too long, what was typed till then is dropped when it comes.
        """
        while not self.asking and (waited := self._open if one is None else self._open & {one}):
            self._asked.clear()
            asked = asyncio.ensure_future(self._asked.wait())
            ended, _ = await asyncio.wait(
                [asked, *waited], timeout=READING, return_when=asyncio.FIRST_COMPLETED
            )
            asked.cancel()
            if not ended:
                self._open -= waited
                self._dropped_until = time.monotonic()
                self._warn("the host is slow: the action continues in the background", "information")
            self._open -= ended
            if asked in ended:
                return


def _plain(line: Widget) -> bool:
    """Return whether it is one of Textual's own lines; one that completes sees to the order of its keys itself."""
    return isinstance(line, Input) and not isinstance(line, CompletingInput)


async def _dealt_with(widget: Widget) -> None:
    """Return when a widget, and those around it, have dealt with all that has been sent to it."""
    for node in widget.ancestors_with_self:
        if isinstance(node, App) or not node.is_running:
            return
        dealt: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if not node.call_later(_set, dealt):
            return
        await dealt


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
