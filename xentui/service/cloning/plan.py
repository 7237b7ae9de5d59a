"""What a clone is to be, before anything is done: its text, what is copied, what is shared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xentui.frozen import dataclass
from xentui.model.disk_image import DiskImage, ImageKind
from xentui.model.domain import Domain
from xentui.model.sizes import shown_bytes
from xentui.service.disk_images.commands import PASSING, named_later
from xentui.service.disk_images.volume import Volume, VolumePlace


@dataclass(frozen=True, slots=True)
class DiskCopy:
    """A disk that is copied: ``image`` is what it is now, ``path`` what is made of it: the volume at ``place``,
    or a file.

    ``volume`` is the volume that is copied, None where it is none.  ``empty`` is the size in bytes of a new
    disk that is copied from nothing.
    """

    vdev: str
    image: DiskImage
    path: str
    place: VolumePlace | None = None
    volume: Volume | None = None
    empty: int = 0

    @property
    def snapshot(self) -> bool:
        """Whether it is a volume of its own that shares its data with the first until one of both is written to."""
        return self.place is not None and bool(self._snapshot(self.place))

    @property
    def room(self) -> int:
        """How many bytes a volume with its own room takes of its group; 0 for a sparse one."""
        return 0 if self._pool else self.size

    @property
    def _pool(self) -> str:
        """The pool a full copy shares its room in, "" for one that has all its room."""
        if self.place is None or self.volume is None:
            return ""
        return self.place.manager.pool_of_copy(self.volume, self.place)

    @property
    def size(self) -> int:
        """What a guest will see of it, in bytes."""
        return self.empty or self.image.size or 0

    @property
    def words(self) -> str:
        """What becomes of it, for people."""
        if self.empty:
            return f"{self.vdev}: {self.path}, new and empty, {shown_bytes(self.empty)}"
        return f"{self.vdev}: {self.path}, a copy of {self.image.path}"

    @property
    def setting(self) -> str:
        """As it is set for a domain made of a template (:func:`xentui.config.read_disk`)."""
        return f"{shown_bytes(self.empty)},{self.path}" if self.empty else self.path

    @property
    def commands(self) -> Mapping[str, list[str]]:
        """Those that make a volume, by what they do (:mod:`xentui.agent.images.clone_jobs`); none for a file."""
        if self.place is None:
            return {}
        return {"make": self._made(self.place.beside(PASSING)), **named_later(self.place)}

    def _snapshot(self, place: VolumePlace) -> list[str]:
        if self.volume is None or self.empty or self.volume.place.manager is not place.manager:
            return []
        return place.manager.snapshot(self.volume, place)

    def _made(self, place: VolumePlace) -> list[str]:
        return self._snapshot(place) or place.manager.create(place, self.size, self._pool)

    def job_arguments(self, source: str, path: str) -> dict[str, Any]:
        """Return the copy as the job is told of it; ``source`` and ``path`` are where both lie for the agent."""
        copied = self.image.kind is ImageKind.FILE and self.place is None and not self.empty
        room = self.image.used or 0 if copied else 0
        return {
            "path": path,
            "source": "" if self.empty else source,
            "empty": self.empty,
            "room": room,
            "full": not self.snapshot,
            "blank": self.place is not None and self.place.manager.blank,
            **self.commands,
        }

    def shown(self) -> list[list[str]]:
        """Return the commands that do the same, for a dry run."""
        made = [self._made(self.place)] if self.place else []
        if self.snapshot or (self.empty and self.place):
            return made
        if self.empty:
            return [["truncate", f"--size={self.empty}", self.path]]
        how = ["dd", "bs=1M", f"if={self.image.path}", f"of={self.path}"]
        return [
            *made,
            how
            if self.place
            else ["cp", "--sparse=always", "--reflink=auto", "--", self.image.path, self.path],
        ]


@dataclass(frozen=True, slots=True)
class ClonePlan:
    """A clone of ``domain`` that is called ``name``: its configuration, the disks that are copied, and in sentences
    what it ``shares`` with the first, and what is for somebody to change: in its configuration, and inside it.
    """

    domain: Domain
    name: str
    uuid: str
    text: str
    copies: tuple[DiskCopy, ...]
    shares: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
