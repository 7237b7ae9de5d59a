"""The consoles on the main screen: one instead of the list or beside it, or two side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from textual.screen import Screen
from textual.widget import Widget

from xentui.tui.widgets.tab_strip import Tab

if TYPE_CHECKING:
    from xentui.console.broadcast import Broadcast
    from xentui.console.hub import LiveConsole
    from xentui.console.shown_console import ShownConsole
    from xentui.tui.consoles.pane import ConsolePane


class ConsolePanes:
    """Shows consoles on ``screen``, whose classes say where they stand.

    ``build`` makes a pane, by the name it gets; ``home`` is the list, which has the keys where no console does;
    ``changed`` is called when others are shown; ``leave`` goes back to the list.
    """

    def __init__(
        self,
        screen: Screen[None],
        *,
        build: Callable[[str], ConsolePane],
        home: Widget,
        changed: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        self._screen = screen
        self._build = build
        self._home = home
        self._changed = changed
        self._leave = leave
        self._second = False
        """Whether the second of two consoles has the keys."""

    @property
    def active(self) -> ConsolePane:
        """Where a console is shown; of two side by side the one that has, or last had, the keys."""
        return self.second if self._second else self.first

    @cached_property
    def first(self) -> ConsolePane:
        """The console that stands instead of the list, or beside it."""
        return self._build("console")

    @cached_property
    def second(self) -> ConsolePane:
        """The one beside the first, where there are two."""
        return self._build("console-beside")

    def looks_at(self, console: LiveConsole) -> bool:
        """Return whether a console is looked at: it is in sight, and no other screen is above it."""
        return self._screen.app.screen is self._screen and any(
            pane.console is console and pane.view.region for pane in (self.first, self.second)
        )

    def show(self, console: ShownConsole | None, *, looking: bool = False, fresh: bool = False) -> None:
        """Show a console beside or instead of the list, or none; one of two side by side is shown where it is.

        ``fresh``: it was attached just now.
        """
        self._screen.set_class(console is not None, "-console")
        self._screen.set_class(console is not None, "-front")
        self._second = console is not None and console is self.second.console
        if console is None:
            self.show_beside(None)
        self.active.show(console, looking=looking, fresh=fresh)
        self._screen.set_focus(self._home if console is None else self.active.view)
        self._changed()

    def show_beside(self, console: LiveConsole | None) -> None:
        """Show another console beside the first, or the first alone again; it gets the keys."""
        self._screen.set_class(console is not None, "-pair")
        self._second = console is not None
        self.second.show(console)
        if console is not None:
            self._screen.set_class(True, "-front")
            self._screen.set_focus(self.second.view)
        self._changed()

    def keep_one(self) -> None:
        """Of two consoles there is room for one: that with the keys, before what hides takes them away."""
        if self.second.console is None:
            return
        kept, keys = self.active.console, self._screen.has_class("-front")
        self.show_beside(None)
        self.first.show(kept)
        if keys:
            self._screen.set_focus(self.first.view)

    def forget(self, console: LiveConsole) -> None:
        """Take a console away that was left; who had it in sight goes on in the list, beside the other of two."""
        beside = self.second.console
        if console is beside:
            self.show_beside(None)
        elif console is self.first.console:
            self.show_beside(None)
            self.first.show(beside)
            self._screen.set_class(beside is not None, "-console")
        else:
            self._changed()
            return
        self._leave()

    def take_keys(self) -> bool:
        """Note which of them has the keys; whether one has."""
        if not (self.first.view.has_focus or self.second.view.has_focus):
            return False
        self._second = self.second.view.has_focus
        return True

    def tabs(self, consoles: Sequence[LiveConsole], named: Callable[[ShownConsole], str]) -> list[Tab]:
        """Return a tab for each console, numbered from 3 on: behind those of the list and the details."""
        shown, together = self.active.console, self.together or ()
        return [
            Tab(number, named(live), live is shown, live.activity, live.ended, live.rang, live in together)
            for number, live in enumerate(consoles, start=3)
        ]

    # Typing into several

    @property
    def together(self) -> Broadcast | None:
        """The consoles that get what is typed, where that is not the one in sight alone."""
        return self.active.view.broadcast

    def type_together(self, together: Broadcast | None) -> None:
        """Have what is typed go to several consoles, or to the one in sight alone again."""
        for pane in (self.first, self.second):
            pane.view.broadcast = together
            pane.bar.draw()
        self._changed()
