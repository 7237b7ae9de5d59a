"""A domain that is off, moved: its disks that are not shared are copied first; the source keeps its own."""

from __future__ import annotations

import asyncio
from functools import partial

from xentui.errors import CommandError, NotAllowedError, StoreCode, StoreError
from xentui.model.job import JobLook
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.progress import Progress
from xentui.service.jobs.run import JobRun
from xentui.service.legality import Action, require_now
from xentui.service.migrating.halves import of_uuid
from xentui.service.migrating.plan import MigrationPlan

_MIB = 1 << 20


async def copy(source: Hypervisor, plan: MigrationPlan, progress: Progress | None) -> None:
    """Have the target have all disks of a domain that is off; nothing of them is left there where that fails.

    Where there is none to copy it is noted that it leaves.  Raises NotAllowedError where it is not as it was planned
    for, StoreError where the target cannot take a disk (it is full, or has such a file), CommandError where the host
    does not get there, GoesOnError where our line broke: the job goes on.
    """
    session, label = source.session, plan.domain.label
    await require_off(source, plan)
    if not plan.copies:
        await _leaves(source, plan)
        return
    begin = partial(
        session.store.start_move_job,
        uuid=plan.domain.uuid,
        move=_move(source, plan),
        subject=label,
        user=session.user,
    )

    def look(told: JobLook) -> None:
        if progress is not None and told.percent is not None:
            progress(told.percent, _words(told))

    run = JobRun(session, "move", label)
    async with run.begun(begin, cancelled=lambda: _cancelled(source, run)):
        told = await run.ended(look)
    _require_copied(plan, run, told)
    kept = ", ".join(dict.fromkeys(move.path for move in plan.copies))
    session.caution(
        [
            f"{label}: its disks are kept on {session.host.name} ({kept}); remove them there once it has started on "
            f"{plan.target.host.name}"
        ]
    )


async def require_off(source: Hypervisor, plan: MigrationPlan) -> None:
    """Raise NotAllowedError where a domain is not as it was planned for."""
    now = require_now(await source.inventory.glance(), plan.domain, Action.MIGRATE)
    if (
        now.state is not DomainState.OFF
        or now.version != plan.domain.version
        or now.stored != plan.domain.stored
    ):
        did = "started" if now.state is not DomainState.OFF else "changed"
        raise _stays(plan, f"it has been {did} meanwhile")


async def _leaves(source: Hypervisor, plan: MigrationPlan) -> None:
    """Note that a domain leaves, from when on nobody boots it here, and see that nobody has just before."""
    store, uuid = source.session.store, plan.domain.uuid
    await store.settle_move(uuid, left=plan.target.host.name)
    try:
        runs = of_uuid(await source.inventory.glance(), uuid)
    except BaseException:
        await asyncio.shield(store.settle_move(uuid))
        raise
    if any(each.state is not DomainState.DYING for each in runs):
        await store.settle_move(uuid)
        raise _stays(plan, "it has been started meanwhile")


def _stays(plan: MigrationPlan, why: str) -> NotAllowedError:
    return NotAllowedError(
        f"nothing was moved: {why}", subject=plan.domain.label, hint="look again at what is in the way now"
    )


def _words(told: JobLook) -> str:
    if told.counted is None:
        return "copying its disks"
    done, total = told.counted
    return f"copying its disks, {done // _MIB} of {total // _MIB} MiB"


def _move(source: Hypervisor, plan: MigrationPlan) -> dict[str, object]:
    ours, theirs = source.host, plan.target.host
    # What the simulator calls another host is a folder of this machine: nothing leads there.
    reach = [] if theirs.command_prefix else [*plan.reach.command, "--", plan.reach.address]
    paths = dict.fromkeys(move.path for move in plan.copies)
    return {
        "to": theirs.name,
        "address": plan.reach.address,
        "reach": reach,
        "disks": [{"path": ours.host_path(path), "there": theirs.host_path(path)} for path in paths],
    }


async def _cancelled(source: Hypervisor, run: JobRun) -> None:
    """Stop the copies, and tell what is left of them."""
    session = source.session
    if session.leaving() or (told := await run.stop()) is None or told.end is None:
        return
    what = told.end.then or "it was too late to stop the copies: they are there"
    session.caution([f"{run.subject}: {what}"])


def _require_copied(plan: MigrationPlan, run: JobRun, told: JobLook) -> None:
    label, there = plan.domain.label, plan.target.host
    end = run.end(told, "the copies were cut short on the host; what is left is settled by the next refresh")
    if not end.exit:
        return
    if end.refusal is not None:
        code, message, path = end.refusal
        raise StoreError(
            f"its disks could not be copied to {there.name}: {message}",
            code=StoreCode.of(code),
            subject=label,
            hint=end.then,
            details=[there.shown(path)] if path else (),
        )
    raise CommandError(f"it was not moved: {end.then}", argv=end.argv, exit_code=end.exit, subject=label)
