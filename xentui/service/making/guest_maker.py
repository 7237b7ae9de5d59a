"""Making what was planned: nothing half-made is left where something fails."""

from __future__ import annotations

import asyncio
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui import config as language
from xentui.errors import HostError, UsageError, XentuiError
from xentui.frozen import dataclass
from xentui.service import identity
from xentui.service.admission import require_free_name
from xentui.service.config_source import Text
from xentui.service.jobs.run import GoesOnError
from xentui.service.making import first_boot, sources, trees
from xentui.service.making.answers import SourceKind
from xentui.service.making.building.building import build
from xentui.service.making.interruption import Underway
from xentui.service.making.plan import INSTALL, Made, Plan, PlannedDisk

if TYPE_CHECKING:
    from xentui.service.boot_plan import Watch
    from xentui.service.definitions import DefineResult, Definitions
    from xentui.service.disk_images import DiskImages
    from xentui.service.installing import Installing
    from xentui.service.inventory import Inventory
    from xentui.service.jobs.progress import Progress
    from xentui.service.lifecycle import Lifecycle
    from xentui.service.making.building.recipe import Recipe
    from xentui.service.session import Session


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the service that make what a guest is made of."""

    definitions: Definitions
    images: DiskImages
    lifecycle: Lifecycle
    installing: Installing


class GuestMaker:
    """Makes the disks of a plan, stores its configuration and starts it, by the ``parts`` of the service."""

    def __init__(self, session: Session, inventory: Inventory, parts: Parts) -> None:
        self._session = session
        self._inventory = inventory
        self._definitions = parts.definitions
        self._images = parts.images
        self._lifecycle = parts.lifecycle
        self._installing = parts.installing

    async def make(
        self,
        plan: Plan,
        *,
        start: bool = True,
        progress: Progress | None = None,
        watch: Watch | None = None,
    ) -> Made:
        """Make the disks, store the configuration, and start it: from its installer where there is one.

        ``watch`` is called with the domain before the first instruction of its installer.

        Where a disk cannot be made, the store refuses, its installer cannot be started, or it is cancelled before that,
        what was made is taken back; what could not be is told with the error.  A guest that is whole stays where only
        its start has failed: ``trouble`` is why.
        """
        session = self._session
        session.require_writable()
        require_free_name(plan.name, await self._inventory.glance(), doing="make it")
        await self._fetch(plan, progress)
        work = Underway(plan.name)
        document = language.parse(plan.text, source=plan.name)
        if plan.answers.source.kind is SourceKind.CLOUD:
            # Its first boot is told its uuid and address, so both are known before anything is made.
            document = identity.complete(document, document.string("uuid") or identity.new_uuid())
        try:
            stored = await self._make_and_store(plan, document, work, progress)
        except BaseException as error:
            if plan.found.recipe is not None and isinstance(error, GoesOnError):
                raise  # the job stores the domain with all of them
            if isinstance(error, HostError) and not isinstance(error, GoesOnError):
                work.add_unknown_state(error)
            await asyncio.shield(self._take_back(work, error))
            raise
        done = Made(plan.name, stored.uuid, stored.version, tuple(work.made), warnings=stored.warnings)
        if session.dry_run:
            return done
        try:
            done = replace(done, install=await self._install_text(plan, stored.uuid))
            if not start:
                return done
            warnings = await self._start(done, watch)
        except XentuiError as error:
            if not plan.install:
                return replace(done, trouble=error)
            if isinstance(error, HostError):
                # It may go on where nobody can look: the list tells.
                work.add_stored(error)
            else:
                await self._forget(stored.uuid, work, error)
            raise
        return replace(done, started=True, installs=bool(plan.install), warnings=(*done.warnings, *warnings))

    async def _make_and_store(
        self, plan: Plan, document: language.Document, work: Underway, progress: Progress | None
    ) -> DefineResult:
        """Make the disks and store the domain; ``work`` is told of each."""
        for disk in plan.new_disks:
            if disk.system:
                continue  # last, with the domain
            work.ask(disk.wanted.path)
            if disk.holds:
                await self._images.make_small(disk.wanted.path, _seed_disk(plan, document))
                work.has(disk.wanted.path)
            else:
                await self._make_disk(disk, work, progress)
        if plan.unattended is not None:
            told = plan.unattended
            work.ask(told.path)
            if told.initrd:
                await self._images.make_initrd(told.path, told.answers.initrd(), told.initrd)
            else:
                await self._images.make_small(told.path, told.answers.disk())
            work.has(told.path)
        if plan.found.recipe is not None:
            stored = await self._build(plan, plan.found.recipe, document, progress)
            work.made.insert(0, plan.disks[0].wanted.path)
            return stored
        origin = await Text(plan.text, plan.name).read()
        work.storing = True
        return await self._definitions.define(document, origin, "made")

    async def _build(
        self, plan: Plan, recipe: Recipe, document: language.Document, progress: Progress | None
    ) -> DefineResult:
        """Have the host put a system on the first disk, and store the domain then."""

        async def work(uuid: str, name: str, text: str) -> None:
            await build(
                self._session, plan.disks[0], recipe, uuid=uuid, name=name, text=text, progress=progress
            )

        return await self._definitions.define_by(document, plan.name, "made", work)

    async def _fetch(self, plan: Plan, progress: Progress | None) -> None:
        """Fetch what its installer is started by; raises UsageError where that cannot be started as it is to be."""
        tree = plan.found.tree
        if tree is None:
            return
        if not tree.there:
            await trees.fetch(self._session, tree, progress)
        if not self._session.dry_run:
            seen = await sources.fetched(self._session.host, tree, plan.system)
            if why := seen.against.get(plan.found.type, ""):
                raise UsageError(
                    f"it cannot boot as {plan.found.type.upper()}: {why}",
                    subject=tree.url,
                    hint="choose another type",
                )

    async def _make_disk(self, disk: PlannedDisk, work: Underway, progress: Progress | None) -> None:
        wanted, images = disk.wanted, self._images
        if not disk.source:
            await images.make(wanted.image, progress=progress, goes_on=False)
        elif disk.converts:
            await images.make_converted(
                disk.source,
                wanted.path,
                format=wanted.format,
                source_format=disk.converts,
                preallocated=wanted.preallocated,
                progress=progress,
                goes_on=False,
            )
        else:
            await images.make_copy(disk.source, wanted.path, progress=progress, goes_on=False)
        work.has(wanted.path)
        if disk.grows and self._session.dry_run:
            # The copy that would grow is not there to be looked at.
            self._session.say(shlex.join(images.grown(wanted.path, wanted.format, disk.grows)))
        elif disk.grows:
            await images.resize(wanted.path, disk.grows)

    async def _take_back(self, work: Underway, error: BaseException) -> None:
        """Remove what was made; what cannot be removed is told with the error."""
        left = [error.subject] if isinstance(error, GoesOnError) and error.subject else []
        for path in reversed(work.made if not self._session.dry_run else []):
            if why := await self._images.take_back(path):
                left.append(f"{path} ({why})")
        if not left:
            return
        if isinstance(error, XentuiError):
            work.add_left_over(error, left)
        else:
            self._session.caution([f"left behind: {', '.join(left)}"])

    async def _forget(self, uuid: str, work: Underway, error: XentuiError) -> None:
        """Take back a guest whose installer could not be started, with its disks."""
        try:
            await self._definitions.delete(await self._inventory.find(uuid))
        except XentuiError as refusal:
            # Whatever keeps it may use its disks.
            left = ", ".join(work.made) or "no new disk"
            error.details = (*error.details, f"left behind: {refusal.headline}; {left}")
            return
        await self._take_back(work, error)

    async def _install_text(self, plan: Plan, uuid: str) -> str:
        """Return the text it is installed by, with the uuid and the MAC addresses that were stored."""
        if not plan.install:
            return ""
        entry = await self._session.store.read(uuid)
        document = language.parse(plan.install, source=INSTALL)
        return identity.complete(document, uuid, identity.former(entry)).text

    async def _start(self, made: Made, watch: Watch | None) -> tuple[str, ...]:
        domain = await self._inventory.find(made.uuid)
        if not made.install:
            return (await self._lifecycle.start(domain)).warnings
        text = Text(made.install, INSTALL)
        return (await self._installing.begin(domain, text, disks=made.disks, watch=watch)).warnings


def _seed_disk(plan: Plan, document: language.Document) -> bytes:
    """Return the small disk that tells a guest what to be."""
    return first_boot.disk(
        plan.answers.first_boot,
        plan.system,
        name=plan.name,
        uuid=document.string("uuid") or "",
        mac=next(iter(identity.macs(document)), ""),
    )
