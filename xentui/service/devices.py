"""Disks and interfaces of a domain: changed live if it runs, and stored if it is managed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui import config as language
from xentui.errors import ConfigError, NotAllowedError
from xentui.model.configuration import vif_pairs
from xentui.model.devices import Access, Disk, Vif
from xentui.model.disk_image import VOLUME_PATHS, NewImage, format_by_name
from xentui.model.domain import Domain, Snapshot
from xentui.service import duplicates, identity, media
from xentui.service.checks import Checks
from xentui.service.disk_use import others_of
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, require_now
from xentui.service.live_and_stored import LiveAndStored
from xentui.service.session import Session
from xentui.service.undo_stored import changed_since
from xentui.toolstack.targets import target

if TYPE_CHECKING:
    from xentui.service.disk_images import DiskImages
    from xentui.service.jobs.progress import Progress


class Devices:
    """Attaches, detaches and lists devices.

    All methods raise NotAllowedError, ConfigError or CommandError with nothing half done; they look the domain up
    again, and raise NoSuchDomainError if it is gone.
    """

    def __init__(
        self,
        session: Session,
        inventory: Inventory,
        changes: LiveAndStored,
        images: Callable[[], DiskImages],
    ) -> None:
        self._session = session
        self._images = images
        self._inventory = inventory
        self._changes = changes
        self._toolstack = session.toolstack
        self._checks = Checks(session)

    async def attach_disk(
        self,
        domain: Domain,
        words: Sequence[str],
        *,
        new: NewImage | None = None,
        progress: Progress | None = None,
    ) -> Disk:
        """Attach the disk described by ``words``: ``BACKEND DEVICE MODE`` as xm wrote it, or xl's own forms.

        Of a managed domain's disk with xm's ``w!`` it is stored that others write to it too.  With ``new`` its image is
        made first, at the path and in the format of the disk; a path alone is enough, for the next free device, and its
        name tells the format where nothing else does.  Nothing is left of it where the disk cannot be attached.
        """
        if new is not None:
            snapshot = await self._inventory.poll()
            # The next free device is that of the domain as it is now.
            disk = _new_disk(require_now(snapshot, domain, Action.BLOCK_ATTACH), words)
            # What forbids it is known before anything is made.
            self._attachable(snapshot, domain, disk)
            return await self._images().made_for(
                replace(new, path=disk.target, format=disk.format),
                lambda: self._attach(domain, disk, disk.target, look=not self._session.dry_run),
                progress=progress,
            )
        return await self._attach(
            domain, language.parse_disk_words(words, allow_shared=True), " ".join(words)
        )

    def _attachable(self, snapshot: Snapshot, domain: Domain, disk: Disk) -> Domain:
        """Return the domain as it is now; raises NotAllowedError where it can take no such disk."""
        domain = require_now(snapshot, domain, Action.BLOCK_ATTACH)
        stored = domain.stored.disks if domain.stored else ()
        if any(other.vdev == disk.vdev for other in (*domain.config.disks, *stored)):
            raise NotAllowedError(
                f"cannot attach: it has a disk {disk.vdev} already",
                subject=domain.label,
                hint=f"choose another device, the next free one is {free_vdev(domain)}",
            )
        return domain

    async def _attach(self, domain: Domain, disk: Disk, source: str, *, look: bool = True) -> Disk:
        """Attach a disk; ``look`` says whether it is checked first."""
        snapshot = await self._inventory.poll()
        domain = self._attachable(snapshot, domain, disk)
        if look:
            others = others_of(snapshot, domain.uuid)
            self._session.caution(await self._checks.disks([disk], others, source=source))
        shared = disk.access is Access.SHARED
        live = replace(disk, access=Access.WRITE) if shared else disk
        spec = language.format_disk(live)

        def edit(document: language.Document) -> language.Document:
            document = document.append_item("disk", spec)
            if not shared:
                return document
            return language.with_shared(document, {disk.vdev, *language.shared_vdevs(document)})

        await self._changes.apply(
            domain,
            self._toolstack.attach_disk(target(domain), live) if domain.domid is not None else None,
            edit,
            f"block-attach {spec}",
            reverse=lambda now, _snapshot: self._detached_again(now, live),
        )
        return disk

    async def detach_disk(self, domain: Domain, device: str, *, force: bool = False) -> str:
        """Detach a disk by guest name (``xvdb``, ``/dev/xvdb``) or number; returns its guest name."""
        domain = require_now(await self._inventory.poll(), domain, Action.BLOCK_DETACH)
        vdev = _vdev(domain, device)
        former = next(disk for disk in domain.config.disks if disk.vdev == vdev)

        def edit(document: language.Document) -> language.Document:
            for index, spec in enumerate(document.strings("disk")):
                if language.parse_disk(spec).vdev == vdev:
                    document = document.remove_item("disk", index)
                    return language.with_shared(document, language.shared_vdevs(document) - {vdev})
            return document

        await self._changes.apply(
            domain,
            self._toolstack.detach_disk(target(domain), vdev, force=force)
            if domain.domid is not None
            else None,
            edit,
            f"block-detach {vdev}",
            reverse=lambda now, snapshot: self._attached_again(now, snapshot, former),
        )
        return vdev

    async def _detached_again(self, now: Domain, disk: Disk) -> list[str] | None:
        """Return the command that detaches a disk that was attached; None where it is gone already."""
        there = next((item for item in now.config.disks if item.vdev == disk.vdev), None)
        if there is not None and there.target != disk.target:
            raise changed_since(now, f"{disk.vdev} is {there.target or 'empty'} now")
        return self._toolstack.detach_disk(target(now), disk.vdev) if there is not None else None

    async def _attached_again(self, now: Domain, snapshot: Snapshot, disk: Disk) -> list[str] | None:
        """Return the command that attaches a disk that was detached, where it is free still."""
        there = next((item for item in now.config.disks if item.vdev == disk.vdev), None)
        if there is not None:
            raise changed_since(now, f"it has a disk {disk.vdev} again")
        source = language.format_disk(disk)
        self._session.caution(await self._checks.disks([disk], others_of(snapshot, now.uuid), source=source))
        return self._toolstack.attach_disk(target(now), disk)

    async def change_medium(self, domain: Domain, device: str, path: str) -> Disk:
        """Put the image at ``path`` into the CD drive ``device``, "" empties it; returns the drive as it is then.

        Without ``device`` it is the only drive the domain has.
        """
        verb = Action.CD_INSERT if path else Action.CD_EJECT
        snapshot = await self._inventory.poll()
        domain = require_now(snapshot, domain, verb)
        former = media.drive(domain, device)
        drive = media.loaded(former, path)
        if path:
            others = others_of(snapshot, domain.uuid)
            warnings = await self._checks.medium(
                drive, others, held=target(domain) if domain.domid is not None else None, source=path
            )
            self._session.caution(warnings)

        def edit(document: language.Document) -> language.Document:
            for index, spec in enumerate(document.strings("disk")):
                disk = language.parse_disk(spec)
                if disk.vdev == drive.vdev and disk.target != drive.target:
                    stored = language.format_disk(media.loaded(disk, drive.target))
                    return document.replace_item("disk", index, stored)
            return document

        await self._changes.apply(
            domain,
            media.exchange(self._toolstack, target(domain), drive) if domain.domid is not None else None,
            edit,
            f"{verb} {drive.vdev} {drive.target}".rstrip(),
            reverse=lambda now, _snapshot: self._exchanged_back(now, former, drive),
        )
        return drive

    async def _exchanged_back(self, now: Domain, former: Disk, drive: Disk) -> list[str] | None:
        """Return the command that puts the former medium into a drive, where the new one is in it still."""
        there = media.drive(now, drive.vdev)
        if there.target != drive.target:
            raise changed_since(now, f"{there.target or 'nothing'} is in {drive.vdev}")
        return media.exchange(self._toolstack, target(now), former)

    async def attach_vif(self, domain: Domain, words: Sequence[str]) -> Vif:
        """Attach an interface described by ``key=value`` words; a MAC address is made where none is given."""
        vif = language.parse_vif(",".join(words))
        snapshot = await self._inventory.poll() if vif.mac else await self._inventory.glance()
        domain = require_now(snapshot, domain, Action.NETWORK_ATTACH)
        await self._checks.vif(vif, source=" ".join(words))
        self._session.caution(duplicates.macs([vif.mac], others_of(snapshot, domain.uuid)))
        vif = vif if vif.mac else replace(vif, mac=identity.new_mac())
        spec = language.format_vif(vif)
        await self._changes.apply(
            domain,
            self._toolstack.attach_interface(target(domain), vif) if domain.domid is not None else None,
            lambda document: document.append_item("vif", spec),
            f"network-attach {spec}",
            reverse=lambda now, _snapshot: self._unplugged_again(now, vif),
        )
        return vif

    async def detach_vif(self, domain: Domain, device: str) -> str:
        """Detach an interface by its number or MAC address; returns the MAC address ("" where it has none)."""
        domain = require_now(await self._inventory.poll(), domain, Action.NETWORK_DETACH)
        position, vif = _vif(domain, device)

        def edit(document: language.Document) -> language.Document:
            stored = [language.parse_vif(spec) for spec in document.strings("vif")]
            pairs = vif_pairs(stored, domain.config.vifs)
            index = next((index for index, place in pairs.items() if place == position), None)
            return document if index is None else document.remove_item("vif", index)

        number = str(vif.devid if vif.devid is not None else position)
        await self._changes.apply(
            domain,
            self._toolstack.detach_interface(target(domain), number, mac=vif.mac)
            if domain.domid is not None
            else None,
            edit,
            f"network-detach {vif.mac or number}",
            reverse=lambda now, _snapshot: self._plugged_again(now, vif),
        )
        return vif.mac

    async def _unplugged_again(self, now: Domain, vif: Vif) -> list[str] | None:
        """Return the command that detaches an interface that was attached; None where it is gone."""
        for position, there in enumerate(now.config.vifs):
            if there.mac.lower() == vif.mac.lower():
                number = there.devid if there.devid is not None else position
                return self._toolstack.detach_interface(target(now), str(number), mac=there.mac)
        return None

    async def _plugged_again(self, now: Domain, vif: Vif) -> list[str] | None:
        """Return the command that attaches an interface that was detached, with the address it had."""
        if any(there.mac and there.mac.lower() == vif.mac.lower() for there in now.config.vifs):
            raise changed_since(now, f"it has an interface {vif.mac} again")
        await self._checks.vif(vif, source=language.format_vif(vif))
        return self._toolstack.attach_interface(target(now), replace(vif, devid=None))


def free_vdev(domain: Domain) -> str:
    """Return the next free guest device of the kind the domain uses (xvdb after xvda), running and stored."""
    disks = (*domain.config.disks, *(domain.stored.disks if domain.stored else ()))
    used = {disk.vdev.rstrip("0123456789") for disk in disks}
    prefix = next((disk.vdev[:2] for disk in disks if disk.vdev[:2] in ("hd", "sd")), "xvd")
    return next((f"{prefix}{letter}" for letter in "abcdefghijklmnop" if f"{prefix}{letter}" not in used), "")


def _new_disk(domain: Domain, words: Sequence[str]) -> Disk:
    """Return the disk whose image is to be made; what the words leave out is the usual.  Raises ConfigError."""
    said = any("," in word or "=" in word for word in words)
    if len(words) == 1 and not said:
        words = [words[0], free_vdev(domain)]
    disk = language.parse_disk_words(words, allow_shared=True)
    if not disk.target.startswith("/") or disk.script or disk.cdrom:
        raise ConfigError(
            "no image can be made for such a disk",
            source=" ".join(words),
            hint=f"name a new file of the host, as in /srv/xen/new.img, or a volume: {VOLUME_PATHS}",
        )
    return disk if said or disk.prefix else replace(disk, format=format_by_name(disk.target))


def _vdev(domain: Domain, device: str) -> str:
    name = language.vdev_meant(device)
    if any(disk.vdev == name for disk in domain.config.disks):
        return name
    known = ", ".join(disk.vdev for disk in domain.config.disks) or "none"
    raise ConfigError(f"the domain {domain.label} has no disk {name}", source=device, hint=f"it has: {known}")


def _vif(domain: Domain, device: str) -> tuple[int, Vif]:
    for position, vif in enumerate(domain.config.vifs):
        number = vif.devid if vif.devid is not None else position
        if device == str(number) or (vif.mac and device.lower() == vif.mac.lower()):
            return position, vif
    known = ", ".join(vif.mac for vif in domain.config.vifs) or "none"
    raise ConfigError(
        f"the domain {domain.label} has no such interface", source=device, hint=f"it has: {known}"
    )
