"""Moves the definition of a guest from the engine of one host to that of another, and removes what is left of it."""

from __future__ import annotations

from xentui.errors import NotAllowedError, StoreCode, StoreError
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating.halves import never_ran, of_uuid
from xentui.toolstack.engine_domains import EngineDomain, EngineDomains
from xentui.toolstack.targets import target as target_of

_RESTART = "`systemctl restart libvirtd` (or virtxend) there: it still believes that it has it; guests run on meanwhile"


def keeps(hypervisor: Hypervisor) -> bool:
    """Return whether the engine of a host stores the definitions, and moves them."""
    return hypervisor.session.toolstack.engine_domains is not None


async def hand_over(source: Hypervisor, target: Hypervisor, uuid: str, label: str) -> None:
    """Move the definition of a domain to the engine of ``target``; the caller has checked that it does not run on
    ``source``.

    Continues where an earlier call has stopped.  The domain starts with neither host until only one defines it.  Raises
    StoreError if the target's engine refuses it, or has another domain with its uuid, NotAllowedError if the source has
    started it meanwhile: the source still defines it then.
    """
    ours, theirs = source.session, target.session
    there = _domains(target)
    mine = await _kept(_domains(source), uuid)
    if mine is None:
        return
    if mine.autostart:
        await ours.store_change(
            ["autostart", label, "off"],
            subject=label,
            action=lambda: ours.store.set_autostart(uuid, mine.name, on=False),
        )
    if await _kept(there, uuid) is None:
        text = await _domains(source).own_text(uuid)
        await theirs.store_change(
            ["define", label], subject=label, action=lambda: there.receive(uuid, mine.name, text)
        )
        if await _kept(there, uuid) is None:
            raise StoreError(
                f"{target.host.name} did not take it",
                code=StoreCode.IO,
                subject=label,
                hint="it stays where it was",
            )
    if any(each.state is not DomainState.DYING for each in of_uuid(await source.inventory.glance(), uuid)):
        raise NotAllowedError(
            f"it has been started on {source.host.name} meanwhile, and is defined on both hosts now",
            subject=label,
            hint=f"delete its definition on {target.host.name}, which does not run it",
        )
    await ours.store_change(
        ["undefine", label], subject=label, action=lambda: _domains(source).undefine(uuid)
    )
    if mine.autostart:
        await theirs.store_change(
            ["autostart", label, "on"],
            subject=label,
            action=lambda: theirs.store.set_autostart(uuid, mine.name, on=True),
        )


async def go_on(target: Hypervisor, domain: Domain) -> None:
    """Unpause a guest that has arrived completely; the caller has checked that only this host defines it."""
    session = target.session
    await session.change(session.toolstack.unpause(target_of(domain)), subject=domain.label)


async def drop(hypervisor: Hypervisor, domain: Domain) -> None:
    """Destroy a half that has never run, and remove its definition.

    This is done without libvirt, which regards a half with a broken connection as busy for ever.  The hypervisor counts
    pauses: one more prevents others from unpausing it meanwhile.
    """
    session, past = hypervisor.session, hypervisor.session.toolstack.moving(target_of(domain), "localhost")
    if past is None:
        raise NotAllowedError("is not a guest of the engine", subject=domain.label)
    await session.change(past.hold, subject=domain.label)
    if not session.dry_run:
        found = of_uuid(await hypervisor.inventory.glance(), domain.uuid)
        if not any(each.domid == domain.domid for each in found):
            return
        if not all(never_ran(each) for each in found):
            await session.change(past.let_go, subject=domain.label)
            raise NotAllowedError(
                "is not destroyed: it has been let run meanwhile",
                subject=domain.label,
                hint="look again at both hosts",
            )
    await session.change(past.end, subject=domain.label)
    await forget(hypervisor, domain.uuid, domain.label)


async def forget(hypervisor: Hypervisor, uuid: str, label: str) -> None:
    """Remove the definition of a domain that another engine has now, and check that it is gone."""
    session, domains = hypervisor.session, _domains(hypervisor)
    if await _kept(domains, uuid) is not None:
        await session.store_change(["undefine", label], subject=label, action=lambda: domains.undefine(uuid))
    if not session.dry_run and await domains.believes(uuid):
        session.caution(
            [f"{label}: libvirt on {hypervisor.host.name} takes no migration of it before {_RESTART}"]
        )


def _domains(hypervisor: Hypervisor) -> EngineDomains:
    domains = hypervisor.session.toolstack.engine_domains
    if domains is None:
        raise NotAllowedError(f"{hypervisor.host.name} has no engine that keeps domains")
    return domains


async def _kept(domains: EngineDomains, uuid: str) -> EngineDomain | None:
    return next((each for each in await domains.list() if each.uuid == uuid), None)
