"""Images of guests' disks: everything a front end can ask for."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from xentui.errors import HostError, NotAllowedError, StoreError, XentuiError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.model.disk_image import DiskImage, ImageKind, ImagePart, NewImage, Room
from xentui.service.disk_images import danger as dangers, jobs, listing
from xentui.service.disk_images.copying import Copying
from xentui.service.disk_images.creating import Creating
from xentui.service.disk_images.danger import ImageDanger
from xentui.service.disk_images.guards import Guards
from xentui.service.disk_images.resizing import Resizing
from xentui.service.disk_images.volume import Volumes
from xentui.service.jobs.progress import Progress
from xentui.service.jobs.run import GoesOnError

if TYPE_CHECKING:
    from xentui.model.domain import Snapshot
    from xentui.service.inventory import Inventory
    from xentui.service.session import Session

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ImageDetails:
    """An image and what is in it; ``parts_unknown`` is why that is not told, ``room`` where it lies."""

    image: DiskImage
    parts: tuple[ImagePart, ...]
    parts_unknown: str = ""
    room: Room | None = None


class DiskImages:
    """Looks at, makes, grows, copies, converts and removes images.

    Everything that writes raises NotAllowedError in a read-only session, prints its commands in a dry run, StoreError
    where the host refuses (existing file, full or read-only file system, a folder others may write to), CommandError
    where a tool fails, ConfigError where a running domain or the host itself uses the image; nothing is left half-made.
    Long work is a job of the host: it goes on when the line breaks (GoesOnError); cancelled, it leaves nothing.
    """

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._host = session.host
        self.guards = Guards(session, inventory)
        creating, copying = Creating(session, self.guards), Copying(session, self.guards)
        self.create, self.make, self.make_small = creating.create, creating.make, creating.make_small
        self.make_initrd, self.check = creating.make_initrd, creating.check
        resizing = Resizing(session, self.guards)
        self.resize, self.grown = resizing.resize, resizing.grown
        self.copy, self.convert = copying.copy, copying.convert
        self.make_copy, self.make_converted = copying.make_copy, copying.make_converted
        self.list = self.guards.around

    async def info(self, path: str) -> ImageDetails:
        """Return one image, its partitions and file systems; raises StoreError, code ``missing``, where there is
        none.
        """
        snapshot, volumes, image = await self.guards.one(path)
        room = next(iter(listing.rooms(await self._beside(snapshot, volumes, image))), None)
        parts: tuple[ImagePart, ...] = ()
        unknown = ""
        try:
            parts = await listing.parts_of(self._host, image)
        except HostError as error:
            unknown = error.message
        return ImageDetails(image, parts, unknown, room)

    async def _beside(self, snapshot: Snapshot, volumes: Volumes, image: DiskImage) -> tuple[DiskImage, ...]:
        """Return the images that take their room from the same place, as far as they are known."""
        if not image.lies_on:
            return ()
        around = await listing.look_around(self._host, snapshot, volumes)
        found = {each.path: each for each in around.images if each.lies_on == image.lies_on}
        if image.path in volumes.volumes:
            # It may be named by another path of its device.
            found.pop(volumes.volumes[image.path].path, None)
        return tuple({**found, image.path: image}.values())

    async def cut(self, path: str, size: int) -> ImageDanger | None:
        """Return what is to be agreed to before an image is given ``size``; None where it does not become smaller.

        Raises as :meth:`resize` does, so that nobody is asked for what cannot be.
        """
        snapshot, _volumes, image = await self.guards.one(path)
        if image.size is None or size >= image.size:
            return None
        self.guards.require_own_size(image)
        await self.guards.require_unused(snapshot, image)
        await self.guards.require_cuttable(image, size)
        return dangers.cut(image, size)

    async def removal(self, path: str) -> ImageDanger:
        """Return what is to be agreed to before an image is removed; raises as :meth:`remove` does."""
        return dangers.removed((await self._removable(path))[1])

    async def _removable(self, path: str) -> tuple[Volumes, DiskImage]:
        snapshot, volumes, image = await self.guards.one(path)
        if image.kind is ImageKind.DEVICE:
            raise NotAllowedError("is a device of the host, not an image", subject=path)
        if path in volumes.volumes and volumes.volumes[path].path != path:
            # What it leads to may be another volume once the question is answered.
            own = volumes.volumes[path].path
            raise NotAllowedError(f"is the volume {own}", subject=path, hint="remove it by that name")
        await self.guards.require_unused(snapshot, image)
        await self.guards.require_no_base(snapshot, volumes, image)
        return volumes, image

    async def made_for(
        self, new: NewImage, use: Callable[[], Awaitable[Result]], *, progress: Progress | None = None
    ) -> Result:
        """Make an image, and ``use`` it; where either fails, or is cancelled, nothing is left of it.

        What :meth:`take_back` leaves there is told of.  Raises what :meth:`create` and ``use`` do.
        """
        session = self._session
        try:
            await self.make(new, progress=progress, goes_on=False)
        except GoesOnError:
            session.caution([f"{new.path} is not a disk yet: attach it once it is made"])
            raise
        except HostError:
            session.caution([f"not known whether {new.path} was made; it is not a disk yet"])
            raise
        try:
            return await use()
        except (XentuiError, asyncio.CancelledError):
            if not session.dry_run:
                await asyncio.shield(self._forsake(new.path))
            raise

    async def _forsake(self, path: str) -> None:
        if why := await self.take_back(path):
            self._session.caution([f"the new image {path} stays on the host: {why}"])

    async def take_back(self, path: str) -> str:
        """Remove an image that was made for a disk that has not come to be; "" or why it stays.

        It stays where a domain names it by now, or the host does not answer.
        """
        try:
            _snapshot, _volumes, image = await self.guards.one(path)
            if not image.domains:
                await self.remove(path)
                return ""
        except XentuiError as error:
            return error.message
        return f"{', '.join(image.domains)} names it"

    async def remove(self, path: str) -> None:
        """Remove an image; raises NotAllowedError for a device, and where another image is based on it."""
        session = self._session
        session.require_writable()
        volumes, _image = await self._removable(path)
        if path in volumes.volumes:
            volume = volumes.volumes[path].place
            await session.change(volume.manager.remove(volume), subject=path)
            return
        if session.dry_run:
            session.say(shlex.join(["rm", "--", path]))
            return
        place = self._host.host_path(path)
        try:
            await session.store_change(
                ["image-rm", path],
                subject=path,
                action=lambda: self._host.call(operations.remove_image, path=place),
            )
        except StoreError as error:
            raise jobs.explained(error, path, "remove") from error
