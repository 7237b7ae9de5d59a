"""Runs a live migration: a job of the source's host does it; it is watched on both hosts, whose state decides the
result.
"""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import time
from collections.abc import Mapping
from functools import partial

from xentui.errors import (
    CommandError,
    Hint,
    HostError,
    NotAllowedError,
    StoreCode,
    StoreError,
    XentuiError,
    joined,
)
from xentui.hosts.base import Completed
from xentui.model.domain import Domain, Snapshot
from xentui.model.job import JobEnd, JobLook
from xentui.model.migration import INCOMING
from xentui.service.hypervisor import Hypervisor
from xentui.service.jobs.progress import Progress
from xentui.service.jobs.run import TOLD_BY_LIST, GoesOnError, JobRun
from xentui.service.mend_command import mend_command
from xentui.service.migrating import engine_handover, offline, store_handover
from xentui.service.migrating.halves import never_ran, of_uuid
from xentui.service.migrating.plan import MigrationPlan, Mode
from xentui.service.session_change import SessionChange
from xentui.toolstack.argv import masked_words
from xentui.toolstack.targets import EngineMove, target as target_of

_LOOK_SECONDS = 1.0
_FLUSH = "sync -f /etc/libvirt || sync"
_MENDS = " looks at both hosts, explains what is left, and ends it safely"
_SAID: Mapping[str, str] = {
    "": "reaching the other host",
    "ready": "reaching the other host",
    "copying": "copying its memory",
    "stopped": "stopped, connecting its devices there",
    "transferred": "stopped, handing it over",
    "permitted": "stopped, handing it over",
    "started": "it runs there; removing it here",
    "done": "it runs there",
    "follows": "it runs there; handing over what is stored of it",
    "waits": "it runs there; this host does not reach it just now",
}


async def run(source: Hypervisor, plan: MigrationPlan, progress: Progress | None = None) -> Domain | None:
    """Run a plan; returns the domain on the target, None in a dry run."""
    session = source.session
    session.require_writable()
    plan.target.session.require_writable()
    if session.dry_run:
        for argv in plan.steps:
            session.say(shlex.join(masked_words(argv)))
        session.say(f"# what is stored of {plan.domain.label} moves to {plan.target.host.name}")
        return None
    with plan.target.session.taking_part(plan.domain.label):
        return await _move(source, plan, progress)


async def _move(source: Hypervisor, plan: MigrationPlan, progress: Progress | None) -> Domain:
    if plan.mode is Mode.OFFLINE:
        run = None
        if engine_handover.keeps(source):
            await offline.require_off(source, plan)
        else:
            run = await offline.move(source, plan, progress)
        return await bring_entry_along(source, plan.target, plan.domain, goes_on=run)
    begun, told = await _migrate(source, plan, progress)
    return await _ended(source, plan, begun, told, progress)


async def bring_entry_along(
    source: Hypervisor, target: Hypervisor, domain: Domain, *, goes_on: JobRun | None = None
) -> Domain:
    """Move the stored data of a domain that has left to the target, if that is not done; returns the domain there.

    ``goes_on`` is the job that tries the same on the source.  Raises GoesOnError if only that job may reach both hosts.
    """
    there = target.host.name
    if engine_handover.keeps(source):
        await engine_handover.hand_over(source, target, domain.uuid, domain.label)
    elif domain.managed:
        try:
            await store_handover.hand_over(source, target, domain.uuid, domain.stored_name or domain.label)
        except HostError as error:
            if goes_on is None:
                raise
            raise GoesOnError(
                f"it is on {there}, and the line broke; {source.host.name} hands over by itself what is stored of it",
                subject=domain.label,
                hint=TOLD_BY_LIST,
                details=error.account(),
            ) from error
    source.session.made(
        SessionChange(domain.label, f"migrate to {there}", reason=f"it is on {there} now; migrate it back")
    )
    found = of_uuid(await target.inventory.poll(), domain.uuid)
    return found[0] if found else domain


