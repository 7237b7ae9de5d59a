"""Deleting a domain with its disks: what would go, what is kept and why, and the job of the host that does it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from xentui.errors import ConfigError, Hint, NotAllowedError, StoreCode, StoreError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.model.devices import Access, Disk
from xentui.model.disk_image import DiskImage, ImageKind
from xentui.model.domain import Domain, Snapshot
from xentui.model.sizes import shown_bytes
from xentui.service.disk_holders import holders_of
from xentui.service.disk_images import listing, volumes as managers
from xentui.service.disk_images.volume import Volumes
from xentui.service.disk_use import is_here, others_of, path_of
from xentui.service.jobs.run_to_end import JobRequest, run_to_end
from xentui.service.legality import Action, require_now
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.service.definitions import Definitions
    from xentui.service.disk_images import DiskImages
    from xentui.service.inventory import Inventory
    from xentui.service.repository import Repository
    from xentui.service.session import Session


@dataclass(frozen=True, slots=True)
class Disposal:
    """A domain with the ``images`` that would go with it; ``kept`` says of its other disks why they stay.

    ``stamps`` are what the files are known again by.
    """

    domain: Domain
    images: tuple[DiskImage, ...]
    kept: tuple[str, ...]
    stamps: Mapping[str, list[int]]

    @property
    def question(self) -> str:
        """What is asked first."""
        return f"Delete {self.domain.label} with its disks?"

    @property
    def losses(self) -> tuple[str, ...]:
        """What would be lost, and what is kept."""
        gone = [
            f"{plain(image.path)} ({image.format}, {_size(image)}) is removed for good: there is no trash for disks"
            for image in self.images
        ]
        return (*gone, *(f"kept: {line}" for line in self.kept))

    @property
    def typed(self) -> str:
        """The domain's name."""
        return self.domain.label

    @property
    def hint(self) -> Hint:
        """Nothing could be done instead."""
        return ""

    @property
    def again(self) -> SecondQuestion:
        """The second question."""
        total = sum(image.used or 0 for image in self.images)
        disks = "1 disk" if len(self.images) == 1 else f"{len(self.images)} disks"
        return SecondQuestion(
            f"Really remove {disks} of {self.domain.label}?",
            (f"{disks}, {shown_bytes(total)} on the host: nothing brings that back",),
        )


@dataclass(frozen=True, slots=True)
class SecondQuestion:
    """A question that a yes is enough for."""

    question: str
    losses: tuple[str, ...]
    typed: str = ""
    hint: Hint = ""


