"""Booting an edited text without storing it: the experiment."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from xentui.service.boot import Boot, BootPlan, SourceFile
from xentui.service.editing.drafts import Draft
from xentui.service.inventory import Inventory
from xentui.service.session import Session


class _Text(Boot):
    """The boot of a file that is only a text so far."""

    _on_host = False

    def __init__(self, session: Session, inventory: Inventory, text: str) -> None:
        super().__init__(session, inventory)
        self._text = text

    async def read_file(self, path: str) -> SourceFile:
        """The text, under the name it goes by in messages."""
        return SourceFile(path, self._text, hashlib.sha256(self._text.encode("utf-8")).hexdigest())


class Once:
    """Boots texts once."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._boot = Boot(session, inventory)
        self._inventory = inventory

    async def plan(self, draft: Draft, text: str, *, paused: bool, console: bool) -> BootPlan:
        """The boot, checked and ready; a transient one has its text in a temporary file."""
        boot = _Text(self._session, self._inventory, text)
        plan = await boot.file(draft.label, paused=paused, console=console)
        return replace(plan, source=draft.source)

    async def run(self, plan: BootPlan) -> None:
        """Run a plan without a terminal."""
        await self._boot.run(plan)

    async def settle(self, plan: BootPlan, exit_code: int, words: tuple[str, ...]) -> None:
        """Note how a plan that ran on a terminal ended."""
        await self._boot.settle(plan, exit_code, words)
