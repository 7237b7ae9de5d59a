"""What an action needs of the screen: the service, the jobs, and somebody to ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from textual.screen import ModalScreen, Screen

from xentui.commands.completion import CompletionSource
from xentui.errors import XentuiError
from xentui.model.domain import Domain
from xentui.service.boot import BootPlan
from xentui.service.hypervisor import Hypervisor
from xentui.tui.host_state import HostState
from xentui.tui.jobs import Jobs

Answer = TypeVar("Answer")
Settle = Callable[[BootPlan, int, tuple[str, ...]], Awaitable[None]]
"""Notes how a boot ended: its plan, the exit status, and the last words of the command."""


class UiContext(Protocol):
    """Where actions work; the app is one."""

    hypervisor: Hypervisor
    jobs: Jobs
    host_state: HostState
    last_bulk: str

    @property
    def ground(self) -> CompletionSource:
        """What completion asks of the host."""

    async def ask(self, dialog: ModalScreen[Answer]) -> Answer | None:
        """Show a dialog and wait for its answer, None where it was left."""

    def tell(self, text: str, *, error: XentuiError | None = None, severity: str = "information") -> None:
        """Leave a notice."""

    async def open_console(self, domain: Domain, *, looking: bool = False) -> None:
        """Show the console of a domain, attaching to it where it is not attached yet."""

    async def boot_console(self, plan: BootPlan, settle: Settle | None = None) -> None:
        """Run a planned boot in a console tab: boot menu and console in one session.

        ``settle`` notes how it ended; the lifecycle's by default.
        """

    async def show(self, screen: Screen[Any]) -> None:
        """Show another screen on top; returns when keys go there."""

    def remember_bulk(self, bulk: str) -> None:
        """Keep the id of a change to many, for its undoing."""

    def view(self, name: str, domains: Sequence[Domain]) -> None:
        """Do what concerns the screen only (an action of the list or the screen)."""