async def _migrate(
    source: Hypervisor, plan: MigrationPlan, progress: Progress | None
) -> tuple[JobRun, JobLook]:
    session, domain = source.session, plan.domain
    migration, commands = job_arguments(source, plan)
    begin = partial(
        session.store.start_migrate_job,
        uuid=domain.uuid,
        domid=domain.domid or 0,
        migration=migration,
        commands=commands,
        subject=domain.label,
        user=session.user,
    )

    run = JobRun(session, "migration", domain.label, hint=_mend(plan))
    watch = MigrationWatch(plan, progress)
    async with run.begun(begin, cancelled=lambda: _cancelled(source, plan, run)), watch:
        return run, await run.ended(watch.look, enough=store_handover.is_stuck)


def job_arguments(
    source: Hypervisor, plan: MigrationPlan
) -> tuple[dict[str, object], dict[str, tuple[str, ...]]]:
    """Return the arguments of the job of a migration, and the commands that it runs.

    Raises NotAllowedError if the source's engine cannot migrate a running guest.
    """
    session, domain = source.session, plan.domain
    engine = None
    if domain.domid is not None:
        engine = session.toolstack.moving(target_of(domain), plan.reach.address)
    jobs = engine.jobs if engine is not None else session.toolstack.jobs
    if jobs is None or domain.domid is None or not plan.commands:
        raise NotAllowedError("cannot migrate it while it runs", subject=domain.label)
    migration = {
        "argv": list(plan.commands[0]),
        "to": plan.target.host.name,
        "address": plan.reach.address,
        **({"direct": [list(each) for each in plan.direct], "cached": plan.cached} if plan.direct else {}),
        **_engine_arguments(source, plan, engine),
        **store_handover.hand_over_arguments(plan),
    }
    return migration, jobs.by_name()


def _engine_arguments(source: Hypervisor, plan: MigrationPlan, move: EngineMove | None) -> dict[str, object]:
    """Return the arguments of a job whose engine itself migrates the guest; empty if a command does."""
    if move is None:
        return {}
    folders = [source.host.host_path(folder) for folder in move.folders]
    # What the simulator calls another host is a folder of this machine: nothing leads there.
    near = bool(plan.target.host.command_prefix)
    flush = [] if near else [*plan.reach.command, "--", plan.reach.address, _FLUSH]
    told = {"here": move.here, "there": move.there, "folders": folders, "autostart": plan.domain.autostart}
    return {"engine": {**told, "flush": flush}}


