"""Parts of the app that the list does without: each is read and made when it is first used."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from xentui.service.hypervisor import Hypervisor

if TYPE_CHECKING:
    from xentui.commands.completion_source import HostCompletionSource
    from xentui.console.hub import ConsoleHub
    from xentui.tui.app import XentuiApp
    from xentui.tui.consoles.tabs import ConsoleTabs
    from xentui.tui.prompts import Prompts


class Later:
    """Mixed into the app.  Reading them before the list is shown would show it later."""

    hypervisor: Hypervisor

    @cached_property
    def hub(self) -> ConsoleHub:
        """The open consoles."""
        from xentui.console.hub import ConsoleHub  # noqa: PLC0415

        session = self.hypervisor.session
        return ConsoleHub(session.host, session.toolstack, read_only=session.read_only)

    @cached_property
    def consoles(self) -> ConsoleTabs:
        """What is done with them."""
        from xentui.tui.consoles.tabs import ConsoleTabs  # noqa: PLC0415

        return ConsoleTabs(cast("XentuiApp", self))

    @cached_property
    def prompts(self) -> Prompts:
        """The lines one types."""
        from xentui.tui.prompts import Prompts  # noqa: PLC0415

        return Prompts(cast("XentuiApp", self))

    @cached_property
    def ground(self) -> HostCompletionSource:
        """What completion knows of the host."""
        from xentui.commands.completion_source import HostCompletionSource  # noqa: PLC0415

        return HostCompletionSource(lambda: self.hypervisor)
