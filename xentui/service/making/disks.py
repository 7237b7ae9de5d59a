"""The disks of a new guest: looked at where they are answered, and as they would be made."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from xentui.errors import NotAllowedError, StoreCode, StoreError, Suggest, UsageError, option
from xentui.hosts import operations
from xentui.model.devices import Access, Disk
from xentui.model.sizes import shown_bytes
from xentui.service.checks import Checks
from xentui.service.disk_images import volumes
from xentui.service.disk_images.listing import USUAL_FOLDERS
from xentui.service.disk_use import others_of
from xentui.service.host_files import whole_path
from xentui.service.making import first_boot
from xentui.service.making.answers import Answers, SourceKind, WantedDisk
from xentui.service.making.building.recipe import LEAST
from xentui.service.making.plan import PlannedDisk
from xentui.service.making.unattended import Unattended, checked

if TYPE_CHECKING:
    from xentui.hosts.base import Host
    from xentui.model.disk_image import DiskImage
    from xentui.service.disk_images import DiskImages
    from xentui.service.inventory import Inventory
    from xentui.service.session import Session

_LETTERS = "abcdefghijklmnop"
_EMULATED = 4
"""The first disk of an HVM guest that has no emulated twin."""
_ENDINGS = {"raw": "img", "qcow2": "qcow2", "vhd": "vhd"}


class DiskPlanning:
    """Looks at the disks a guest is to have; raises what :class:`~xentui.service.making.making.Making` does."""

    def __init__(self, session: Session, inventory: Inventory, images: DiskImages) -> None:
        self._session = session
        self._inventory = inventory
        self._images = images
        self._checks = Checks(session)

    @property
    def _host(self) -> Host:
        return self._session.host

    async def usual(self, name: str, format: str = "raw") -> str:
        """Return the path a new disk of a guest may have: where the host's images lie."""
        snapshot = await self._inventory.glance()
        counts: dict[str, int] = {}
        for domain in snapshot.domains:
            for disk in domain.config.disks if not domain.is_control else ():
                folder = disk.target.rpartition("/")[0]
                if disk.target.startswith("/") and not disk.target.startswith("/dev/") and not disk.cdrom:
                    counts[folder] = counts.get(folder, 0) + 1
        folder = max(sorted(counts), key=counts.__getitem__) if counts else USUAL_FOLDERS[0]
        return f"{folder}/{stem(name)}.{_ENDINGS[format]}"

    async def check(self, answers: Answers) -> tuple[PlannedDisk, ...]:
        """Return the disks as they would be made; raises where one cannot, or is not there, or is used."""
        kind = answers.source.kind
        if not answers.disks and kind is not SourceKind.NETWORK:
            raise UsageError(
                "it needs a disk", subject=answers.name, hint="name one, or a size for a new one"
            )
        if len(answers.disks) > len(_LETTERS):
            raise UsageError(
                f"it has more than {len(_LETTERS)} disks", subject=answers.name, hint="leave some out"
            )
        paths = [disk.path for disk in answers.disks]
        if double := next((path for path in paths if paths.count(path) > 1), ""):
            raise UsageError("is named twice", subject=double, hint="each disk is one of its own")
        planned = [
            PlannedDisk(disk, f"xvd{letter}") for disk, letter in zip(answers.disks, _LETTERS, strict=False)
        ]
        if kind.copies:
            planned[0] = await self._copied(answers, planned[0])
        if kind.builds:
            planned[0] = replace(planned[0], system=_filled(planned[0].wanted))
        if kind is SourceKind.DISK and planned[0].new:
            raise UsageError(
                "a disk with a system on it is not a new one",
                subject=planned[0].wanted.path,
                hint="leave out its size, or choose what it is installed from",
            )
        if kind is SourceKind.CLOUD:
            planned.append(await self._told_by(answers, planned))
        await asyncio.gather(*(self._check_place(disk) for disk in planned if disk.new))
        if there := [domain_disk(disk) for disk in planned if not disk.new]:
            for disk in there:
                whole_path(disk.target)
            snapshot = await self._inventory.poll()
            label = answers.name or "the new guest"
            self._session.caution(await self._checks.disks(there, others_of(snapshot), source=label))
        return tuple(planned)

    async def unattended(self, answers: Answers, initrd: str = "") -> Unattended | None:
        """Return the answers for its installer, and where the disk they come by would lie; None where there is none.

        ``initrd`` is the installer's, a file of the host, "" for none: a preseed is put into a copy of that.

        Raises UsageError for answers nobody reads, and where there is nothing that would.
        """
        if not answers.unattended:
            return None
        if not answers.source.kind.installs:
            raise UsageError(
                "are for an installer, and there is none", subject="the answers", hint="leave them out"
            )
        found = checked(answers.unattended)
        made = Unattended(found, await self._beside(answers, "answers.iso"))
        if not found.label and initrd:
            made = Unattended(found, await self._beside(answers, "answers.initrd"), initrd)
        if found.label or initrd:
            await self._check_place(PlannedDisk(WantedDisk(made.path), "", holds="answers"))
        return made

    async def _beside(self, answers: Answers, ending: str) -> str:
        """Return the path of a small disk for a guest: beside its first, where that is a file."""
        first = answers.disks[0].path if answers.disks else ""
        beside = first if first and not first.startswith("/dev/") else await self.usual(answers.name)
        return f"{beside.rpartition('/')[0]}/{stem(answers.name)}-{ending}"

    async def _told_by(self, answers: Answers, planned: list[PlannedDisk]) -> PlannedDisk:
        """Return the small disk that tells a cloud image what to be, behind the others."""
        path = answers.first_boot.path
        if len(planned) >= len(_LETTERS):
            raise UsageError("has no room for the disk of its first boot", subject=answers.name)
        path = path or await self._beside(answers, f"{first_boot.LABEL}.iso")
        if path.startswith("/dev/"):
            raise UsageError("is not a valid place for a file", subject=path, hint="/srv/… is one")
        if path in [disk.wanted.path for disk in planned]:
            raise UsageError("is named twice", subject=path, hint="each disk is one of its own")
        # Of an HVM guest the first four have an emulated twin, which cannot be read-only (libxl_dm.c).
        at = max(len(planned), _EMULATED) if answers.type == "hvm" else len(planned)
        return PlannedDisk(
            WantedDisk(path), f"xvd{_LETTERS[at]}", holds=first_boot.words(answers.first_boot, answers.name)
        )

    async def check_copied(self, answers: Answers) -> tuple[DiskImage, str]:
        """Look at the image that is to be copied; return it and the format it is read as.

        Raises NotAllowedError where a domain runs with it, UsageError where nobody says which format it is.
        """
        source = answers.source
        if not source.path:
            raise UsageError("the image to copy is needed", subject="source", hint="name one of the host")
        image = (await self._images.guards.one(source.path))[2]
        if image.running:
            raise NotAllowedError(
                f"{image.running[0]} runs with it", subject=source.path, hint="shut it down first"
            )
        known = source.format or (image.format if image.domains or not image.content else "")
        if not known:
            raise UsageError(
                f"it begins as a {image.content} image, and no domain says that it is one",
                subject=source.path,
                hint=f"say that it is {image.content}, or raw if a guest wrote that",
            )
        return image, known

    async def _copied(self, answers: Answers, disk: PlannedDisk) -> PlannedDisk:
        image, known = await self.check_copied(answers)
        source, size = answers.source, disk.wanted.size
        if size and image.size and size < image.size:
            raise UsageError(
                f"is smaller than the image, which has {shown_bytes(image.size)}",
                subject=shown_bytes(size),
                hint="leave out the size to keep that",
            )
        grows = size if size and size != image.size else 0
        converts = known if known != disk.wanted.format else ""
        if disk.wanted.preallocated and not converts:
            raise UsageError(
                "a copy takes space for its data only",
                subject=disk.wanted.path,
                hint=("leave out ", option("--preallocated", form="“Allocate all its space now”")),
            )
        return replace(disk, source=source.path, converts=converts, grows=grows)

    async def _check_place(self, disk: PlannedDisk) -> None:
        """Raise StoreError where a new disk is there already, or has no folder to be in."""
        path = disk.wanted.path
        whole_path(path)
        if path.startswith("/dev/") and volumes.place_of(path) is None:
            raise UsageError("is not a valid place for a new disk", subject=path, hint=volumes.EXAMPLES)
        folder = path.rpartition("/")[0] or "/"
        own, parent = self._host.host_path(path), self._host.host_path(folder)
        facts = await self._host.call(operations.stat, paths=sorted({own, parent}))
        if facts[own].get("kind") != "missing":
            raise StoreError(
                "is there already",
                code=StoreCode.EXISTS,
                subject=path,
                hint="choose another path, or leave out the size to use it as it is",
            )
        if not path.startswith("/dev/") and facts[parent].get("kind") != "dir":
            raise StoreError(
                "the host has no such folder",
                code=StoreCode.MISSING,
                subject=folder,
                hint="make it, or choose another path",
            )
        await self._images.check(disk.wanted.image)


def _filled(wanted: WantedDisk) -> str:
    """Return what is said of a disk that a system is put on; raises UsageError for one that takes none."""
    if not wanted.size:
        raise UsageError(
            "is to be a new disk: what is there is not written over",
            subject=wanted.path,
            hint="give its size",
        )
    if wanted.format != "raw":
        raise UsageError(
            f"a system is put on raw bytes, not into a {wanted.format} image",
            subject=wanted.path,
            hint=("make it raw, and convert it then: ", Suggest("image.convert")),
        )
    if wanted.size < LEAST:
        raise UsageError(
            "is too small for a system with its kernel",
            subject=shown_bytes(wanted.size),
            hint=f"{shown_bytes(LEAST)} or more",
        )
    return "with a system"


def stem(name: str) -> str:
    """Return what the files of a domain are called by."""
    return "".join(sign if sign.isalnum() or sign in "._+-" else "_" for sign in name) or "new"


def domain_disk(disk: PlannedDisk) -> Disk:
    """Return a disk as the configuration names it."""
    access = Access.READ if disk.holds else Access.WRITE
    return Disk(disk.wanted.path, disk.vdev, disk.wanted.format, access=access)
