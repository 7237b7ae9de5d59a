"""What the actions of the screen work on: the main screen, and what the app has beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from xentui.fleet.fleet import Fleet
from xentui.model.domain import Domain
from xentui.tui.context import MainContext
from xentui.tui.host_context import HostContext
from xentui.tui.host_state import HostState
from xentui.tui.screens.main import MainScreen

if TYPE_CHECKING:
    from xentui.tui.console_tabs import ConsoleTabs
    from xentui.tui.notifications import Notifications
    from xentui.tui.prompts import Prompts


class ViewContext(MainContext, Protocol):
    """What these actions are about: the main screen, and what the app has beside it."""

    main: MainScreen
    notifications: Notifications
    fleet: Fleet[HostState]
    """Follows the hosts."""

    @property
    def prompts(self) -> Prompts:
        """The lines one types."""

    @property
    def consoles(self) -> ConsoleTabs:
        """What is done with consoles."""

    async def leave(self) -> None:
        """Quit, after asking where work or consoles would be cut off: the user may stay."""

    def known_hosts(self) -> list[str]:
        """Return the hosts that can be named."""

    async def change_host(self, name: str) -> None:
        """Leave this host for another."""

    def next_theme(self) -> None:
        """Take the next theme."""

    def repaint(self) -> None:
        """Send the terminal all it is to show."""

    def action_command_palette(self) -> None:
        """Show the palette."""

    def action_suspend_process(self) -> None:
        """Stop, until the shell brings xentui back."""


View = Callable[[ViewContext, Sequence[Domain]], None]
HostView = Callable[[ViewContext, HostContext, Sequence[Domain]], None]
"""One that is about a host: that of the domains."""
