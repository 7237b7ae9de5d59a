"""What is stored of a domain, handed over from the store of one host to that of another.

The job that takes a domain to the other host does it by itself (:mod:`xentui.agent.migration.following`).  Where it
cannot, or there was none, it is done from here.  The other store has all of it before this one lets go: a cut in
between leaves it in both, and whoever is next goes on from there.  A domain is booted by neither host as long as it
is where it was.
"""

from __future__ import annotations

from xentui.errors import NotAllowedError, StoreCode, StoreError, Suggest
from xentui.model.boot import BootKind
from xentui.model.domain import Domain
from xentui.model.job import JobLook
from xentui.model.migration import MoveState
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.migrating.plan import MigrationPlan
from xentui.store.client import AUTO_FOLDER
from xentui.toolstack.targets import target as target_of

_WAITS = "waits"


def hand_over_arguments(plan: MigrationPlan) -> dict[str, object]:
    """Return the arguments with which the job of a migration itself hands over the stored data of the domain.

    Nothing where it is not known how the source reaches the target.
    """
    theirs = plan.target.host
    if not plan.domain.managed or (plan.reach.problem and not theirs.command_prefix):
        return {}
    return {
        "follow": {**reach_arguments(plan), "root": theirs.store_root, "auto": theirs.host_path(AUTO_FOLDER)}
    }


def reach_arguments(plan: MigrationPlan) -> dict[str, list[str]]:
    """Return the argv by which the source runs a command on the target (``reach``), and the argv before each command
    there (``prefix``).
    """
    prefix = list(plan.target.host.command_prefix)
    # What the simulator calls another host is a folder of this machine: nothing leads there.
    return {"reach": [] if prefix else [*plan.reach.command, "--", plan.reach.address], "prefix": prefix}


def is_stuck(told: JobLook) -> bool:
    """Return whether a job has taken its domain away and cannot hand over the rest: its host does not reach the
    other.
    """
    return told.end is None and any(name == _WAITS for name, _after in told.phases)


async def hand_over(source: Hypervisor, target: Hypervisor, uuid: str, label: str) -> None:
    """Have a managed domain that has left ``source`` be managed on ``target``, and there alone.

    Does what is left to do of it: nothing where that was done.  Raises StoreError, with what to do, where the target's
    store cannot take it: it is stored on the source still then, and booted by nobody.
    """
    ours, theirs = source.session, target.session
    try:
        entry = await ours.store.read(uuid)
    except StoreError as error:
        if error.code == StoreCode.MISSING:
            return
        raise
    if entry.moving is None or entry.moving.state is not MoveState.GONE:
        await ours.store.settle_move(uuid, left=theirs.host.name)
        entry = await ours.store.read(uuid)
    packed = await ours.store.pack_entry(uuid)
    try:
        await theirs.store_change(
            ["receive", label, ours.host.name],
            subject=label,
            action=lambda: theirs.store.receive_entry(
                uuid, packed, user=ours.user, reason=f"from {ours.host.name}"
            ),
        )
    except StoreError as error:
        raise StoreError(
            f"it is on {theirs.host.name} now, and could not be stored there: {error.message}",
            code=error.code,
            subject=label,
            hint=(
                f"it stays stored on {ours.host.name}, which does not start it; once that is mended ",
                Suggest("domain.migrate", "--mend", label, theirs.host.name),
                " goes on from here",
            ),
            details=error.details,
        ) from error
    if entry.withheld is not None:
        await theirs.store.set_autostart(uuid, entry.name, on=True, order=entry.withheld.order)
    if entry.running is not None and entry.running.get("kind") == BootKind.ONE_OFF:
        await _still_one_off(target, uuid, dict(entry.running))
    await ours.store_change(
        ["leave", label, theirs.host.name],
        subject=label,
        action=lambda: ours.store.leave_entry(uuid, user=ours.user, reason=f"moved to {theirs.host.name}"),
    )


async def _still_one_off(target: Hypervisor, uuid: str, mark: dict[str, object]) -> None:
    """A domain that runs another configuration than the stored one does so on the target too."""
    found = [each for each in (await target.inventory.glance()).domains if each.uuid == uuid and each.domid]
    if found:
        await target.session.store.mark_running(uuid, {**mark, "domid": found[0].domid})


async def drop_half(hypervisor: Hypervisor, domain: Domain) -> None:
    """Destroy a half that was never let run, and is not while this is done.

    Its receiver may be about to let it run: the hypervisor counts pauses, so one more keeps it from that.
    """
    session = hypervisor.session
    await session.change(session.toolstack.pause(target_of(domain)), subject=domain.label)
    if not session.dry_run:
        found = [each for each in (await hypervisor.inventory.glance()).domains if each.domid == domain.domid]
        if not found or found[0].uuid != domain.uuid:
            return
        if found[0].state is not DomainState.PAUSED or found[0].cpu_seconds:
            await session.change(session.toolstack.unpause(target_of(domain)), subject=domain.label)
            raise NotAllowedError(
                "is not destroyed: it has been let run meanwhile",
                subject=domain.label,
                hint="look again at both hosts",
            )
    await destroy(hypervisor, domain)


async def destroy(hypervisor: Hypervisor, domain: Domain) -> None:
    """End what is left of a domain on a host."""
    session = hypervisor.session
    await session.change(session.toolstack.destroy(target_of(domain)), subject=domain.label)
