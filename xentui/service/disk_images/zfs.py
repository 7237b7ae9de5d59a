"""Volumes of ZFS (zvols), as ``zfs list`` lists them (zfs-list(8), zfsprops(7)), and the commands that change them."""

from __future__ import annotations

import re

from xentui.errors import HostError, UsageError
from xentui.hosts.base import Host
from xentui.service.disk_images.volume import Volume, VolumeGroup, VolumeManager, VolumePlace, Volumes
from xentui.text import plain

_SECONDS = 20.0
_MOST = 10_000
_COLUMNS = ("name", "type", "available", "used", "volsize", "volblocksize", "refreservation")
#: -H: no heads, one tab between columns; -p: exact numbers (zfs-list(8)).  By env, whose status 127 says that there is
#: no such command, by sudo too.
_LIST = ("env", "zfs", "list", "-Hp", "-t", "filesystem,volume", "-o", ",".join(_COLUMNS))
_FOLDER = "/dev/zvol/"
_DEVICE = re.compile(r"/dev/zvol/([^/]+(?:/[^/]+)*)/([^/]+)\Z")
_PART = re.compile(r"[A-Za-z0-9_.:-]+\Z")
_KNOWN = re.compile(r"[A-Za-z][A-Za-z0-9_.: -]*(?:/[A-Za-z0-9_.: -]+)*\Z")
_NUMBER = re.compile(r"[0-9]{1,20}\Z")
_LONGEST = 255
_NOT_SET = ("-", "none", "")


class ZfsVolumes(VolumeManager):
    """ZFS: the group of a volume is the file system it is below (``tank``, ``tank/vm``).

    A sparse volume is one with a refreservation below its size; its pool is the first part of its name.
    """

    title = "ZFS"
    kind = "zfs"
    group_title = "ZFS file system"
    example = "/dev/zvol/POOL/NAME is a volume of ZFS"
    no_groups = "a volume of ZFS needs the `zfs` command (zfsutils-linux, zfs) and an imported pool"
    blank = True
    late = True

    def path(self, group: str, name: str) -> str:
        """Return the link of udev to the device; what is blank in a name is ``+`` there (zvol_id of OpenZFS)."""
        return f"{_FOLDER}{group}/{name}".replace(" ", "+")

    def place_of(self, path: str) -> VolumePlace | None:
        """Return which volume a path below /dev/zvol would be (zfs-create(8)); None for any other path."""
        found = _DEVICE.match(path)
        return VolumePlace(self, found[1], found[2]) if found else None

    def room_of(self, group: str) -> str:
        """Return the pool of a file system, which all below it share."""
        return _pool(group)

    def require_name(self, place: VolumePlace) -> None:
        """Raise UsageError where ZFS takes no such name (zfsconcepts(7)), or udev's link would have another."""
        name = place.name
        if not _PART.match(name) or name in (".", "..") or len(place.qualified) > _LONGEST:
            raise UsageError(
                "is not a valid name for a volume of ZFS",
                subject=place.path,
                hint=f"letters, digits, _ . : and -, at most {_LONGEST} with its pool",
            )

    async def look(self, host: Host) -> Volumes:
        """Return the volumes of a host; none where ``zfs`` is not there or cannot tell, as without its module."""
        done = await host.run(_LIST, timeout=_SECONDS)
        if done.exit_code == 127:
            return Volumes({}, absent={self.title: "the host has no ZFS: there is no `zfs` command"})
        if done.exit_code != 0 and not done.stdout:
            said = plain(" ".join(done.words[:2]), 200) or f"it ended with status {done.exit_code}"
            return Volumes({}, absent={self.title: f"ZFS is not ready on the host: {said}"})
        try:
            rows = [line.split("\t") for line in done.text.split("\n")[:_MOST] if line]
            volumes = [self._volume(row) for row in rows if _is(row, "volume")]
            groups = [VolumeGroup(self, row[0], _number(row[2])) for row in rows if _is(row, "filesystem")]
        except ValueError as error:
            raise HostError(
                "`zfs list` does not say which volumes there are",
                hint="look at it on the host",
                details=tuple(plain(word, 500) for word in done.words[-5:]),
            ) from error
        return Volumes({volume.path: volume for volume in volumes}, groups=tuple(groups))

    def _volume(self, row: list[str]) -> Volume:
        group, _slash, name = row[0].rpartition("/")
        available, used, size, block = (_number(word) for word in row[2:6])
        reserved = 0 if row[6] in _NOT_SET else _number(row[6])
        place = VolumePlace(self, group, name)
        if not group or not block:
            raise ValueError("not a volume")
        if reserved >= size:
            return Volume(place, size, used, block=block)
        pool = _pool(group)
        return Volume(place, size, used, pool, pool, available, block)

    def pool_of(self, volumes: Volumes, place: VolumePlace, pool: str) -> str:  # noqa: ARG002 - the path says it
        """Return the pool of a sparse volume, which its path names already."""
        own = _pool(place.group)
        if pool not in ("", own):
            raise UsageError(
                "is not the pool of that volume",
                subject=pool,
                hint=f"--pool is for LVM; {place.path} is of {own}",
            )
        return own

    def create(self, place: VolumePlace, size: int, pool: str = "") -> list[str]:
        """Return the command that makes a volume: ``zfs`` rounds its size up to its blocks (zfs-create(8))."""
        return ["zfs", "create", *(["-s"] if pool else []), "-V", str(size), place.qualified]

    def snapshot(self, volume: Volume, place: VolumePlace) -> list[str]:  # noqa: ARG002 - ZFS has none such
        """Return nothing: a clone of ZFS keeps the volume it is of from being destroyed (zfs-clone(8))."""
        return []

    def pool_of_copy(self, volume: Volume, place: VolumePlace) -> str:
        """Return its pool for the copy of a sparse or thin volume: that is sparse, too."""
        return _pool(place.group) if volume.pool else ""

    def resize(self, volume: Volume, size: int) -> list[str]:
        """Return the command that gives a volume another size, in whole blocks (volsize in zfsprops(7))."""
        return ["zfs", "set", f"volsize={volume.rounded(size)}", volume.place.qualified]

    def rename(self, place: VolumePlace, name: str) -> list[str]:
        """Return the command that gives a volume another name (zfs-rename(8))."""
        return ["zfs", "rename", place.qualified, place.beside(name).qualified]

    def remove(self, place: VolumePlace) -> list[str]:
        """Return the command that destroys a volume, and fails where it has snapshots (zfs-destroy(8))."""
        return ["zfs", "destroy", place.qualified]


def _pool(group: str) -> str:
    """Return the pool of a file system: the first part of its name."""
    return group.partition("/")[0]


def _is(row: list[str], kind: str) -> bool:
    """Return whether a row is of that kind; raises ValueError for one that is none of ``zfs list``.

    Names that xentui could not spell, as of a receive under way (``tank/%recv``), are left out.
    """
    if len(row) != len(_COLUMNS) or row[1] not in ("filesystem", "volume"):
        raise ValueError("not a row")
    return row[1] == kind and _is_spelled(row[0])


def _is_spelled(name: str) -> bool:
    parts = name.split("/")
    return len(name) <= _LONGEST and bool(_KNOWN.match(name)) and "." not in parts and ".." not in parts


def _number(text: str) -> int:
    if not _NUMBER.match(text):
        raise ValueError("not a number")
    return int(text)


ZFS = ZfsVolumes()
