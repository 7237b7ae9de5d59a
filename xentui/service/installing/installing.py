"""Installs: begun, watched, taken up again, thrown away; a job of the host sees each through to its end."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xentui import config as language
from xentui.errors import NotAllowedError
from xentui.frozen import dataclass
from xentui.model.domain import Domain, Snapshot
from xentui.model.job import INSTALL, HostJobState
from xentui.service import boot_default, domuloader, identity, install_outcome
from xentui.service.boot_plan import Watch
from xentui.service.boot_release import wait_for_console_client
from xentui.service.checks import Checks, refuse_errors
from xentui.service.config_convert import converted
from xentui.service.config_source import ConfigSource
from xentui.service.install_outcome import BUILT, LET_RUN
from xentui.service.installing import texts
from xentui.service.installing.discarding import Discard, Discarding
from xentui.service.jobs.run import TOLD_BY_LIST
from xentui.service.legality import Action, require_now
from xentui.service.lookup import of_uuid
from xentui.service.session_change import SessionChange
from xentui.store import StoredDomain
from xentui.toolstack.targets import StoredConfig, target

if TYPE_CHECKING:
    from xentui.service.disk_images import DiskImages
    from xentui.service.inventory import Inventory
    from xentui.service.jobs.run import JobRun
    from xentui.service.session import Session

_TEXT = "install.cfg"


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """An install that has begun: ``job`` is what sees it through on the host, ``warnings`` are worth showing."""

    name: str
    uuid: str
    job: str
    warnings: tuple[str, ...] = ()


class Installing:
    """Boots installers of managed domains; what is stored is booted when they have ended by themselves.

    An installer may end by reboot or by power-off: the domain comes up from its stored configuration as it is then,
    with nobody looking.  After a crash, a destroy, or a shutdown from outside nothing is booted; the install is kept
    (``Domain.install``) until it is taken up again (:meth:`resume`) or thrown away (:meth:`discard`).

    All raise NotAllowedError where the state forbids it or the session is read-only, ConfigError where xl would refuse
    the text or a disk is missing or in use, StoreError where the store refuses, CommandError where the toolstack does.
    """

    def __init__(self, session: Session, inventory: Inventory, images: DiskImages) -> None:
        self._session = session
        self._inventory = inventory
        self._toolstack = session.toolstack
        self._checks = Checks(session)
        self._discarding = Discarding(session, inventory, images)

    async def begin(
        self,
        domain: Domain,
        boot: texts.InstallBoot | ConfigSource,
        *,
        disks: Sequence[str] = (),
        paused: bool = False,
        watch: Watch | None = None,
    ) -> InstallPlan:
        """Boot the installer of a managed domain that is off, and have the host see it through; returns when it runs.

        ``boot`` is what it boots from, or a whole configuration, which need have neither name nor uuid.  ``disks`` are
        the paths of those made for this install: :meth:`discard` removes them.  ``watch`` is called before the
        installer's first instruction, so that nothing it says is lost.
        """
        now, snapshot = await self._now(domain)
        entry = await self._session.store.read(now.uuid)
        stored = language.parse(entry.text or "", source=now.label)
        changes: tuple[str, ...] = ()
        if isinstance(boot, texts.InstallBoot):
            document = texts.install_text(stored, boot)
        else:
            source = await boot.read()
            document, changes = converted(source.text, source=source.path)
            document = _named(document, now)
        document = identity.complete(document, now.uuid, stored)
        return await self._boot(
            now, entry, document, snapshot, changes, disks=disks, paused=paused, watch=watch
        )

    async def resume(
        self, domain: Domain, *, paused: bool = False, watch: Watch | None = None
    ) -> InstallPlan:
        """Boot the installer of an install that was broken off once more, with what that was begun with."""
        now, snapshot = await self._now(domain)
        entry = await self._session.store.read(now.uuid)
        if now.install is None:
            raise _none_kept(now)
        text = await self._session.store.read_install(now.uuid)
        document = language.parse(text, source=f"the install of {now.label}")
        return await self._boot(now, entry, document, snapshot, (), again=True, paused=paused, watch=watch)

    async def follow(self, plan: InstallPlan) -> None:
        """Wait until the domain runs from its stored configuration; raises what became of it otherwise.

        GoesOnError where the line broke and did not come back.
        """
        if self._session.dry_run:
            return
        await install_outcome.follow(self._session, plan.name, id=plan.job)

    async def what_is_lost(self, domain: Domain, *, keep_disks: bool = False) -> Discard:
        """Return what is to be agreed to before :meth:`discard`; raises as that does."""
        return await self._discarding.look(domain, keep_disks=keep_disks)

    async def discard(self, domain: Domain, *, keep_disks: bool = False) -> Discard:
        """Throw away an install that was broken off, with the disks that were made for it; the domain stays stored.

        Raises NotAllowedError where another domain names one of them: nothing is removed then.
        """
        return await self._discarding.discard(domain, keep_disks=keep_disks)

    async def _now(self, domain: Domain) -> tuple[Domain, Snapshot]:
        self._session.require_writable()
        if self._toolstack.jobs is None:
            raise NotAllowedError(
                f"cannot install: {self._toolstack.name} boots domains by itself when they end",
                subject=domain.label,
            )
        snapshot = await self._inventory.poll()
        return require_now(snapshot, domain, Action.INSTALL), snapshot

    async def _boot(
        self,
        domain: Domain,
        entry: StoredDomain,
        document: language.Document,
        snapshot: Snapshot,
        warnings: tuple[str, ...],
        *,
        disks: Sequence[str] = (),
        again: bool = False,
        paused: bool,
        watch: Watch | None,
    ) -> InstallPlan:
        session, store = self._session, self._session.store
        document = texts.as_install(document)
        warnings += refuse_errors(document)
        warnings += await self._checks.bootable(document, snapshot)
        words, told = self._words(entry, domain)
        warnings += told
        if domain.autostart:
            warnings += ("it starts with the host: one that is booted in the middle boots what is stored",)
        path = store.image_path(domain.uuid, _TEXT)
        config = StoredConfig(domain.uuid, domain.stored_name or domain.name, store.config_path(domain.uuid))
        create = list(self._toolstack.create(path, paused=True))
        start = list(self._toolstack.start(config))
        run = install_outcome.run_of(session, domain.label)
        plan = InstallPlan(domain.label, domain.uuid, run.id, warnings)
        if session.dry_run:
            session.say(shlex.join(create))
            session.say("# then: xl unpause DOMID; and at the installer's end: xl destroy DOMID, and")
            session.say(shlex.join([*start, *words]))
            return plan
        install = {
            "text": None if again else document.text,
            "disks": [session.host.host_path(disk) for disk in disks],
            "create": create,
            "start": start,
            "words": words,
            "sha256": entry.config_sha256,
            "held": watch is not None,
            "paused": paused,
        }
        if words:
            await domuloader.install(session.host)
        await self._begun(domain, run, snapshot, install, watch)
        session.made(
            SessionChange(domain.label, INSTALL, reason="its installer has booted; destroy it instead")
        )
        return plan

    def _words(self, entry: StoredDomain, domain: Domain) -> tuple[list[str], tuple[str, ...]]:
        """Return what xl is told of the boot loader when the stored configuration is booted, and sentences worth
        showing.
        """
        document = language.parse(entry.text or "", source=domain.label)
        if boot_default.is_set(document):
            entry_word = boot_default.wanted_entry(document)
            told = f"its stored configuration boots the entry “{entry_word}”, which its installer has to make"
            return [], (told,)
        return list(domuloader.loader_words(document, self._session.host)), ()

    async def _begun(
        self,
        domain: Domain,
        run: JobRun,
        snapshot: Snapshot,
        install: dict[str, Any],
        watch: Watch | None,
    ) -> None:
        """Begin the job, and wait until the installer runs; raises why it does not."""
        session, jobs = self._session, self._toolstack.jobs
        highest = max((other.domid or 0 for other in snapshot.domains), default=0)

        async def begin(job: str) -> None:
            await session.store.start_install(
                job,
                domain.uuid,
                domid=highest,
                install=install,
                commands=jobs.by_name() if jobs is not None else {},
                subject=domain.label,
                user=session.user,
            )

        async with run.begun(begin, cancelled=lambda: run.leave(TOLD_BY_LIST)):
            told = await install_outcome.reached(run, BUILT, LET_RUN)
            if watch is not None and told.phase == BUILT:
                try:
                    await self._watched(domain, watch)
                finally:
                    # Whatever becomes of the console: it was asked to run.
                    await session.store.let_go(run.id)
            told = await install_outcome.reached(run, LET_RUN)
        if not (told.state is HostJobState.RUNNING or told.phase):
            install_outcome.report(session, run, told)

    async def _watched(self, domain: Domain, watch: Watch) -> None:
        """Have somebody attached to the console of the installer, which has not run yet."""
        found = of_uuid(await self._inventory.poll(), domain.uuid)
        if found is None or found.domid is None:
            return  # the job tells why
        await watch(found)
        await wait_for_console_client(self._toolstack, target(found))


def _named(document: language.Document, domain: Domain) -> language.Document:
    """Return the configuration under the name of the domain; raises NotAllowedError where it is another's."""
    name, uuid = document.string("name"), document.string("uuid")
    if (name and not domain.answers_to(name)) or (uuid and uuid.lower() != domain.uuid):
        raise NotAllowedError(
            f"the file is of {name or uuid}, not of this domain",
            subject=domain.label,
            hint="leave name and uuid out of the file, or name the domain it is of",
        )
    return document.set("name", domain.stored_name or domain.name)


def _none_kept(domain: Domain) -> NotAllowedError:
    return NotAllowedError(
        "no install of it was broken off",
        subject=domain.label,
        hint="begin one: say what its installer boots from",
    )
