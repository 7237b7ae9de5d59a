"""Making a guest: each answer checked where it is given, and nothing half-made where something fails."""

from __future__ import annotations

import asyncio
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui import config as language
from xentui.errors import (
    ConfigError,
    HostError,
    UsageError,
    XentuiError,
)
from xentui.frozen import dataclass
from xentui.model.devices import Vif
from xentui.service import identity
from xentui.service.admission import require_free_name
from xentui.service.boot_switch import GRUB_FOLDERS, PVH_GRUB
from xentui.service.checks import Checks, advised, refuse_errors
from xentui.service.config_source import Text
from xentui.service.disk_use import others_of
from xentui.service.jobs.run import GoesOnError
from xentui.service.making import first_boot, osinfo, sources, texts, trees
from xentui.service.making.answers import Answers, Display, SourceKind, WantedInterface
from xentui.service.making.building.building import build
from xentui.service.making.disks import DiskPlanning, domain_disk
from xentui.service.making.plan import INSTALL, Made, Plan, PlannedDisk
from xentui.service.making.systems import GuestSystem

if TYPE_CHECKING:
    from xentui.hosts.base import Host
    from xentui.service.boot_plan import Watch
    from xentui.service.definitions import DefineResult, Definitions
    from xentui.service.disk_images import DiskImages
    from xentui.service.installing import Installing
    from xentui.service.inventory import Inventory
    from xentui.service.jobs.progress import Progress
    from xentui.service.lifecycle import Lifecycle
    from xentui.service.making.building.recipe import Recipe
    from xentui.service.session import Session


_SERVED = re.compile(r"(?:^|\s)(?:preseed/)?(?:url|file)=")
"""What tells Debian's installer where its answers are, by somebody's own words."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the service that make what a guest is made of."""

    definitions: Definitions
    images: DiskImages
    lifecycle: Lifecycle
    installing: Installing


