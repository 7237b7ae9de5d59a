"""Which disks and interfaces of two configurations are the same device."""

from __future__ import annotations

from dataclasses import replace

from xentui import config as language
from xentui.errors import ConfigError
from xentui.frozen import dataclass
from xentui.model.devices import Disk, Vif


@dataclass(frozen=True, slots=True)
class DiskPair:
    """A disk before and after, None where there is none."""

    old: Disk | None
    new: Disk | None

    @property
    def vdev(self) -> str:
        """The guest's name for it."""
        disk = self.new or self.old
        return disk.vdev if disk else ""

    @property
    def field(self) -> str:
        """What people call it."""
        return f"disk {self.vdev}"


@dataclass(frozen=True, slots=True)
class VifPair:
    """An interface before and after, None where there is none; ``index`` is its place, from 0."""

    index: int
    old: Vif | None
    new: Vif | None

    @property
    def field(self) -> str:
        """What people call it."""
        return f"network interface {self.index}"


def disks(document: language.Document | None) -> tuple[Disk, ...]:
    """Return the disks of a configuration; what is no disk is left out, the linter tells of it."""
    found = []
    for spec in document.strings("disk") if document else ():
        try:
            found.append(language.parse_disk(spec))
        except ConfigError:
            continue
    return tuple(found)


def vifs(document: language.Document | None) -> tuple[Vif, ...]:
    """Return the interfaces of a configuration; what is none is left out."""
    found = []
    for spec in document.strings("vif") if document else ():
        try:
            found.append(language.parse_vif(spec))
        except ConfigError:
            continue
    return tuple(found)


def changed_disks(old: tuple[Disk, ...], new: tuple[Disk, ...]) -> tuple[DiskPair, ...]:
    """Return the disks that are not the same in both, matched by guest device; how one is written does not matter."""
    before, after = {disk.vdev: disk for disk in old}, {disk.vdev: disk for disk in new}
    pairs = [DiskPair(before.get(vdev), after.get(vdev)) for vdev in {**before, **after}]
    return tuple(pair for pair in pairs if not _same_disk(pair.old, pair.new))


def changed_vifs(old: tuple[Vif, ...], new: tuple[Vif, ...]) -> tuple[VifPair, ...]:
    """Return the interfaces that are not the same in both: matched by MAC address, those without one by place."""
    pairs: list[VifPair] = []
    left = list(enumerate(old))
    unmatched: list[tuple[int, Vif]] = []
    for index, vif in enumerate(new):
        match = next((item for item in left if vif.mac and item[1].mac == vif.mac), None)
        if match is None:
            unmatched.append((index, vif))
        else:
            left.remove(match)
            pairs.append(VifPair(index, match[1], vif))
    for index, vif in unmatched:
        match = next((item for item in left if item[0] == index and not (item[1].mac and vif.mac)), None)
        if match is not None:
            left.remove(match)
        pairs.append(VifPair(index, match[1] if match else None, vif))
    pairs += [VifPair(index, vif, None) for index, vif in left]
    return tuple(
        sorted((pair for pair in pairs if pair.old != pair.new), key=lambda pair: (pair.index, not pair.old))
    )


def _same_disk(old: Disk | None, new: Disk | None) -> bool:
    if old is None or new is None:
        return old is new
    return _meant(old) == _meant(new)


def _meant(disk: Disk) -> Disk:
    """Return a disk without the spelling of its prefix, where that is only a spelling."""
    return replace(disk, prefix="") if disk.prefix in ("", "file", "phy", "tap", "tap2", "raw") else disk
