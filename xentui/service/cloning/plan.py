"""What a clone is to be, before anything is done: its text, what is copied, what is shared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xentui.frozen import dataclass
from xentui.model.disk_image import DiskImage, ImageKind
from xentui.model.domain import Domain
from xentui.model.sizes import shown_bytes
from xentui.service.disk_images import volumes as lvm
from xentui.service.disk_images.commands import PASSING


@dataclass(frozen=True, slots=True)
class DiskCopy:
    """A disk that is copied: ``image`` is what it is now, ``path`` what is made of it, a volume of ``group`` or a file.

    ``snapshot`` says that it is a snapshot of a thin volume: a volume of its own that shares its data with the first
    until one of both is written to.  ``empty`` is the size in bytes of a new disk that is copied from nothing.
    """

    vdev: str
    image: DiskImage
    path: str
    group: str = ""
    snapshot: bool = False
    empty: int = 0

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
        """Those that make a volume, by what they do (:mod:`xentui.agent.cloning`); none for a file."""
        if not self.group:
            return {}
        name = self.path.rpartition("/")[2]
        removed = ["lvremove", "--yes"]
        return {
            "make": self._made(PASSING),
            "name": ["lvrename", self.group, PASSING, name],
            "drop": [*removed, f"{self.group}/{PASSING}"],
            "undo": [*removed, f"{self.group}/{name}"],
        }

    def _made(self, name: str) -> list[str]:
        if self.snapshot:
            origin = self.image.path.removeprefix("/dev/")
            how = ["--snapshot", "--setactivationskip", "n"]
            return ["lvcreate", "--yes", *how, "--name", name, origin]
        return lvm.create(self.group, name, self.size)

    def told(self, source: str, path: str) -> dict[str, Any]:
        """Return the copy as the job is told of it; ``source`` and ``path`` are where both lie for the agent."""
        copied = self.image.kind is ImageKind.FILE and not self.group and not self.empty
        room = self.image.used or 0 if copied else 0
        return {
            "path": path,
            "source": "" if self.empty else source,
            "empty": self.empty,
            "room": room,
            "full": not self.snapshot,
            **self.commands,
        }

    def shown(self) -> list[list[str]]:
        """Return the commands that do the same, for a dry run."""
        made = [self._made(self.path.rpartition("/")[2])] if self.group else []
        if self.snapshot or (self.empty and self.group):
            return made
        if self.empty:
            return [["truncate", f"--size={self.empty}", self.path]]
        how = ["dd", "bs=1M", f"if={self.image.path}", f"of={self.path}"]
        return [
            *made,
            how
            if self.group
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