class MigrationWatch:
    """Reports the progress of a migration: its phase from the source, the memory that has arrived from the target.

    xl reports no percentage for a PVH guest; the memory that the target has given to the half is used as one.
    """

    def __init__(self, plan: MigrationPlan, progress: Progress | None) -> None:
        self._plan, self._progress = plan, progress
        self._phase, self._since = "", time.monotonic()
        self._percent: int | None = None
        self._arrived: int | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        if self._progress is not None:
            self._task = asyncio.create_task(self._tell_on())

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def look(self, told: JobLook) -> None:
        phase = told.phases[-1][0] if told.phases else ""
        if phase != self._phase:
            self._phase, self._since = phase, time.monotonic()
        if told.percent is not None:
            self._percent = told.percent
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            seconds = int(time.monotonic() - self._since)
            words = _SAID.get(self._phase, self._phase)
            if self._phase == "copying" and self._arrived is not None:
                words += _rate(self._arrived, self._plan.domain.memory_kib, time.monotonic() - self._since)
            self._progress(self._percent or 0, f"{words}, {seconds} s" if seconds else words)

    async def _tell_on(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._phase == "copying":
                with contextlib.suppress(XentuiError):
                    found = _populated(await self._plan.target.inventory.glance(), self._plan.domain)
                    self._arrived, total = found, self._plan.domain.memory_kib
                    self._percent = None if found is None or total <= 0 else min(99, 100 * found // total)
            self._tell()


def _populated(snapshot: Snapshot, domain: Domain) -> int | None:
    """Return how much memory the target has given to the half of a domain, in KiB; None where it has none yet."""
    halves = [half for half in of_uuid(snapshot, domain.uuid) if half.half == INCOMING or never_ran(half)]
    return halves[0].memory_kib if halves else None


def _rate(done: int, total: int, seconds: float) -> str:
    """Return how much memory has arrived, in KiB of the ``total``, and how fast that was."""
    done = min(done, total)
    rate = f" at {done / 1024 / seconds:.1f} MiB/s" if seconds >= 1 else ""
    return f", {done // 1024} of {total // 1024} MiB{rate}"


async def _cancelled(source: Hypervisor, plan: MigrationPlan, run: JobRun) -> None:
    """Stop a migration if that loses nothing, and tell the user what is left."""
    session, label = source.session, plan.domain.label
    if session.leaving():
        await run.leave(TOLD_BY_LIST)
        return
    if (told := await run.stop()) is None:
        return
    try:
        if told.end is not None and told.end.exit == 0:
            await bring_entry_along(source, plan.target, plan.domain)
            session.caution([f"{label}: it was too late to stop the migration, and it has succeeded"])
            return
        await tidy(source, plan.target, plan.domain)
        if told.end is not None:
            session.caution([f"{label}: {told.end.then}"])
    except XentuiError as error:
        session.caution([f"{label}: {error.message}"])


async def tidy(source: Hypervisor, target: Hypervisor, domain: Domain) -> bool:
    """Destroy the half that a failed migration has left on the target; returns whether there was one.

    Only if the guest runs on the source, and the half has never run.
    """
    here = of_uuid(await source.inventory.glance(), domain.uuid)
    if not any(each.state.alive and not each.asleep and not each.half for each in here):
        return False
    engine = engine_handover.keeps(source)
    left = [
        each
        for each in of_uuid(await target.inventory.glance(), domain.uuid)
        if (engine or each.half == INCOMING) and never_ran(each)
    ]
    for each in left:
        await (engine_handover.drop if engine else store_handover.drop_half)(target, each)
    return bool(left)


def _times(told: JobLook) -> str:
    """Return the duration of the phases; the guest did not run between its stop and its start."""
    at = dict(told.phases)
    words = [f"{at['done']:.0f} s in all"] if "done" in at else []
    if "copying" in at and "stopped" in at:
        words.append(f"its memory took {at['stopped'] - at['copying']:.0f} s")
    if "stopped" in at and "started" in at:
        words.append(f"it stood still for at least {at['started'] - at['stopped']:.0f} s")
    return ", ".join(words) or "it runs there"


async def _ended(
    source: Hypervisor, plan: MigrationPlan, run: JobRun, told: JobLook, progress: Progress | None
) -> Domain:
    """Decide the result of a migration from the state of both hosts.

    Raises CommandError if the domain has not arrived.
    """
    if store_handover.is_stuck(told):
        return await bring_entry_along(source, plan.target, plan.domain, goes_on=run)
    killed = "the migration was killed on the host; what it has left is looked at with the next refresh"
    if engine_handover.keeps(source) and "transferred" in dict(told.phases):
        there = plan.target.host.name
        killed = f"it has left this host, and {there} has it whole and paused: the line broke before it was let run"
    end, domain = run.end(told, killed, hint=_mend(plan)), plan.domain
    if end.exit == 0:
        if progress is not None:
            progress(100, _times(told))
        return await bring_entry_along(source, plan.target, domain)
    raise await failure_of(source, plan, end, told.said)


async def failure_of(source: Hypervisor, plan: MigrationPlan, end: JobEnd, said: bytes) -> XentuiError:
    """Return why a migration has failed, from what its job ``said``; its half on the target is destroyed."""
    session, domain = source.session, plan.domain
    left = ""
    try:
        if await tidy(source, plan.target, domain):
            left = f"; the half on {plan.target.host.name} was removed, it had never run"
    except XentuiError as error:
        left = f"; {plan.target.host.name} could not be looked at ({error.message}): a half may be left there"
    if end.refusal is not None:
        code, message, _path = end.refusal
        return StoreError(
            message,
            code=StoreCode.of(code),
            subject=domain.label,
            hint=f"{end.then}{left}".removeprefix("; "),
        )
    argv = end.argv or (session.toolstack.name,)
    if end.is_stopped:
        return CommandError(f"the migration was stopped: {end.then}{left}", argv=argv, exit_code=end.exit)
    failure = session.toolstack.explain(Completed(argv, end.exit, b"", said), domain.label)
    here = of_uuid(await source.inventory.glance(), domain.uuid)
    runs_on = any(each.state.alive and not each.asleep for each in here)
    failure.hint = f"{end.then}{left}" if runs_on else joined("; ", f"{end.then}{left}", _mend(plan))
    return failure


def _mend(plan: MigrationPlan) -> Hint:
    return (mend_command(plan.domain.label, plan.target.host.name), _MENDS)
