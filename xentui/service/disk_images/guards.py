"""What stands before a change of an image: it is there, nobody uses it, and nothing that is in it is cut off."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from xentui.errors import NotAllowedError, StoreCode, StoreError, Suggest
from xentui.hosts import operations
from xentui.model.devices import Access, Disk
from xentui.model.disk_image import DiskImage, ImageKind, ImageList
from xentui.model.sizes import shown_bytes
from xentui.service.disk_images import listing, volumes as managers
from xentui.service.disk_images.volume import Volumes
from xentui.service.disk_use import check_disks
from xentui.service.host_files import whole_path

if TYPE_CHECKING:
    from xentui.model.domain import Snapshot
    from xentui.service.inventory import Inventory
    from xentui.service.session import Session

_FIRST = "stop that domain first, or detach the disk there"
_WRITTEN = f"its guest would continue with outdated knowledge of the disk: {_FIRST}"
_TORN = f"what is read while a guest writes is inconsistent: {_FIRST}"


class Guards:
    """Looks at images before something is done to them."""

    def __init__(self, session: Session, inventory: Inventory) -> None:
        self._session = session
        self._inventory = inventory
        self._host = session.host

    async def around(self, folder: str = "") -> ImageList:
        """Return the images of a folder of the host, of all it is known to have where none is named."""
        if folder:
            whole_path(folder)
        snapshot, volumes = await asyncio.gather(self._inventory.poll(), managers.look(self._host))
        return await listing.look_around(self._host, snapshot, volumes, folder.rstrip("/") or folder)

    async def one(self, path: str) -> tuple[Snapshot, Volumes, DiskImage]:
        whole_path(path)
        snapshot, volumes = await asyncio.gather(self._inventory.poll(), managers.look(self._host, [path]))
        (found,) = await listing.look_at(self._host, snapshot, volumes, [path])
        image = await listing.as_listed(self._host, found)
        if image.kind is ImageKind.MISSING:
            seen = (await self._host.call(operations.stat, paths=[self._host.host_path(path)])).popitem()[1]
            if seen["kind"] == "dir":
                raise StoreError(
                    "is a folder", code=StoreCode.INVALID, subject=path, hint="name an image in it"
                )
            raise StoreError(
                "there is no such image on the host",
                code=StoreCode.MISSING,
                subject=path,
                hint="correct the path",
            )
        return snapshot, volumes, image

    async def require_unused(
        self, snapshot: Snapshot, image: DiskImage, access: Access = Access.WRITE
    ) -> None:
        """Raise ConfigError where a running or suspended domain, or the host, uses the image."""
        disk = Disk(image.path, "xvda", image.format, access)
        advice = _TORN if access is Access.READ else _WRITTEN
        warnings = await check_disks(
            self._session, [disk], snapshot.domains, source=image.path, advice=advice
        )
        self._session.caution(warnings)

    async def require_no_base(self, snapshot: Snapshot, volumes: Volumes, image: DiskImage) -> None:
        """Raise NotAllowedError where another image is based on it, however that spells the path."""
        if image.kind is not ImageKind.FILE:
            return
        folder = image.path.rpartition("/")[0] or "/"
        beside, named = await asyncio.gather(
            listing.look_around(self._host, snapshot, volumes, folder),
            listing.look_around(self._host, snapshot, volumes),
        )
        based = {base.path: other for other in (*beside.images, *named.images) for base in other.backing}
        places = {path: self._host.host_path(path) for path in (image.path, *based)}
        facts = await listing.facts_of(self._host, places.values()) if based else {}
        own = facts.get(places[image.path], {}).get("identity")
        for path, other in based.items():
            if path == image.path or (own and facts[places[path]].get("identity") == own):
                raise NotAllowedError(
                    f"the image {other.path} is based on it",
                    subject=image.path,
                    hint=("remove that one first, or make it independent with ", Suggest("image.convert")),
                )

    def require_own_size(self, image: DiskImage) -> None:
        """Raise NotAllowedError for a device, which has the size it has."""
        if image.kind is ImageKind.DEVICE:
            raise NotAllowedError("is a device of the host, which xentui does not resize", subject=image.path)

    async def require_cuttable(self, image: DiskImage, size: int) -> None:
        for part in await listing.parts_of(self._host, image):
            if part.kind and not part.number and part.end <= part.start:
                raise NotAllowedError(
                    f"it holds {part.kind}, which does not tell where it ends", subject=image.path
                )
            if part.end > size:
                raise NotAllowedError(
                    f"{part.words} ends at byte {part.end}, past the {shown_bytes(size)} it would have",
                    subject=image.path,
                    hint="make the file system and the partition smaller first, in the guest",
                )
