"""What differs from Textual's own app whatever is shown: terminal, themes and notices; it has no keys of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.command import Provider
from textual.driver import Driver
from textual.screen import ModalScreen, Screen
from textual.theme import Theme

from xentui.errors import XentuiError
from xentui.tui import dialogs, keymap, stylesheets, themes
from xentui.tui.driver import ThriftyDriver, thrifty
from xentui.tui.faults import FaultReporting
from xentui.tui.messages import Notice
from xentui.tui.textual_compat.app import PlainApp, driver_of


class TerminalApp(FaultReporting, PlainApp, inherit_bindings=False):
    """An app on a terminal of xentui's driver.

    It begins with the first of the themes ``wished`` for that there is; with one without colours under NO_COLOR.
    """

    BINDINGS: ClassVar[list[BindingType]] = []
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = set()
    # The palette is an action like any other; Textual's own binding would take Ctrl-P from guests.
    COMMAND_PALETTE_BINDING = "f24"
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, wished: Iterable[str]) -> None:
        found, colours = themes.themes(), "NO_COLOR" not in os.environ
        wish = next((name for name in wished if name in found), themes.DEFAULT)
        first = found[wish if colours else themes.NO_COLOUR]
        # Only from the terminal's own colours does Textual leave all out; from others it makes greys.
        super().__init__(
            css_path=[*stylesheets.first(colours=not first.ansi)], ansi_color=None if colours else True
        )
        self.themes = found
        """Those there are, by the name config.toml knows them by."""
        for theme in self.themes.values():
            self.register_theme(theme)
        self._begin_with(first)

    # Themes

    def _begin_with(self, theme: Theme) -> None:
        """Take a first theme.  Textual starts with a dark one; a change to another reads all styles twice."""
        self.themed = True
        if theme.dark and not theme.ansi:
            self.set_reactive(TerminalApp.theme, theme.name)
        else:
            self.theme = theme.name
        self.stylesheet.set_variables(self.get_css_variables())

    def take_next_theme(self) -> str:
        """Take the next theme; returns its name."""
        names = [name for name in self.themes if name != themes.NO_COLOUR]
        now = next((at for at, name in enumerate(names) if self.themes[name].name == self.theme), -1)
        name = names[(now + 1) % len(names)]
        self.theme = self.themes[name].name
        return name

    # The terminal

    def get_driver_class(self) -> type[Driver]:
        """Return a driver that sends less."""
        return thrifty(super().get_driver_class())

    @property
    def terminal(self) -> ThriftyDriver | None:
        """The driver, where it is ours."""
        driver = driver_of(self)
        return driver if isinstance(driver, ThriftyDriver) else None

    def repaint(self) -> None:
        """Send the terminal all it is to show: something else has written there."""
        if (terminal := self.terminal) is not None:
            terminal.repaint()

    # Notices in place of Textual's toasts, and the palette

    def notify(
        self,
        message: str,
        *,
        title: str = "",  # noqa: ARG002 - Textual's own
        severity: str = "information",
        timeout: float | None = None,  # noqa: ARG002 - Textual's own
        markup: bool = False,  # noqa: ARG002 - Textual's own
        error: XentuiError | None = None,
    ) -> None:
        """Leave a notice on the line for them; it stays until the next, or the next action."""
        self.post_message(Notice(message, error, severity))

    def notify_error(self, error: XentuiError) -> None:
        """Tell of an error: as a warning where something is only not possible now."""
        self.post_message(Notice.of(error))

    def action_command_palette(self) -> None:
        """Show the palette, not Textual's."""
        self.push_screen(dialogs.palette.Palette())

    def get_system_commands(self, screen: Screen[Any]) -> Iterator[SystemCommand]:  # noqa: ARG002 - Textual's own
        """None of Textual's: the palette has xentui's actions."""
        yield from ()

    def shown_key(self, key: str) -> str:
        """Return a key as it is shown."""
        return keymap.shown(key)

    # Screens and work

    def close(self, screen: Screen[Any]) -> None:
        """Take a screen away, and whatever stands on it; dialogs there are left without an answer."""
        while screen in self.screen_stack:
            top = self.screen
            if isinstance(top, ModalScreen):
                top.dismiss(None)
            else:
                self.pop_screen()

    def background(self, work: Callable[[], Coroutine[Any, Any, None]], *, instead_of: str = "") -> None:
        """Begin work nobody waits for; with ``instead_of`` an earlier one of that name is given up.

        It is made only when it begins: on the way out it does not any more.
        """
        begun: Any = work
        group = instead_of or "background"
        self.run_worker(begun, exclusive=bool(instead_of), group=group)
