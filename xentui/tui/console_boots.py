"""Boots in consoles of the screen: boot menu and console in one session, how each ends, and which have started."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Container
from functools import partial
from typing import TYPE_CHECKING

from xentui.console.hub import ConsoleHub, LiveConsole
from xentui.errors import XentuiError
from xentui.service.session import Opened
from xentui.tui.console_watch import Watching
from xentui.tui.context import UiContext
from xentui.tui.screens.main import MainScreen

if TYPE_CHECKING:
    from xentui.service.boot_plan import BootPlan
    from xentui.tui.context import RecordResult


class ConsoleBoots:
    """The boots that go on in consoles of a host."""

    def __init__(self, context: UiContext, main: MainScreen, hub: ConsoleHub, watching: Watching) -> None:
        self._context, self._main, self._hub, self._watching = context, main, hub, watching
        self._planned: dict[LiveConsole, tuple[BootPlan, Opened, RecordResult]] = {}
        self._starting: set[LiveConsole] = set()

    async def begin(self, plan: BootPlan, record: RecordResult) -> None:
        """Run a planned boot with its menu and console in a tab; how it ends is recorded by ``record``, and shown."""
        session = self._context.hypervisor.session
        for warning in plan.warnings:
            self._context.notify(f"{plan.name}: warning: {warning}", severity="warning")
        if session.dry_run:
            session.say(shlex.join(plan.argv))
            return
        opened = await session.begin(plan.argv, plan.name)
        try:
            await self._watching.ready(plan.uuid)
            live = await self._hub.open(
                uuid=plan.uuid,
                name=plan.name,
                domid=-1,
                argv=plan.argv,
                boot=True,
                guest_uuid=plan.run_uuid,
            )
        except BaseException:
            await asyncio.shield(session.finish(opened, exit_code=1, done=False))
            raise
        self._planned[live] = (plan, opened, record)
        self._starting.add(live)
        live.listen(_Ending(self, live))
        self._main.consoles.show(live)
        self._context.refresh_host()

    def show_started(self, building: Container[str]) -> None:
        """Tell of the domains that are there now, and not those of ``building`` (uuids) any more."""
        for live in [live for live in self._starting if live.domid >= 0 and live.uuid not in building]:
            self._starting.discard(live)
            # Not on the console's own bar, which shows it anyway.
            self._main.notice.show_text(f"{live.name}: started")

    def note_end(self, live: LiveConsole) -> None:
        """A session has ended."""
        self._context.background(partial(self._ended, live))

    async def _ended(self, live: LiveConsole) -> None:
        """Note how a boot went."""
        planned = self._planned.pop(live, None)
        self._starting.discard(live)
        result = live.session.result
        if planned is not None and result is not None:
            plan, opened, record = planned
            try:
                await self._context.hypervisor.session.finish(opened, exit_code=result.exit_code)
                await record(plan, result.exit_code, result.last_lines)
            except XentuiError as error:
                self._context.notify_error(error)
        self._context.refresh_host()
        self._main.show_tabs()


class _Ending:
    """Listens for the end of a session."""

    def __init__(self, boots: ConsoleBoots, live: LiveConsole) -> None:
        self._boots, self._live = boots, live

    def on_output(self, _session: object) -> None:
        """Nothing to do: the view paints."""

    def on_ended(self, _session: object) -> None:
        """Note how it ended."""
        self._boots.note_end(self._live)
