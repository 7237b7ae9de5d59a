"""Making changes on the running domain, each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xentui import config as language
from xentui.errors import HostError, NotAllowedError, XentuiError
from xentui.model.domain import Domain, Snapshot
from xentui.service import lookup
from xentui.service.checks import Checks
from xentui.service.disk_use import others_of
from xentui.service.editing.live_impact import LiveChange
from xentui.service.inventory import Inventory
from xentui.service.session import Session
from xentui.toolstack.targets import Target


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one live change went; ``error`` is None where it was made."""

    change: LiveChange
    error: XentuiError | None = None

    @property
    def done(self) -> bool:
        """Whether it was made."""
        return self.error is None


class LiveApply:
    """Runs live changes; what cannot be done is told of each, and hinders no other."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory
        self._checks = Checks(session)

    async def apply(self, domain: Domain, changes: Sequence[LiveChange]) -> tuple[Outcome, ...]:
        """Make the changes in their order; a host that is gone ends it, and the rest is told as not done."""
        self._session.require_writable()
        snapshot = await self._inventory.poll()
        # Never a stopped copy of it that xl keeps: that bears its uuid, and the domid it had.
        now = lookup.same(snapshot, domain)
        domid = now.domid if now is not None else None
        outcomes: list[Outcome] = []
        failed: set[str] = set()
        lost: HostError | None = None
        for change in changes:
            try:
                if lost is not None:
                    raise lost
                _require_apt(domain, change, domid, failed)
                await self._one(domain, change, snapshot)
            except XentuiError as error:
                lost = error if isinstance(error, HostError) else lost
                failed.add(change.field)
                outcomes.append(Outcome(change, error))
            else:
                outcomes.append(Outcome(change))
        return tuple(outcomes)

    async def _one(self, domain: Domain, change: LiveChange, snapshot: Snapshot) -> None:
        if change.disk is not None:
            others = others_of(snapshot, domain.uuid)
            source = language.format_disk(change.disk)
            if change.disk.cdrom and change.disk.target:
                held = Target(change.domid, domain.uuid, domain.name)
                warnings = await self._checks.medium(change.disk, others, held=held, source=source)
            else:
                warnings = await self._checks.disks([change.disk], others, source=source)
            self._session.caution(warnings)
        if change.vif is not None:
            await self._checks.vif(change.vif, source=language.format_vif(change.vif))
        await self._session.change(change.argv, subject=domain.label)


def _require_apt(domain: Domain, change: LiveChange, domid: int | None, failed: set[str]) -> None:
    """Raise NotAllowedError for a change that is not possible, or no longer what it was made for."""
    reason = change.reason
    if not reason and change.domid != domid:
        reason = "it has stopped, or was started anew meanwhile"
    if not reason and change.field in failed:
        reason = "what goes before it failed"
    if reason:
        raise NotAllowedError(f"cannot {change.title}: {reason}", subject=domain.label)
