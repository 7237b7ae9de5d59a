"""The way out, or to another host: it asks where work would be cut off, and lets go of consoles and jobs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from xentui.hosts.choose import HostChoice, named_beside
from xentui.settings import Settings
from xentui.tui import dialogs
from xentui.tui.context import MainContext
from xentui.tui.screens.main import MainScreen
from xentui.tui.shown_hosts import ShownHosts

if TYPE_CHECKING:
    from xentui.tui.dialogs.leave import LeaveDialog


class Leaving:
    """Leaves the hosts, as often as it is asked for."""

    def __init__(self, context: MainContext, main: MainScreen, hosts: ShownHosts) -> None:
        self._context, self._main, self._hosts = context, main, hosts
        self._dialog: LeaveDialog | None = None

    async def choose_host(self, name: str, settings: Settings) -> HostChoice | None:
        """Leave for the host of that name; None where the user stays.  Raises UsageError where it is none."""
        here = self._context.here.hypervisor.host
        choice = named_beside(here, name, settings, read_only=self._context.read_only)
        whole = ",".join(each.hypervisor.host.name for each in self._hosts)
        return choice if await self.agreed(f"Leave {whole} for {name}?", "Change host") else None

    async def agreed(self, question: str, label: str) -> bool:
        """End consoles and jobs, after asking where that would cut work off; False where the user stays."""
        jobs = self._context.jobs
        if loud := [job for job in jobs.running if not job.quiet]:
            self._dialog = dialogs.leave.LeaveDialog(question, loud, label)
            leaves = await self._context.ask(self._dialog)
            self._dialog = None
            if not leaves:
                return False
        self._main.notice.show_text("leaving …")
        await asyncio.gather(*(host.leave_consoles() for host in self._hosts))
        await jobs.close()
        return True

    def follow(self) -> None:
        """A job has ended: what asks about them says so."""
        if self._dialog is not None:
            self._dialog.follow()
