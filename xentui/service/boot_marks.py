"""Records of boots in the store: which text a running domain was booted from, and saved memory that is out of date."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from xentui.errors import StoreError, XentuiError
from xentui.model.boot import BootKind
from xentui.model.domain import Snapshot
from xentui.service.boot_plan import BootPlan
from xentui.service.domain_notices import GOES_ON, TITLE
from xentui.service.inventory import Inventory
from xentui.service.lookup import of_uuid
from xentui.service.session import UNWRITABLE, Session


class BootMarks:
    """Records boots in the store."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory

    async def put_aside(self, plan: BootPlan) -> str:
        """Keep xendomains from restoring old memory over a domain that is about to boot.

        Returns the file moved aside.
        """
        if not plan.saved_to or self._session.dry_run:
            return ""
        return await self._session.store.put_aside(plan.uuid)

    async def record_boot(self, plan: BootPlan, *, expected: bool = False) -> None:
        """Record what was booted; where it was ``expected``, only if nothing else was booted since.

        It runs, whatever becomes of the note.
        """
        if not plan.uuid or self._session.dry_run:
            return
        try:
            if expected:
                mark = (await self._session.store.read(plan.uuid)).running
                if not mark or mark.get("kind") != plan.kind or "above" not in mark:
                    return
            await self._note(plan, ended=expected)
        except XentuiError as error:
            self._session.unnoted(plan.argv, "could not record in the store what it booted", error)

    async def clear_announcement(self, plan: BootPlan) -> None:
        """Record that an announced boot runs, so that building the domain again by hand shows no notice about it."""
        if (
            plan.uuid
            and plan.unpaused_after_check
            and plan.kind is BootKind.STORED
            and not self._session.dry_run
        ):
            with suppress(XentuiError):  # it runs, and is told of only where it has not
                await self._note(plan, ended=True)

    async def _note(self, plan: BootPlan, *, ended: bool) -> None:
        """Record what was booted; for a one-off boot with the domid that it got, so that it is recognised.

        An announced boot stays announced until its start has ``ended``.
        """
        if plan.kind is BootKind.STORED:
            if ended or not plan.unpaused_after_check:
                await self._mark(plan, {"domid": None})  # that one is asked of none but those
            return
        snapshot = await self._inventory.poll()
        found = of_uuid(snapshot, plan.uuid)
        domid = found.domid if found else None
        await self._mark(plan, {"domid": domid}, announced=not ended)

    async def expect(self, plan: BootPlan, snapshot: Snapshot) -> None:
        """Mark what is about to be booted on a terminal: the result is recorded only when that is left, much later.

        The domain will have a domid above all present ones.
        """
        if self._session.dry_run:
            return
        await self.put_aside(plan)
        await self._mark_above(plan, snapshot)

    async def announce(self, plan: BootPlan, snapshot: Snapshot) -> None:
        """Mark a domain that is about to be built paused and then unpaused: a broken connection in between leaves it
        paused.

        The next poll explains such a domain (:func:`xentui.service.domain_notices.notice_of`).
        """
        if plan.uuid and not self._session.dry_run:
            await self._mark_above(plan, snapshot)

    async def _mark_above(self, plan: BootPlan, snapshot: Snapshot) -> None:
        """Mark what will have a domid above all there are."""
        highest = max((other.domid or 0 for other in snapshot.domains), default=0)
        try:
            await self._mark(plan, {"domid": None, "above": highest}, announced=True)
        except StoreError as error:
            if error.code not in UNWRITABLE:
                raise
            self._session.unnoted(plan.argv, "could not record in the store what it boots", error)

    async def _mark(
        self, plan: BootPlan, place: Mapping[str, int | None], *, announced: bool = False
    ) -> None:
        record = {"kind": plan.kind, "version": plan.version, "source": plan.source, **place}
        if announced and plan.unpaused_after_check:
            record[GOES_ON] = plan.chosen.title[:TITLE] if plan.chosen else ""
        await self._session.store.mark_running(plan.uuid, record)
