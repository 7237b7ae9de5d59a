"""Planning a guest: each answer checked where it is given, and what follows from all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xentui import config as language
from xentui.errors import (
    ConfigError,
    XentuiError,
)
from xentui.model.devices import Vif
from xentui.service.admission import require_free_name
from xentui.service.boot_switch import GRUB_FOLDERS, PVH_GRUB
from xentui.service.checks import Checks, refuse_errors, writing_advice
from xentui.service.disk_use import others_of
from xentui.service.making import osinfo, plan_advice, sources, texts
from xentui.service.making.answers import Answers, WantedInterface
from xentui.service.making.disks import DiskPlanning, domain_disk
from xentui.service.making.guest_maker import GuestMaker, Parts
from xentui.service.making.plan import INSTALL, Made, Plan, PlannedDisk
from xentui.service.making.systems import GuestSystem

if TYPE_CHECKING:
    from xentui.hosts.base import Host
    from xentui.service.boot_plan import Watch
    from xentui.service.inventory import Inventory
    from xentui.service.jobs.progress import Progress
    from xentui.service.session import Session


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
        self._checks = Checks(session)
        self._maker = GuestMaker(session, inventory, parts)
        self._disks = DiskPlanning(session, inventory, parts.images)
        self.usual_disk, self.check_copied = self._disks.usual, self._disks.check_copied

    @property
    def _host(self) -> Host:
        return self._session.host

    # Looking

    async def system(self, answers: Answers) -> GuestSystem:
        """Return the system that was answered: one of ours, or of the host's osinfo-db; raises UsageError."""
        return await osinfo.system_of(self._host, answers.system)

    async def known_systems(self) -> osinfo.KnownSystems:
        """Return what the host's osinfo-db tells of."""
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
        """Return the disks as they would be made; raises where one cannot, or is not there, or is used."""
        return await self._disks.check(answers)

    async def check_network(self, answers: Answers) -> None:
        """Raise ConfigError for a bridge the host does not have."""
        document = language.parse("name = 'x'\n")
        for interface in answers.interfaces:
            vif = language.parse_vif(language.format_vif(_vif(interface)))
            await self._checks.vif(vif, source=document.source)

    # Planning

    async def plan(self, answers: Answers, found: sources.FoundSource | None = None) -> Plan:
        """Check all answers, and return what would be made of them; ``found`` is what :meth:`check_source` has said."""
        chosen = await self.system(answers)
        await self.check_name(answers.name)
        found = found or await self.check_source(answers, chosen)
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
            *plan_advice.shown_nowhere(answers, found),
            *(plan_advice.first_boot_oddities(answers)),
            *refuse_errors(document),
            *writing_advice(document),
        ]
        await self._check_own_disks(document, disks)
        name = document.string("name") or ""
        if name != answers.name:
            await self.check_name(name)
        install = ""
        here = "" if found.on_cd or plan_advice.serves_answers(answers) else found.ramdisk
        told = await self._disks.unattended(answers, here)
        warnings += told.answers.odd if told else ()
        if told is not None and not (told.answers.label or told.initrd):
            warnings += plan_advice.served(answers)
            told = None
        if answers.source.kind.installs:
            install = answers.install_configuration or texts.installing(text, answers, chosen, found, told)
            if told is not None and told.path not in install:
                warnings.append(
                    f"the text it is installed with does not name {told.path}: the answers are not used"
                )
                told = None
            warnings += refuse_errors(language.parse(install, source=INSTALL))
        advice = chosen.advice if not (answers.memory and answers.vcpus) else ""
        reasons = [*([advice] if advice else []), *found.reasons, *plan_advice.reasons(answers, found, grub)]
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
        """Make what is planned, as :meth:`xentui.service.making.guest_maker.GuestMaker.make` does."""
        return await self._maker.make(plan, start=start, progress=progress, watch=watch)


def _vif(interface: WantedInterface) -> Vif:
    return Vif(mac=interface.mac, bridge=interface.bridge)
