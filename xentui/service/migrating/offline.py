"""A domain that is off, moved: its disks that are not shared are copied first; the source keeps its own."""

from __future__ import annotations

import asyncio
import secrets

from xentui.errors import CommandError, NotAllowedError, StoreCode, StoreError, XentuiError
from xentui.model.job import JobEnd, JobLook
from xentui.model.state import DomainState
from xentui.service import following
from xentui.service.following import Progress
from xentui.service.hypervisor import Hypervisor
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
    now = require_now(await source.inventory.glance(), plan.domain, Action.MIGRATE)
    if now.state is not DomainState.OFF or now.version != plan.domain.version:
        did = "started" if now.state is not DomainState.OFF else "changed"
        raise _stays(plan, f"it has been {did} meanwhile")
    if not plan.copies:
        await _leaves(source, plan)
        return
    job = secrets.token_hex(16)
    if session.following is not None:
        session.following(job)
    starting = asyncio.ensure_future(
        session.store.start_move_job(
            job, uuid=plan.domain.uuid, move=_move(source, plan), subject=label, user=session.user
        )
    )

    def look(told: JobLook) -> None:
        if progress is not None and told.percent is not None:
            progress(told.percent, _words(told))

    try:
        lost = await following.begun(starting)
        told = await following.ended(session, job, label, kind="move", look=look, lost=lost)
    except asyncio.CancelledError:
        if not session.leaving():
            await asyncio.shield(_cancel(source, label, job, starting))
        raise
    _require_copied(source, plan, told.end)
    kept = ", ".join(dict.fromkeys(move.path for move in plan.copies))
    session.caution(
        [
            f"{label}: its disks are kept on {session.host.name} ({kept}); remove them there once it has started on "
            f"{plan.target.host.name}"
        ]
    )


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


async def _cancel(source: Hypervisor, label: str, job: str, starting: asyncio.Future[None]) -> None:
    """Stop the copies, once they have begun, and tell what is left of them."""
    session = source.session
    if refusal := await following.refused(starting):
        session.caution([f"{label}: {following.not_begun('move', refusal)}"])
        return
    try:
        await session.store.cancel_job(job)
        told = await following.ended(session, job, label, kind="move", look=lambda _told: None)
    except XentuiError as error:
        session.caution([f"{label}: whether the copies have stopped is not known: {error.message}"])
        return
    if told.end is not None:
        session.caution([f"{label}: {told.end.then or 'it was too late to stop the copies: they are there'}"])


def _require_copied(source: Hypervisor, plan: MigrationPlan, end: JobEnd | None) -> None:
    session, label, there = source.session, plan.domain.label, plan.target.host
    if end is None:
        raise StoreError(
            "the copies were cut short on the host; what is left is settled by the next refresh",
            code=StoreCode.IO,
            subject=label,
        )
    following.record(session, end, label)
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
