"""Moves a domain that is off: its disks that are not shared are copied first; the source keeps its own.

The job that does so also moves the stored data of the domain.
"""

from __future__ import annotations

from functools import partial

from xentui.errors import CommandError, NotAllowedError, StoreCode, StoreError
from xentui.model.job import JobLook
from xentui.model.state import DomainState
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.progress import Progress
from xentui.service.jobs.run import JobRun
from xentui.service.legality import Action, require_now
from xentui.service.migrating import store_handover
from xentui.service.migrating.plan import MigrationPlan

_MIB = 1 << 20


async def move(source: Hypervisor, plan: MigrationPlan, progress: Progress | None) -> JobRun | None:
    """Move a domain that is off, with its disks, to the target; if it fails, no copy is left there.

    Returns the job if it cannot move the stored data at present.  Raises NotAllowedError if the domain has changed
    since the plan, StoreError if it has been started or the target cannot take a disk (it is full, or has such a file),
    CommandError if the host cannot connect, GoesOnError if our connection breaks: the job goes on.
    """
    session, label = source.session, plan.domain.label
    await require_off(source, plan)
    begin = partial(
        session.store.start_move_job,
        uuid=plan.domain.uuid,
        move=move_job_arguments(source, plan),
        subject=label,
        user=session.user,
    )

    def look(told: JobLook) -> None:
        if progress is not None and told.percent is not None:
            progress(told.percent, _words(told))

    run = JobRun(session, "move", label)
    async with run.begun(begin, cancelled=lambda: _cancelled(source, run)):
        told = await run.ended(look, enough=store_handover.is_stuck)
    stuck = store_handover.is_stuck(told)
    if not stuck:
        _require_moved(plan, run, told)
    if not plan.copies:
        return run if stuck else None
    kept = ", ".join(dict.fromkeys(move.path for move in plan.copies))
    session.caution(
        [
            f"{label}: its disks are kept on {session.host.name} ({kept}); remove them there once it has started on "
            f"{plan.target.host.name}"
        ]
    )
    return run if stuck else None


async def require_off(source: Hypervisor, plan: MigrationPlan) -> None:
    """Raise NotAllowedError if a domain has changed since the plan."""
    now = require_now(await source.inventory.glance(), plan.domain, Action.MIGRATE)
    if (
        now.state is not DomainState.OFF
        or now.version != plan.domain.version
        or now.stored != plan.domain.stored
    ):
        did = "started" if now.state is not DomainState.OFF else "changed"
        raise _stays(plan, f"it has been {did} meanwhile")


def _stays(plan: MigrationPlan, why: str) -> NotAllowedError:
    return NotAllowedError(
        f"nothing was moved: {why}", subject=plan.domain.label, hint="look again at what is in the way now"
    )


def _words(told: JobLook) -> str:
    if told.counted is None:
        return "copying its disks"
    done, total = told.counted
    return f"copying its disks, {done // _MIB} of {total // _MIB} MiB"


def move_job_arguments(source: Hypervisor, plan: MigrationPlan) -> dict[str, object]:
    """Return the arguments of the job that moves a domain
    (:func:`xentui.agent.migration.offline_jobs.start_move_job`).
    """
    ours, theirs = source.host, plan.target.host
    # What the simulator calls another host is a folder of this machine: nothing leads there.
    near = theirs.command_prefix or not plan.copies
    reach = [] if near else [*plan.reach.command, "--", plan.reach.address]
    paths = dict.fromkeys(move.path for move in plan.copies)
    return {
        "to": theirs.name,
        "address": plan.reach.address,
        "reach": reach,
        "disks": [{"path": ours.host_path(path), "there": theirs.host_path(path)} for path in paths],
        **store_handover.hand_over_arguments(plan),
    }


async def _cancelled(source: Hypervisor, run: JobRun) -> None:
    """Stop the copies, and tell the user what is left of them."""
    session = source.session
    if session.leaving() or (told := await run.stop()) is None or told.end is None:
        return
    what = told.end.then or "it was too late to stop it: it has moved"
    session.caution([f"{run.subject}: {what}"])


def _require_moved(plan: MigrationPlan, run: JobRun, told: JobLook) -> None:
    label, there = plan.domain.label, plan.target.host
    end = run.end(told, "the move was interrupted on the host; what is left is settled by the next refresh")
    if not end.exit:
        return
    if end.refusal is not None:
        code, message, path = end.refusal
        raise StoreError(
            f"{'its disks could not be copied' if plan.copies else 'it was not moved'} to {there.name}: {message}",
            code=StoreCode.of(code),
            subject=label,
            hint=end.then,
            details=[there.shown(path)] if path else (),
        )
    raise CommandError(f"it was not moved: {end.then}", argv=end.argv, exit_code=end.exit, subject=label)
