"""Making images: sparse or with all their room, of a format of their own, and volumes."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from xentui.errors import (
    StoreCode,
    StoreError,
    UsageError,
)
from xentui.hosts import operations
from xentui.model.disk_image import DiskImage, ImageKind, NewImage
from xentui.service.disk_images import commands, jobs, volumes as managers
from xentui.service.disk_images.volume import VolumePlace, Volumes
from xentui.service.host_files import whole_path
from xentui.service.jobs.progress import Progress

if TYPE_CHECKING:
    from xentui.service.disk_images.guards import Guards
    from xentui.service.session import Session


_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between looks for the device of a volume, which udev makes."""


class Creating:
    """Makes images."""

    def __init__(self, session: Session, guards: Guards) -> None:
        self._session = session
        self._guards = guards
        self._host = session.host

    async def create(
        self,
        path: str,
        size: int,
        *,
        format: str = "raw",
        preallocated: bool | None = None,
        pool: str = "",
        backing: tuple[str, str] | None = None,
        progress: Progress | None = None,
    ) -> DiskImage:
        """Make an image of ``size`` bytes: a file, or a volume for ``/dev/GROUP/NAME`` of a volume group.

        ``preallocated`` False makes one that takes its room as it is written to (a thin volume, of ``pool``), True one
        that has it all at once; None is what is usual: a sparse file, a volume with its room.  ``backing`` is path and
        format of an image it is based on.  Returns the image.
        """
        new = NewImage(path, size, format, preallocated, pool=pool, backing=backing)
        await self.make(new, progress=progress)
        if self._session.dry_run:
            return DiskImage(path, ImageKind.FILE, format, size=size)
        return (await self._guards.one(path))[2]

    async def make(self, new: NewImage, *, progress: Progress | None = None, goes_on: bool = True) -> None:
        """Make an image, without a look at what was made: it exists exactly where nothing is raised.

        ``goes_on`` False stops the work also where whoever waits for it leaves the session.
        """
        session = self._session
        session.require_writable()
        whole_path(new.path)
        commands.require_made(new.format)
        volume = await self._volume(new)
        if volume is not None:
            place, thin = volume
            await _whole(
                self._make_volume(place, new.size, thin),
                lambda: session.change(place.manager.remove(place), subject=new.path),
            )
        elif new.format == "raw" and new.backing is None:
            await self._create_raw(new, progress=progress, goes_on=goes_on)
        else:
            await self._create_formatted(new, progress=progress, goes_on=goes_on)

    async def _make_volume(self, place: VolumePlace, size: int, thin: str) -> None:
        """Make a volume; where its device comes later, wait for that: what follows is to find it."""
        session = self._session
        await session.change(place.manager.create(place, size, thin), subject=place.path)
        if not place.manager.late or session.dry_run:
            return
        real = self._host.host_path(place.path)
        for pause in _PAUSES:
            if (await self._host.call(operations.stat, paths=[real]))[real]["kind"] != "missing":
                return
            await asyncio.sleep(pause)
        session.caution(
            [f"{place.path} was made, but its device is not there yet: `udevadm settle` waits for it"]
        )

    async def check(self, new: NewImage) -> None:
        """Raise what :meth:`make` would raise before it makes anything; of a file also what would be in its way then.

        ``new.size`` 0 is one that is not known yet.
        """
        whole_path(new.path)
        if await self._volume(new):
            return
        place = self._host.host_path(new.path)
        # What another format takes at first, and may have at most, is its tool's matter.
        largest = new.size if new.format == "raw" else 0
        try:
            await self._host.call(
                operations.try_image, path=place, size=largest, room=new.size if new.preallocated else 0
            )
        except StoreError as error:
            raise jobs.explained(error, new.path, "make") from error

    async def _volume(self, new: NewImage) -> tuple[VolumePlace, str] | None:
        """Return where the volume is that a path would be, and the pool it is to be of; None for a file.

        Raises what is in the way of a volume, and UsageError for a path that is neither's.
        """
        path = new.path
        if (place := managers.place_of(path)) is not None:
            volumes = await managers.look(self._host)
            if volumes.group(place.manager, place.group) or new.format == "raw":
                return place, self._thin(volumes, place, new)
        if path.startswith("/dev/"):
            raise UsageError(
                "is not a valid place for an image",
                subject=path,
                hint=f"{managers.EXAMPLES}, /srv/… a file",
            )
        if new.pool:
            raise UsageError(
                "a thin pool is for volumes", subject=path, hint="write the path as /dev/GROUP/NAME"
            )
        return None

    async def make_small(self, path: str, data: bytes) -> None:
        """Make a file with these bytes, its owner's only; it is there, and whole, exactly where nothing is raised."""
        session = self._session
        session.require_writable()
        place = self._host.host_path(whole_path(path))
        if session.dry_run:
            session.say(f"# {len(data)} bytes would be written to {path}")
            return
        await self._made_whole(
            ["image-write", path, str(len(data))],
            path,
            lambda: self._host.call(operations.write_file, path=place, data=data, exclusive=True),
        )

    async def make_initrd(self, path: str, data: bytes, source: str) -> None:
        """Make an initrd of an archive, ``data``, and a file of the host behind it, as :meth:`make_small` does."""
        session = self._session
        session.require_writable()
        place, behind = self._host.host_path(whole_path(path)), self._host.host_path(source)
        if session.dry_run:
            session.say(f"# {len(data)} bytes, and {source} behind them, would be written to {path}")
            return
        await self._made_whole(
            ["image-write", path, str(len(data)), source],
            path,
            lambda: self._host.call(operations.write_initrd, path=place, data=data, source=behind),
        )

    async def _create_raw(self, new: NewImage, *, progress: Progress | None, goes_on: bool) -> None:
        path, size = new.path, new.size
        session, place = self._session, self._host.host_path(path)
        if new.preallocated:
            await jobs.run(
                self._session,
                "image-fill",
                path,
                {"path": place, "size": size, "room": size},
                ["fallocate", "--length", str(size), path],
                progress=progress,
                goes_on=goes_on,
            )
            return
        if session.dry_run:
            session.say(shlex.join(["truncate", f"--size={size}", path]))
            return
        await self._made_whole(
            ["image-create", path, str(size)],
            path,
            lambda: self._host.call(operations.make_image, path=place, size=size),
        )

    async def _made_whole(
        self, argv: Sequence[str], path: str, action: Callable[[], Awaitable[object]]
    ) -> None:
        """Have ``action`` make a file, which is removed again for who cancels it meanwhile; raises StoreError."""
        session, place = self._session, self._host.host_path(path)
        try:
            await _whole(
                session.store_change(argv, subject=path, action=action),
                lambda: session.store_change(
                    ["image-rm", path],
                    subject=path,
                    action=lambda: self._host.call(operations.remove_image, path=place),
                ),
            )
        except StoreError as error:
            raise jobs.explained(error, path, "make") from error

    async def _create_formatted(self, new: NewImage, *, progress: Progress | None, goes_on: bool) -> None:
        path, size, backing, preallocated = new.path, new.size, new.backing, bool(new.preallocated)
        if backing is not None:
            if new.format != "qcow2":
                raise UsageError("only a qcow2 image can be based on another", subject=path)
            await self._guards.one(backing[0])
            backing = (self._host.host_path(whole_path(backing[0])), backing[1])
        argv = commands.create(new.format, size, preallocated=preallocated, backing=backing)
        await jobs.run(
            self._session,
            "image-create",
            path,
            {
                "path": self._host.host_path(path),
                "size": size,
                "room": size if preallocated else 0,
                "argv": argv,
            },
            commands.create(new.format, size, preallocated=preallocated, backing=backing, path=path),
            progress=progress,
            goes_on=goes_on,
        )

    @staticmethod
    def _thin(volumes: Volumes, place: VolumePlace, new: NewImage) -> str:
        """Return the pool a new volume is to be of, "" for one with its own room; raises what is in the way of it."""
        volumes.require_place(place)
        if new.format != "raw":
            raise UsageError(
                f"a volume holds raw bytes, not a {new.format} image",
                subject=new.path,
                hint="choose raw as its format",
            )
        if new.path in volumes.volumes:
            raise StoreError(
                "there is a volume of that name already",
                code=StoreCode.EXISTS,
                subject=new.path,
                hint="choose another name",
            )
        if new.pool or new.preallocated is False:
            return place.manager.pool_of(volumes, place, new.pool)
        volumes.require_room(place, new.size)
        return ""


async def _whole(making: Coroutine[Any, Any, object], unmade: Callable[[], Awaitable[object]]) -> None:
    """Make what is made at once to its end; who cancels it meanwhile has it ``unmade`` again."""
    work = asyncio.ensure_future(making)
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        if not work.cancelled() and work.exception() is None:
            await unmade()
        raise
