"""What the user is told before anything else: what of config.toml is not followed, and what this machine lacks."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Protocol

from xentui.hosts.base import Host
from xentui.service.hypervisor import Hypervisor
from xentui.settings import Settings
from xentui.tui import screens
from xentui.tui.context import MainContext
from xentui.tui.notifications import Notifications

if TYPE_CHECKING:
    from xentui.tui.screens.main import MainScreen


class FirstContext(MainContext, Protocol):
    """Where it is told."""

    main: MainScreen
    notifications: Notifications

    async def complete(self) -> None:
        """Have there what the list is shown without."""


def show_first_notices(
    context: FirstContext, settings: Settings, problems: list[str], notice: str, themes: Container[str]
) -> None:
    """Tell of ``problems`` with the settings, or of a theme that is none of ``themes``; else ``notice``."""
    if settings.theme and settings.theme not in themes:
        problems = [*problems, f"there is no theme {settings.theme!r}"]
    if problems:
        context.notifications.settings(problems)
    elif notice:
        context.notify(f"{notice}; {context.main.key_of('view.host')} changes the host")


async def check_this_machine(context: FirstContext, machine: Host) -> None:
    """Show what this machine lacks to be a host itself, until the simulator was taken for known."""
    await context.complete()
    at = context.here
    session = at.hypervisor.session
    local = Hypervisor(machine, read_only=session.read_only, dry_run=session.dry_run, announce=at.notify)
    await context.show(screens.host_check.HostCheckScreen(at, local, first_run=True))
