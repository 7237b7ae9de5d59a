"""What lies below the images of a host: mounts, volumes and devices, the room there, whose disks, and what is wrong."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from xentui.errors import HostError, Suggest, XentuiError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.model.devices import Disk
from xentui.model.domain import Domain
from xentui.service.disk_images import volumes
from xentui.service.disk_images.listing import USUAL_FOLDERS, disks_of
from xentui.service.disk_images.volume import Volumes
from xentui.service.disk_use import path_of
from xentui.service.storage import cautions, drbd, places
from xentui.service.storage.cautions import CautionKind, StorageCaution
from xentui.service.storage.drbd import Replicas
from xentui.service.storage.places import Layer, MountPoint, StoragePlace
from xentui.store.reading import NONSENSE
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.hosts.base import Host
    from xentui.service.hypervisor import Hypervisor

_FOLDERS = (*USUAL_FOLDERS, "/srv")
_LOOPS, _USERS, _PATH = 1024, 32, 4096
_VOLUME = re.compile(r"/dev/(?!mapper/)([^/]+)/[^/]+\Z")
_BELOW = {
    "part": "partition",
    "crypt": "encrypted",
    "raid": "array",
    "drbd": "DRBD",
    "rbd": "Ceph",
}


@dataclass(frozen=True, slots=True)
class LoopDevice:
    """A loop device on a file; ``users`` who has it in use, in words."""

    device: str
    file: str
    users: tuple[str, ...]

    @property
    def stray(self) -> bool:
        """Whether nobody uses it."""
        return not self.users


@dataclass(frozen=True, slots=True)
class ImageStore:
    """A place where images lie: a mount, a volume group, a device.

    ``name`` is the mount point, or the name of the volume group, ZFS pool or device; ``kind`` the file system's type,
    or lvm, zfs, drbd, iscsi, disk …; ``source`` what is mounted; ``below`` what it stands on, in words; ``free`` and
    ``room`` in bytes, None where not known; ``domains`` have disks there, ``running`` of them run.  ``loops`` are those
    on its files.
    """

    name: str
    kind: str
    source: str = ""
    options: tuple[str, ...] = ()
    below: str = ""
    free: int | None = None
    room: int | None = None
    domains: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    cautions: tuple[StorageCaution, ...] = ()
    loops: tuple[LoopDevice, ...] = ()

    @property
    def warnings(self) -> tuple[StorageCaution, ...]:
        """What is wrong, without what is only worth knowing."""
        return tuple(each for each in self.cautions if not each.note)


@dataclass(frozen=True, slots=True)
class StorageReport:
    """The storage of a host; ``truncated`` where it has more mounts than are told."""

    host: str
    stores: tuple[ImageStore, ...]
    truncated: bool = False


async def around(host: Host) -> tuple[tuple[str, ...], bool, tuple[LoopDevice, ...]]:
    """Return the mounts of file servers, whether some are left out, and the loop devices; raises HostError for
    nonsense.
    """
    answer: Any = await host.call(operations.around_storage, root=places.root_of(host))
    try:
        loops = tuple(
            LoopDevice(
                str(each["device"])[:80],
                str(each["file"])[:_PATH],
                tuple(plain(str(user), 200) for user in each["users"][:_USERS]),
            )
            for each in answer["loops"][:_LOOPS]
        )
        return tuple(str(point) for point in answer["mounts"]), answer["truncated"] is True, loops
    except NONSENSE as error:
        raise HostError("the host's answer about its mounts is not valid", subject=host.name) from error


async def report(hypervisor: Hypervisor) -> StorageReport:
    """Look at the storage of a host; raises HostError where it is out of reach."""
    host = hypervisor.host
    snapshot, (mounted, truncated, loops) = await asyncio.gather(hypervisor.inventory.poll(), around(host))
    named = list(disks_of(snapshot.domains))
    disks = [path_of(disk) for _domain, disk, _runs in named]
    found, known = await asyncio.gather(
        places.look(host, [*disks, *mounted, *_FOLDERS, *(loop.file for loop in loops)]),
        _volumes(host, disks),
    )
    below = [layer for place in found.found.values() for layer in (*place.layers, *place.mount.layers)]
    told = await drbd.replicas(host, below)
    return StorageReport(host.name, _stores(found.found, named, loops, known, replicas=told), truncated)


async def _volumes(host: Host, paths: Iterable[str]) -> Volumes:
    """Return the volumes of a host, where it has a device among ``paths``; none where it does not tell of them: then a
    volume is told as the device it is.
    """
    devices = [path for path in paths if path.startswith("/dev/")]
    try:
        return await volumes.look(host, devices) if devices else Volumes({})
    except XentuiError:
        return Volumes({})


async def domains_using(hypervisor: Hypervisor, loop: LoopDevice) -> tuple[str, ...]:
    """Return the domains that have the file of a loop device as a disk of theirs, running or waiting to be resumed."""
    snapshot = await hypervisor.inventory.poll()
    named = [(domain, path_of(disk)) for domain, disk, runs in disks_of(snapshot.domains) if runs]
    found = (await places.look(hypervisor.host, [*(path for _domain, path in named), loop.file])).found
    own = found[loop.file]
    return tuple(
        dict.fromkeys(
            domain.label
            for domain, path in named
            if loop.file in (path, found[path].real) or (own.real and own.real == found[path].real)
        )
    )


def _stores(
    found: Mapping[str, StoragePlace],
    named: Sequence[tuple[Domain, Disk, bool]],
    loops: Sequence[LoopDevice],
    known: Volumes,
    *,
    replicas: Replicas,
) -> tuple[ImageStore, ...]:
    by_store: dict[tuple[str, str], list[StoragePlace]] = {}
    for place in found.values():
        if (key := _key(place, known)) is not None:
            by_store.setdefault(key, []).append(place)
    users: dict[tuple[str, str], list[tuple[Domain, Disk, bool]]] = {}
    for each in named:
        if (key := _key(found[path_of(each[1])], known)) is not None:
            users.setdefault(key, []).append(each)
    loops_at: dict[tuple[str, str], list[LoopDevice]] = {}
    for loop in loops:
        key = _key(found[loop.file], known) or ("/", "")
        by_store.setdefault(key, [])
        loops_at.setdefault(key, []).append(loop)
    made = [
        _store(key, lying, found, users.get(key, ()), loops_at.get(key, ()), replicas=replicas)
        for key, lying in by_store.items()
    ]
    free = {(group.name, group.manager.kind): group.free for group in known.groups}
    made = [
        replace(store, free=free.get((store.name, store.kind))) if store.free is None else store
        for store in made
    ]
    return tuple(sorted(made, key=lambda store: (not store.domains, store.name)))


def _key(place: StoragePlace, known: Volumes) -> tuple[str, str] | None:
    """Return what a place is in: a mount by its point, volumes by their group or pool, any other device by itself."""
    if place.kind == "block" and (volume := known.volumes.get(place.path)):
        manager = volume.place.manager
        return manager.room_of(volume.place.group), manager.kind
    if place.kind in ("file", "dir", "hanging", "other"):
        return place.mount.point, place.mount.kind
    if place.kind != "block":
        return None
    top = place.layers[0] if place.layers else Layer("disk", place.path, {})
    group = _VOLUME.match(place.path)
    return (group[1] if top.kind == "lvm" and group else place.path), top.kind


def _store(
    key: tuple[str, str],
    lying: Sequence[StoragePlace],
    found: Mapping[str, StoragePlace],
    users: Iterable[tuple[Domain, Disk, bool]],
    loops: Sequence[LoopDevice],
    *,
    replicas: Replicas,
) -> ImageStore:
    users = list(users)
    told: list[StorageCaution] = []
    first = lying[0] if lying else None
    mount = MountPoint("", "", "", ()) if first is None or first.kind == "block" else first.mount
    if mount.point:
        # What hangs tells so wherever it was looked at; whether root may write, the folder itself.
        hanging = next((place for place in lying if place.kind == "hanging"), None)
        folder = next((place for place in lying if place.kind == "dir"), None)
        told += cautions.of_mount(mount, hanging or folder)
    if mount.remote:
        through = [
            domain.label for domain, disk, _runs in users if cautions.through_loop(disk, found[path_of(disk)])
        ]
        if through:
            told.insert(0, cautions.cached(tuple(dict.fromkeys(through))))
    layers = _devices_below(lying) if first is not None and first.kind == "block" else mount.layers
    told = [*(stray(loop) for loop in loops if loop.stray), *told, *cautions.of_layers(layers, replicas)]
    return ImageStore(
        key[0],
        key[1] or "?",
        mount.source,
        mount.options,
        below=_below(layers, replicas),
        free=next((place.free for place in lying if place.free is not None), None),
        room=next((place.room for place in lying if place.room is not None), None),
        domains=tuple(dict.fromkeys(domain.label for domain, _disk, _runs in users)),
        running=tuple(dict.fromkeys(domain.label for domain, _disk, runs in users if runs)),
        cautions=tuple(told),
        loops=tuple(loops),
    )


def _devices_below(lying: Iterable[StoragePlace]) -> tuple[Layer, ...]:
    """Return what devices stand on, each layer once: volumes of one group may lie on different disks, and are none of
    what the group lies on.
    """
    layers = [layer for place in lying for layer in place.layers if layer.kind not in ("lvm", "zvol")]
    return tuple({(layer.kind, layer.name): layer for layer in layers}.values())


def stray(loop: LoopDevice) -> StorageCaution:
    """Return what is to be said of a loop device that nobody uses."""
    return StorageCaution(
        CautionKind.STRAY_LOOP,
        f"{loop.device} holds {plain(loop.file, 200)}, and nobody uses it",
        "it may hold old contents of the image; a guest that was migrated live to such a host has read them",
        Suggest("storage.free", plain(loop.file, 200), form="f (Free) detaches it"),
    )


def _below(layers: Sequence[Layer], replicas: Replicas) -> str:
    """Return what a device stands on, in words, from the top down."""
    words: dict[str, None] = {}
    for layer in layers:
        ids = layer.ids
        if layer.kind == "iscsi":
            where = f" at {ids['portal']}" if "portal" in ids else ""
            words[f"iSCSI {ids['iqn']} LUN {ids.get('lun', '?')}{where}"] = None
        elif layer.kind == "drbd":
            name, _volume = replicas.resource(layer)
            side = replicas.found.get(name)
            state = f" ({cautions.replica_words(side)})" if side is not None else ""
            words[f"DRBD {name or layer.name}{state}"] = None
        else:
            number = f" ({ids['wwid']})" if "wwid" in ids else ""
            words[f"{_BELOW.get(layer.kind, layer.kind)} {layer.name}{number}"] = None
    return plain(", ".join(words), 300)
