"""Memory images: suspend, resume, save, restore, each as a job of the host.

A job completes without this process: the connection may break, xentui may be killed or left.  A job is followed by
polling it, and each snapshot contains the jobs in progress.
"""

from __future__ import annotations

from collections.abc import Callable

from xentui.errors import CommandError, Hint, StoreCode, StoreError, Suggest, XentuiError, joined
from xentui.hosts.base import Completed
from xentui.model.domain import Domain
from xentui.model.job import INSTALL, HostJob, HostJobState, JobEnd, JobLook
from xentui.service import install_outcome
from xentui.service.checks import Checks
from xentui.service.inventory import Inventory
from xentui.service.jobs.run import TOLD_BY_LIST, TOLD_BY_LOG, JobRun
from xentui.service.legality import Action, require_domid, require_now
from xentui.service.saved_file import check_restorable
from xentui.service.session import Session
from xentui.toolstack.targets import StoredConfig, Target, target

Progress = Callable[[int], None]
"""Called with a percentage as long work goes on."""
_UNPAUSE = "{unpause}"
"""Stands in what a job tells for the command that lets its guest go on, see :mod:`xentui.agent.jobs.memory_jobs`."""
WHOLE = ("checkpoint.chk", "checkpoint.resuming")


class Saving:
    """Writes and restores memory images; raises as :class:`xentui.service.lifecycle.Lifecycle` does.

    Also raises GoesOnError if the connection breaks and does not return: the job continues on the host.
    """

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory
        self._toolstack = session.toolstack
        self._checks = Checks(session)

    async def save(self, domain: Domain, path: str, *, progress: Progress | None = None) -> None:
        """Write the domain's memory to the file ``path`` on the host, and destroy the domain."""
        session = self._session
        session.require_writable()
        now = require_now(await self._inventory.glance(), domain, Action.SAVE)
        place = session.host.host_path(path)
        await self._checks.writable_image(path, now.uuid)
        if session.dry_run or self._toolstack.jobs is None:
            await session.change(
                self._toolstack.save(_require_target(now, Action.SAVE), place), subject=now.label
            )
            return
        if now.autostart:
            session.caution([f"{now.label} starts with the host: the next boot of the host starts it afresh"])
        await self._job("save", now, progress, domid=require_domid(now, Action.SAVE), path=place)

    async def restore(
        self, path: str, *, paused: bool = False, force: bool = False, progress: Progress | None = None
    ) -> None:
        """Restore the domain saved in the file ``path`` on the host.

        Raises as :func:`xentui.service.saved_file.check_restorable` does, if its disks have changed since.
        """
        session = self._session
        session.require_writable()
        place = session.host.host_path(path)
        snapshot = await self._inventory.poll()
        session.caution(await check_restorable(session, snapshot, path, force=force))
        if session.dry_run or self._toolstack.jobs is None:
            await session.change(self._toolstack.restore(place, paused=paused), subject=path)
            return
        highest = max((other.domid or 0 for other in snapshot.domains), default=0)
        await self._follow_new("restore", path, progress, domid=highest, path=place, paused=paused)

    async def suspend(self, domain: Domain, *, progress: Progress | None = None) -> None:
        """Save a managed domain to its checkpoint in the store; it is *suspended* then.

        The domain is looked up again: others may have suspended or stopped it since it was listed.  Raises StoreError
        with code ``busy`` while another save of it is in progress.
        """
        session, store = self._session, self._session.store
        session.require_writable()
        now = require_now(await self._inventory.glance(), domain, Action.SUSPEND)
        if session.dry_run or self._toolstack.jobs is None:
            path = store.image_path(now.uuid, "checkpoint.part")
            await session.change(
                self._toolstack.suspend(_require_target(now, Action.SUSPEND), path), subject=now.label
            )
            return
        if now.memory_image in WHOLE:
            # Of one poll, the image may be younger than the list.  A domain that runs after the image was seen has
            # outlived it: it is out of date.
            now = require_now(await self._inventory.glance(), now, Action.SUSPEND)
            if now.memory_image in WHOLE:
                await self.drop_image(now)
        await self._job("suspend", now, progress, domid=require_domid(now, Action.SUSPEND))

    async def resume(self, domain: Domain, *, paused: bool = False, progress: Progress | None = None) -> None:
        """Resume a suspended domain from its checkpoint, or a saved one from its file, which is used up by that; or
        wake a guest that was stopped for a save that failed.

        Raises ConfigError if one of its disks is missing or in use by another domain.
        """
        session, store = self._session, self._session.store
        session.require_writable()
        snapshot = await self._inventory.poll()
        now = require_now(snapshot, domain, Action.RESUME)
        if now.asleep:
            await self.wake(now)
            return
        if now.saved_to:
            await self.restore(now.saved_to, paused=paused, progress=progress)
            return
        image = store.image_path(now.uuid)
        if not session.dry_run:
            session.caution(await self._checks.resumable(now, snapshot, image))
        if session.dry_run or self._toolstack.jobs is None:
            config = StoredConfig(now.uuid, now.stored_name, store.config_path(now.uuid))
            await session.change(self._toolstack.resume(config, image, paused=paused), subject=now.label)
            return
        highest = max((other.domid or 0 for other in snapshot.domains), default=0)
        await self._job("resume", now, progress, domid=highest, paused=paused)

    async def wake(self, domain: Domain) -> None:
        """Wake a guest that was stopped for a save that failed; xl has no command for it."""
        domid = target(domain).domid
        if self._session.dry_run:
            self._session.say(f"# xentui-wake {domid}")
            return
        if self._toolstack.jobs is None and self._toolstack.moving(target(domain), "localhost") is None:
            await self._session.change(self._toolstack.unpause(target(domain)), subject=domain.label)
            return
        await self._job("wake", domain, None, domid=domid)

    async def drop_image(self, domain: Domain) -> None:
        """Remove the saved memory of a domain, whatever its state."""
        store = self._session.store
        name = domain.memory_image or "checkpoint.chk"
        await self._session.store_change(
            ["drop-memory", store.image_path(domain.uuid, name)],
            subject=domain.label,
            action=lambda: store.remove_image(domain.uuid, name),
        )

    async def follow(self, job: HostJob, *, progress: Progress | None = None) -> None:
        """Wait for the end of a job that somebody has started; raises as the method that started it."""
        if job.kind == INSTALL:
            await install_outcome.follow(self._session, job.subject, id=job.id, awaited=True)
            return
        await self._follow(job, progress)

    async def _job(
        self,
        kind: str,
        domain: Domain,
        progress: Progress | None,
        *,
        domid: int,
        path: str = "",
        paused: bool = False,
    ) -> None:
        if domain.job is not None and domain.job.state is HostJobState.INTERRUPTED:
            await self._settle(domain.job)
        await self._follow_new(
            kind, domain.label, progress, uuid=domain.uuid, domid=domid, path=path, paused=paused
        )

    async def _settle(self, job: HostJob) -> None:
        """Settle what an interrupted job has left before another one is started."""
        await self._session.store.settle_job(job.id)
        try:
            await self._follow(job, None)
        except (CommandError, StoreError):
            return  # how it ended is what the next look shows

    async def _follow_new(
        self,
        kind: str,
        subject: str,
        progress: Progress | None,
        *,
        uuid: str = "",
        domid: int = 0,
        path: str = "",
        paused: bool = False,
    ) -> None:
        session, jobs = self._session, self._toolstack.jobs

        async def begin(job: str) -> None:
            await session.store.start_job(
                job,
                kind,
                commands=jobs.by_name() if jobs is not None else None,
                uuid=uuid,
                domid=domid,
                path=path,
                paused=paused,
                subject=subject,
                user=session.user,
            )

        run = JobRun(session, kind, subject, hint=_look(subject, kind))
        async with run.begun(begin, cancelled=lambda: run.leave(TOLD_BY_LIST)):
            told = await run.ended(_percentages(progress))
        self._report(run, told)

    async def _follow(self, job: HostJob, progress: Progress | None) -> None:
        """Poll a job until it has ended; on cancellation it is left to continue, and the user is told so."""
        run = JobRun(self._session, job.kind, job.subject, hint=_look(job.subject, job.kind), id=job.id)
        async with run.followed(cancelled=lambda: run.leave(TOLD_BY_LIST)):
            told = await run.ended(_percentages(progress))
        self._report(run, told)

    def _report(self, run: JobRun, told: JobLook) -> None:
        """Report the end of a job; raises the error it failed with."""
        killed = f"the {run.kind} was killed on the host; what it left is cleaned up at the next refresh"
        end = run.end(told, killed, hint=_look(run.subject, run.kind))
        if end.exit:
            raise self._failure(end, told.said, run.subject)

    def _failure(self, end: JobEnd, said: bytes, subject: str) -> XentuiError:
        if end.refusal is not None:
            code, message, path = end.refusal
            return StoreError(
                message,
                code=StoreCode.of(code),
                subject=subject,
                hint=_then(end.then),
                details=(path,) if path else (),
            )
        argv = end.argv or (self._toolstack.name,)
        error = self._toolstack.explain(Completed(argv, end.exit, b"", said), subject)
        if end.then:
            error.hint = joined("; ", _then(end.then), error.hint)
        return error


def _require_target(domain: Domain, action: Action) -> Target:
    """Return the target of ``action``; raises as :func:`xentui.service.legality.require_domid`."""
    require_domid(domain, action)
    return target(domain)


def _percentages(progress: Progress | None) -> Callable[[JobLook], None]:
    def look(told: JobLook) -> None:
        if progress is not None and told.percent is not None:
            progress(told.percent)

    return look


def _look(subject: str, kind: str) -> Hint:
    if kind.startswith("image-") or kind in ("clone", "delete"):
        return TOLD_BY_LOG
    if kind == "restore":
        return (Suggest("host.list"), " shows how it ended")
    return (Suggest("domain.show", subject), " tells how it ends")


def _then(words: str) -> Hint:
    """Return what a job tells of its domain; of a command that helps it knows the place only (``{unpause}``)."""
    before, marked, after = words.partition(_UNPAUSE)
    return joined("", before, Suggest("domain.unpause"), after) if marked else words
