"""Moves the stored data of a domain from the store of one host to that of another.

The job that migrates the domain does so itself (:mod:`xentui.agent.migration.store_handover`); if it cannot, or there
was none, it is done here.  The other store has everything before this one removes it: if the connection breaks in
between, both have it, and the next call continues.  Neither host boots the domain while it is in both.
"""

from __future__ import annotations

from xentui.errors import NotAllowedError, StoreCode, StoreError
from xentui.model.boot import BootKind
from xentui.model.domain import Domain
from xentui.model.job import JobLook
from xentui.model.migration import MoveState
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.mend_command import mend_command
from xentui.service.migrating.plan import MigrationPlan
from xentui.store.client import AUTO_FOLDER
from xentui.toolstack.targets import target as target_of

_WAITS = "waits"


def hand_over_arguments(plan: MigrationPlan) -> dict[str, object]:
    """Return the arguments with which the job of a migration itself moves the stored data of the domain.

    Empty if it is not known how the source connects to the target.
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
    """Return whether a job has moved its domain and cannot move the stored data.

    Its host does not reach the other one then.
    """
    return told.end is None and any(name == _WAITS for name, _after in told.phases)


async def hand_over(source: Hypervisor, target: Hypervisor, uuid: str, label: str) -> None:
    """Move the stored data of a domain that has left ``source`` to the store of ``target``.

    Continues where an earlier call has stopped.  Raises StoreError, with a hint, if the target's store refuses it: the
    source still has it then, and no host boots the domain.
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
                mend_command(label, theirs.host.name),
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
    """Record on the target that the domain runs another configuration than the stored one, as on the source."""
    found = [each for each in (await target.inventory.glance()).domains if each.uuid == uuid and each.domid]
    if found:
        await target.session.store.mark_running(uuid, {**mark, "domid": found[0].domid})


async def drop_half(hypervisor: Hypervisor, domain: Domain) -> None:
    """Destroy a half that has never run, and cannot run meanwhile.

    Its receiver may be about to unpause it: the hypervisor counts pauses, so one more prevents that.
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
    """Destroy what a host has left of a domain."""
    session = hypervisor.session
    await session.change(session.toolstack.destroy(target_of(domain)), subject=domain.label)
