"""Making changes on the running domain, each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from xentui import config as language
from xentui.errors import HostError, NotAllowedError, XentuiError
from xentui.frozen import dataclass
from xentui.model.domain import Domain, Snapshot
from xentui.service import lookup
from xentui.service.checks import Checks
from xentui.service.config_render import render
from xentui.service.disk_use import others_of
from xentui.service.editing.fields import differences
from xentui.service.editing.live_impact import LiveChange, live_changes
from xentui.service.inventory import Inventory
from xentui.service.session import Session
from xentui.service.session_change import SessionChange
from xentui.service.undo_stored import changed_since
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
        now = lookup.find_again(snapshot, domain)
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
        await self._tell(now, [outcome.change for outcome in outcomes if outcome.done])
        return tuple(outcomes)

    async def _tell(self, before: Domain | None, made: Sequence[LiveChange]) -> None:
        """Tell the session of what was made, with how the domain is then: it is undone only while that is so."""
        if not made or before is None or not self._session.remembers:
            return
        what = "apply " + ", ".join(change.title for change in made)
        try:
            left = lookup.find_again(await self._inventory.poll(), before)
        except HostError:
            left = None
        undo = partial(self._undo, before, left, frozenset(change.field for change in made))
        reason = "" if left is not None else "how it was left is not known"
        self._session.made(SessionChange(before.label, what, None if reason else undo, reason))

    async def _undo(self, before: Domain, left: Domain | None, names: frozenset[str]) -> None:
        """Make the running domain what it was in the named fields, where it is still as it was left in these."""
        now = lookup.require_again(await self._inventory.poll(), before)
        if now.domid != before.domid or left is None:
            raise NotAllowedError("not undone: it has stopped, or was restarted", subject=now.label)
        was, is_left, is_now = (_reported(domain) for domain in (before, left, now))
        moved = [item.field for item in differences(is_left, is_now) if item.field in names]
        if moved:
            raise changed_since(now, ", ".join(moved))
        back = live_changes(self._session.toolstack, is_now, was, now).changes
        outcomes = await self.apply(now, [change for change in back if change.field in names])
        if error := next((outcome.error for outcome in outcomes if outcome.error), None):
            raise error

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


def _reported(domain: Domain) -> language.Document:
    """Return what the hypervisor reports of a domain, as a configuration."""
    return language.parse(render(domain.running) if domain.running else "")


def _require_apt(domain: Domain, change: LiveChange, domid: int | None, failed: set[str]) -> None:
    """Raise NotAllowedError for a change that is not possible, or no longer what it was made for."""
    reason = change.reason
    if not reason and change.domid != domid:
        reason = "it has stopped, or was restarted meanwhile"
    if not reason and change.field in failed:
        reason = "what goes before it failed"
    if reason:
        raise NotAllowedError(f"cannot {change.title}: {reason}", subject=domain.label)