class Disposing:
    """Deletes domains with their disks.

    Raises NotAllowedError where the state forbids it, StoreError where a file is none that xentui may remove: a link,
    one of somebody else, one in a folder that others may write to.
    """

    def __init__(
        self,
        session: Session,
        inventory: Inventory,
        repository: Repository,
        definitions: Definitions,
        images: DiskImages,
    ) -> None:
        self._session = session
        self._inventory = inventory
        self._definitions = definitions
        self._repository = repository
        self._images = images
        self._host = session.host

    async def plan(self, domain: Domain) -> Disposal:
        """Return what would go and what is kept; nothing is done."""
        snapshot = await self._inventory.poll()
        domain = require_now(snapshot, domain, Action.DELETE)
        kept: list[str] = []
        own: dict[str, Disk] = {}
        for disk in domain.stored.disks if domain.stored else ():
            if words := _not_own(disk):
                kept.append(words)
            elif disk.target:
                own[path_of(disk)] = disk
        volumes = await managers.look(self._host, own)
        found = await listing.look_at(self._host, snapshot, volumes, list(own)) if own else ()
        holders = await self._holders(snapshot, domain, own)
        images: list[DiskImage] = []
        for image in found:
            why = holders[image.path] or await self._why_kept(snapshot, volumes, image)
            if why:
                kept.append(f"{image.path} {why}")
            else:
                # It is removed by its own name: what /dev/zd0 leads to may be another volume by then.
                volume = volumes.volumes.get(image.path)
                images.append(replace(image, path=volume.path) if volume else image)
        files = {
            image.path: self._host.host_path(image.path) for image in images if image.kind is ImageKind.FILE
        }
        return Disposal(domain, tuple(images), tuple(kept), await self._stamps(files))

    async def _stamps(self, files: Mapping[str, str]) -> dict[str, list[int]]:
        if not files:
            return {}
        try:
            told = await self._host.call(operations.removal_stamps, paths=sorted(set(files.values())))
        except StoreError as error:
            raise StoreError(
                f"cannot remove the disk: {error.message}",
                code=error.code,
                subject=self._host.shown(error.subject),
                hint="delete the domain without its disks, and remove that disk yourself",
            ) from error
        return {path: told[place] for path, place in files.items()}

    async def _holders(self, snapshot: Snapshot, domain: Domain, own: Mapping[str, Disk]) -> dict[str, str]:
        """Return why each of the disks is not the domain's alone, by its path; "" where it is."""
        held = await holders_of(self._host, own, others_of(snapshot, domain.uuid))
        return {
            path: f"is a disk of {', '.join(names)} too, or what one is based on" if names else ""
            for path, names in held.items()
        }

    async def _why_kept(self, snapshot: Snapshot, volumes: Volumes, image: DiskImage) -> str:
        """Return why an image that no other domain names is kept, as the end of a sentence; "" where it can go."""
        if image.kind is ImageKind.MISSING:
            return "is not there"
        if image.kind is ImageKind.DEVICE:
            return "is a device of the host"
        try:
            await self._images.guards.require_unused(snapshot, image)
            await self._images.guards.require_no_base(snapshot, volumes, image)
        except (ConfigError, NotAllowedError) as error:
            return f"is in use: {error.message}"
        return ""

    async def dispose(self, plan: Disposal) -> None:
        """Delete the domain, then remove its disks: a job of the host, which goes on when the line breaks.

        The domain goes to the trash, without disks.  What could not be removed is told (CommandError).
        """
        session = self._session
        session.require_writable()
        # Questions were answered meanwhile: whatever runs by now keeps its disks.
        require_now(await self._inventory.glance(), plan.domain, Action.DELETE)
        paths = [image.path for image in plan.images if image.kind is not ImageKind.FILE]
        volumes = await managers.look(self._host, paths) if paths else None
        disks = {}
        for image in plan.images:
            argv: list[str] = []
            if image.kind is not ImageKind.FILE and volumes is not None:
                if image.path not in volumes.volumes:
                    raise StoreError("was removed meanwhile", code=StoreCode.CONFLICT, subject=image.path)
                place = volumes.volumes[image.path].place
                argv = place.manager.remove(place)
            if session.dry_run:
                session.say(shlex.join(argv or ["rm", "--", image.path]))
            told = {"argv": argv} if argv else {"stamp": plan.stamps[image.path]}
            disks[self._host.host_path(image.path)] = told
        if session.dry_run or not disks:
            await self._definitions.delete(plan.domain)
            return

        label = plan.domain.label
        begin = partial(
            session.store.start_delete_job,
            uuid=plan.domain.uuid,
            disks=disks,
            subject=label,
            user=session.user,
        )
        request = JobRequest("delete", label, begin, "not all was removed", cancellable=False)
        work = run_to_end(session, request)
        await self._repository.done_by(
            label, "delete with disks", work, lasting="its disks are gone for good"
        )


def _not_own(disk: Disk) -> str:
    """Return why a disk is not looked at as one to remove; "" where it is."""
    if not disk.target:
        return ""
    if disk.cdrom:
        return f"{disk.target} is a medium ({disk.vdev})"
    if disk.access is Access.READ:
        return f"{disk.target} is read-only ({disk.vdev}), and may be somebody else's"
    if not is_here(disk):
        return f"{disk.target} lies elsewhere ({disk.vdev})"
    return ""


def _size(image: DiskImage) -> str:
    return shown_bytes(image.size) if image.size is not None else "its size is not known"
