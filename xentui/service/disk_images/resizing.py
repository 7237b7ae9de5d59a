"""Growing images, live where the running Xen can, and cutting them."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from xentui.errors import (
    NotAllowedError,
    StoreError,
)
from xentui.hosts import operations
from xentui.model.disk_image import DiskImage
from xentui.model.sizes import shown_bytes
from xentui.service.disk_images import commands, jobs
from xentui.service.disk_images.volume import Volume
from xentui.service.disk_images.volumes import place_of

if TYPE_CHECKING:
    from xentui.service.disk_images.guards import Guards
    from xentui.service.session import Session


_LOOP = re.compile(r"/dev/loop[0-9]{1,7}\Z")
_IN_GUEST = "in the guest `growpart` and `resize2fs` (or `xfs_growfs`) make use of it"


class Resizing:
    """Gives images another size."""

    def __init__(self, session: Session, guards: Guards) -> None:
        self._session = session
        self._guards = guards
        self._host = session.host

    async def resize(self, path: str, size: int) -> str:
        """Give an image another size; returns what is to be done next, as a sentence.

        A file of raw bytes and a volume grow while a domain runs with them: blkback tells the guest at its next read or
        write.  Before a cut is made :meth:`cut` is to be agreed to.  Raises NotAllowedError where partitions or file
        systems end past the new size, or where the image cannot grow while it is in use.
        """
        session = self._session
        session.require_writable()
        snapshot, volumes, image = await self._guards.one(path)
        if image.size is None:
            raise NotAllowedError("its size is not known", subject=path)
        volume = volumes.volumes.get(path)
        if size == image.size or (volume is not None and volume.rounded(size) == image.size):
            raise NotAllowedError(f"it has {shown_bytes(image.size)} already", subject=path)
        smaller = size < image.size
        self._guards.require_own_size(image)
        live = bool(image.running) and not smaller and image.format == "raw"
        if not live:
            await self._guards.require_unused(snapshot, image)
        if smaller:
            await self._guards.require_cuttable(image, size)
        if volume is not None:
            if not smaller and not volume.pool:
                volumes.require_room(volume.place, size - image.size)
            await session.change(volume.place.manager.resize(volume, size), subject=path)
        elif image.format == "raw":
            await self._resize_raw(image, size)
        else:
            place = self._host.host_path(path)
            await session.change(commands.resize(place, image.format, size, smaller=smaller), subject=path)
        return self._afterwards(image, smaller=smaller, live=live)

    def grown(self, path: str, format: str, size: int) -> list[str]:
        """Return what :meth:`resize` would run to grow an image that is not there yet: what a dry run says."""
        place = place_of(path)
        if place is not None and format == "raw":
            return place.manager.resize(Volume(place, size=0, used=0), size)
        if format == "raw":
            return _truncate(path, size)
        return commands.resize(self._host.host_path(path), format, size, smaller=False)

    async def _resize_raw(self, image: DiskImage, size: int) -> None:
        session, path = self._session, image.path
        place = self._host.host_path(path)
        before = image.size or 0
        loops = await self._loops(place)
        if session.dry_run:
            session.say(shlex.join(_truncate(path, size)))
        else:
            try:
                await session.store_change(
                    ["image-resize", path, str(size)],
                    subject=path,
                    action=lambda: self._host.call(
                        operations.resize_image, path=place, size=size, before=before
                    ),
                )
            except StoreError as error:
                raise jobs.explained(error, path, "resize") from error
        for device in loops:
            await session.change(commands.loop_grown(device), subject=path)

    async def _loops(self, place: str) -> tuple[str, ...]:
        """Return the loop devices a file is used through."""
        done = await self._host.run(commands.loops_of(place), timeout=20.0)
        if done.exit_code != 0:
            return ()
        return tuple(line.strip() for line in done.text.split("\n") if _LOOP.match(line.strip()))

    def _afterwards(self, image: DiskImage, *, smaller: bool, live: bool) -> str:
        if smaller:
            return "" if not image.domains else "the guest sees it at its next start"
        names = ", ".join(image.running)
        if live:
            return f"{names} sees it at its next read or write; {_IN_GUEST}"
        return f"the guest sees it at its next start; {_IN_GUEST}" if image.domains else ""


def _truncate(path: str, size: int) -> list[str]:
    """Return the command that stands for what the agent does with a file of raw bytes."""
    return ["truncate", f"--size={size}", path]