class Making:
    """Plans guests and makes them.

    Each check raises UsageError for answers that cannot be, StoreError for what is not there or is there already,
    ConfigError where another domain uses a disk.
    """

    def __init__(
        self,
        session: Session,
        inventory: Inventory,
        parts: Parts,
    ) -> None:
        self._session = session
        self._inventory = inventory
        self._definitions = parts.definitions
        self._images = parts.images
        self._lifecycle = parts.lifecycle
        self._installing = parts.installing
        self._checks = Checks(session)
        self._disks = DiskPlanning(session, inventory, parts.images)
        self.usual_disk = self._disks.usual

    @property
    def _host(self) -> Host:
        return self._session.host

    # Looking

    async def system(self, answers: Answers) -> GuestSystem:
        """The system that was answered: one of ours, or of the host's osinfo-db; raises UsageError."""
        return await osinfo.system_of(self._host, answers.system)

    async def known_systems(self) -> osinfo.KnownSystems:
        """What the host's osinfo-db tells of."""
        return await osinfo.known(self._host)

    async def check_name(self, name: str) -> None:
        """Raise for a name no domain can have, or one has."""
        require_free_name(name, await self._inventory.glance(), doing="make it")

    async def check_source(self, answers: Answers, chosen: GuestSystem | None = None) -> sources.FoundSource:
        """Look at the source: what it boots as, by what; raises where it cannot.

        ``chosen`` is the system that was answered, where that is known: the host's osinfo-db is not read for it then.
        """
        try:
            report = await self._session.toolstack.host_report()
        except XentuiError:
            report = ""  # it says so where it is asked to boot
        chosen = chosen or await self.system(answers)
        found = await sources.find(self._host, answers, chosen, sources.against_types(report))
        least = chosen.least
        if answers.source.kind.installs and 0 < answers.memory < least:
            told = f"its installer needs {least} MiB of memory or more"
            found = replace(found, warnings=(*found.warnings, told))
        return found

    async def check_disks(self, answers: Answers) -> tuple[PlannedDisk, ...]:
        """The disks as they would be made; raises where one cannot, or is not there, or is used."""
        return await self._disks.check(answers)

    async def check_network(self, answers: Answers) -> None:
        """Raise ConfigError for a bridge the host does not have."""
        document = language.parse("name = 'x'\n")
        for interface in answers.interfaces:
            vif = language.parse_vif(language.format_vif(_vif(interface)))
            await self._checks.vif(vif, source=document.source)

    # Planning

    async def plan(self, answers: Answers) -> Plan:
        """Check all answers, and return what would be made of them."""
        chosen = await self.system(answers)
        await self.check_name(answers.name)
        found = await self.check_source(answers, chosen)
        disks = await self.check_disks(replace(answers, type=found.type))
        if found.recipe is not None:
            disks = (replace(disks[0], system=found.recipe.words), *disks[1:])
        await self.check_network(answers)
        grub = await sources.grub(self._host, GRUB_FOLDERS, PVH_GRUB) if found.type == "pvh" else ""
        made = texts.stored(answers, chosen, found, [domain_disk(disk) for disk in disks], grub)
        text = answers.configuration or made
        document = language.parse(text, source="the configuration")
        warnings = [
            *found.warnings,
            *_shown_nowhere(answers, found),
            *(_first_boot_oddities(answers)),
            *refuse_errors(document),
            *advised(document),
        ]
        await self._check_own_disks(document, disks)
        name = document.string("name") or ""
        if name != answers.name:
            await self.check_name(name)
        install = ""
        here = "" if found.on_cd or _SERVED.search(answers.source.extra) else found.ramdisk
        told = await self._disks.unattended(answers, here)
        warnings += told.answers.odd if told else ()
        if told is not None and not (told.answers.label or told.initrd):
            warnings += _served(answers)
            told = None
        if answers.source.kind.installs:
            install = answers.install_configuration or texts.installing(text, answers, chosen, found, told)
            if told is not None and told.path not in install:
                warnings.append(
                    f"the text it is installed by does not name {told.path}: the answers are not used"
                )
                told = None
            warnings += refuse_errors(language.parse(install, source=INSTALL))
        advice = chosen.advice if not (answers.memory and answers.vcpus) else ""
        reasons = [*([advice] if advice else []), *found.reasons, *_reasons(answers, found, grub)]
        return Plan(
            answers,
            chosen,
            found,
            made,
            name,
            text,
            install,
            disks,
            tuple(reasons),
            tuple(dict.fromkeys(warnings)),
            told,
        )

    async def _check_own_disks(self, document: language.Document, planned: tuple[PlannedDisk, ...]) -> None:
        """Raise ConfigError where a text that was written by hand has other disks than would be made."""
        own = language.disks_of(document)
        targets = {disk.target for disk in own}
        if left := [disk.wanted.path for disk in planned if disk.new and disk.wanted.path not in targets]:
            line, column = document.place("disk")
            raise ConfigError(
                f"does not name the disk {left[0]} that would be made",
                source=document.source,
                line=line,
                column=column,
                hint="change the disk where it was answered, or name it here",
            )
        known = {disk.wanted.path for disk in planned}
        more = [disk for disk in own if disk.target not in known]
        if more:
            snapshot = await self._inventory.poll()
            self._session.caution(await self._checks.disks(more, others_of(snapshot), source=document.source))

    # Making

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
        await self.check_name(plan.name)
        await self._fetch(plan, progress)
        made: list[str] = []
        document = language.parse(plan.text, source=plan.name)
        if plan.answers.source.kind is SourceKind.CLOUD:
            # Its first boot is told its uuid and address, so both are known before anything is made.
            document = identity.complete(document, document.string("uuid") or identity.new_uuid())
        try:
            stored = await self._make_and_store(plan, document, made, progress)
        except BaseException as error:
            if plan.found.recipe is not None and isinstance(error, GoesOnError):
                raise  # the job stores the domain with all of them
            await asyncio.shield(self._take_back(made, error))
            raise
        done = Made(plan.name, stored.uuid, stored.version, tuple(made), warnings=stored.warnings)
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
                error.details = (
                    *error.details,
                    f"{plan.name} is stored, with {', '.join(made) or 'no new disk'}",
                )
            else:
                await self._forget(stored.uuid, made, error)
            raise
        return replace(done, started=True, installs=bool(plan.install), warnings=(*done.warnings, *warnings))

    async def _make_and_store(
        self, plan: Plan, document: language.Document, made: list[str], progress: Progress | None
    ) -> DefineResult:
        """Make the disks and store the domain; ``made`` gets the path of each disk that is made."""
        for disk in plan.new_disks:
            if disk.system:
                continue  # last, with the domain
            if disk.holds:
                await self._images.make_small(disk.wanted.path, _told(plan, document))
                made.append(disk.wanted.path)
            else:
                await self._make_disk(disk, made, progress)
        if plan.unattended is not None:
            told = plan.unattended
            if told.initrd:
                await self._images.make_initrd(told.path, told.answers.initrd(), told.initrd)
            else:
                await self._images.make_small(told.path, told.answers.disk())
            made.append(told.path)
        if plan.found.recipe is not None:
            stored = await self._build(plan, plan.found.recipe, document, progress)
            made.insert(0, plan.disks[0].wanted.path)
            return stored
        origin = await Text(plan.text, plan.name).read()
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
            seen = await sources.fetched(self._host, tree, plan.system)
            if why := seen.against.get(plan.found.type, ""):
                raise UsageError(
                    f"it cannot boot as {plan.found.type.upper()}: {why}",
                    subject=tree.url,
                    hint="choose another type",
                )

    async def _make_disk(self, disk: PlannedDisk, made: list[str], progress: Progress | None) -> None:
        wanted, images = disk.wanted, self._images
        if not disk.source:
            await images.make(
                wanted.path,
                wanted.size,
                format=wanted.format,
                preallocated=wanted.preallocated or None,
                pool=wanted.pool,
                progress=progress,
                goes_on=False,
            )
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
        made.append(wanted.path)
        if disk.grows and self._session.dry_run:
            # The copy that would grow is not there to be looked at.
            self._session.say(shlex.join(images.grown(wanted.path, wanted.format, disk.grows)))
        elif disk.grows:
            await images.resize(wanted.path, disk.grows)

    async def _take_back(self, made: list[str], error: BaseException) -> None:
        """Remove what was made; what cannot be removed is told with the error."""
        left = [error.subject] if isinstance(error, GoesOnError) and error.subject else []
        for path in reversed(made if not self._session.dry_run else []):
            if why := await self._images.take_back(path):
                left.append(f"{path} ({why})")
        if not left:
            return
        if isinstance(error, XentuiError):
            error.details = (*error.details, f"left behind: {', '.join(left)}")
        else:
            self._session.caution([f"left behind: {', '.join(left)}"])

    async def _forget(self, uuid: str, made: list[str], error: XentuiError) -> None:
        """Take back a guest whose installer could not be started, with its disks."""
        try:
            await self._definitions.delete(await self._inventory.find(uuid))
        except XentuiError as refusal:
            # Whatever keeps it may use its disks.
            left = ", ".join(made) or "no new disk"
            error.details = (*error.details, f"left behind: {refusal.headline}; {left}")
            return
        await self._take_back(made, error)

    async def _install_text(self, plan: Plan, uuid: str) -> str:
        """The text it is installed by, with the uuid and the MAC addresses that were stored."""
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


