"""Copies of images, of the same format or another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xentui.errors import (
    NotAllowedError,
    Suggest,
    UsageError,
)
from xentui.model.devices import Access
from xentui.model.disk_image import DiskImage, ImageKind
from xentui.service.disk_images import commands, jobs
from xentui.service.host_files import whole_path
from xentui.service.jobs.progress import Progress

if TYPE_CHECKING:
    from xentui.service.disk_images.guards import Guards
    from xentui.service.session import Session


class Copying:
    """Copies and converts images."""

    def __init__(self, session: Session, guards: Guards) -> None:
        self._session = session
        self._guards = guards
        self._host = session.host

    async def copy(self, source: str, path: str, *, progress: Progress | None = None) -> DiskImage:
        """Copy an image or a device to a new file, byte for byte; what is nothing but zeros takes no room there."""
        return await self._look(path, await self.make_copy(source, path, progress=progress))

    async def make_copy(
        self, source: str, path: str, *, progress: Progress | None = None, goes_on: bool = True
    ) -> DiskImage:
        """As :meth:`copy`, without a look at what was made: it is there exactly where nothing is raised.

        One that does not ``goes_on`` is stopped also where whoever waits leaves the session.  Returns the source.
        """
        self._session.require_writable()
        image = await self._source(source, path)
        place = self._host.host_path(path)
        await jobs.run(
            self._session,
            "image-copy",
            path,
            {
                "path": place,
                "source": self._host.host_path(source),
                "room": image.used or 0 if image.kind is ImageKind.FILE else 0,
            },
            ["cp", "--sparse=always", "--reflink=auto", "--", source, path],
            progress=progress,
            goes_on=goes_on,
        )
        return image

    async def convert(
        self,
        source: str,
        path: str,
        *,
        format: str,
        source_format: str = "",
        preallocated: bool = False,
        progress: Progress | None = None,
    ) -> DiskImage:
        """Make an image of another format of what ``source`` holds, whose own is ``source_format``.

        Where that is "" it is what the domains that name it say; one whose bytes begin as an image and that nobody
        names is refused: a guest may have written them (UsageError).
        """
        image = await self.make_converted(
            source,
            path,
            format=format,
            source_format=source_format,
            preallocated=preallocated,
            progress=progress,
        )
        return await self._look(path, image)

    async def make_converted(
        self,
        source: str,
        path: str,
        *,
        format: str,
        source_format: str = "",
        preallocated: bool = False,
        progress: Progress | None = None,
        goes_on: bool = True,
    ) -> DiskImage:
        """As :meth:`convert`, in the way :meth:`make_copy` is as :meth:`copy`."""
        self._session.require_writable()
        image = await self._source(source, path)
        commands.require_made(format)
        known = source_format or self._named_format(image)
        if any(not each.format for each in image.backing) or (known == "qcow2" and not _local(image)):
            raise NotAllowedError(
                "it is based on a file whose format is not recorded, and a guess from what a guest wrote is not safe",
                subject=source,
                hint="`qemu-img rebase -u -b FILE -F FORMAT` records it",
            )
        place, real = self._host.host_path(path), self._host.host_path(source)
        argv = commands.convert(real, known, format, preallocated=preallocated)
        await jobs.run(
            self._session,
            "image-convert",
            path,
            {"path": place, "source": real, "argv": argv},
            commands.convert(source, known, format, preallocated=preallocated, path=path),
            progress=progress,
            goes_on=goes_on,
        )
        return image

    async def _look(self, path: str, source: DiskImage) -> DiskImage:
        """Return what was made; in a dry run, what it would be made of."""
        return source if self._session.dry_run else (await self._guards.one(path))[2]

    def _named_format(self, image: DiskImage) -> str:
        if image.domains or not image.content:
            return image.format
        raise UsageError(
            f"it begins as a {image.content} image, and no domain says that it is one",
            subject=image.path,
            hint=(
                "say what it is: ",
                Suggest("image.convert", image.path, "NEW", "--from", image.content, form=image.content),
                ", or raw where a guest wrote that",
            ),
        )

    async def _source(self, source: str, path: str) -> DiskImage:
        """Return an image that can be copied to ``path``: nobody writes to it meanwhile."""
        whole_path(path)
        snapshot, _volumes, image = await self._guards.one(source)
        if path.startswith("/dev/"):
            raise UsageError("a copy is a new file", subject=path, hint="for example /srv/xen/copy.img")
        await self._guards.require_unused(snapshot, image, Access.READ)
        return image


def _local(image: DiskImage) -> bool:
    """Return whether an image is based on plain files only: a name may be an address, or options of QEMU's."""
    return all(each.path.startswith("/") and ":" not in each.path.split("/")[-1] for each in image.backing)
