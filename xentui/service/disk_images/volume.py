"""Volumes of a host, whichever manager they are of, and what a volume manager is asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from xentui.errors import Hint, StoreCode, StoreError, Suggest, UsageError
from xentui.frozen import dataclass
from xentui.hosts.base import Host
from xentui.model.sizes import shown_bytes

_NAMED = 8
"""So many groups a hint names: a pool may have thousands of file systems."""


class VolumeManager(ABC):
    """The tools of one kind of volume, as ``lvs`` and ``lvcreate`` are those of LVM.

    A volume has a group, from which it takes its room, and a name in that; ``pool`` is what a thin or sparse one shares
    its room with, "" for one that has all its room.
    """

    title: ClassVar[str]
    kind: ClassVar[str]
    """What volumes are as storage (docs/storage.md)."""
    group_title: ClassVar[str]
    example: ClassVar[str]
    """What the path of a volume looks like."""
    no_groups: ClassVar[Hint]
    """What is said where the host has no group."""
    blank: ClassVar[bool]
    """Whether a new volume reads as zeros; else it has what another left there."""
    late: ClassVar[bool]
    """Whether the device of a new volume may come after the command that made it has ended."""

    @abstractmethod
    def path(self, group: str, name: str) -> str:
        """Return the device of a volume."""

    @abstractmethod
    def place_of(self, path: str) -> VolumePlace | None:
        """Return which volume a path would be; None for a path that is none's."""

    def room_of(self, group: str) -> str:
        """Return what the volumes of a group take their room from, by its name."""
        return group

    @abstractmethod
    def require_name(self, place: VolumePlace) -> None:
        """Raise UsageError where the manager takes no such name."""

    @abstractmethod
    async def look(self, host: Host) -> Volumes:
        """Return the volumes of a host; none where it has no such manager.

        Raises HostError where what its tool says makes no sense.
        """

    @abstractmethod
    def pool_of(self, volumes: Volumes, place: VolumePlace, pool: str) -> str:
        """Return the pool of a new thin volume; ``pool`` is the one asked for, "" for the usual one.

        Raises UsageError where there is none.
        """

    @abstractmethod
    def create(self, place: VolumePlace, size: int, pool: str = "") -> list[str]:
        """Return the command that makes a volume, a thin one where it has a ``pool``."""

    @abstractmethod
    def snapshot(self, volume: Volume, place: VolumePlace) -> list[str]:
        """Return the command that makes a volume of its own that shares its data with ``volume`` at first.

        It is empty where the manager has none that leaves both independent.
        """

    def pool_of_copy(self, volume: Volume, place: VolumePlace) -> str:  # noqa: ARG002 - most share none
        """Return the pool of a full copy of ``volume`` at ``place``, "" for one that has all its room."""
        return ""

    @abstractmethod
    def resize(self, volume: Volume, size: int) -> list[str]:
        """Return the command that gives a volume another size; that a smaller one is meant has been agreed to."""

    @abstractmethod
    def rename(self, place: VolumePlace, name: str) -> list[str]:
        """Return the command that gives a volume another name in its group."""

    @abstractmethod
    def remove(self, place: VolumePlace) -> list[str]:
        """Return the command that removes a volume, which has been agreed to, and nothing else."""


@dataclass(frozen=True, slots=True)
class VolumePlace:
    """Where a volume is, or would be."""

    manager: VolumeManager
    group: str
    name: str

    @property
    def path(self) -> str:
        """Its device."""
        return self.manager.path(self.group, self.name)

    @property
    def qualified(self) -> str:
        """Its name with its group, as the commands of its manager take it."""
        return f"{self.group}/{self.name}"

    def beside(self, name: str) -> VolumePlace:
        """Return another place in the same group."""
        return replace(self, name=name)


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume: sizes in bytes; ``used`` of a thin one is what it takes of its pool.

    ``pool`` is "" for one that has all its room; ``lies_on`` is what that pool is called on the host, ``free`` how much
    it may still take there.  Its size is always a multiple of ``block``.
    """

    place: VolumePlace
    size: int
    used: int
    pool: str = ""
    lies_on: str = ""
    free: int | None = None
    block: int = 1

    @property
    def path(self) -> str:
        """Its device."""
        return self.place.path

    def rounded(self, size: int) -> int:
        """Return the size it has when ``size`` is asked for."""
        return -(-size // self.block) * self.block


@dataclass(frozen=True, slots=True)
class Pool:
    """Where thin volumes take their room from."""

    group: str
    name: str
    free: int


@dataclass(frozen=True, slots=True)
class VolumeGroup:
    """A volume group, and the bytes that are free in it."""

    manager: VolumeManager
    name: str
    free: int


@dataclass(frozen=True, slots=True)
class Volumes:
    """The volumes of a host, by path; its thin pools of LVM, and its groups.

    A path may be another name of a volume's device.  ``absent`` says of managers by their titles why nothing is known
    of their volumes.
    """

    volumes: Mapping[str, Volume]
    pools: tuple[Pool, ...] = ()
    groups: tuple[VolumeGroup, ...] = ()
    absent: Mapping[str, str] | None = None

    def group(self, manager: VolumeManager, name: str) -> VolumeGroup | None:
        """Return the group of that name."""
        return next((each for each in self.groups if each.manager is manager and each.name == name), None)

    def free(self, place: VolumePlace) -> int:
        """Return how many bytes are free in the group of a volume."""
        group = self.group(place.manager, place.group)
        return group.free if group else 0

    def require_place(self, place: VolumePlace) -> None:
        """Raise UsageError where no volume can be there: its group is unknown, or its name not valid."""
        manager = place.manager
        if self.group(manager, place.group) is None:
            if why := (self.absent or {}).get(manager.title):
                raise UsageError(why, subject=place.path, hint=manager.no_groups)
            known = [each.name for each in self.groups if each.manager is manager]
            names = ", ".join((*known[:_NAMED], *(["…"] if len(known) > _NAMED else [])))
            raise UsageError(
                f"the host has no {manager.group_title} {place.group}",
                subject=place.path,
                hint=f"it has: {names}" if names else manager.no_groups,
            )
        manager.require_name(place)

    def require_room(self, place: VolumePlace, size: int) -> None:
        """Raise StoreError, code ``full``, where a group has less than ``size`` bytes for a volume."""
        free = self.free(place)
        if free < size:
            raise StoreError(
                f"it needs {shown_bytes(size)}, and {shown_bytes(free)} are free in its {place.manager.group_title}",
                code=StoreCode.FULL,
                subject=place.path,
                hint=("make it smaller; thin volumes: --sparse of ", Suggest("image.create")),
            )
