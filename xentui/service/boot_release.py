"""Letting a domain go on that was made paused: once somebody watches it, and it was seen what it was built with."""

from __future__ import annotations

import asyncio
import time

from xentui.errors import HostError
from xentui.service.boot_choice import BootChoice
from xentui.service.boot_plan import BootPlan, Watch
from xentui.service.inventory import Inventory
from xentui.service.lookup import of_uuid
from xentui.service.session import Session
from xentui.toolstack.base import Toolstack
from xentui.toolstack.targets import Target, target

_ATTACHING, _LOOK = 5.0, 0.1
"""Seconds a console client has to attach before the guest goes on without it, and between two looks at that."""


class BootRelease:
    """Lets guests go on that were made paused."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory
        self._toolstack = session.toolstack

    async def unpause_checked(self, plan: BootPlan, watch: Watch | None) -> None:
        """Unpause a domain that was built with the chosen boot entry.

        Raises HostError, and destroys the domain, where it was built with another one.

        Until then it is paused and has done nothing; who is to ``watch`` it is there by then.
        """
        if self._session.dry_run:
            if plan.chosen is not None:
                self._session.say(f"# the guest is to be built with: {plan.chosen.args}")
            if not plan.paused:
                self._session.say("# then: xl unpause DOMID")
            return
        snapshot = await self._inventory.poll()
        found = (
            of_uuid(snapshot, plan.uuid)
            if plan.uuid
            else next((each for each in snapshot.domains if each.name == plan.name), None)
        )
        if found is None or found.domid is None:
            raise HostError("it ended before xentui could see what it boots", subject=plan.name)
        guest = target(found)
        if plan.chosen is not None:
            await self._compared(plan, plan.chosen, guest)
        try:
            if watch is not None:
                await watch(found)
                await wait_for_console_client(self._toolstack, guest)
        finally:
            # Whatever becomes of the console: it was asked to run.
            if not plan.paused:
                await self._session.change(self._toolstack.unpause(guest), subject=plan.name)

    async def _compared(self, plan: BootPlan, chosen: BootChoice, guest: Target) -> None:
        """Raise HostError, and end the domain, where it was not built with the chosen entry."""
        built_with = await self._toolstack.command_line(guest)
        if built_with is not None and built_with.split() != chosen.args.split():
            await self._session.change(self._toolstack.destroy(guest), subject=plan.name)
            raise HostError(
                f"it was not built with “{chosen.title}”, and was destroyed before it ran",
                subject=plan.name,
                hint="the boot loader has chosen something else: read /var/log/xen/bootloader.*.log on the host",
                details=(f"wanted: {chosen.args}", f"built with: {built_with}"),
            )


async def wait_for_console_client(toolstack: Toolstack, guest: Target) -> None:
    """Wait some seconds at most until a client has the console: what an HVM guest prints before that is lost."""
    deadline = time.monotonic() + _ATTACHING
    while not await toolstack.console_owner(guest) and time.monotonic() < deadline:  # noqa: ASYNC110 - the host tells nobody
        await asyncio.sleep(_LOOK)
