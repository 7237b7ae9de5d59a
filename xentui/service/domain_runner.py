"""Runs a command on a domain under its present domid, which may have changed since the domain was shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from xentui.errors import CommandError, NotAllowedError
from xentui.model.domain import Domain
from xentui.service import lookup
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, phrase, require, require_now
from xentui.service.session import Session
from xentui.toolstack.argv import Argv
from xentui.toolstack.targets import Target, target

Before = Callable[[Domain], Awaitable[None]]
RETURNING = 6.0
"""Seconds in which a domain that was just restarted is there again: xl rests for two, then builds it."""
_LOOK = 0.4
_ATTEMPTS = 6


class DomainRunner:
    """Looks a domain up before a command is run on it, and again if it was restarted in between."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory

    async def on(
        self,
        domain: Domain,
        action: Action,
        argv: Callable[[Target], Argv],
        *,
        returning: float = 0.0,
        before: Before | None = None,
    ) -> Domain:
        """Run on ``domain`` the ``argv`` for a target; returns the domain as it was then.

        A domain that is between two boots is waited for up to ``returning`` seconds.  ``before`` is awaited with the
        domain once the action is known to be possible.  Raises NotAllowedError if the action is not possible now,
        NoSuchDomainError if the domain is gone, CommandError if the command fails.
        """
        self._session.require_writable()
        now = await self._now(domain, action, 0.0 if self._session.dry_run else returning)
        for attempt in range(_ATTEMPTS):
            require(now, action)
            if now.domid is None:
                raise NotAllowedError(f"cannot {phrase(action)}: it has no domid", subject=now.label)
            if before is not None:
                await before(now)
            try:
                await self._session.change(argv(target(now)), subject=now.label)
            except CommandError:
                later = lookup.find_again(await self._inventory.glance(), now)
                if later is None or later.domid in (None, now.domid) or attempt == _ATTEMPTS - 1:
                    raise
                now = later
            else:
                break
        return now

    async def end(
        self, domain: Domain, argv: Callable[[Target], Argv], *, before: Before | None = None
    ) -> None:
        """Destroy a domain, even one that crashes and restarts faster than it can be listed."""
        loops = _restarts(domain)
        for _ in range(_ATTEMPTS):
            ended = await self.on(
                domain, Action.DESTROY, argv, returning=RETURNING if loops else 0.0, before=before
            )
            if self._session.dry_run or not loops or ended.state.alive or ended.copy_of:
                return
            # It had stopped by itself: xl may be about to start it again.
            back = await self._back(ended, RETURNING)
            if back is None:
                return
            domain = back

    async def _now(self, domain: Domain, action: Action, returning: float) -> Domain:
        if returning and domain.domid is not None:
            found = await self._back(domain, returning, also=domain.domid)
            if found is not None:
                require(found, action)
                return found
        return require_now(await self._inventory.glance(), domain, action)

    async def _back(self, domain: Domain, seconds: float, *, also: int | None = None) -> Domain | None:
        """Return the domain as soon as it has another domid than before (or ``also``); None if it does not return."""
        deadline = time.monotonic() + seconds
        while True:
            snapshot = await self._inventory.glance()
            found = lookup.find_again(snapshot, domain)
            domid = found.domid if found is not None else None
            if domid is not None and (domid == also or domid != domain.domid):
                return found
            if time.monotonic() > deadline:
                return None
            await asyncio.sleep(_LOOK)


def _restarts(domain: Domain) -> bool:
    """Return whether xl starts a domain anew after something that may happen to it by itself."""
    actions = domain.config.actions
    return any(
        "restart" in actions.get(event, "")
        for event in ("on_crash", "on_reboot", "on_poweroff", "on_watchdog")
    )
