"""Disks and interfaces of a domain: live where it runs, and stored where it is managed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xentui import config as language
from xentui.errors import ConfigError, NotAllowedError
from xentui.model.configuration import vif_pairs
from xentui.model.devices import Access, Disk, Vif
from xentui.model.domain import Domain
from xentui.service import doubles, identity, media
from xentui.service.checks import Checks
from xentui.service.disk_use import others_of
from xentui.service.inventory import Inventory
from xentui.service.legality import Action, require_now
from xentui.service.live_and_stored import LiveAndStored
from xentui.service.session import Session
from xentui.toolstack.targets import target


class Devices:
    """Attach, detach and list; all raise NotAllowedError, ConfigError or CommandError with nothing half-done.

    All decide on what the domain is when they are called; NoSuchDomainError where nothing is left of it.
    """

    def __init__(self, session: Session, inventory: Inventory, changes: LiveAndStored) -> None:
        self._session = session
        self._inventory = inventory
        self._changes = changes
        self._toolstack = session.toolstack
        self._checks = Checks(session)

    async def attach_disk(self, domain: Domain, words: Sequence[str]) -> Disk:
        """Attach the disk described by ``words``: ``BACKEND DEVICE MODE`` as xm wrote it, or xl's own forms.

        Of a managed domain's disk with xm's ``w!`` it is stored that others write to it too.
        """
        disk = language.parse_disk_words(words, allow_shared=True)
        snapshot = await self._inventory.poll()
        domain = require_now(snapshot, domain, Action.BLOCK_ATTACH)
        stored = domain.stored.disks if domain.stored else ()
        if any(other.vdev == disk.vdev for other in (*domain.config.disks, *stored)):
            raise NotAllowedError(
                f"cannot attach: it has a disk {disk.vdev} already",
                subject=domain.label,
                hint=f"choose another device, the next free one is {free_vdev(domain)}",
            )
        others = others_of(snapshot, domain.uuid)
        self._session.caution(await self._checks.disks([disk], others, source=" ".join(words)))
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
        )
        return disk

    async def detach_disk(self, domain: Domain, device: str, *, force: bool = False) -> str:
        """Detach a disk by guest name (``xvdb``, ``/dev/xvdb``) or number; returns its guest name."""
        domain = require_now(await self._inventory.poll(), domain, Action.BLOCK_DETACH)
        vdev = _vdev(domain, device)

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
        )
        return vdev

    async def change_medium(self, domain: Domain, device: str, path: str) -> Disk:
        """Put the image at ``path`` into the CD drive ``device``, "" empties it; returns the drive as it is then.

        Without ``device`` it is the only drive the domain has.
        """
        verb = Action.CD_INSERT if path else Action.CD_EJECT
        snapshot = await self._inventory.poll()
        domain = require_now(snapshot, domain, verb)
        drive = media.loaded(media.drive(domain, device), path)
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
        )
        return drive

    async def attach_vif(self, domain: Domain, words: Sequence[str]) -> Vif:
        """Attach an interface described by ``key=value`` words; a MAC address is made where none is given."""
        vif = language.parse_vif(",".join(words))
        snapshot = await self._inventory.poll() if vif.mac else await self._inventory.glance()
        domain = require_now(snapshot, domain, Action.NETWORK_ATTACH)
        await self._checks.vif(vif, source=" ".join(words))
        self._session.caution(doubles.macs([vif.mac], others_of(snapshot, domain.uuid)))
        vif = vif if vif.mac else replace(vif, mac=identity.new_mac())
        spec = language.format_vif(vif)
        await self._changes.apply(
            domain,
            self._toolstack.attach_interface(target(domain), vif) if domain.domid is not None else None,
            lambda document: document.append_item("vif", spec),
            f"network-attach {spec}",
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
            self._toolstack.detach_interface(target(domain), number) if domain.domid is not None else None,
            edit,
            f"network-detach {vif.mac or number}",
        )
        return vif.mac


def free_vdev(domain: Domain) -> str:
    """The next free guest device of the kind the domain uses (xvdb after xvda)."""
    used = {disk.vdev.rstrip("0123456789") for disk in domain.config.disks}
    prefix = next((disk.vdev[:2] for disk in domain.config.disks if disk.vdev[:2] in ("hd", "sd")), "xvd")
    return next((f"{prefix}{letter}" for letter in "abcdefghijklmnop" if f"{prefix}{letter}" not in used), "")


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