def _served(answers: Answers) -> list[str]:
    """How answers reach an installer that reads them from no disk."""
    if _SERVED.search(answers.source.extra):
        return []
    words = "auto=true priority=critical url=http://…"
    return [
        "Debian's installer takes a preseed from no disk, and its initrd is not a file of the host here: install by "
        f"--kernel and --ramdisk, or --tree; or serve it by http, with {words} on its kernel line"
    ]


def _first_boot_oddities(answers: Answers) -> tuple[str, ...]:
    if answers.source.kind is not SourceKind.CLOUD:
        return ()
    return first_boot.check(answers.first_boot, name=answers.name, interfaces=len(answers.interfaces))


def _told(plan: Plan, document: language.Document) -> bytes:
    """The small disk that tells a guest what to be."""
    return first_boot.disk(
        plan.answers.first_boot,
        plan.system,
        name=plan.name,
        uuid=document.string("uuid") or "",
        mac=next(iter(identity.macs(document)), ""),
    )


def _vif(interface: WantedInterface) -> Vif:
    return Vif(mac=interface.mac, bridge=interface.bridge)


def _shown_nowhere(answers: Answers, found: sources.FoundSource) -> list[str]:
    """What is odd about how a guest is looked at."""
    on_screen = answers.source.kind in (SourceKind.ISO, SourceKind.NETWORK) and found.type == "hvm"
    if on_screen and answers.display is Display.CONSOLE:
        return ["what boots a PC is usually shown on its screen only, and it has none: choose VNC to see it"]
    return []


def _reasons(answers: Answers, found: sources.FoundSource, grub: str) -> list[str]:
    """Why it boots as it does."""
    if answers.source.kind.builds and found.kernel:
        return [f"it boots by {found.kernel} of the host"]
    if found.type == "hvm":
        boots = "it boots from its first disk, as a PC does"
    elif found.type == "pvh" and grub:
        boots = "it boots by the host's GRUB for PVH, which shows the guest's own menu"
    else:
        boots = "it boots by pygrub, which reads the guest's own boot menu"
    if not answers.source.kind.installs:
        return [boots]
    return [
        f"once it is installed {boots}",
        "when its installer has ended, the host boots the stored configuration",
    ]
